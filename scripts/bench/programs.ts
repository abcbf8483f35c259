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
  /** The certificate in PEM. */
  readonly certificate: string;
  /** Its key in PEM. */
  readonly key: string;
}

/** One program, or one way to run it. What it cannot do is absent. */
export interface Program {
  /** What the table calls it. */
  readonly name: string;
  /** A WebSocket server that gives messages back. */
  echo?(text: boolean): Launch;
  /** The same over TLS; from a PKCS#12 archive where PEM is not asked for or not known. */
  echoTls?(identity: Identity, pem: boolean): Launch;
  /** The same as `echo`, compressed. */
  echoDeflate?(): Launch;
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
  programs.push(...await finished());
  programs.push(nativeTls);
  if (await onPath("websocat")) programs.push(websocat);
  if (await onPath("wscat")) programs.push(wscat);
  programs.push(...await wsServers());
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

/** The runtime's own WebSocket over TLS, which wirecat's native engine has for clients only. */
const nativeTls: Program = {
  name: "Deno.upgradeWebSocket",
  echoTls: ({ certificate, key }) => ({
    words: [...deno(), "--no-config", fileBeside("./native_tls.ts"), certificate, key],
    port: "announced",
  }),
};

/** How the load generator's own plain server is started. */
export function plainServer(): string[] {
  return [...deno(), "--no-config", fileBeside("./load.ts")];
}

function deno(): string[] {
  return [Deno.execPath(), "run", "-q", "-A"];
}

function fileBeside(name: string): string {
  return decodeURIComponent(new URL(name, import.meta.url).pathname);
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
    echoTls: ({ pkcs12, certificate, key }, pem) => {
      const shown = pem && name === "wirecat"
        ? [`--cert=${certificate}`, `--key=${key}`]
        : [`--pkcs12-der=${pkcs12}`];
      return serve("wss-l", "mirror:", "-b", ...shown);
    },
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
  return {
    ...program,
    echoDeflate: () => ({
      words: [...program.echo!(true).words, "--compress"],
      port: "announced",
    }),
    websockify: websockifyWith([...words, "websockify"]),
  };
}

/** Other ways to get wirecat, where `deno task compile` and `deno task npm` have left them. */
async function finished(): Promise<Program[]> {
  const made: readonly [name: string, path: string, words: readonly string[]][] = [
    ["wirecat, compiled", fileBeside("../../dist/wirecat"), []],
    [
      "wirecat, as npm starts it",
      fileBeside("../../dist/npm/program/main.js"),
      [...deno(), "--no-config", "--no-lock", "--unstable-lazy-dynamic-imports"],
    ],
  ];
  const found: Program[] = [];
  for (const [name, path, words] of made) {
    try {
      await Deno.stat(path);
    } catch {
      continue;
    }
    found.push({ name, version: () => ({ words: [...words, path, "--version"] }) });
  }
  return found;
}

/** The npm package `ws` on Node.js: as hard as it tries by itself, and as wirecat does. */
async function wsServers(): Promise<Program[]> {
  if (!await onPath("node") || !await onPath("npm")) return [];
  const { stdout } = await new Deno.Command("npm", { args: ["root", "-g"], stderr: "null" })
    .output();
  const path = `${new TextDecoder().decode(stdout).trim()}/ws`;
  try {
    await Deno.stat(path);
  } catch {
    return [];
  }
  const server = (name: string, perMessageDeflate: unknown): Program => ({
    name,
    echoDeflate: () => ({
      words: ["node", fileBeside("./ws_server.mjs"), path, JSON.stringify(perMessageDeflate)],
      port: "announced",
    }),
  });
  return [
    server("ws", true),
    server("ws, at level 4 too", { zlibDeflateOptions: { level: 4 } }),
  ];
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
