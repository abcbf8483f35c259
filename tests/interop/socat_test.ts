/** socat as the inetd that starts wirecat, and as what wirecat connects through. */
import { assertEquals } from "@std/assert";
import { Program, run, Server, TempFolder, testWith, WIRECAT } from "./programs.ts";

/** A socat that listens on a free port. */
async function listening(...args: string[]) {
  const program = new Program("socat", ["-d", "-d", "tcp-l:0,bind=127.0.0.1,fork", ...args]);
  const [, port] = await program.waitFor(/listening on .*:(\d+)\n/);
  return Object.assign(program, { port: Number(port) });
}

testWith(["socat"], "socat: starts an inetd-ws: for each client, two at once", async () => {
  const words = [...WIRECAT, "inetd-ws:", "mirror:"].map((word) => `'${word}'`);
  using folder = new TempFolder();
  await using inetd = await listening(`exec:sh ${folder.file("run", `exec ${words.join(" ")}\n`)}`);
  const clients = ["one", "two"].map((text) =>
    run([...WIRECAT, "--linger=forever", "-1", `ws://127.0.0.1:${inetd.port}/`], `${text}\n`)
  );
  assertEquals(await Promise.all(clients), [
    { stdout: "one\n", stderr: "", status: 0 },
    { stdout: "two\n", stderr: "", status: 0 },
  ]);
});

testWith(["socat"], "socat: carries a client's connection for ws-c:", async () => {
  await using server = await Server.start(["ws-l:127.0.0.1:0", "mirror:"]);
  const through = `ws-c:cmd:socat - tcp:127.0.0.1:${server.port}`;
  const text = Array.from({ length: 1000 }, (_, i) => `line ${i} ${"x".repeat(i)}\n`).join("");
  const { stdout, stderr, status } = await run([...WIRECAT, "-", through], text);
  assertEquals([stdout === text, stderr, status], [true, "", 0]);
});

testWith(["socat"], "socat: a plain TCP client of its own is bridged to a WebSocket", async () => {
  await using echo = await Server.start(["ws-l:127.0.0.1:0", "mirror:"]);
  await using bridge = await Server.start([
    ...["-b", "tcp-l:127.0.0.1:0", `ws://127.0.0.1:${echo.port}/`],
  ]);
  const text = "x".repeat(100_000);
  const words = ["socat", "-t60", "-", `tcp:127.0.0.1:${bridge.port}`];
  const { stdout, status } = await run(words, text);
  assertEquals([stdout === text, status], [true, 0]);
});
