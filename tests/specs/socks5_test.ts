import { assertEquals, assertRejects } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import type { ListenAddress } from "../../lib/core/opener.ts";
import { family as socks5 } from "../../specs/socks5.ts";
import { family as tcp } from "../../specs/tcp.ts";
import { eventually } from "../net/eventually.ts";
import { batchOf, MessageReader, testEnv } from "../peers.ts";
import { TestProxy } from "../socks/proxy.ts";
import { readExactly } from "../socks/read_exactly.ts";
import { openSpecifier } from "./endpoint.ts";
import { writeScript } from "./script.ts";

const family = { specifiers: [...socks5.specifiers, ...tcp.specifiers] };
const decoder = new TextDecoder();

async function bytes(reader: MessageReader, count: number): Promise<string> {
  let text = "";
  while (text.length < count) text += await reader.next() ?? "(end)";
  return text;
}

Deno.test("socks5-connect: reaches --socks5-destination through the proxy below", async () => {
  using server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = server.addr as Deno.NetAddr;
  await using proxy = new TestProxy({ login: "u:p", early: "hi " });
  const accepting = server.accept();
  const peer = await openSpecifier(family, `socks5-connect:tcp:127.0.0.1:${proxy.port}`, {
    options: { "socks5-destination": `127.0.0.1:${port}`, "socks5-user-pass": "u:p" },
  });
  using conn = await accepting;
  assertEquals(peer.info.name, `127.0.0.1:${port} through tcp:127.0.0.1:${proxy.port}`);
  const writer = peer.writable.getWriter();
  await writer.write(batchOf("ping"));
  assertEquals(decoder.decode(await readExactly(conn, 4)), "ping");
  await conn.write(new TextEncoder().encode("pong"));
  await conn.closeWrite();
  const reader = new MessageReader(peer.readable);
  assertEquals(await bytes(reader, 7), "hi pong");
  assertEquals(await reader.next(), undefined);
  await writer.close();
  assertEquals(await conn.read(new Uint8Array(1)), null);
  await peer.close();
});

Deno.test("socks5-bind: tells the port to the script and takes the connection", async () => {
  const dir = await Deno.makeTempDir();
  const script = `${dir}/script`;
  await writeScript(
    script,
    `#!/bin/sh\nprintf %s "$1" > ${dir}/new; mv ${dir}/new ${dir}/port\n`,
  );
  await using proxy = new TestProxy();
  const announced: ListenAddress[] = [];
  const env = {
    ...testEnv({ "socks5-destination": "0.0.0.0:0", "socks5-bind-script": script }, [family]),
    onListening: (address: ListenAddress) => void announced.push(address),
  };
  const opening = openSpecifier(family, `socks5-bind:tcp:127.0.0.1:${proxy.port}`, { env });
  const port = Number(await eventually(() => Deno.readTextFile(`${dir}/port`)));
  assertEquals(announced, [{ proto: "tcp", ip: "127.0.0.1", port }]);
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const peer = await opening;
  await conn.write(new TextEncoder().encode("hello"));
  assertEquals(await bytes(new MessageReader(peer.readable), 5), "hello");
  assertEquals(proxy.requests, ["bind 0.0.0.0:0"]);
  await peer.close();
  await Deno.remove(dir, { recursive: true });
});

Deno.test("socks5-bind: a script that cannot be run is an error", async () => {
  await using proxy = new TestProxy();
  const opening = openSpecifier(family, `socks5-bind:tcp:127.0.0.1:${proxy.port}`, {
    options: { "socks5-destination": "0.0.0.0:0", "socks5-bind-script": "/nonexistent/a/b" },
  });
  await assertRejects(
    () => opening,
    WirecatError,
    "cannot run --socks5-bind-script /nonexistent/a/b",
  );
});

Deno.test("socks5-bind: waiting for a connection ends with an abort", async () => {
  await using proxy = new TestProxy();
  const controller = new AbortController();
  const env = {
    ...testEnv({ "socks5-destination": "0.0.0.0:0" }, [family]),
    onListening: () => controller.abort(new Error("over")),
  };
  const opening = openSpecifier(family, `socks5-bind:tcp:127.0.0.1:${proxy.port}`, {
    env,
    controller,
  });
  await assertRejects(() => opening, Error, "over");
});

Deno.test("socks5: a destination is needed and has to be one", async () => {
  for (const name of ["socks5-connect", "socks5-bind"]) {
    const open = (options: Record<string, unknown>) =>
      openSpecifier(family, `${name}:tcp:127.0.0.1:9`, { options });
    await assertRejects(() => open({}), WirecatError, `${name}: does not know the other end`);
    await assertRejects(() => open({ "socks5-destination": "x" }), WirecatError, "not HOST:PORT");
  }
});
