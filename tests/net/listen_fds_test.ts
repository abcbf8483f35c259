import { assertEquals, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { chooseSocket, descriptorOf, handedSockets } from "../../lib/net/listen_fds.ts";

Deno.test("listen_fds: sockets are numbered from 3 and named as LISTEN_FDNAMES says", () => {
  assertEquals(
    handedSockets({ LISTEN_PID: "7", LISTEN_FDS: "2", LISTEN_FDNAMES: "web:" }, 7),
    [{ fd: 3, name: "web" }, { fd: 4, name: "unknown" }],
  );
});

Deno.test("listen_fds: sockets for another process are not taken", () => {
  assertThrows(
    () => handedSockets({ LISTEN_PID: "8", LISTEN_FDS: "1" }, 7),
    WirecatError,
    "handed to process 8",
  );
});

Deno.test("listen_fds: without LISTEN_FDS, or with none in it, the error says so", () => {
  assertThrows(() => handedSockets({}, 7), WirecatError, "LISTEN_FDS is not set");
  for (const count of ["0", "", "x", "-1"]) {
    assertThrows(() => handedSockets({ LISTEN_FDS: count }, 7), WirecatError, "no sockets");
  }
});

Deno.test("listen_fds: 'systemd' is the only socket, a name the one of that name", () => {
  const two = [{ fd: 3, name: "web" }, { fd: 4, name: "admin" }];
  assertEquals(chooseSocket("systemd", [{ fd: 3, name: "unknown" }]), 3);
  assertEquals(chooseSocket("admin", two), 4);
  assertThrows(() => chooseSocket("systemd", two), WirecatError, "2 sockets were handed over");
  assertThrows(() => chooseSocket("mail", two), WirecatError, "no socket called 'mail'");
});

Deno.test("listen_fds: the variables are removed once read, so that children do not take them", () => {
  Deno.env.set("LISTEN_PID", String(Deno.pid));
  Deno.env.set("LISTEN_FDS", "2");
  Deno.env.set("LISTEN_FDNAMES", "web:admin");
  assertEquals(descriptorOf("admin"), 4);
  for (const name of ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]) {
    assertEquals(Deno.env.get(name), undefined);
  }
  assertEquals(descriptorOf("web"), 3);
  assertEquals(descriptorOf("17"), 17);
});
