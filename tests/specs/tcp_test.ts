import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { formatHostPort } from "../../lib/net/address.ts";
import { family } from "../../specs/tcp.ts";
import { eventually } from "../net/eventually.ts";
import { MessageReader, request } from "../peers.ts";
import { openSpecifier } from "./endpoint.ts";
import {
  assertHalfCloses,
  assertIntact,
  listen,
  type Listening,
  namesOf,
  openerOf,
} from "./sockets.ts";
import { assertFreesDescriptors } from "../descriptors.ts";

const connect = (server: Listening) => openSpecifier(family, `tcp:${addressOf(server)}`);

function addressOf({ address }: Listening): string {
  if (address.proto !== "tcp") throw new Error(address.proto);
  return formatHostPort({ hostname: address.ip, port: address.port });
}

Deno.test("tcp: all names of websocat are there", () => {
  assertEquals(
    namesOf(family),
    "tcp tcp-connect connect-tcp tcp-c c-tcp tcp-listen listen-tcp tcp-l l-tcp".split(" "),
  );
});

Deno.test("tcp: each end may end its half", async () => {
  using server = await listen(family, "tcp-l:0");
  const client = await connect(server);
  const served = await server.next();
  await assertHalfCloses(client, served);
  await client.close();
  await served.close();
});

Deno.test("tcp: many bytes arrive as they were sent", async () => {
  using server = await listen(family, "tcp-l:0");
  const client = await connect(server);
  const served = await server.next();
  await assertIntact(client, served);
  await client.close();
  await served.close();
});

Deno.test("tcp-listen: tells the real port for port 0, and the client's address", async () => {
  using server = await listen(family, "tcp-l:127.0.0.1:0");
  assertEquals(addressOf(server).endsWith(":0"), false);
  const client = await connect(server);
  const served = await server.next();
  const { port } = (client.conn as Deno.TcpConn).localAddr;
  assertEquals(served.info.client, `127.0.0.1:${port}`);
  await client.close();
  await served.close();
});

Deno.test("tcp-listen: *:PORT takes IPv4 clients, and tells their IPv4 address", async () => {
  using server = await listen(family, "tcp-l:*:0");
  if (server.address.proto !== "tcp") throw new Error();
  const client = await openSpecifier(family, `tcp:127.0.0.1:${server.address.port}`);
  const served = await server.next();
  assertEquals(served.info.client?.startsWith("127.0.0.1:"), true, served.info.client);
  await client.close();
  await served.close();
});

Deno.test("tcp-listen: takes a host name", async () => {
  using server = await listen(family, "tcp-l:localhost:0");
  const client = await connect(server);
  await (await server.next()).close();
  await client.close();
});

Deno.test("tcp-listen: serves client after client and keeps no descriptor of them", async () => {
  using server = await listen(family, "tcp-l:0");
  await assertFreesDescriptors(async () => {
    for (let i = 0; i < 200; i++) {
      const client = await connect(server);
      const served = await server.next();
      await served.close();
      assertEquals(await new MessageReader(client.readable).rest(), []);
      await client.close();
    }
  });
});

Deno.test("tcp-listen: closing frees the socket, and clients live on", async () => {
  await assertFreesDescriptors(async () => {
    const server = await listen(family, "tcp-l:0");
    const client = await connect(server);
    const served = await server.next();
    server.listener.close();
    await assertHalfCloses(client, served);
    await client.close();
    await served.close();
    const again = await eventually(() => listen(family, `tcp-l:${addressOf(server)}`));
    again.listener.close();
  });
});

Deno.test("tcp-listen: a port in use is told with what to do", async () => {
  using server = await listen(family, "tcp-l:0");
  const error = await assertRejects(
    () => listen(family, `tcp-l:${addressOf(server)}`),
    WirecatError,
    `cannot listen on ${addressOf(server)}: the port is already in use`,
  );
  assertEquals([error.kind, typeof error.hint], ["connection", "string"]);
});

Deno.test("tcp-listen: a name that cannot be resolved is of kind resolution", async () => {
  const error = await assertRejects(() => listen(family, "tcp-l:256.0.0.1:0"), WirecatError);
  assertEquals(error.kind, "resolution");
});

Deno.test("tcp-listen: opened as one peer it takes the first client, then stops listening", async () => {
  await assertFreesDescriptors(async () => {
    const { opener, addresses } = openerOf(family, "tcp-l:127.0.0.1:0");
    const opening = opener.open(request());
    while (addresses.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const [address] = addresses;
    if (address.proto !== "tcp") throw new Error();
    const client = await openSpecifier(family, `tcp:${address.ip}:${address.port}`);
    const served = await opening;
    const another = async () =>
      await (await openSpecifier(family, `tcp:${address.ip}:${address.port}`)).close();
    await eventually(() => assertRejects(another, WirecatError, "connection refused"));
    await client.close();
    await served.close();
  });
});

Deno.test("tcp-listen: an abort ends the wait for a client and frees the socket", async () => {
  await assertFreesDescriptors(async () => {
    const { opener, addresses } = openerOf(family, "tcp-l:127.0.0.1:0");
    const controller = new AbortController();
    const opening = opener.open(request(controller));
    while (addresses.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    controller.abort(new Error("the run ends"));
    await assertRejects(() => opening, Error, "the run ends");
  });
});

Deno.test("tcp: an abort before connecting is told by its reason", async () => {
  const controller = new AbortController();
  controller.abort(new Error("the run ends"));
  await assertRejects(
    () => openSpecifier(family, "tcp:127.0.0.1:1", { controller }),
    Error,
    "the run ends",
  );
});

Deno.test("tcp: -B limits one read", async () => {
  using server = await listen(family, "tcp-l:0", { "buffer-size": 7 });
  const client = await connect(server);
  const served = await server.next();
  const conn = client.conn!;
  await conn.write(new TextEncoder().encode("0123456789"));
  await conn.closeWrite();
  assertEquals(await new MessageReader(served.readable).rest(), ["0123456", "789"]);
  await client.close();
  await served.close();
});

Deno.test("tcp: a wrong address is a usage error before anything is opened", () => {
  assertThrows(() => openerOf(family, "tcp:nowhere"), WirecatError, "the port is missing");
  assertThrows(() => openerOf(family, "tcp-l:nowhere"), WirecatError, "the port is missing");
});

Deno.test("tcp-listen: under --accept-from-fd the argument is no address", () => {
  openerOf(family, "tcp-l:systemd", { "accept-from-fd": true });
});
