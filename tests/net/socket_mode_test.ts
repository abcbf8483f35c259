import { assertEquals } from "@std/assert";
import { applySocketMode, socketMode } from "../../lib/net/socket_mode.ts";

const NONE = { owner: false, group: false, everyone: false };

Deno.test("socket_mode: owner 600, group 660, everyone 666, the widest counts", () => {
  assertEquals(socketMode({ ...NONE, owner: true }), 0o600);
  assertEquals(socketMode({ ...NONE, group: true }), 0o660);
  assertEquals(socketMode({ ...NONE, everyone: true }), 0o666);
  assertEquals(socketMode({ owner: true, group: true, everyone: false }), 0o660);
});

Deno.test("socket_mode: without an option the mode stays", async () => {
  assertEquals(socketMode(NONE), undefined);
  await applySocketMode("/no/such/file", NONE);
});
