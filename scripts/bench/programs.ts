/**
 * The programs that are measured and how each does what a scenario asks for.
 *
 * @module
 */
import { onPath } from "./process.ts";
import type { Launch } from "./process.ts";

/** A certificate for `localhost` and its key. */
export interface Identity {
  /** The authority's certificate, for clients. */
  readonly authority: string;
  /** Certificate and key in one, without a password. */
  readonly pkcs12: string;
}

/** One program, or one way to run it. What it cannot do is absent. */
export interface Program {
  /** What the table calls it. */
  readonly name: string;
  /** A WebSocket server that gives messages back. */
  echo?(text: boolean): Launch;
  /** The same over TLS. */
  echoTls?(identity: Identity): Launch;
  /** A client that sends lines of its input. */
  linesTo?(url: string): Launch;
  /** A client that prints what comes. */
  printFrom?(url: string): Launch;
  /** A WebSocket server in front of a TCP server. */
  relay?(target: number): Launch;
  /** A server that sends each message to all clients. */
  broadcast?(): Launch;
  /** The same as `relay`, in websockify's manner. */
  websockify?(target: number): Launch;
  /** Prints its version. */
  version?(): Launch;
}

/** wirecat from this checkout, and every peer that is found. */
export async function findPrograms(): Promise<Program[]> {
  const programs = [wirecat("wirecat"), wirecat("wirecat --engine native", "--engine", "native")];
  if (await onPath("websocat")) programs.push(websocat);
  if (await onPath("wscat")) programs.push(wscat);
  if (await onPath("websockify")) programs.push(websockify);
  return programs;
}

/** An empty program on the same runtime: what a start costs at least. */
export const emptyProgram: Program = {
  name: "empty Deno program",
  version: () => ({ words: [...deno(), fileBeside("./empty.ts")] }),
};

/** A TCP server that gives bytes back, in place of a program: what load and system can do together. */
export const plainEcho: Program = {
  name: "(plain TCP echo)",
};

/** How the load generator's own plain server is started. */
export function plainServer(): string[] {
  return [...deno(), "--no-config", fileBeside("./load.ts")];
}

function deno(): string[] {
  return [Deno.execPath(), "run", "-q", "-A"];
}

function fileBeside(name: string): string {
  return new URL(name, import.meta.url).pathname;
}

/**
 * What wirecat and websocat do with the same words. websocat announces port 0 as 0, so it is
 * given a free one (`announces` false).
 */
function alike(name: string, words: readonly string[], announces: boolean): Program {
  const run = (...more: string[]): Launch => ({ words: [...words, ...more] });
  const serve = (scheme: string, right: string, ...options: string[]): Launch => {
    const port = announces ? 0 : freePort();
    const announce = announces ? ["--stdout-announce-listening-ports"] : [];
    return {
      words: [...words, "-E", ...announce, ...options, `${scheme}:127.0.0.1:${port}`, right],
      port: announces ? "announced" : port,
    };
  };
  return {
    name,
    echo: (text) => serve("ws-l", "mirror:", text ? "-t" : "-b"),
    echoTls: ({ pkcs12 }) => serve("wss-l", "mirror:", "-b", `--pkcs12-der=${pkcs12}`),
    linesTo: (url) => run("-", url),
    printFrom: (url) => run("-u", url, "-"),
    relay: (target) => serve("ws-l", `tcp:127.0.0.1:${target}`, "-b"),
    broadcast: () => serve("ws-l", "broadcast:mirror:", "-t", "--queue-len=256"),
    version: () => run("--version"),
  };
}

function wirecat(name: string, ...options: string[]): Program {
  const words = [
    ...deno(),
    `--import-map=${fileBeside("../npm/imports.json")}`,
    fileBeside("../../main.ts"),
  ];
  const program = alike(name, [...words, ...options], true);
  if (options.length > 0) return { ...program, echoTls: undefined, version: undefined };
  return { ...program, websockify: websockifyWith([...words, "websockify"]) };
}

const websocat: Program = alike("websocat", ["websocat"], false);

const wscat: Program = {
  name: "wscat",
  printFrom: (url) => ({ words: ["wscat", "--no-color", "-c", url] }),
  version: () => ({ words: ["wscat", "--version"] }),
};

const websockify: Program = {
  name: "websockify",
  websockify: websockifyWith(["websockify"]),
};

function websockifyWith(words: readonly string[]): (target: number) => Launch {
  return (target) => {
    const port = freePort();
    return { words: [...words, `127.0.0.1:${port}`, `127.0.0.1:${target}`], port };
  };
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
