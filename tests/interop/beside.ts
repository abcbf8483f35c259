/**
 * One command line, given to wirecat and to websocat, with the same other end.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { freePort } from "../free_port.ts";
import { latin1, pooled, type Program, start, websocat, wirecat } from "./running.ts";
import { acceptOf, comparable, fieldOf, type Frame, Wire } from "./wire.ts";

/** What can be compared of a run. */
export interface Seen {
  stdout: string;
  /** Whether it ended with status 0. */
  ok: boolean;
  /** What the other end got: frames, or lines of a head. */
  wire: readonly string[];
  /** Files that it wrote, or lines of its standard error. */
  more?: string;
}

/** How the other end of a client behaves. */
export interface Serving {
  /** Frames that are sent at once, for each connection. */
  readonly greet?: readonly Frame[];
  /** Sends data frames back. Default: it does. */
  readonly echo?: boolean;
  /** Closes after so many frames of data; 0 after the greeting. */
  readonly closeAfter?: number;
  /** What it closes with. */
  readonly close?: Frame;
  /** What it says to a Close. Default: an empty one. */
  readonly answer?: Frame;
  /** What is done about a Ping. Default: it is answered. */
  readonly ping?: "answer and close" | "ignore";
  /** Does not answer a Close, and waits for the end. */
  readonly keepsOpen?: boolean;
  /** No handshake. */
  readonly raw?: boolean;
  /** Extra lines of the response to the handshake. */
  readonly fields?: readonly string[];
  /** Compare the request's head, too. */
  readonly head?: boolean;
  /** Answers as an HTTP server does, with this text instead. */
  readonly http?: string;
  /** How many connections come. */
  readonly connections?: number;
}

/** A command line, what is written to its standard input, and what is at the other end. */
export interface Scenario {
  readonly name: string;
  /** Words; `{url}`, `{port}`, `{free}`, `{dir}` stand for what is different in each run. */
  readonly args: readonly string[];
  readonly stdin?: string;
  /** Standard input stays open. */
  readonly hold?: boolean;
  /** It is a client of this. */
  readonly server?: Serving;
  /** It is a server of this. */
  readonly client?: (port: number, dir: string) => Promise<readonly string[]>;
  /** It does not end by itself: it is ended when its client has. */
  readonly endless?: boolean;
  /** What an endless one prints before it is ended. */
  readonly prints?: string;
  /** Files that are there before. */
  readonly files?: Record<string, string>;
  /** More to look at when it is over. */
  readonly look?: (stderr: string, dir: string) => string | Promise<string>;
  /** Makes what differs from run to run the same. */
  readonly same?: (seen: Seen) => Seen;
  /** Where wirecat differs on purpose: what it does instead. */
  readonly differs?: Partial<Seen>;
  /** What both do, if it is worth saying. */
  readonly expect?: Partial<Seen>;
}

async function serve(listener: Deno.Listener, serving: Serving, wire: string[]): Promise<void> {
  for (let left = serving.connections ?? 1; left > 0; left--) {
    const conn = await listener.accept();
    try {
      await serveOne(new Wire(conn), serving, wire);
    } finally {
      conn.close();
    }
  }
}

async function serveOne(wire: Wire, serving: Serving, seen: string[]): Promise<void> {
  const { greet = [], echo = true, closeAfter = Infinity, close = "close", answer = "close" } =
    serving;
  if (serving.http !== undefined) {
    seen.push(...comparable(await wire.head()));
    await wire.write(serving.http);
    await wire.conn.closeWrite();
    seen.push(`body ${await wire.rest()}`);
    return;
  }
  if (!serving.raw) {
    const head = await wire.head();
    if (serving.head) seen.push(...comparable(head));
    const accept = await acceptOf(fieldOf(head, "sec-websocket-key") ?? "");
    await wire.write([
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Accept: ${accept}`,
      ...serving.fields ?? [],
      "\r\n",
    ].join("\r\n"));
  }
  for (const frame of greet) await wire.send(frame);
  let closed = closeAfter === 0;
  if (closed) await wire.send(close);
  for (let data = 1;;) {
    const frame = await wire.frame();
    seen.push(frame ?? "end");
    if (frame === undefined) return;
    if (frame.startsWith("ping") && serving.ping !== "ignore") {
      await wire.send(frame.replace("ping", "pong"));
      if (serving.ping === "answer and close") {
        closed = true;
        await wire.send(close);
      }
    }
    if (frame.startsWith("close")) {
      if (serving.keepsOpen) continue;
      if (!closed) await wire.send(answer);
      return;
    }
    if (closed || !/^(text|binary)/.test(frame)) continue;
    if (echo) await wire.send(frame);
    if (data++ === closeAfter) {
      closed = true;
      await wire.send(close);
    }
  }
}

/** Runs one program through a scenario. */
export async function see(program: Program, scenario: Scenario): Promise<Seen> {
  const dir = await Deno.makeTempDir();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const free = freePort();
  const places: Record<string, string> = {
    url: `ws://127.0.0.1:${port}/`,
    port: String(port),
    free: String(free),
    dir,
  };
  for (const [name, text] of Object.entries(scenario.files ?? {})) {
    await Deno.writeTextFile(`${dir}/${name}`, text);
  }
  const fill = (word: string) => word.replace(/\{(\w+)\}/g, (_, name) => places[name]);
  const announce = scenario.client === undefined ? [] : ["--stdout-announce-listening-ports"];
  const running = start(program, [...announce, ...scenario.args.map(fill)]);
  const wire: string[] = [];
  const late = setTimeout(() => running.kill(), 30_000);
  const serving = scenario.server === undefined ? undefined : serve(listener, scenario.server, wire)
    .catch((error) => void wire.push(`error ${error}`));
  try {
    if (scenario.stdin !== undefined) await running.write(scenario.stdin);
    if (!scenario.hold) await running.end();
    if (scenario.client !== undefined) {
      await running.port();
      wire.push(...await scenario.client(free, dir));
      const { prints } = scenario;
      if (prints) await running.until(({ stdout }) => stdout.includes(prints));
      if (scenario.endless) running.kill();
    }
    const { stdout, stderr, code } = await running.outcome();
    if (serving !== undefined) {
      listener.close();
      await serving;
    }
    const seen: Seen = { stdout, ok: scenario.endless || code === 0, wire };
    if (scenario.look) seen.more = await scenario.look(stderr, dir);
    return scenario.same?.(seen) ?? seen;
  } catch (error) {
    return { stdout: running.stdout, ok: false, wire: [`error ${error}`] };
  } finally {
    clearTimeout(late);
    running.kill();
    await running.outcome();
    await Deno.remove(dir, { recursive: true });
  }
}

/** Runs both programs through each scenario and compares; names all that differ. */
export async function compare(scenarios: readonly Scenario[]): Promise<void> {
  const failures: string[] = [];
  await pooled(scenarios, 3, async (scenario) => {
    const [theirs, ours] = await Promise.all([see(websocat, scenario), see(wirecat, scenario)]);
    try {
      assertEquals(ours, { ...theirs, ...scenario.differs }, "wirecat beside websocat");
      if (scenario.expect) assertEquals(ours, { ...ours, ...scenario.expect });
      for (const [key, value] of Object.entries(scenario.differs ?? {})) {
        const same = JSON.stringify(theirs[key as keyof Seen]) === JSON.stringify(value);
        assertEquals(same, false, `${key} differs no more`);
      }
    } catch (error) {
      failures.push(
        `${scenario.name}: ${(error as Error).message}\nwebsocat: ${JSON.stringify(theirs)}`,
      );
    }
  });
  if (failures.length > 0) throw new Error(failures.join("\n\n"));
}

/** Plays a WebSocket client: sends frames after the handshake, and tells what comes. */
export async function asClient(
  port: number,
  frames: readonly Frame[],
  { path = "/", fields = [] as readonly string[], head = false, until = "close" } = {},
): Promise<readonly string[]> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const wire = new Wire(conn);
  await wire.write([
    `GET ${path} HTTP/1.1`,
    "Host: h",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ...fields,
    "\r\n",
  ].join("\r\n"));
  const response = await wire.head();
  const seen = head ? comparable(response) : [response.split("\r\n")[0]];
  if (!response.includes(" 101 ")) return seen;
  for (const frame of frames) {
    // A frame that is written as `? text` is one to wait for.
    if (frame.startsWith("? ")) {
      for (let got; (got = await wire.frame()) !== frame.slice(2);) {
        if (got === undefined) return [...seen, ...wire.frames];
      }
    } else {
      await wire.send(frame, true);
    }
  }
  for (let got; (got = await wire.frame()) !== undefined && !got.startsWith(until););
  return [...seen, ...wire.frames];
}

/** Plays an HTTP client: the response, all of it or up to some text. */
export async function asHttpClient(
  port: number,
  request: string,
  until?: string,
): Promise<string> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const wire = new Wire(conn);
  await wire.write(request);
  return await wire.rest(until);
}

/** A text squeezed with a format of `CompressionStream`, or unsqueezed. */
export async function squeezed(
  text: string,
  stream: CompressionStream | DecompressionStream,
): Promise<string> {
  const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
  const body = new Blob([bytes]).stream().pipeThrough(stream);
  return latin1(new Uint8Array(await new Response(body).arrayBuffer()));
}
