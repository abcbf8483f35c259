import { assertEquals } from "@std/assert";
import { findProgram } from "../interop/programs.ts";

const program = decodeURIComponent(new URL("stdio_copy.ts", import.meta.url).pathname);
const command = ["run", "-q", "-A", "--no-config", program];
const decoder = new TextDecoder();

/** Starts the program that does `what` with its standard input and output. */
function start(what: string, options: Deno.CommandOptions = {}): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [...command, what],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    ...options,
  }).spawn();
}

/** Runs it below a shell, which lays out the descriptors. */
async function shell(script: string): Promise<string> {
  const args = [Deno.execPath(), ...command];
  const { stderr } = await new Deno.Command("sh", {
    args: ["-c", script, "sh", ...args],
    stdin: "null",
  }).output();
  return decoder.decode(stderr);
}

async function feed(child: Deno.ChildProcess, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const writer = child.stdin.getWriter();
  await writer.write(bytes);
  await writer.close();
}

Deno.test("stdio: many bytes pass from input to output unchanged", async () => {
  const sent = new Uint8Array(3_000_001);
  for (let i = 0; i < sent.length; i++) sent[i] = (i * 31) ^ (i >> 9);
  const child = start("copy", { stderr: "null" });
  const [received] = await Promise.all([
    new Response(child.stdout).arrayBuffer(),
    feed(child, sent),
  ]);
  await child.status;
  assertEquals(received.byteLength, sent.length);
  const bytes = new Uint8Array(received);
  assertEquals(bytes.every((byte, i) => byte === sent[i]), true);
});

Deno.test("stdio: a closed, or write-only, standard input is at its end", async () => {
  assertEquals(await shell('"$@" copy <&-'), "");
  assertEquals(await shell('"$@" copy 0>/dev/null'), "");
});

Deno.test("stdio: a reader that went away is told as gone", async () => {
  assertEquals(await shell('"$@" write | true'), "gone");
});

Deno.test("stdio: a pending read does not keep the program", async () => {
  const child = start("leave", { stdout: "null", stderr: "null" });
  assertEquals((await child.status).code, 0);
  await child.stdin.close();
});

Deno.test("stdio: what a read brings after closing goes to the next opening", async () => {
  const child = start("reopen", { stdout: "null" });
  const stderr = child.stderr.getReader();
  assertEquals(decoder.decode((await stderr.read()).value), "reading");
  await feed(child, new TextEncoder().encode("late"));
  assertEquals(decoder.decode((await stderr.read()).value), "late");
  await stderr.cancel();
  await child.status;
});

const python = findProgram("python3") !== undefined;
const skipped = python ? "" : " (skipped: python3 not installed)";

/** Runs a Python script that has the command in `sys.argv[1:]`; what it prints is the result. */
async function pythonRun(script: string): Promise<string> {
  const { stdout } = await new Deno.Command("python3", {
    args: ["-c", script, Deno.execPath(), ...command],
    stdin: "null",
  }).output();
  return decoder.decode(stdout).trim();
}

Deno.test({
  name: "stdio: a full pipe that another program made non-blocking is waited for" + skipped,
  ignore: !python,
  async fn() {
    const script = `
import os, subprocess, sys
r, w = os.pipe()
os.set_blocking(w, False)
child = subprocess.Popen(sys.argv[1:] + ["write"], stdin=subprocess.DEVNULL, stdout=w, stderr=subprocess.PIPE)
os.close(w)
total = 0
while True:
    part = os.read(r, 65536)
    if not part: break
    total += len(part)
print(total, child.stderr.read().decode())
`;
    assertEquals(await pythonRun(script), "1000000 written");
  },
});

Deno.test({
  name: "stdio: as a socket, the sending half ends while reading goes on" + skipped,
  ignore: !python,
  async fn() {
    const script = `
import socket, subprocess, sys
a, b = socket.socketpair()
child = subprocess.Popen(sys.argv[1:] + ["half-close"], stdin=a, stdout=a, stderr=subprocess.PIPE)
a.close()
b.settimeout(60)
received = b""
while True:
    part = b.recv(100)
    if not part: break
    received += part
b.sendall(b"heard")
print(received.decode(), child.stderr.read().decode())
`;
    assertEquals(await pythonRun(script), "over heard");
  },
});
