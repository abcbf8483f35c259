/**
 * `deno task npm`: the npm package into `dist/npm/`, so that `npx wirecat` works on a machine that
 * has Node alone. The program is bundled into plain JavaScript, parts that a run may not need
 * apart; Deno comes as a dependency.
 *
 * @module
 */
import { bundle } from "./bundle.ts";
import { stage } from "./staging.ts";

/** What npm is told. */
function packageJson(version: string, deno: string): Record<string, unknown> {
  return {
    name: "wirecat",
    version,
    description: "netcat, socat and curl for WebSockets",
    keywords: ["websocket", "netcat", "websocat", "websockify", "cli", "proxy", "tcp", "json-rpc"],
    license: "MIT",
    homepage: "https://github.com/wirecat/wirecat",
    repository: { type: "git", url: "git+https://github.com/wirecat/wirecat.git" },
    type: "module",
    bin: { wirecat: "wirecat.mjs" },
    files: ["wirecat.mjs", "program/", "THIRD_PARTY_LICENSES.md", "CHANGELOG.md"],
    engines: { node: ">=18" },
    dependencies: { deno },
  };
}

/** The program that npm puts on the PATH: starts Deno and stands aside. */
const LAUNCHER = `#!/usr/bin/env node
// Starts wirecat on the Deno that this package depends on.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const folder = dirname(require.resolve("deno/package.json"));
let deno = join(folder, process.platform === "win32" ? "deno.exe" : "deno");
// Where install scripts are blocked, the first run puts the executable in place.
try {
  if (!existsSync(deno)) deno = require("deno/install_api.cjs").runInstall();
} catch (error) {
  console.error(\`wirecat: error: there is no Deno beside wirecat: \${error.message.split("\\n")[0]}\`);
  console.error(
    "  Deno runs on Linux with glibc, macOS and Windows; npm install --include=optional brings it",
  );
  process.exit(1);
}

const main = join(dirname(fileURLToPath(import.meta.url)), "program", "main.js");
// The last flag keeps Deno from looking at parts that a run does not need: 22 ms instead of 32.
const words = ["run", "-q", "-A", "--no-prompt", "--no-config", "--no-lock"];
words.push("--unstable-lazy-dynamic-imports", main);
const child = spawn(deno, [...words, ...process.argv.slice(2)], { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGWINCH"]) {
  try {
    process.on(signal, () => child.kill(signal));
  } catch {
    // This platform has no such signal.
  }
}
child.on("error", (error) => {
  console.error(\`wirecat: error: cannot start Deno: \${error.message}\`);
  process.exit(1);
});
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
`;

/** Makes the package in `output`. */
export async function makePackage(output: string): Promise<void> {
  await using staging = await stage();
  await Deno.remove(output, { recursive: true }).catch(() => {});
  await Deno.mkdir(output, { recursive: true });
  const path = await Deno.realPath(output);
  await staging.stamp("npm");
  await bundle({
    folder: staging.folder,
    output: `${path}/program`,
    time: staging.time,
    importMap: "scripts/npm/imports.json",
  });
  const json = packageJson(staging.version, Deno.version.deno);
  await Deno.writeTextFile(`${path}/package.json`, JSON.stringify(json, null, 2) + "\n");
  await Deno.writeTextFile(`${path}/wirecat.mjs`, LAUNCHER, { mode: 0o755 });
  for (const name of ["README.md", "LICENSE", "CHANGELOG.md", "THIRD_PARTY_LICENSES.md"]) {
    await Deno.copyFile(`${staging.folder}/${name}`, `${path}/${name}`);
  }
}

if (import.meta.main) {
  await makePackage("dist/npm");
  console.log(
    "dist/npm: npm pack ./dist/npm makes the tarball, npm publish ./dist/npm publishes it",
  );
}
