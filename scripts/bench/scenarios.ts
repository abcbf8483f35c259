/**
 * The scenarios, in the order of the table, with what wirecat has set itself.
 *
 * @module
 */
import type { Launch } from "./process.ts";
import { emptyProgram, plainEcho, plainServer, type Program } from "./programs.ts";
import { arrange, type Bench, type Figures, type Metric, type Scenario } from "./scenario.ts";
import type { Result } from "./job.ts";

/** What an echo of that size has to reach beside websocat. */
const ECHO_TARGETS: Record<number, number> = { 64: 8, 1024: 4, 65536: 2 };

/** The same over TLS, however the certificate came. */
const ECHO_TLS_TARGETS: Record<number, number> = { 64: 5, 1024: 2, 65536: 1.5 };

/** All scenarios. */
export const scenarios: readonly Scenario[] = [
  ...[64, 1024, 65536].flatMap((size) =>
    [1, 50].flatMap((connections) => [
      echo(size, connections, false),
      echo(size, connections, true),
    ])
  ),
  ...[64, 1024, 65536].flatMap((size) => [true, false].map((pem) => echoTls(size, pem))),
  ...[1024, 65536].flatMap((size) => [true, false].map((kept) => echoDeflate(size, kept))),
  stdinToWebSocket(),
  webSocketToStdout(),
  relay("websocket", 64),
  relay("websocket", 65536),
  relay("tcp", 65536),
  roundTrip(),
  relayRoundTrip(),
  idle(),
  startUp(),
  fanOut(100),
  fanOut(1000),
  websockifyThroughput("websocket", 64, 20),
  websockifyThroughput("websocket", 65536, 4),
  websockifyThroughput("tcp", 65536, 4),
  websockifyRoundTrip(),
  websockifyConnections(),
  websockifyMemory(),
];

const rate = (result: Result): Figures => ({ rate: result.messages ?? 0 });
const volume = (result: Result): Figures => ({ rate: result.bytes ?? 0 });
const latency = (result: Result): Figures => ({ p50: result.p50!, p99: result.p99! });

/** Small messages are counted, long ones weighed. */
function throughput(size: number, targets?: Record<string, number>): Metric[] {
  return [{ figure: "rate", unit: size < 4096 ? "messages/s" : "bytes/s", targets }];
}

function named(size: number): string {
  return size < 1024 ? `${size} B` : `${size / 1024} KiB`;
}

function echo(size: number, connections: number, text: boolean): Scenario {
  const launch = (program: Program): Launch | undefined =>
    program === plainEcho
      ? {
        words: [...plainServer(), JSON.stringify({ kind: "plain", echo: true })],
        port: "announced",
      }
      : program.echo?.(text);
  return {
    name: `echo ${named(size)} × ${connections} ${text ? "-t" : "-b"}`,
    metrics: throughput(size, { websocat: ECHO_TARGETS[size] }),
    launch,
    run: (program, bench) =>
      arrange({
        launch: () => launch(program)!,
        listens: "program",
        job: (port) => ({
          kind: "echo",
          port,
          size,
          connections,
          text,
          raw: program === plainEcho,
          ...times(bench),
        }),
        figures: size < 4096 ? rate : volume,
      }, bench),
  };
}

function times({ seconds, warmUp }: Bench): { seconds: number; warmUp: number } {
  return { seconds, warmUp };
}

function echoTls(size: number, pem: boolean): Scenario {
  return {
    name: `echo over TLS ${named(size)} × 1 -b, ${pem ? "PEM" : "PKCS#12"}`,
    metrics: throughput(size, { websocat: ECHO_TLS_TARGETS[size] }),
    launch: (program, { identity }) => identity && program.echoTls?.(identity, pem),
    run: (program, bench) =>
      arrange({
        launch: () => program.echoTls!(bench.identity!, pem),
        listens: "program",
        job: (port) => ({
          kind: "echo",
          port,
          size,
          connections: 1,
          text: false,
          certificate: bench.identity!.authority,
          ...times(bench),
        }),
        figures: size < 4096 ? rate : volume,
      }, bench),
  };
}

function echoDeflate(size: number, kept: boolean): Scenario {
  return {
    name: `echo of JSON, deflated, ${kept ? "context kept" : "no context"}, ${named(size)}`,
    metrics: [{ figure: "rate", unit: "bytes/s", targets: { ws: 1 } }],
    launch: (program) => program.echoDeflate,
    run: (program, bench) =>
      arrange({
        launch: () => program.echoDeflate!(),
        listens: "program",
        job: (port) => ({ kind: "deflate", port, size, kept, ...times(bench) }),
        figures: volume,
      }, bench),
  };
}

const LINE = "x".repeat(63);

function stdinToWebSocket(): Scenario {
  return {
    name: "stdin → WebSocket, 64 B lines",
    metrics: throughput(64, { websocat: 5 }),
    launch: (program) => program.linesTo,
    run: async (program, bench) => {
      const pipe = await makePipe(bench);
      return await arrange({
        launch: (port) => ({ ...program.linesTo!(`ws://127.0.0.1:${port}/`), stdin: pipe }),
        listens: "generator",
        job: () => ({ kind: "sink", ...times(bench) }),
        figures: rate,
        helper: { words: ["yes", LINE], stdout: pipe },
      }, bench);
    },
  };
}

function webSocketToStdout(): Scenario {
  return {
    name: "WebSocket → stdout, 64 B lines",
    metrics: throughput(64, { websocat: 4 }),
    launch: (program) => program.printFrom,
    run: async (program, bench) => {
      const pipe = await makePipe(bench);
      return await arrange({
        launch: (port) => ({ ...program.printFrom!(`ws://127.0.0.1:${port}/`), stdout: pipe }),
        listens: "generator",
        job: () => ({ kind: "source", size: 64, ...times(bench) }),
        figures: rate,
        helper: { words: ["cat"], stdin: pipe },
      }, bench);
    },
  };
}

let pipes = 0;

async function makePipe({ folder }: Bench): Promise<string> {
  const path = `${folder}/pipe${pipes++}`;
  await new Deno.Command("mkfifo", { args: [path] }).output();
  return path;
}

function relay(from: "websocket" | "tcp", size: number): Scenario {
  const way = from === "websocket" ? "WebSocket → TCP" : "TCP → WebSocket";
  return {
    name: `relay ${way}, ${named(size)}`,
    metrics: throughput(size, { websocat: 2 }),
    launch: (program) => program.relay,
    run: (program, bench) =>
      arrange({
        launch: (port) => program.relay!(port),
        listens: "both",
        job: () => ({ kind: "relay", from, size, ...times(bench) }),
        figures: size < 4096 ? rate : volume,
      }, bench),
  };
}

function latencies(targets: Record<string, number>): Metric[] {
  return [
    { figure: "p50", label: "p50", unit: "seconds", targets },
    { figure: "p99", label: "p99", unit: "seconds" },
  ];
}

function roundTrip(): Scenario {
  const launch = (program: Program): Launch | undefined =>
    program === plainEcho
      ? {
        words: [...plainServer(), JSON.stringify({ kind: "plain", echo: true })],
        port: "announced",
      }
      : program.echo?.(false);
  return {
    name: "round trip, echo, 64 B",
    metrics: latencies({ websocat: 0.7 }),
    launch,
    run: (program, bench) =>
      arrange({
        launch: () => launch(program)!,
        listens: "program",
        job: (port) => ({
          kind: "round-trip",
          port,
          size: 64,
          raw: program === plainEcho,
          ...times(bench),
        }),
        figures: latency,
      }, bench),
  };
}

function relayRoundTrip(): Scenario {
  return {
    name: "round trip, relay, 64 B",
    metrics: latencies({ websocat: 0.7 }),
    launch: (program) => program.relay,
    run: (program, bench) =>
      arrange({
        launch: (port) => program.relay!(port),
        listens: "both",
        job: () => ({ kind: "round-trip", size: 64, relay: true, ...times(bench) }),
        figures: latency,
      }, bench),
  };
}

/** Descriptors beside the connections. */
const OTHER_FILES = 200;

function idle(): Scenario {
  return {
    name: "idle connections",
    metrics: [
      { figure: "each", label: "memory each", unit: "bytes", targets: { websocat: 1 / 8 } },
      { figure: "setUp", label: "set-up of all", unit: "seconds" },
    ],
    runs: 1,
    launch: (program) => program.echo,
    run: (program, bench) => {
      const connections = bench.quick ? 1000 : 10_000;
      const files = connections + OTHER_FILES;
      return arrange({
        launch: () => ({ ...program.echo!(false), files }),
        listens: "program",
        job: (port) => ({ kind: "idle", port, connections }),
        files,
        figures: ({ seconds }) => ({ setUp: seconds! }),
        look: (running, before) => ({ each: (running.memory() - before) / connections }),
      }, bench);
    },
  };
}

const STARTS = 20;

function startUp(): Scenario {
  return {
    name: "start-up, --version",
    metrics: [{
      figure: "time",
      unit: "seconds",
      targets: { [emptyProgram.name]: 2.5 },
    }],
    launch: (program) => program.version,
    run: async (program, { processors }) => {
      const { words } = program.version!();
      const pinned = processors.program === undefined
        ? words
        : ["taskset", "-c", String(processors.program), ...words];
      const [command, ...args] = pinned;
      const times: number[] = [];
      for (let i = 0; i < STARTS; i++) {
        const began = performance.now();
        await new Deno.Command(command, { args, stdout: "null", stderr: "null" }).output();
        times.push(performance.now() - began);
      }
      times.sort((a, b) => a - b);
      return { figures: { time: times[STARTS >> 1] / 1000 }, generatorBound: false };
    },
  };
}

function fanOut(clients: number): Scenario {
  return {
    name: `broadcast to ${clients} clients, 64 B, delivered`,
    metrics: [{ figure: "rate", unit: "messages/s" }],
    launch: (program) => program.broadcast,
    run: (program, bench) =>
      arrange({
        launch: () => ({ ...program.broadcast!(), files: clients + OTHER_FILES }),
        listens: "program",
        job: (port) => ({ kind: "fan-out", port, size: 64, clients, ...times(bench) }),
        files: clients + OTHER_FILES,
        figures: rate,
      }, bench),
  };
}

// --- Beside websockify ---

function websockifyThroughput(
  from: "websocket" | "tcp",
  size: number,
  target: number,
): Scenario {
  const way = from === "websocket" ? "WebSocket → TCP" : "TCP → WebSocket";
  return {
    name: `websockify ${way}, ${named(size)}`,
    metrics: throughput(size, { websockify: target }),
    launch: (program) => program.websockify,
    run: (program, bench) =>
      arrange({
        launch: (port) => program.websockify!(port),
        listens: "both",
        job: () => ({ kind: "relay", from, size, ...times(bench) }),
        figures: size < 4096 ? rate : volume,
      }, bench),
  };
}

function websockifyRoundTrip(): Scenario {
  return {
    name: "websockify round trip, 64 B",
    metrics: latencies({ websockify: 0.5 }),
    launch: (program) => program.websockify,
    run: (program, bench) =>
      arrange({
        launch: (port) => program.websockify!(port),
        listens: "both",
        job: () => ({ kind: "round-trip", size: 64, relay: true, ...times(bench) }),
        figures: latency,
      }, bench),
  };
}

function websockifyConnections(): Scenario {
  return {
    name: "websockify set-up of 500 connections",
    metrics: [{ figure: "rate", unit: "connections/s", targets: { websockify: 10 } }],
    launch: (program) => program.websockify,
    run: (program, bench) =>
      arrange({
        launch: (port) => program.websockify!(port),
        listens: "both",
        job: () => ({ kind: "connect", connections: bench.quick ? 100 : 500 }),
        figures: ({ connections }) => ({ rate: connections! }),
      }, bench),
  };
}

function websockifyMemory(): Scenario {
  return {
    name: "websockify idle connections",
    metrics: [{ figure: "each", label: "memory each", unit: "bytes" }],
    runs: 1,
    launch: (program) => program.websockify,
    run: (program, bench) => {
      const connections = bench.quick ? 50 : 200;
      return arrange({
        launch: (port) => program.websockify!(port),
        listens: "both",
        job: () => ({ kind: "idle", connections, relay: true }),
        figures: () => ({}),
        look: (running, before) => ({ each: (running.memory() - before) / connections }),
      }, bench);
    },
  };
}
