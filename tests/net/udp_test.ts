import { assertFreesDescriptors } from "../descriptors.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { createSocket, type Socket } from "node:dgram";
import { Batch, BYTES, CONTINUED, MORE } from "../../lib/core/batch.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { Log } from "../../lib/core/log.ts";
import type { OpenRequest } from "../../lib/core/opener.ts";
import type { Peer } from "../../lib/core/peer.ts";
import { interfaceName } from "../../lib/net/interface_name.ts";
import { bindUdp, connectUdp } from "../../lib/net/udp.ts";
import type { UdpAddress } from "../../lib/net/udp_address.ts";
import { listenUdp, type UdpServerSettings } from "../../lib/net/udp_server.ts";
import type { UdpSettings } from "../../lib/net/udp_socket.ts";
import { freePort } from "../free_port.ts";
import { findProgram } from "../interop/programs.ts";
import { eventually } from "./eventually.ts";
import { hasIpv6 } from "./ipv6.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const silent = new Log(0, () => {});
const request: OpenRequest = { signal: new AbortController().signal };
const localhost: UdpAddress = { ip: "127.0.0.1", port: 0 };
const plain: UdpServerSettings = {
  broadcast: false,
  reuseAddress: false,
  memberships: [],
  multicastLoop: false,
  maxDatagram: Infinity,
  dropTooLong: false,
  oneshot: false,
  timeout: 60_000,
  maxClients: 8,
  queueLength: 16,
};

/** A socket of the runtime as the other side. */
class Other {
  readonly socket: Socket;
  readonly #got: { text: string; length: number; port: number }[] = [];
  #wake?: () => void;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("message", (datagram: Uint8Array, from: { port: number } | undefined) => {
      if (from === undefined) return;
      const text = datagram.length < 200 ? decoder.decode(datagram) : "";
      this.#got.push({ text, length: datagram.length, port: from.port });
      this.#wake?.();
    });
  }

  static open(ip = "127.0.0.1"): Promise<Other> {
    const socket = createSocket(ip.includes(":") ? "udp6" : "udp4");
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(0, ip, () => resolve(new Other(socket)));
    });
  }

  get address(): UdpAddress {
    const { address, port } = this.socket.address();
    return { ip: address, port };
  }

  async next(): Promise<{ text: string; length: number; port: number }> {
    while (this.#got.length === 0) await new Promise<void>((resolve) => this.#wake = resolve);
    return this.#got.shift()!;
  }

  send(data: string | Uint8Array, port: number, ip = "127.0.0.1"): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.send(data, port, ip, (error: Error | null) => error ? reject(error) : resolve());
    });
  }

  [Symbol.dispose](): void {
    this.socket.close();
  }
}

/** Reads single messages from a peer, as text. */
class Reader {
  readonly #reader: ReadableStreamDefaultReader<Batch>;
  readonly #got: string[] = [];

  constructor(peer: Peer) {
    this.#reader = peer.readable.getReader();
  }

  async next(): Promise<string | undefined> {
    if (this.#got.length === 0) {
      const { value, done } = await this.#reader.read();
      if (done) return undefined;
      for (let i = 0; i < value.length; i++) this.#got.push(decoder.decode(value.message(i)));
    }
    return this.#got.shift()!;
  }

  batch(): Promise<ReadableStreamReadResult<Batch>> {
    return this.#reader.read();
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }
}

function batchOf(...messages: string[]): Batch {
  const batch = Batch.of(encoder.encode(messages.join("")));
  batch.clear();
  let at = 0;
  for (const message of messages) {
    batch.push(at, at + message.length, BYTES);
    at += message.length;
  }
  return batch;
}

async function bound(
  settings: UdpSettings = plain,
  address = localhost,
  log = silent,
): Promise<{ peer: Peer; local: UdpAddress }> {
  let local!: UdpAddress;
  const peer = await bindUdp(address, settings, log, (at) => local = at);
  return { peer, local };
}

Deno.test("udp: each message is a datagram, in order, and answers come back", async () => {
  using other = await Other.open();
  const peer = await connectUdp(other.address, plain, silent);
  const writer = peer.writable.getWriter();
  await writer.write(batchOf("one", "", "three"));
  const first = await other.next();
  assertEquals([first.text, (await other.next()).text, (await other.next()).text], [
    "one",
    "",
    "three",
  ]);
  await other.send("answer", first.port);
  await other.send("", first.port);
  await other.send("more", first.port);
  const reader = new Reader(peer);
  assertEquals([await reader.next(), await reader.next(), await reader.next()], [
    "answer",
    "",
    "more",
  ]);
  await peer.close();
});

Deno.test("udp: hundreds of messages of one batch keep their order", async () => {
  const { peer: server, local } = await bound();
  const peer = await connectUdp(local, plain, silent);
  const texts = Array.from({ length: 200 }, (_, i) => `message ${i}`);
  await peer.writable.getWriter().write(batchOf(...texts));
  const reader = new Reader(server);
  for (const text of texts) assertEquals(await reader.next(), text);
  await peer.close();
  await server.close();
});

Deno.test("udp: datagrams from another address are ignored", async () => {
  using other = await Other.open();
  using stranger = await Other.open();
  const peer = await connectUdp(other.address, plain, silent);
  await peer.writable.getWriter().write(batchOf("hello"));
  const { port } = await other.next();
  await stranger.send("intruder", port);
  await other.send("friend", port);
  assertEquals(await new Reader(peer).next(), "friend");
  await peer.close();
});

const sixth = { ignore: !hasIpv6 };
const without6 = hasIpv6 ? "" : " (skipped: no IPv6)";

Deno.test(`udp: IPv6 works both ways${without6}`, sixth, async () => {
  using other = await Other.open("::1");
  const peer = await connectUdp(other.address, plain, silent);
  await peer.writable.getWriter().write(batchOf("six"));
  const { text, port } = await other.next();
  assertEquals(text, "six");
  await other.send("back", port, "::1");
  assertEquals(await new Reader(peer).next(), "back");
  await peer.close();
});

Deno.test("udp: sending to a port where nobody listens does not fail", async () => {
  const peer = await connectUdp({ ip: "127.0.0.1", port: freePort() }, plain, silent);
  const writer = peer.writable.getWriter();
  for (let i = 0; i < 3; i++) await writer.write(batchOf("x"));
  await peer.close();
});

Deno.test("udp: the parts of a long message go out as one datagram", async () => {
  using other = await Other.open();
  const peer = await connectUdp(other.address, plain, silent);
  const writer = peer.writable.getWriter();
  await writer.write(Batch.of(encoder.encode("beg"), MORE));
  await writer.write(Batch.of(encoder.encode("inn"), MORE | CONTINUED));
  await writer.write(Batch.of(encoder.encode("ing"), CONTINUED));
  assertEquals((await other.next()).text, "beginning");
  await peer.close();
});

Deno.test("udp: the longest datagram goes out, one byte more is a clear error", async () => {
  using other = await Other.open();
  const peer = await connectUdp(other.address, plain, silent);
  const writer = peer.writable.getWriter();
  await writer.write(Batch.of(new Uint8Array(65507)));
  assertEquals((await other.next()).length, 65507);
  const error = await assertRejects(
    () => writer.write(Batch.of(new Uint8Array(65508))),
    WirecatError,
    "a message of 65508 bytes does not fit in a UDP datagram",
  );
  assert(error.hint?.includes("-B 65507"));
  await peer.close();
});

Deno.test("udp: the parts of a message that gets too long are an error before the last", async () => {
  using other = await Other.open();
  const peer = await connectUdp(other.address, plain, silent);
  const writer = peer.writable.getWriter();
  await writer.write(Batch.of(new Uint8Array(65000), MORE));
  await assertRejects(
    () => writer.write(Batch.of(new Uint8Array(65000), MORE | CONTINUED)),
    WirecatError,
    "a message of more than 130000 bytes",
  );
  await peer.close();
});

Deno.test("udp: --strict drops a message that is too long, whole or in parts, and goes on", async () => {
  using other = await Other.open();
  const lines: string[] = [];
  const log = new Log(1, (line) => lines.push(line));
  const peer = await connectUdp(other.address, { ...plain, dropTooLong: true }, log);
  const writer = peer.writable.getWriter();
  await writer.write(Batch.of(new Uint8Array(70000)));
  await writer.write(Batch.of(new Uint8Array(65000), MORE));
  await writer.write(Batch.of(new Uint8Array(65000), CONTINUED));
  await writer.write(batchOf("short"));
  assertEquals((await other.next()).text, "short");
  assertEquals(lines, [
    "wirecat: warning: dropped a message of 70000 bytes: a UDP datagram holds 65507 at most",
  ]);
  await peer.close();
});

Deno.test("udp: a datagram longer than the buffer is cut off", async () => {
  using other = await Other.open();
  const { peer, local } = await bound({ ...plain, maxDatagram: 4 });
  await other.send("123456", local.port);
  await other.send("78", local.port);
  const reader = new Reader(peer);
  assertEquals([await reader.next(), await reader.next()], ["1234", "78"]);
  assertEquals(peer.info.name, `udp-listen:127.0.0.1:${local.port}`);
  await peer.close();
});

Deno.test("udp: closing ends a read that waits", async () => {
  using other = await Other.open();
  const lines: string[] = [];
  const log = new Log(2, (line) => lines.push(line));
  const peer = await connectUdp(other.address, plain, log);
  const read = new Reader(peer).next();
  await peer.close();
  assertEquals(await read, undefined);
  await peer.close();
  assertEquals(lines, []);
});

Deno.test("udp: writing after closing fails and does not hang", async () => {
  using other = await Other.open();
  const peer = await connectUdp(other.address, plain, silent);
  await peer.close();
  await assertRejects(() => peer.writable.getWriter().write(batchOf("x")), Deno.errors.BrokenPipe);
});

Deno.test("udp: a broadcast address without permission is an error that names the option", async () => {
  const peer = await connectUdp({ ip: "127.255.255.255", port: 9 }, plain, silent);
  const error = await assertRejects(
    () => peer.writable.getWriter().write(batchOf("x")),
    WirecatError,
    "cannot send to udp 127.255.255.255:9",
  );
  assert(error.hint?.includes("--udp-broadcast"));
  await peer.close();
});

Deno.test("udp: with broadcast, a broadcast address can be sent to and anyone may answer", async () => {
  const { peer: server, local } = await bound(plain, { ip: "0.0.0.0", port: 0 });
  const to = { ip: "127.255.255.255", port: local.port };
  const peer = await connectUdp(to, { ...plain, broadcast: true }, silent);
  await peer.writable.getWriter().write(batchOf("anyone?"));
  assertEquals(await new Reader(server).next(), "anyone?");
  await server.writable.getWriter().write(batchOf("me"));
  assertEquals(await new Reader(peer).next(), "me");
  await peer.close();
  await server.close();
});

Deno.test("udp-listen: what is written before the first datagram waits for it", async () => {
  using other = await Other.open();
  const { peer, local } = await bound();
  const written = peer.writable.getWriter().write(batchOf("early"));
  await other.send("hello", local.port);
  assertEquals(await new Reader(peer).next(), "hello");
  await written;
  assertEquals((await other.next()).text, "early");
  await peer.close();
});

Deno.test("udp-listen: answers go to the sender of what was read last", async () => {
  using a = await Other.open();
  using b = await Other.open();
  const { peer, local } = await bound();
  const reader = new Reader(peer);
  const writer = peer.writable.getWriter();
  await a.send("from a", local.port);
  await a.send("again", local.port);
  await b.send("from b", local.port);
  assertEquals(await reader.next(), "from a");
  await writer.write(batchOf("to a"));
  assertEquals((await a.next()).text, "to a");
  assertEquals([await reader.next(), await reader.next()], ["again", "from b"]);
  await writer.write(batchOf("to b"));
  assertEquals((await b.next()).text, "to b");
  await peer.close();
});

Deno.test("udp-listen: a batch never mixes senders", async () => {
  using a = await Other.open();
  using b = await Other.open();
  const { peer, local } = await bound();
  const reader = new Reader(peer);
  await a.send("start", local.port);
  await reader.batch();
  for (const other of [a, a, b, a]) await other.send("x", local.port);
  await settled(local, a);
  const lengths: number[] = [];
  for (let seen = 0; seen < 4;) {
    const { value } = await reader.batch();
    lengths.push(value!.length);
    seen += value!.length;
  }
  assertEquals(lengths, [2, 1, 1]);
  await peer.close();
});

/** Waits until what was sent to `local` before has arrived: the loopback keeps the order. */
async function settled(local: UdpAddress, from: Other): Promise<void> {
  const probe = await Other.open();
  for (let i = 0; i < 8; i++) {
    await from.send("probe", probe.address.port);
    await probe.next();
  }
  assert(local.port > 0);
  probe[Symbol.dispose]();
}

Deno.test("udp-listen: with oneshot each datagram is answered once", async () => {
  using other = await Other.open();
  const { peer, local } = await bound({ ...plain, oneshot: true });
  const reader = new Reader(peer);
  const writer = peer.writable.getWriter();
  await other.send("q1", local.port);
  await reader.next();
  const both = writer.write(batchOf("a1", "a2"));
  assertEquals((await other.next()).text, "a1");
  await other.send("q2", local.port);
  assertEquals(await reader.next(), "q2");
  await both;
  assertEquals((await other.next()).text, "a2");
  await peer.close();
});

Deno.test("udp-listen: closing or aborting ends a write that waits", async () => {
  const first = await bound();
  const write = first.peer.writable.getWriter().write(batchOf("never"));
  const rejected = assertRejects(() => write, Deno.errors.BrokenPipe);
  await first.peer.close();
  await rejected;

  const second = await bound();
  const writer = second.peer.writable.getWriter();
  writer.closed.catch(() => {});
  const waiting = assertRejects(() => writer.write(batchOf("never")), Error, "enough");
  await writer.abort(new Error("enough"));
  await waiting;
  await second.peer.close();
});

Deno.test("udp-listen: who was heard is known though nobody reads", async () => {
  using other = await Other.open();
  const { peer, local } = await bound();
  await peer.readable.cancel();
  const written = peer.writable.getWriter().write(batchOf("push"));
  await other.send("subscribe", local.port);
  await written;
  assertEquals((await other.next()).text, "push");
  await peer.close();
});

Deno.test("udp-listen: a port that is taken is a clear error", async () => {
  const { peer, local } = await bound();
  const error = await assertRejects(
    () => bindUdp(local, plain, silent),
    WirecatError,
    `udp-listen:127.0.0.1:${local.port}: cannot bind to 127.0.0.1:${local.port}: address already in use`,
  );
  assert(error.hint?.includes("--udp-reuseaddr"));
  assertEquals(error.kind, "connection");
  await peer.close();
});

Deno.test("udp-listen: with reuseaddr two sockets share a port", async () => {
  const settings = { ...plain, reuseAddress: true };
  const { peer, local } = await bound(settings);
  const second = await bindUdp(local, settings, silent);
  await second.close();
  await peer.close();
});

Deno.test("udp-listen: a foreign address cannot be bound to", async () => {
  await assertRejects(
    () => bindUdp({ ip: "192.0.2.1", port: 0 }, plain, silent),
    WirecatError,
    "not an address of this machine",
  );
});

Deno.test("udp-listen: closing gives the port free", async () => {
  const { peer, local } = await bound();
  await peer.close();
  await assertFree(local);
});

Deno.test("udp-listen: closing ends where nothing else has loaded a node: module", async () => {
  const code = `
    import { bindUdp } from ${JSON.stringify(import.meta.resolve("../../lib/net/udp.ts"))};
    const settings = ${JSON.stringify({ ...plain, maxDatagram: 99 })};
    const peer = await bindUdp({ ip: "127.0.0.1", port: 0 }, settings, { info() {}, warn() {} });
    await peer.close();
    postMessage("closed");`;
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  const told = Promise.withResolvers<string>();
  worker.onmessage = ({ data }) => told.resolve(data);
  const timer = setTimeout(() => told.resolve("hangs"), 30_000);
  assertEquals(await told.promise, "closed");
  clearTimeout(timer);
  worker.terminate();
  URL.revokeObjectURL(url);
});

const noPython = Deno.build.os !== "linux" || findProgram("python3") === undefined;

Deno.test(
  `udp: a TTL is set on what is sent${noPython ? " (skipped: no Linux with python3)" : ""}`,
  {
    ignore: noPython,
  },
  async () => {
    const code = `
import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(0, 12, 1)
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
print([struct.unpack("i", v[:4])[0] for _, _, v in s.recvmsg(99, 99)[1]], flush=True)`;
    const python = new Deno.Command("python3", { args: ["-c", code], stdout: "piped" }).spawn();
    const output = python.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const line = async () => {
      while (!text.includes("\n")) {
        const { value, done } = await output.read();
        if (done) throw new Error(`python3 ended after ${text}`);
        text += value;
      }
      const [first] = text.split("\n");
      text = text.slice(first.length + 1);
      return first;
    };
    const port = Number(await line());
    const peer = await connectUdp({ ip: "127.0.0.1", port }, { ...plain, ttl: 7 }, silent);
    await peer.writable.getWriter().write(batchOf("x"));
    assertEquals(await line(), "[7]");
    await output.cancel();
    await python.status;
    await peer.close();
  },
);

Deno.test(`udp: a TTL on IPv6 warns that it has no effect${without6}`, sixth, async () => {
  const lines: string[] = [];
  const log = new Log(1, (line) => lines.push(line));
  const peer = await connectUdp({ ip: "::1", port: 9 }, { ...plain, ttl: 7 }, log);
  assertEquals(lines[0], "wirecat: warning: --udp-ttl has no effect on IPv6");
  await peer.close();
});

const noSocat = findProgram("socat") === undefined;

Deno.test(`udp: socat answers${noSocat ? " (skipped: socat not installed)" : ""}`, {
  ignore: noSocat,
}, async () => {
  const address = { ip: "127.0.0.1", port: freePort() };
  const socat = new Deno.Command("socat", {
    args: [`UDP4-RECVFROM:${address.port},bind=127.0.0.1`, "EXEC:cat"],
    stderr: "null",
  }).spawn();
  const peer = await connectUdp(address, plain, silent);
  const reader = new Reader(peer);
  const writer = peer.writable.getWriter();
  // socat does not tell when it is bound, and UDP does not tell that nobody is there.
  const asking = setInterval(() => writer.write(batchOf("to socat")), 30);
  assertEquals(await reader.next(), "to socat");
  clearInterval(asking);
  await peer.close();
  await socat.status;
});

Deno.test("multicast: a group on the loopback interface reaches its members until they close", async (t) => {
  const group = "239.255.77.1";
  const settings: UdpSettings = {
    ...plain,
    reuseAddress: true,
    multicastLoop: true,
    ttl: 1,
    memberships: [{ group, iface: "127.0.0.1" }],
  };
  const { peer: member, local } = await bound(settings, { ip: "0.0.0.0", port: 0 });
  const peer = await connectUdp({ ip: group, port: local.port }, settings, silent);
  try {
    await peer.writable.getWriter().write(batchOf("to the group"));
  } catch (error) {
    await peer.close();
    await member.close();
    await t.step({ name: `skipped: this system refuses (${error})`, ignore: true, fn() {} });
    return;
  }
  assertEquals(await new Reader(member).next(), "to the group");
  await member.writable.getWriter().write(batchOf("from its own address"));
  assertEquals(await new Reader(peer).next(), "from its own address");
  if (Deno.build.os === "linux") assert(members("igmp").includes("014DFFEF"));
  await peer.close();
  await member.close();
  if (Deno.build.os !== "linux") return;
  await eventually(() => assert(!members("igmp").includes("014DFFEF")));
});

/** Checks that an address can be bound to. */
async function assertFree(address: UdpAddress): Promise<void> {
  await eventually(async () => await (await bindUdp(address, plain, silent)).close());
}

/** The kernel's table of groups. */
function members(table: string): string {
  return Deno.readTextFileSync(`/proc/net/${table}`);
}

Deno.test("multicast: an IPv6 group is joined on the interface with the index", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  const row = () => members("igmp6").split("\n").find((line) => line.includes("770001"));
  const settings = { ...plain, memberships: [{ group: "ff02::77:1", iface: 1 }] };
  const { peer } = await bound(settings, { ip: "::", port: 0 });
  assertEquals(row()?.split(/\s+/)[0], "1");
  await peer.close();
  await eventually(() => assertEquals(row(), undefined));
});

Deno.test("multicast: an interface that does not exist is a clear error, and the socket is closed", async () => {
  await assertFreesDescriptors(async () => {
    const v6 = { ...plain, memberships: [{ group: "ff02::77:1", iface: 99999 }] };
    await assertRejects(
      () => bound(v6, { ip: "::", port: 0 }),
      WirecatError,
      "there is no network interface with index 99999",
    );
    const v4 = { ...plain, memberships: [{ group: "239.255.77.1", iface: "192.0.2.99" }] };
    await assertRejects(
      () => bound(v4, { ip: "0.0.0.0", port: 0 }),
      WirecatError,
      "cannot join the multicast group 239.255.77.1 on interface 192.0.2.99",
    );
  });
});

Deno.test("multicast: a group of the other address family is a usage error", async () => {
  const settings = { ...plain, memberships: [{ group: "ff02::77:1" }] };
  const error = await assertRejects(() => bound(settings), WirecatError, "by an IPv4 socket");
  assertEquals(error.kind, "usage");
});

Deno.test("interface names are found by index", { ignore: Deno.build.os !== "linux" }, () => {
  assertEquals(interfaceName(1), "lo");
  assertEquals(interfaceName(99999), undefined);
});

async function server(settings: Partial<UdpServerSettings> = {}, log = silent) {
  const listening = await listenUdp(localhost, { ...plain, ...settings }, log);
  const clients = listening[Symbol.asyncIterator]();
  const next = async (): Promise<Peer> => {
    const { value } = await clients.next();
    return await value!.open(request);
  };
  return { listening, clients, next, port: listening.local.port };
}

/** What is waited for before it is sent for: the time of a client may be over soon. */
async function sent<T>(coming: Promise<T>, sending: Promise<void>): Promise<T> {
  await sending;
  return await coming;
}

Deno.test("udp-server: each remote address is a peer of its own", async () => {
  using a = await Other.open();
  using b = await Other.open();
  const { listening, next, port } = await server();
  await a.send("from a", port);
  const first = await next();
  await b.send("from b", port);
  const second = await next();
  assertEquals(first.info.client, `127.0.0.1:${a.address.port}`);
  assertEquals(await new Reader(second).next(), "from b");
  assertEquals(await new Reader(first).next(), "from a");
  await first.writable.getWriter().write(batchOf("to a"));
  await second.writable.getWriter().write(batchOf("to b"));
  assertEquals((await a.next()).text, "to a");
  assertEquals((await b.next()).text, "to b");
  listening.close();
  await first.close();
  await second.close();
});

Deno.test("udp-server: a silent client ends, and is a new one when it comes again", async () => {
  using other = await Other.open();
  const { listening, next, port } = await server({ timeout: 30 });
  const first = await sent(next(), other.send("one", port));
  const reader = new Reader(first);
  assertEquals([await reader.next(), await reader.next()], ["one", undefined]);
  await assertRejects(
    () => first.writable.getWriter().write(batchOf("late")),
    Deno.errors.BrokenPipe,
    "has gone silent",
  );
  const second = await sent(next(), other.send("two", port));
  assert(second !== first);
  assertEquals(await new Reader(second).next(), "two");
  await first.close();
  await second.close();
  listening.close();
});

Deno.test("udp-server: one client too many ends the one that was silent for longest", async () => {
  using a = await Other.open();
  using b = await Other.open();
  using c = await Other.open();
  const { listening, next, port } = await server({ maxClients: 2 });
  await a.send("a1", port);
  const first = await next();
  const reader = new Reader(first);
  assertEquals(await reader.next(), "a1");
  await b.send("b1", port);
  const second = await next();
  await a.send("a2", port);
  assertEquals(await reader.next(), "a2");
  await c.send("c1", port);
  const third = await next();
  const evicted = new Reader(second);
  assertEquals([await evicted.next(), await evicted.next()], ["b1", undefined]);
  await a.send("a3", port);
  assertEquals(await reader.next(), "a3");
  assertEquals(await new Reader(third).next(), "c1");
  listening.close();
  for (const peer of [first, second, third]) await peer.close();
});

Deno.test("udp-server: a full queue drops what comes, warns once and counts", async () => {
  using other = await Other.open();
  using probe = await Other.open();
  const lines: string[] = [];
  const { listening, next, port } = await server(
    { queueLength: 3 },
    new Log(2, (line) => lines.push(line)),
  );
  for (let i = 0; i < 6; i++) await other.send(`${i}`, port);
  await probe.send("probe", port);
  const peer = await next();
  const probing = await next(); // It came after the others.
  const reader = new Reader(peer);
  assertEquals([await reader.next(), await reader.next(), await reader.next()], ["0", "1", "2"]);
  await other.send("later", port);
  assertEquals(await reader.next(), "later");
  await peer.close();
  await probing.close();
  listening.close();
  assertEquals(lines.filter((line) => line.includes("warning")).length, 1);
  assert(lines.at(-1)?.includes("3 datagrams were dropped in all"));
});

Deno.test("udp-server: clients live on after the listener was closed, new ones are not taken", async () => {
  using a = await Other.open();
  using b = await Other.open();
  const { listening, clients, next, port } = await server();
  await a.send("one", port);
  const peer = await next();
  listening.close();
  assertEquals((await clients.next()).done, true);
  await b.send("too late", port);
  await a.send("two", port);
  const reader = new Reader(peer);
  assertEquals([await reader.next(), await reader.next()], ["one", "two"]);
  await peer.close();
  // The last peer is closed, so the port is free.
  await assertFree({ ip: "127.0.0.1", port });
});

Deno.test("udp-server: a client that was yielded can be opened after the listener was closed", async () => {
  using other = await Other.open();
  const { listening, clients, port } = await server();
  await other.send("one", port);
  const { value } = await clients.next();
  listening.close();
  const peer = await value!.open(request);
  assertEquals(await new Reader(peer).next(), "one");
  await peer.close();
  await assertFree({ ip: "127.0.0.1", port });
});

Deno.test("udp-server: after the listener, clients that nobody opens end with their time", async () => {
  using other = await Other.open();
  const { listening, clients, port } = await server({ timeout: 10 });
  await sent(clients.next(), other.send("one", port));
  listening.close();
  await assertFree({ ip: "127.0.0.1", port });
});

Deno.test("udp-server: an opening that was aborted frees the client", async () => {
  using other = await Other.open();
  const { listening, clients, port } = await server();
  await other.send("one", port);
  const { value } = await clients.next();
  const reason = new Error("stopped");
  await assertRejects(() => value!.open({ signal: AbortSignal.abort(reason) }), Error, "stopped");
  await listening.close();
  await assertFree({ ip: "127.0.0.1", port });
});
