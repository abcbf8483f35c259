/** The GitHub action's script, with releases served on this machine. */
import { assertEquals, assertMatch } from "@std/assert";
import { type ArchiveFile, checksumLine, tarGz } from "../../scripts/release/archive.ts";
import { inCheckout, runCommand } from "../checkout.ts";
import { findProgram } from "../interop/programs.ts";

const ignore = Deno.build.target !== "x86_64-unknown-linux-gnu" ||
  findProgram("curl") === undefined;
const skipped = ignore ? " (skipped: no Linux on x86_64 with curl)" : "";

/** Serves a release 9.8.7 whose program says so; `sums` may change what SHA256SUMS has. */
async function withRelease(
  use: (releases: string, folder: string) => Promise<void>,
  sums = (line: string) => line,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const name = "wirecat-9.8.7-linux-x86_64.tar.gz";
  const program: ArchiveFile = {
    path: "wirecat-9.8.7-linux-x86_64/wirecat",
    bytes: new TextEncoder().encode("#!/bin/sh\necho wirecat 9.8.7\n"),
    executable: true,
  };
  await Deno.writeFile(`${folder}/${name}`, await tarGz([program], 0));
  const files: Record<string, BodyInit> = {
    [`/releases/download/v9.8.7/${name}`]: await Deno.readFile(`${folder}/${name}`),
    "/releases/download/v9.8.7/SHA256SUMS": sums(await checksumLine(folder, name)),
    "/releases/tag/v9.8.7": "the page of the tag",
  };
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { pathname, origin } = new URL(request.url);
    if (pathname === "/releases/latest") {
      return Response.redirect(`${origin}/releases/tag/v9.8.7`);
    }
    const body = files[pathname];
    return body === undefined ? new Response(null, { status: 404 }) : new Response(body);
  });
  try {
    await use(`http://127.0.0.1:${server.addr.port}/releases`, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function install(releases: string, folder: string, version: string) {
  return runCommand("bash", [inCheckout("scripts/action/install.sh")], {
    env: {
      WIRECAT_RELEASES: releases,
      WIRECAT_VERSION: version,
      RUNNER_TEMP: folder,
      GITHUB_PATH: `${folder}/path`,
      GITHUB_OUTPUT: `${folder}/output`,
      NO_PROXY: "*",
    },
  });
}

for (const version of ["9.8.7", "v9.8.7", "latest"]) {
  Deno.test({
    name: `action: version ${version} is checked and put on the PATH of the job${skipped}`,
    ignore,
    async fn() {
      await withRelease(async (releases, folder) => {
        const { code, stdout, stderr } = await install(releases, folder, version);
        assertEquals([code, stdout], [0, "wirecat 9.8.7\n"], stderr);
        const path = (await Deno.readTextFile(`${folder}/path`)).trim();
        assertEquals((await runCommand(`${path}/wirecat`, [])).stdout, "wirecat 9.8.7\n");
        assertEquals(await Deno.readTextFile(`${folder}/output`), "version=9.8.7\n");
      });
    },
  });
}

Deno.test({
  name: `action: an archive that is not what the checksums say is refused${skipped}`,
  ignore,
  async fn() {
    await withRelease(async (releases, folder) => {
      const { code, stdout } = await install(releases, folder, "9.8.7");
      assertEquals(code, 1);
      assertMatch(stdout, /^::error title=wirecat::wirecat-9.8.7-.* is not what SHA256SUMS says/m);
    }, (line) => line.replace(/^./, (digit) => digit === "0" ? "1" : "0"));
  },
});

Deno.test({
  name: `action: a version that does not exist is told with the address that was tried${skipped}`,
  ignore,
  async fn() {
    await withRelease(async (releases, folder) => {
      const { code, stdout } = await install(releases, folder, "1.1.1");
      assertEquals(code, 1);
      assertMatch(stdout, /cannot get http:.*\/v1\.1\.1\/wirecat-1\.1\.1-linux-x86_64\.tar\.gz/);
    });
  },
});
