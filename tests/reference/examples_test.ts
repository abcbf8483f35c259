/** The example commands of websocat's reference, as real processes on this machine. */
import { assertEquals, assertMatch } from "@std/assert";
import { freePort } from "../free_port.ts";
import { has, printed } from "../interop/command.ts";
import { pooled, Running, start, wirecat } from "../interop/running.ts";
import { TestProxy } from "../socks/proxy.ts";
import { readExactly } from "../socks/read_exactly.ts";

const CERTS = decodeURIComponent(new URL("../tls/certs/", import.meta.url).pathname);
const LOCAL = "127.0.0.1";
const haveSocat = await has("socat", "-V");
const haveOpenssl = /OpenSSL 3/.test(await printed("openssl", "version") ?? "");
const haveCurl = await has("curl", "--version");

/** What an example uses; all of it is gone when the example is over. */
class Stage implements AsyncDisposable {
  readonly dir: string = Deno.makeTempDirSync();
  readonly #running: Running[] = [];

  /** A program that runs on. */
  run(command: string, ...args: string[]): Running {
    const running = new Running(command, args, { cwd: this.dir });
    this.#running.push(running);
    return running;
  }

  /** wirecat, which runs on. */
  wirecat(...args: string[]): Running {
    const running = start(wirecat, args, { cwd: this.dir });
    this.#running.push(running);
    return running;
  }

  /** wirecat as a server; `0` is the port in its words. Resolves to the port. */
  async serve(...args: string[]): Promise<number> {
    return await this.wirecat("--stdout-announce-listening-ports", ...args).port();
  }

  /** wirecat as a server without a port. */
  async listen(...args: string[]): Promise<Running> {
    const running = this.wirecat("--stdout-announce-listening-ports", ...args);
    await running.until(({ stdout }) => stdout.includes("LISTEN "));
    return running;
  }

  /** What wirecat prints for this input, to its end; it has to succeed. */
  async print(input: string, ...args: string[]): Promise<string> {
    return await this.output(this.wirecat(...args), input);
  }

  /** Types one thing and waits until it has come back, before the input ends. */
  async echoes(text: string, ...args: string[]): Promise<void> {
    const running = this.wirecat(...args);
    await running.write(text);
    await running.until(({ stdout }) => stdout === text);
    await this.output(running);
  }

  /** What a program prints for this input, to its end; it has to succeed. */
  async output(running: Running, input = ""): Promise<string> {
    await running.end(input);
    const { stdout, stderr, code } = await running.outcome();
    assertEquals(code, 0, `${stdout} ${stderr}`);
    return stdout;
  }

  /** The port of a TCP server that sends everything back. */
  tcpEcho(): Promise<number> {
    return this.serve("-b", `tcp-l:${LOCAL}:0`, "mirror:");
  }

  /** The port of a WebSocket server that sends everything back. */
  wsEcho(): Promise<number> {
    return this.serve("-t", `ws-l:${LOCAL}:0`, "mirror:");
  }

  /** What all programs have said of failures, to look for the first one. */
  told(): string {
    return this.#running.map(({ stderr }) => stderr).join("");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running.map((running) => running[Symbol.asyncDispose]()));
    await Deno.remove(this.dir, { recursive: true });
  }
}

/** The whole answer of a TCP server to some bytes. */
async function netcat(options: Deno.ConnectOptions | Deno.UnixConnectOptions, text: string) {
  using conn = await Deno.connect(options as Deno.ConnectOptions);
  await conn.write(new TextEncoder().encode(text));
  await conn.closeWrite();
  return await new Response(conn.readable).text();
}

/** The example, what it needs beside wirecat, and the example itself. */
type Example = readonly [command: string, here: boolean, play: (stage: Stage) => Promise<void>];

const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 5));

const ws = (port: number) => `ws://${LOCAL}:${port}/`;

const EXAMPLES: readonly Example[] = [
  ["websocat ws://URL", true, async (s) => {
    assertEquals(await s.print("one\n", ws(await s.wsEcho())), "one\n");
  }],
  ["websocat -s PORT", true, async (s) => {
    const server = s.wirecat("--stdout-announce-listening-ports", "-s", "0");
    const port = await server.port();
    const client = s.wirecat(ws(port));
    await client.write("from the client\n");
    await server.until(({ stdout }) => stdout.includes("from the client\n"));
    await server.write("from the server\n");
    await client.until(({ stdout }) => stdout.includes("from the server\n"));
  }],
  ["websocat --binary ws-l:PORT tcp:HOST:PORT", true, async (s) => {
    const port = await s.serve("--binary", `ws-l:${LOCAL}:0`, `tcp:${LOCAL}:${await s.tcpEcho()}`);
    await s.echoes("a\0b", "-b", "-", ws(port));
  }],
  ["websocat tcp-l:PORT ws://HOST/", true, async (s) => {
    const port = await s.serve(`tcp-l:${LOCAL}:0`, ws(await s.wsEcho()));
    assertEquals(await netcat({ port }, "one\ntwo\n"), "one\ntwo\n");
  }],
  ["websocat ws-l:tcp-l:PORT reuse:-", true, async (s) => {
    const server = s.wirecat(
      "--stdout-announce-listening-ports",
      `ws-l:tcp-l:${LOCAL}:0`,
      "reuse:-",
    );
    await s.print("hello\n", ws(await server.port()));
    await server.until(({ stdout }) => stdout.includes("hello\n"));
  }],
  ["websocat wss-listen:PORT mirror: and ws-c:cmd:'socat - ssl:…'", haveSocat, async (s) => {
    const p12 = `--pkcs12-der=${CERTS}server-no-password.p12`;
    const port = await s.serve("-E", "-t", p12, `wss-listen:${LOCAL}:0`, "mirror:");
    const socat = `ws-c:cmd:socat - ssl:${LOCAL}:${port},verify=0`;
    assertEquals(await s.print("one\n", "--ws-c-uri=wss://localhost/", "-t", "-", socat), "one\n");
    assertEquals(await s.print("two\n", "-k", `wss://${LOCAL}:${port}/`), "two\n");
  }],
  ["websocat ssl-listen:PORT mirror: and socat", haveSocat, async (s) => {
    const p12 = `--pkcs12-der=${CERTS}server-no-password.p12`;
    const port = await s.serve("-E", "-b", p12, `ssl-listen:${LOCAL}:0`, "mirror:");
    const socat = s.run("socat", "-t5", "-", `ssl:${LOCAL}:${port},verify=0`);
    await socat.write("one");
    await socat.until(({ stdout }) => stdout === "one");
    const pem = ["--tls-cert", `${CERTS}server.pem`, "--tls-key", `${CERTS}server.key`];
    const manual = await s.serve("-E", "-b", ...pem, `tls-a:tcp-l:${LOCAL}:0`, "mirror:");
    assertEquals(await s.print("two", "-b", "-k", "-", `tls:tcp:${LOCAL}:${manual}`), "two");
  }],
  ["websocat - ws-c:tls-c:tcp:… --ws-c-uri … --tls-domain …", true, async (s) => {
    const p12 = [`--pkcs12-der=${CERTS}server.p12`, "--pkcs12-passwd=sesame"];
    const port = await s.serve("-t", ...p12, `wss-l:${LOCAL}:0`, "mirror:");
    const words = ["-t", "-", `ws-c:tls-c:tcp:${LOCAL}:${port}`, "--ws-c-uri", "ws://h/"];
    const trusted = ["--tls-domain", "localhost", "--tls-ca", `${CERTS}root.pem`];
    assertEquals(await s.print("one\n", ...words, ...trusted), "one\n");
  }],
  ["websocat --client-pkcs12-der … --client-pkcs12-passwd …", haveOpenssl, async (s) => {
    const server = s.run(
      "openssl",
      ...["s_server", "-accept", `${LOCAL}:0`, "-rev", "-Verify", "1", "-verify_return_error"],
      ...["-CAfile", `${CERTS}root.pem`, "-key", `${CERTS}server.key`],
      ...["-cert", `${CERTS}server-chain.pem`, "-cert_chain", `${CERTS}intermediate.pem`],
    );
    const port = await server.until(({ stdout }) => /^ACCEPT .*:(\d+)$/m.exec(stdout)?.[1]);
    const client = s.wirecat(
      ...["-b", "-", `tls:tcp:${LOCAL}:${port}`, "--tls-ca", `${CERTS}root.pem`],
      ...["--client-pkcs12-der", `${CERTS}client.p12`, "--client-pkcs12-passwd", "sesame"],
    );
    await client.write("abc\n");
    await client.until(({ stdout }) => stdout === "cba\n");
  }],
  ["websocat l-ws-abstract:NAME mirror:", Deno.build.os === "linux", async (s) => {
    const name = `wirecat-${crypto.randomUUID()}`;
    await s.listen(`l-ws-abstract:${name}`, "mirror:");
    assertEquals(await s.print("one\n", "-t", "-", `ws-c:abstract:${name}`), "one\n");
  }],
  ["websocat -b - http://example.com < /dev/null", true, async (s) => {
    await using server = Deno.serve(
      { port: 0, hostname: LOCAL, onListen() {} },
      (request) => new Response(`${request.method} ${new URL(request.url).pathname}`),
    );
    const { port } = server.addr;
    assertEquals(await s.print("", "-b", "-", `http://${LOCAL}:${port}/a`), "GET /a");
    const words = ["-Ub", "-", `http-request:tcp:${LOCAL}:${port}`];
    const uri = [`--request-uri=http://example.com/`, "--request-header", "Connection: close"];
    assertEquals(await s.print("", ...words, ...uri), "GET /");
  }],
  ["websocat - -", true, async (s) => {
    assertEquals(await s.print("one\ntwo\n", "-", "-"), "one\ntwo\n");
  }],
  ["websocat - tcp:HOST:PORT", true, async (s) => {
    assertEquals(await s.print("one", "-", `tcp:${LOCAL}:${await s.tcpEcho()}`), "one");
  }],
  ["websocat asyncstdio: ws://…", true, async (s) => {
    assertEquals(await s.print("one\n", "asyncstdio:", ws(await s.wsEcho())), "one\n");
  }],
  ["inetd: websocat inetd-ws: tcp:HOST:PORT", haveSocat, async (s) => {
    const echo = await s.tcpEcho();
    const program = [wirecat.command, ...wirecat.args].map((word) => `'${word}'`).join(" ");
    await Deno.writeTextFile(`${s.dir}/run`, `exec ${program} -b inetd-ws: tcp:${LOCAL}:${echo}\n`);
    const port = freePort();
    const socat = s.run("socat", "-d", "-d", `tcp-l:${port},reuseaddr,fork`, "exec:sh run,nofork");
    await socat.until(({ stderr }) => stderr.includes("listening on"));
    await s.echoes("one", "-b", "-", ws(port));
  }],
  ["socat tcp-l:PORT,fork exec:'websocat -t ws-u:stdio: mirror:'", haveSocat, async (s) => {
    const program = [wirecat.command, ...wirecat.args].map((word) => `'${word}'`).join(" ");
    await Deno.writeTextFile(`${s.dir}/run`, `exec ${program} -t ws-u:stdio: mirror:\n`);
    const port = freePort();
    const socat = s.run("socat", "-d", "-d", `tcp-l:${port},reuseaddr,fork`, "exec:sh run");
    await socat.until(({ stderr }) => stderr.includes("listening on"));
    assertEquals(await s.print("one\n", ws(port)), "one\n");
  }],
  ["websocat -U ws-l:PORT sh-c:'for i in …'", true, async (s) => {
    const port = await s.serve("-U", `ws-l:${LOCAL}:0`, "sh-c:for i in 0 1 2; do echo $i; done");
    assertEquals(await s.print("", "-U", "-t", "-", ws(port)), "0\n1\n2\n");
  }],
  ["websocat --exit-on-eof ws-l:PORT sh-c:'sh 2>&1'", true, async (s) => {
    const port = await s.serve("--exit-on-eof", `ws-l:${LOCAL}:0`, "sh-c:sh 2>&1");
    const client = s.wirecat("-t", "-", ws(port));
    await client.write("echo $((6*7))\n");
    await client.until(({ stdout }) => stdout.includes("42"));
  }],
  ["websocat -U ws-l:PORT exec:date, with --exec-args", true, async (s) => {
    const date = await s.serve("-U", `ws-l:${LOCAL}:0`, "exec:date");
    assertMatch(await s.print("", "-U", "-t", "-", ws(date)), /\d\d:\d\d/);
    const echo = await s.serve("-U", `ws-l:${LOCAL}:0`, "exec:echo", "--exec-args", "-c", "1");
    assertEquals(await s.print("", "-U", "-t", "-", ws(echo)), "-c 1\n");
  }],
  ["websocat ws-l:PORT readfile:hello.json", true, async (s) => {
    await Deno.writeTextFile(`${s.dir}/hello.json`, "{}\n");
    const port = await s.serve(`ws-l:${LOCAL}:0`, "readfile:hello.json");
    assertEquals(await s.print("", "-U", "-t", "-", ws(port)), "{}\n");
    assertEquals(await s.print("", "-U", "-t", "-", ws(port)), "{}\n");
  }],
  ["websocat ws-l:PORT writefile:data.txt", true, async (s) => {
    const port = await s.serve("-u", `ws-l:${LOCAL}:0`, "writefile:data.txt");
    await s.print("one\n", "-t", "-", ws(port));
    await s.print("two\n", "-t", "-", ws(port));
    assertEquals(await Deno.readTextFile(`${s.dir}/data.txt`), "one\ntwo\n");
  }],
  ["websocat -u ws-l:PORT reuse:appendfile:log.txt", true, async (s) => {
    await Deno.writeTextFile(`${s.dir}/log.txt`, "old\n");
    const port = await s.serve("-u", `ws-l:${LOCAL}:0`, "reuse:appendfile:log.txt");
    await s.print("one\n", "-t", "-", ws(port));
    await s.print("two\n", "-t", "-", ws(port));
    assertEquals(await Deno.readTextFile(`${s.dir}/log.txt`), "old\none\ntwo\n");
  }],
  ["websocat -U ws-l:PORT open-async:/dev/urandom", Deno.build.os === "linux", async (s) => {
    const port = await s.serve("-U", `ws-l:${LOCAL}:0`, "open-async:/dev/urandom");
    const blob = await s.print("", "-b", "-U", "--max-messages-rev=1", "-", ws(port));
    assertEquals(blob.length > 0, true);
  }],
  [
    "websocat -U ws-l:PORT reuse:open-fd:55 55< /dev/urandom",
    Deno.build.os === "linux",
    async (s) => {
      const words = ["--stdout-announce-listening-ports", "-U", `ws-l:${LOCAL}:0`];
      const program = [wirecat.command, ...wirecat.args, ...words, "reuse:open-fd:5"];
      const server = s.run("sh", "-c", `exec "$@" 5< /dev/urandom`, "sh", ...program);
      const url = ws(await server.port());
      const blob = await s.print("", "-b", "-U", "--max-messages-rev=1", "-", url);
      assertEquals(blob.length > 0, true);
    },
  ],
  ["websocat ws-l:PORT unix:the_socket; unix-l:the_socket ws://…", true, async (s) => {
    await s.listen("--unlink", "unix-l:the_socket", ws(await s.wsEcho()));
    const port = await s.serve(`ws-l:${LOCAL}:0`, "unix:the_socket");
    await s.echoes("one\n", "-t", "-", ws(port));
  }],
  ["websocat --unlink -b -E ws-u:unix-l:/tmp/wstest tcp:…", true, async (s) => {
    await s.listen(
      "--unlink",
      "-b",
      "-E",
      "ws-u:unix-l:wstest",
      `tcp:${LOCAL}:${await s.tcpEcho()}`,
    );
    await s.echoes("one", "-b", "-", "ws-c:unix:wstest");
  }],
  [
    "socat unix-recv:./sender -& websocat - unix-dgram:./receiver:./sender",
    haveSocat,
    async (s) => {
      const socat = s.run("socat", "-d", "-d", "-u", "unix-recv:./sender", "-");
      await socat.until(({ stderr }) => stderr.includes("starting data transfer loop"));
      const client = s.wirecat("-", "unix-dgram:./receiver:./sender");
      await client.write("packet\n");
      await socat.until(({ stdout }) => stdout === "packet\n");
    },
  ],
  ["websocat ws-l:PORT abstract:the_socket; abstract-l:…", Deno.build.os === "linux", async (s) => {
    const name = `wirecat-${crypto.randomUUID()}`;
    await s.listen(`abstract-l:${name}`, ws(await s.wsEcho()));
    const port = await s.serve(`ws-l:${LOCAL}:0`, `abstract:${name}`);
    await s.echoes("one\n", "-t", "-", ws(port));
  }],
  ["websocat ws-l:PORT seqpacket:@test; seqpacket-l:…", Deno.build.os === "linux", async (s) => {
    const name = `@wirecat-${crypto.randomUUID()}`;
    await s.listen("--unlink", `seqpacket-l:${name}`, ws(await s.wsEcho()));
    const port = await s.serve(`ws-l:${LOCAL}:0`, `seqpacket:${name}`);
    await s.echoes("one\n", "-t", "-", ws(port));
  }],
  ["websocat ws-l:PORT literalreply:'…' and literal:'…'", true, async (s) => {
    const reply = await s.serve(`ws-l:${LOCAL}:0`, 'literalreply:{"status":"OK"}');
    const twice = '{"status":"OK"}\n'.repeat(2);
    assertEquals(await s.print("a\nb\n", "-t", "-", ws(reply)), twice);
    const literal = await s.serve(`ws-l:${LOCAL}:0`, 'literal:{ "hello":"world"} ');
    assertEquals(await s.print("", "-U", "-t", "-", ws(literal)), '{ "hello":"world"} \n');
  }],
  ["websocat -b random: ws://…/flood", true, async (s) => {
    const port = await s.serve("-b", "--max-messages=2", "-u", `ws-l:${LOCAL}:0`, "writefile:f");
    await s.output(s.wirecat("-b", "random:", ws(port)));
    assertEquals((await Deno.stat(`${s.dir}/f`)).size > 0, true);
  }],
  ["websocat -E -t http-post-sse:tcp-l:PORT reuse:ws://… and curl", haveCurl, async (s) => {
    const echo = await s.wsEcho();
    const port = await s.serve("-E", "-t", `http-post-sse:tcp-l:${LOCAL}:0`, `reuse:${ws(echo)}`);
    const url = `http://${LOCAL}:${port}/`;
    const events = s.run("curl", "-sNv", url);
    await events.until(({ stderr }) => stderr.includes("< HTTP/1.1 200"));
    await s.output(s.run("curl", "-s", "-dQQQ", url));
    await events.until(({ stdout }) => stdout.includes("data: QQQ\n\n"));
  }],
  ["websocat -u ws-l:PORT reuse:tcp:HOST:PORT", true, async (s) => {
    using listener = Deno.listen({ hostname: LOCAL, port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    const server = await s.serve("-u", `ws-l:${LOCAL}:0`, `reuse:tcp:${LOCAL}:${port}`);
    await s.print("one\n", "-t", "-", ws(server));
    await s.print("two\n", "-t", "-", ws(server));
    using conn = await listener.accept();
    const bytes = new Uint8Array(100);
    let got = "";
    while (got.length < 8) {
      got += new TextDecoder().decode(bytes.subarray(0, await conn.read(bytes) ?? 0));
    }
    assertEquals(got, "one\ntwo\n", "both over one connection");
  }],
  ["websocat -E ws-l:PORT reuse-broadcast:mirror:", true, async (s) => {
    const port = await s.serve("-E", `ws-l:${LOCAL}:0`, "reuse-broadcast:mirror:");
    const clients = [s.wirecat(ws(port)), s.wirecat(ws(port))];
    for (const [i, client] of clients.entries()) {
      await client.write(`here is ${i}\n`);
      await client.until(({ stdout }) => stdout.includes(`here is ${i}\n`));
    }
    await clients[0].until(({ stdout }) => stdout.includes("here is 1\n"));
  }],
  ["websocat - autoreconnect:tcp:HOST:PORT", true, async (s) => {
    using listener = Deno.listen({ hostname: LOCAL, port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    const client = s.wirecat("-", `autoreconnect:tcp:${LOCAL}:${port}`);
    for (const text of ["one", "two"]) {
      using conn = await listener.accept();
      await conn.write(new TextEncoder().encode(text));
      await client.until(({ stdout }) => stdout.includes(text));
    }
  }],
  [
    "websocat --ws-c-uri=… - ws-c:cmd:'socat -v -x - tcp:…', ws-c:log:tcp:…",
    haveSocat,
    async (s) => {
      const port = await s.wsEcho();
      const socat = s.wirecat(
        "-t",
        "-",
        "--ws-c-uri=ws://h/",
        `ws-c:cmd:socat -v -x - tcp:${LOCAL}:${port}`,
      );
      assertEquals(await s.output(socat, "one\n"), "one\n");
      assertMatch(socat.stderr, /47 45 54/, "socat shows the bytes of GET");
      const log = s.wirecat("-t", "-", `ws-c:log:tcp:${LOCAL}:${port}`, "--ws-c-uri", "ws://h/");
      assertEquals(await s.output(log, "one\n"), "one\n");
      assertMatch(log.stderr, /WRITE \d+ "GET \/ HTTP/);
    },
  ],
  ["websocat -u -b udp-l:PORT lengthprefixed:writefile:test.dat, and back", true, async (s) => {
    const first = s.wirecat(
      "--stdout-announce-listening-ports",
      "-u",
      "-b",
      "--max-messages=2",
      `udp-l:${LOCAL}:0`,
      "lengthprefixed:writefile:test.dat",
    );
    const port = await first.port();
    const sender = s.wirecat("-u", "-b", "line2msg:-", `udp:${LOCAL}:${port}`);
    await s.output(sender, "one\ntwo\n");
    await first.outcome();
    const saved = "\0\0\0\x04one\n\0\0\0\x04two\n";
    assertEquals(await Deno.readTextFile(`${s.dir}/test.dat`), saved);
    const second = s.wirecat("--stdout-announce-listening-ports", "-u", `udp-l:${LOCAL}:0`, "-");
    const target = await second.port();
    await s.print("", "-u", "-b", "lengthprefixed:readfile:test.dat", `udp:${LOCAL}:${target}`);
    await second.until(({ stdout }) => stdout.includes("one\ntwo\n"));
  }],
  ["websocat -b lengthprefixed:- ws://… --binary-prefix=B --text-prefix=T", true, async (s) => {
    const port = await s.serve(`ws-l:${LOCAL}:0`, "mirror:");
    const words = ["-b", "lengthprefixed:-", ws(port), "--binary-prefix=B", "--text-prefix=T"];
    const packets = "\0\0\0\x04Tone\0\0\0\x03B\x01\xff";
    assertEquals(await s.print(packets, ...words), packets);
  }],
  ["websocat -t -u ws://… foreachmsg:writefile:status.txt", true, async (s) => {
    const port = await s.serve("-t", `ws-l:${LOCAL}:0`, "sh-c:echo one; echo two");
    await s.output(s.wirecat("-t", "-u", ws(port), "foreachmsg:writefile:status.txt"));
    assertEquals(await Deno.readTextFile(`${s.dir}/status.txt`), "two\n");
  }],
  ["websocat - ws-c:socks5-connect:tcp:…; --socks5; socks5-bind:", true, async (s) => {
    await using proxy = new TestProxy();
    const port = await s.wsEcho();
    const overlay = [
      `ws-c:socks5-connect:tcp:${LOCAL}:${proxy.port}`,
      `--socks5-destination=${LOCAL}:${port}`,
      "--ws-c-uri=ws://h/",
    ];
    assertEquals(await s.print("one\n", "-t", "-", ...overlay), "one\n");
    const option = ["--socks5", `${LOCAL}:${proxy.port}`];
    assertEquals(await s.print("two\n", ws(port), ...option), "two\n");
    const bound = s.wirecat(
      "--stdout-announce-listening-ports",
      "-t",
      `ws-u:socks5-bind:tcp:${LOCAL}:${proxy.port}`,
      "-",
      "--socks5-destination=255.255.255.255:65535",
    );
    const client = s.wirecat(ws(await bound.port()));
    await client.write("three\n");
    await bound.until(({ stdout }) => stdout.includes("three\n"));
  }],
  ["websocat -b exit_on_specific_byte:stdio tcp:HOST:PORT", true, async (s) => {
    const client = s.wirecat(
      "-b",
      "exit_on_specific_byte:stdio:",
      `tcp:${LOCAL}:${await s.tcpEcho()}`,
    );
    await client.write("one\x1ctwo");
    const { stdout, code } = await client.outcome();
    assertEquals([stdout, code], ["one", 0]);
  }],
  ["… | websocat -b -u asyncstdio: drop_on_backpressure:autoreconnect:ws-l:…", true, async (s) => {
    const server = s.wirecat(
      "--stdout-announce-listening-ports",
      "-b",
      "-u",
      "asyncstdio:",
      `drop_on_backpressure:autoreconnect:ws-l:${LOCAL}:0`,
    );
    const client = s.wirecat("-b", "-U", "-", ws(await server.port()));
    const connected = client.until(({ stdout }) => stdout.includes("line\n"));
    let there = false;
    connected.then(() => there = true);
    // What comes before the client does may be dropped: that is what the overlay is for.
    while (!there) await Promise.race([connected, server.write("line\n").then(nextTurn)]);
  }],
  ["websocat -b tcp:A waitfordata:tcp:B", true, async (s) => {
    using first = Deno.listen({ hostname: LOCAL, port: 0 });
    const a = (first.addr as Deno.NetAddr).port;
    s.wirecat("-b", `tcp:${LOCAL}:${a}`, `waitfordata:tcp:${LOCAL}:${await s.tcpEcho()}`);
    using conn = await first.accept();
    await conn.write(new TextEncoder().encode("one"));
    assertEquals(new TextDecoder().decode(await readExactly(conn, 3)), "one");
  }],
  ["websocat -b --binary-prefix=b --text-prefix=t ws://A waitfordata:ws://B", true, async (s) => {
    const echo = await s.serve(`ws-l:${LOCAL}:0`, "mirror:");
    const hub = await s.serve("-t", `ws-l:${LOCAL}:0`, "literal:hello");
    const bridge = s.wirecat(
      "-b",
      "--binary-prefix=b",
      "--text-prefix=t",
      ws(hub),
      `waitfordata:${ws(echo)}`,
    );
    assertEquals(await s.output(bridge), "");
  }],
];

Deno.test({
  name: "examples of the reference: each does what it says",
  // There are many, and each has a time limit of its own.
  timeout: 300_000,
  async fn(t) {
    await pooled(EXAMPLES.filter(([, here]) => here), 4, async ([command, , play]) => {
      await t.step({
        name: command,
        sanitizeOps: false,
        sanitizeResources: false,
        sanitizeExit: false,
        async fn() {
          await using stage = new Stage();
          const late = Promise.withResolvers<never>();
          const timer = setTimeout(() => late.reject(new Error("not done in 60 s")), 60_000);
          try {
            await Promise.race([play(stage), late.promise]);
          } catch (error) {
            throw new Error(`${(error as Error).message}\n${stage.told()}`, { cause: error });
          } finally {
            clearTimeout(timer);
          }
        },
      });
    });
  },
});

for (const [command] of EXAMPLES.filter(([, here]) => !here)) {
  Deno.test({ name: `${command} (skipped: socat or curl missing)`, ignore: true, fn() {} });
}
