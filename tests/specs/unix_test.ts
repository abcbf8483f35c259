import { assertEquals, assertRejects } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { family } from "../../specs/unix.ts";
import { openSpecifier } from "./endpoint.ts";
import { assertHalfCloses, assertIntact, listen, namesOf } from "./sockets.ts";
import { request } from "../peers.ts";
import { openerOf } from "./sockets.ts";
import { assertFreesDescriptors } from "../descriptors.ts";

/** Runs a test with a directory of its own. */
function withDirectory(test: (directory: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const directory = await Deno.makeTempDir();
    try {
      await test(directory);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  };
}

function files(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map((entry) => entry.name).sort();
}

const failureOf = (promise: () => Promise<unknown>) => assertRejects(promise, WirecatError);

Deno.test("unix: all names of websocat are there", () => {
  assertEquals(
    namesOf(family).join(" "),
    "unix unix-connect connect-unix unix-c c-unix unix-listen listen-unix unix-l l-unix " +
      "abstract abstract-connect connect-abstract abstract-c c-abstract " +
      "abstract-listen listen-abstract abstract-l l-abstract",
  );
});

Deno.test(
  "unix: each end may end its half, and close frees the descriptors",
  withDirectory(async (directory) => {
    await assertFreesDescriptors(async () => {
      const server = await listen(family, `unix-l:${directory}/s`);
      assertEquals(server.address, { proto: "unix", path: `${directory}/s` });
      const client = await openSpecifier(family, `unix:${directory}/s`);
      const served = await server.next();
      assertEquals(served.info.client, undefined);
      await assertHalfCloses(client, served);
      await client.close();
      await served.close();
      server.listener.close();
    });
  }),
);

Deno.test(
  "unix: many bytes arrive as they were sent",
  withDirectory(async (directory) => {
    using server = await listen(family, `unix-l:${directory}/s`);
    const client = await openSpecifier(family, `unix:${directory}/s`);
    const served = await server.next();
    await assertIntact(served, client);
    await client.close();
    await served.close();
  }),
);

Deno.test(
  "unix-listen: its file goes when it stops listening",
  withDirectory(async (directory) => {
    const server = await listen(family, `unix-l:${directory}/s`);
    assertEquals(files(directory), ["s"]);
    server.listener.close();
    assertEquals(files(directory), []);
  }),
);

Deno.test(
  "unix-listen: its file goes when it stops while it waits for a client",
  withDirectory(async (directory) => {
    const server = await listen(family, `unix-l:${directory}/s`);
    const next = server.listener[Symbol.asyncIterator]().next();
    server.listener.close();
    assertEquals((await next).done, true);
    assertEquals(files(directory), []);
  }),
);

for (const waiting of [false, true]) {
  Deno.test(
    `unix-listen: a successor's socket stays ${waiting ? "even if a client was waited for" : ""}`,
    withDirectory(async (directory) => {
      const old = await listen(family, `unix-l:${directory}/s`);
      const next = waiting ? old.listener[Symbol.asyncIterator]().next() : undefined;
      using server = await listen(family, `unix-l:${directory}/s`, { unlink: true });
      old.listener.close();
      await next;
      assertEquals(files(directory), ["s"]);
      const client = await openSpecifier(family, `unix:${directory}/s`);
      const served = await server.next();
      await client.close();
      await served.close();
    }),
  );
}

Deno.test(
  "unix-listen: an existing socket is an error that names --unlink",
  withDirectory(async (directory) => {
    using _server = await listen(family, `unix-l:${directory}/s`);
    const error = await failureOf(() => listen(family, `unix-l:${directory}/s`));
    assertEquals(error.message, `cannot listen on unix:${directory}/s: the socket exists`);
    assertEquals(error.hint?.includes("--unlink"), true);
    assertEquals(files(directory), ["s"]);
  }),
);

Deno.test(
  "unix-listen: --unlink leaves a file alone that is not a socket",
  withDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/s`, "precious");
    const error = await failureOf(() => listen(family, `unix-l:${directory}/s`, { unlink: true }));
    assertEquals(error.message.endsWith("which is not a socket"), true, error.message);
    assertEquals(await Deno.readTextFile(`${directory}/s`), "precious");
  }),
);

Deno.test(
  "unix-listen: --chmod-owner sets the file's mode",
  withDirectory(async (directory) => {
    using _server = await listen(family, `unix-l:${directory}/s`, { "chmod-owner": true });
    assertEquals(Deno.lstatSync(`${directory}/s`).mode! & 0o777, 0o600);
  }),
);

Deno.test(
  "unix-listen: an abort ends the wait for a client, and removes the file",
  withDirectory(async (directory) => {
    const { opener, addresses } = openerOf(family, `unix-l:${directory}/s`);
    const controller = new AbortController();
    const opening = opener.open(request(controller));
    while (addresses.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    controller.abort(new Error("the run ends"));
    await assertRejects(() => opening, Error, "the run ends");
    assertEquals(files(directory), []);
  }),
);

Deno.test(
  "unix: each failure to connect says what to do",
  withDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/file`, "");
    const cases: [path: string, reason: string, hint: string][] = [
      ["none", "no such file or directory", "has its server been started?"],
      ["file", "connection refused", "not a socket"],
    ];
    for (const [name, reason, hint] of cases) {
      const target = `unix:${directory}/${name}`;
      const error = await failureOf(() => openSpecifier(family, target));
      assertEquals(error.message, `cannot connect to ${target}: ${reason}`);
      assertEquals(error.hint?.includes(hint), true, error.hint);
      assertEquals(error.kind, "connection");
    }
    const error = await failureOf(() => listen(family, `unix-l:${directory}/none/s`));
    assertEquals(error.hint, "does the directory exist?");
  }),
);

const linuxOnly = { ignore: Deno.build.os !== "linux" };

Deno.test("abstract: each end may end its half, and no file is made", linuxOnly, async () => {
  const name = crypto.randomUUID();
  using server = await listen(family, `abstract-l:${name}`);
  assertEquals(server.address, { proto: "abstract", name: new TextEncoder().encode(name) });
  const client = await openSpecifier(family, `abstract:${name}`);
  const served = await server.next();
  await assertHalfCloses(client, served);
  await client.close();
  await served.close();
});

Deno.test("abstract-listen: a name in use is an error, --unlink or not", linuxOnly, async () => {
  const name = crypto.randomUUID();
  using _server = await listen(family, `abstract-l:${name}`);
  const error = await failureOf(() => listen(family, `abstract-l:${name}`, { unlink: true }));
  assertEquals(error.message, `cannot listen on abstract:${name}: the name is in use`);
});

Deno.test("abstract: a name that nobody has is an error with a hint", linuxOnly, async () => {
  const name = crypto.randomUUID();
  const error = await failureOf(() => openSpecifier(family, `abstract:${name}`));
  assertEquals(error.message, `cannot connect to abstract:${name}: connection refused`);
  assertEquals(error.hint, "has its server been started?");
});
