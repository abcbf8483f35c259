/** What is loaded at every start, be it for a moment: each module costs all runs. */
import { assert, assertEquals } from "@std/assert";
import { inCheckout, runCommand } from "../checkout.ts";

/** How many modules a start may load: those below, one file of each family, the dependencies. */
const MOST = 106;

/** What is loaded beside the families of specifiers; all else waits for who needs it. */
const ALWAYS = new Set([
  "lib/auth/login.ts",
  "lib/cli/auth_options.ts",
  "lib/cli/comings_and_goings.ts",
  "lib/cli/config.ts",
  "lib/cli/conversation_options.ts",
  "lib/cli/ending.ts",
  "lib/cli/hang_up.ts",
  "lib/cli/http_options.ts",
  "lib/cli/modes.ts",
  "lib/cli/nearest.ts",
  "lib/cli/options.ts",
  "lib/cli/parse.ts",
  "lib/cli/print.ts",
  "lib/cli/proxy_options.ts",
  "lib/cli/run.ts",
  "lib/cli/script_options.ts",
  "lib/cli/serve.ts",
  "lib/cli/signals.ts",
  "lib/cli/socks_options.ts",
  "lib/cli/terminal_options.ts",
  "lib/cli/tls_options.ts",
  "lib/cli/transform_options.ts",
  "lib/cli/websocket_options.ts",
  "lib/cli/websocket_settings.ts",
  "lib/core/abort.ts",
  "lib/core/batch.ts",
  "lib/core/conn.ts",
  "lib/core/errors.ts",
  "lib/core/fixups.ts",
  "lib/core/halves.ts",
  "lib/core/lints.ts",
  "lib/core/log.ts",
  "lib/core/opener.ts",
  "lib/core/option.ts",
  "lib/core/permission.ts",
  "lib/core/registry.ts",
  "lib/core/session.ts",
  "lib/core/specifier.ts",
  "lib/core/streams.ts",
  "lib/core/timer.ts",
  "lib/http/request_target.ts",
  "lib/http/static_file.ts",
  "lib/net/address.ts",
  "lib/net/socket_path.ts",
  "lib/net/udp_address.ts",
  "lib/overlay/crypto_key.ts",
  "lib/overlay/metrics.ts",
  "lib/overlay/metrics_server.ts",
  "lib/proxy/address.ts",
  "lib/socks/destination.ts",
  "lib/websocket/close_code.ts",
  "lib/websocket/url.ts",
  "lib/websockify/invoked_as.ts",
  "main.ts",
  "specs/admission.ts",
  "specs/mod.ts",
  "specs/tls_client.ts",
  "specs/tls_handshake.ts",
  "specs/tls_renewal.ts",
  "specs/tls_server.ts",
  "specs/tls_wishes.ts",
  "specs/websocket_rules.ts",
]);

/** What comes from elsewhere. `@std` has another address on JSR. */
const DEPENDENCIES = ["cli/parse_args.js", "text/closest_string.js"];

interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly isDynamic?: boolean;
    readonly code?: { readonly specifier?: string };
  }[];
}

/** Every module that is loaded at the start, with the first one that imports it. */
async function loadedAtStart(): Promise<Map<string, string>> {
  const { code, stdout, stderr } = await runCommand(Deno.execPath(), [
    "info",
    "--json",
    `--import-map=${inCheckout("scripts/npm/imports.json")}`,
    inCheckout("main.ts"),
  ]);
  assertEquals(code, 0, stderr);
  const { roots, modules }: { roots: string[]; modules: Module[] } = JSON.parse(stdout);
  const root = roots[0].slice(0, -"main.ts".length);
  const known = new Map(modules.map((module) => [module.specifier, module]));
  const found = new Map<string, string>([[roots[0], ""]]);
  for (const specifier of found.keys()) {
    for (const { isDynamic, code } of known.get(specifier)?.dependencies ?? []) {
      const imported = code?.specifier;
      if (isDynamic || imported === undefined || found.has(imported)) continue;
      found.set(imported, specifier);
    }
  }
  const short = (specifier: string) => specifier.replace(root, "");
  return new Map([...found].map(([specifier, by]) => [short(specifier), short(by)]));
}

const loaded = await loadedAtStart();

/** In words, for what a failure says. */
const told = (paths: string[]) => paths.map((path) => `${path}, for ${loaded.get(path)}`);

Deno.test("start: nothing is loaded that only some runs need", () => {
  const late = [...loaded].filter(([path, by]) =>
    !ALWAYS.has(path) && !(path.startsWith("specs/") && by === "specs/mod.ts") &&
    !DEPENDENCIES.some((end) => path.endsWith(end))
  );
  assertEquals(
    told(late.map(([path]) => path)),
    [],
    "write await import() where it is needed, in open() for one",
  );
});

Deno.test("start: no module of Node's is loaded", () => {
  assertEquals(told([...loaded.keys()].filter((path) => path.startsWith("node:"))), []);
});

Deno.test("start: the number of modules does not grow by itself", () => {
  assert(loaded.size <= MOST, `${loaded.size} modules are loaded at the start, not ${MOST}`);
  assertEquals(
    [...ALWAYS].filter((path) => !loaded.has(path)),
    [],
    "these are not loaded any more",
  );
});
