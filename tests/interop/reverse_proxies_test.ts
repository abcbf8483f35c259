/** wirecat behind caddy, Apache's httpd and lighttpd: messages, compression and close codes pass. */
import { assertEquals, assertMatch } from "@std/assert";
import { compress } from "../../lib/cli/websocket_options.ts";
import { BINARY, TEXT } from "../../lib/core/batch.ts";
import type { Peer } from "../../lib/core/peer.ts";
import { freePort } from "../free_port.ts";
import { batchOf, type Message, MessageReader } from "../peers.ts";
import { connectTo, serve } from "../websocket/endpoints.ts";
import { accepting, findProgram, Program, TempFolder, testWith } from "./programs.ts";

/** A proxy: what starts it before a server, and the path that it hands on. */
interface Proxy {
  readonly program: string;
  readonly path: string;
  start(folder: TempFolder, front: number, back: number): Program;
}

const PROXIES: readonly Proxy[] = [
  {
    program: "caddy",
    path: "/",
    start(folder, front, back) {
      const config = folder.file(
        "Caddyfile",
        `{
  admin off
}
http://127.0.0.1:${front} {
  reverse_proxy 127.0.0.1:${back}
}
`,
      );
      const env = { HOME: folder.path, XDG_CONFIG_HOME: folder.path, XDG_DATA_HOME: folder.path };
      return new Program("caddy", ["run", "--config", config, "--adapter", "caddyfile"], { env });
    },
  },
  {
    program: "apache2",
    path: "/ws",
    start(folder, front, back) {
      const modules = ["mpm_event", "authz_core", "proxy", "proxy_http", "proxy_wstunnel"]
        .map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`);
      const config = folder.file(
        "apache.conf",
        [
          ...[`ServerRoot ${folder.path}`, `PidFile ${folder.path}/pid`, "ServerName localhost"],
          ...[`Listen 127.0.0.1:${front}`, `ErrorLog ${folder.path}/errors`],
          ...["User nobody", "Group nogroup", `DefaultRuntimeDir ${folder.path}`],
          ...modules,
          `ProxyPass /ws ws://127.0.0.1:${back}/`,
          "",
        ].join("\n"),
      );
      return new Program(findProgram("apache2")!, ["-X", "-f", config]);
    },
  },
  {
    program: "lighttpd",
    path: "/",
    start(folder, front, back) {
      const config = folder.file(
        "lighttpd.conf",
        `server.modules = ("mod_proxy")
server.document-root = "${folder.path}"
server.bind = "127.0.0.1"
server.port = ${front}
proxy.server = ("" => (("host" => "127.0.0.1", "port" => ${back})))
proxy.header = ("upgrade" => "enable")
`,
      );
      return new Program("lighttpd", ["-D", "-f", config]);
    },
  },
];

async function write(peer: Peer, ...messages: Message[]): Promise<void> {
  const writer = peer.writable.getWriter();
  await writer.write(batchOf(...messages));
  writer.releaseLock();
}

/** Messages both ways, then a Close frame from `closing` that `other` is told of. */
async function exchange(from: Peer, to: Peer): Promise<void> {
  const long = "long ".repeat(50_000);
  const [fromReader, toReader] = [from, to].map((peer) => new MessageReader(peer.readable));
  await write(from, ["κόσμε", TEXT], [long, BINARY], ["", TEXT]);
  assertEquals([await toReader.next(), await toReader.next() === long], ["κόσμε", true]);
  assertEquals(await toReader.next(), "");
  await write(to, [long, TEXT]);
  assertEquals(await fromReader.next() === long, true);
  await from.control!.close(4001, "enough");
  assertEquals([await toReader.next(), await fromReader.next()], [undefined, undefined]);
  assertEquals(await to.closed, { code: 4001, reason: "enough", ours: false });
  assertEquals((await from.closed)?.code, 4001);
  await Promise.all([from.close(), to.close()]);
}

for (const { program, path, start } of PROXIES) {
  testWith([program], `${program}: messages, compression and Close frames pass`, async () => {
    using folder = new TempFolder();
    using server = await serve({ compress: compress.parse([""]) });
    const front = freePort();
    await using proxy = start(folder, front, Number(new URL(server.url).port));
    await accepting(front, proxy);
    for (const first of ["client", "server"]) {
      const [client, served] = await Promise.all([
        connectTo(`ws://127.0.0.1:${front}${path}`, { compress: compress.parse([""]) }),
        server.next(),
      ]);
      assertMatch(client.info.extensions ?? "", /^permessage-deflate/);
      await (first === "client" ? exchange(client, served) : exchange(served, client));
    }
  });
}
