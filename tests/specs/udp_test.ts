import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createSocket, type Socket } from "node:dgram";
import { bufferSize } from "../../lib/cli/options.ts";
import { Batch } from "../../lib/core/batch.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { Log } from "../../lib/core/log.ts";
import type { Env, ListenAddress, OpenRequest } from "../../lib/core/opener.ts";
import { type Option, OptionValues } from "../../lib/core/option.ts";
import type { Peer } from "../../lib/core/peer.ts";
import { type EndpointType, Registry } from "../../lib/core/registry.ts";
import { listens, opener, parseSpecifier } from "../../lib/core/specifier.ts";
import { family, memberships } from "../../specs/udp.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const registry = new Registry([family]);
const request: OpenRequest = { signal: new AbortController().signal };

/** Options of a command line: the words of each, by long name. */
function optionsOf(words: Record<string, string[]>): OptionValues {
  const rows: Option<unknown>[] = [...family.options!, bufferSize];
  const entries = Object.entries(words).map(([long, values]): [string, unknown] => {
    const row = rows.find((row) => row.long === long);
    if (row === undefined) throw new Error(`no option --${long}`);
    return [long, row.parse(values)];
  });
  return new OptionValues(new Map(entries));
}

function envOf(words: Record<string, string[]> = {}) {
  const lines: string[] = [];
  const heard: ListenAddress[] = [];
  const env: Env = {
    options: optionsOf(words),
    log: new Log(1, (line) => lines.push(line)),
    registry,
    signal: request.signal,
    onListening: (address) => heard.push(address),
  };
  return { env, lines, heard };
}

/** The port of the only UDP socket that was announced. */
function portOf(heard: ListenAddress[]): number {
  const [address] = heard;
  assertEquals(heard.length, 1);
  if (address.proto !== "udp") throw new Error(`announced as ${address.proto}`);
  assertEquals(address.ip, "127.0.0.1");
  assert(address.port > 0);
  return address.port;
}

function open(text: string, env: Env, signal = request.signal): Promise<Peer> {
  return opener(parseSpecifier(text, registry), env).open({ signal });
}

async function socket(): Promise<Socket> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", () => resolve()));
  return socket;
}

async function read(peer: Peer): Promise<string[]> {
  const reader = peer.readable.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return Array.from(
    { length: value?.length ?? 0 },
    (_, i) => decoder.decode(value!.message(i)),
  );
}

async function write(peer: Peer, text: string): Promise<void> {
  const writer = peer.writable.getWriter();
  await writer.write(Batch.of(encoder.encode(text)));
  writer.releaseLock();
}

function usage(text: string, words: Record<string, string[]> = {}): string {
  const { env } = envOf(words);
  const error = assertThrows(() => opener(parseSpecifier(text, registry), env), WirecatError);
  assertEquals(error.kind, "usage");
  return error.message;
}

Deno.test("udp specifiers have the names that websocat gives them", () => {
  const names = (name: string) => registry.find(name)?.names[0];
  for (const name of ["udp-connect", "connect-udp", "udp-c", "c-udp"]) {
    assertEquals(names(name), "udp");
  }
  for (const name of ["listen-udp", "udp-l", "l-udp"]) assertEquals(names(name), "udp-listen");
});

Deno.test("only udp-server: is for many clients, and all keep message bounds", () => {
  for (const type of family.specifiers as EndpointType[]) {
    assertEquals(type.orientation, "messages");
    assertEquals(
      listens(parseSpecifier(`${type.names[0]}:127.0.0.1:1`, registry)),
      type.names[0] === "udp-server",
    );
  }
});

Deno.test("udp: an address that is not HOST:PORT is a usage error", () => {
  for (const argument of ["", "127.0.0.1", "127.0.0.1:x", "::1:53", "127.0.0.1:65536", "[::g]:1"]) {
    usage(`udp:${argument}`);
    usage(`udp-listen:${argument}`);
    usage(`udp-server:${argument}`);
  }
  assertEquals(usage("udp:127.0.0.1:0"), "udp: the port cannot be 0");
  assert(usage("udp:[fe80::1%1]:53").includes("has a zone"));
});

Deno.test("udp: and udp-listen: talk, and the real port is announced", async () => {
  const { env, heard } = envOf();
  // Both by the name, which may be an address of IPv6.
  const server = await open("udp-l:localhost:0", env);
  const [address] = heard;
  if (address.proto !== "udp") throw new Error(`announced as ${address.proto}`);
  const client = await open(`udp:localhost:${address.port}`, env);
  await write(client, "hello");
  assertEquals(await read(server), ["hello"]);
  await write(server, "hi");
  assertEquals(await read(client), ["hi"]);
  await client.close();
  await server.close();
});

Deno.test("udp: a name that does not exist is a resolution error", async () => {
  const { env } = envOf();
  const error = await assertRejects(
    () => open("udp:no-such-host.invalid:53", env),
    WirecatError,
    "cannot resolve no-such-host.invalid",
  );
  assertEquals(error.kind, "resolution");
});

Deno.test("an aborted opening rejects with the reason and leaves no socket", async () => {
  const { env, heard } = envOf();
  const reason = new Error("stopped");
  const signal = AbortSignal.abort(reason);
  for (const text of ["udp:127.0.0.1:9", "udp-l:127.0.0.1:0", "udp-server:127.0.0.1:0"]) {
    await assertRejects(() => open(text, env, signal), Error, "stopped");
  }
  for (const address of heard) {
    if (address.proto !== "udp") throw new Error(`announced as ${address.proto}`);
    const again = await open(`udp-l:127.0.0.1:${address.port}`, envOf().env);
    await again.close();
  }
});

Deno.test("-B cuts received datagrams off", async () => {
  const { env, heard } = envOf({ "buffer-size": ["3"] });
  const server = await open("udp-l:127.0.0.1:0", env);
  const other = await socket();
  other.send("12345", portOf(heard), "127.0.0.1");
  assertEquals(await read(server), ["123"]);
  other.close();
  await server.close();
});

Deno.test("--udp-oneshot: a datagram is answered once", async () => {
  const { env, heard } = envOf({ "udp-oneshot": [] });
  const server = await open("udp-l:127.0.0.1:0", env);
  const other = await socket();
  const got: string[] = [];
  other.on("message", (data: Uint8Array) => got.push(decoder.decode(data)));
  other.send("q1", portOf(heard), "127.0.0.1");
  await read(server);
  await write(server, "a1");
  const second = write(server, "a2");
  other.send("q2", portOf(heard), "127.0.0.1");
  while (got.length < 1) await new Promise((resolve) => other.once("message", resolve));
  assertEquals(got, ["a1"]);
  await read(server);
  await second;
  other.close();
  await server.close();
});

Deno.test("--udp-reuseaddr: two sockets may share a port", async () => {
  const { env, heard } = envOf({ "udp-reuseaddr": [] });
  const first = await open("udp-l:127.0.0.1:0", env);
  const port = portOf(heard);
  const second = await open(`udp-l:127.0.0.1:${port}`, env);
  await assertRejects(() => open(`udp-l:127.0.0.1:${port}`, envOf().env), WirecatError);
  await second.close();
  await first.close();
});

Deno.test("--udp-multicast: each group goes with the interface of its family in order", () => {
  assertEquals(
    memberships(optionsOf({
      "udp-multicast": ["239.0.0.1", "FF02::0:1", "239.0.0.2"],
      "udp-multicast-iface-v4": ["127.0.0.1", "127.0.0.2"],
      "udp-multicast-iface-v6": ["3"],
    })),
    [
      { group: "239.0.0.1", iface: "127.0.0.1" },
      { group: "ff02::1", iface: 3 },
      { group: "239.0.0.2", iface: "127.0.0.2" },
    ],
  );
});

Deno.test("--udp-multicast: interfaces that do not match the groups are a usage error", () => {
  const at = "udp-l:0.0.0.0:0";
  const v4 = ["127.0.0.1", "127.0.0.2"];
  const count = "--udp-multicast-iface-v4: 2 given for 1 IPv4 groups";
  assertEquals(
    usage(at, { "udp-multicast": ["239.0.0.1"], "udp-multicast-iface-v4": v4 }),
    count,
  );
  assertEquals(
    usage(at, { "udp-multicast": ["239.0.0.1"], "udp-multicast-iface-v6": ["1"] }),
    "--udp-multicast-iface-v6: 1 given for 0 IPv6 groups",
  );
  usage(at, { "udp-multicast": ["239.0.0.1"], "udp-multicast-iface-v4": ["lo"] });
  usage(at, { "udp-multicast": ["ff02::1"], "udp-multicast-iface-v6": ["lo"] });
  for (const group of ["10.0.0.1", "name", "fd00::1", "ff::1", "239.0.0.256"]) {
    assert(
      usage(at, { "udp-multicast": [group] }).includes("not the address of a multicast group"),
    );
  }
});

Deno.test("--udp-multicast-loop without a group is a usage error", () => {
  for (const text of ["udp:127.0.0.1:9", "udp-l:127.0.0.1:9", "udp-server:127.0.0.1:9"]) {
    assertEquals(usage(text, { "udp-multicast-loop": [] }), "--udp-multicast-loop needs a group");
  }
});

Deno.test("--udp-multicast with --udp-broadcast warns", () => {
  const { env, lines } = envOf({ "udp-multicast": ["239.0.0.1"], "udp-broadcast": [] });
  opener(parseSpecifier("udp:239.0.0.1:9", registry), env);
  assertEquals(lines[0], "wirecat: warning: --udp-broadcast and --udp-multicast together");
});

Deno.test("udp-server: opened as one peer it takes the first client", async () => {
  const { env, heard } = envOf({ "udp-server-buffer-size": ["2"] });
  const opening = open("udp-server:127.0.0.1:0", env);
  while (heard.length === 0) await new Promise((resolve) => setTimeout(resolve));
  const other = await socket();
  other.send("123", portOf(heard), "127.0.0.1");
  const peer = await opening;
  assertEquals(await read(peer), ["12"]);
  await peer.close();
  other.close();
});

Deno.test("udp-server: its options are read", async () => {
  const { env, heard, lines } = envOf({
    "udp-server-max-clients": ["1"],
    "udp-server-qlen": ["1"],
  });
  const built = opener(parseSpecifier("udp-server:127.0.0.1:0", registry), env);
  const listening = await built.listen!(request);
  const clients = listening[Symbol.asyncIterator]();
  const other = await socket();
  const second = await socket();
  const send = (from: Socket, text: string) =>
    new Promise((resolve) => from.send(text, portOf(heard), "127.0.0.1", resolve));
  await send(other, "1");
  await send(other, "dropped");
  const first = await (await clients.next()).value!.open(request);
  await send(second, "2");
  const next = await (await clients.next()).value!.open(request);
  assertEquals(await read(first), ["1"]);
  assertEquals(await read(first), [], "the second client took the place of the first");
  assertEquals(await read(next), ["2"]);
  assert(lines[0].includes("some are dropped"));
  listening.close();
  await first.close();
  await next.close();
  other.close();
  second.close();
});

Deno.test("udp-server: --udp-server-timeout-ms ends a client that says nothing more", async () => {
  const { env, heard } = envOf({ "udp-server-timeout-ms": ["20"] });
  const built = opener(parseSpecifier("udp-server:127.0.0.1:0", registry), env);
  const listening = await built.listen!(request);
  // Waited for before it comes: its time may be over soon.
  const coming = listening[Symbol.asyncIterator]().next();
  const other = await socket();
  other.send("1", portOf(heard), "127.0.0.1");
  const peer = await (await coming).value!.open(request);
  assertEquals([await read(peer), await read(peer)], [["1"], []]);
  listening.close();
  await peer.close();
  other.close();
});
