/** MQTT over WebSockets with mosquitto: its programs reach a broker through two wirecats. */
import { assertEquals } from "@std/assert";
import { freePort } from "../free_port.ts";
import { accepting, Program, run, Server, TempFolder, testWith } from "./programs.ts";

/** A broker for TCP, and for WebSockets with the subprotocol mqtt. */
async function broker(folder: TempFolder) {
  const [tcp, web] = [freePort(), freePort()];
  const config = `allow_anonymous true
listener ${tcp} 127.0.0.1
listener ${web} 127.0.0.1
protocol websockets
`;
  const program = new Program("mosquitto", ["-c", folder.file("mosquitto.conf", config)]);
  await accepting(tcp, program);
  await accepting(web, program);
  return { tcp, web, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}

/** What a subscriber at one port gets that is published, to be kept, at another. */
async function published(subscribePort: number, publishPort: number): Promise<string> {
  for (const [topic, text] of MESSAGES) {
    const to = ["-p", String(publishPort), "-t", topic, "-r", "-q", "2", "-s"];
    const { status, stderr } = await run(["mosquitto_pub", ...to], text);
    assertEquals([status, stderr], [0, ""]);
  }
  const from = ["-p", String(subscribePort), "-t", "rooms/#", "-C", "2", "-W", "60"];
  const { stdout } = await run(["mosquitto_sub", ...from, "-F", "%t %p"]);
  return stdout.trim().split("\n").toSorted().join("\n");
}

const MESSAGES = [["rooms/1", "κόσμε"], ["rooms/2", "x".repeat(10_000)]] as const;
const EXPECTED = MESSAGES.map((words) => words.join(" ")).join("\n");

testWith(
  ["mosquitto", "mosquitto_sub", "mosquitto_pub"],
  "mosquitto: its programs reach a broker on a WebSocket, with the subprotocol mqtt",
  async () => {
    using folder = new TempFolder();
    await using server = await broker(folder);
    await using tunnel = await Server.start(
      ["-b", "--protocol", "mqtt", "tcp-l:127.0.0.1:0", `ws://127.0.0.1:${server.web}/mqtt`],
    );
    assertEquals(await published(server.tcp, tunnel.port) === EXPECTED, true);
  },
);

testWith(
  ["mosquitto", "mosquitto_sub", "mosquitto_pub"],
  "mosquitto: a broker on TCP is one on a WebSocket, too",
  async () => {
    using folder = new TempFolder();
    await using server = await broker(folder);
    await using outer = await Server.start(
      ["-b", "--server-protocol", "mqtt", "ws-l:127.0.0.1:0", `tcp:127.0.0.1:${server.tcp}`],
    );
    await using inner = await Server.start(
      ["-b", "--protocol", "mqtt", "tcp-l:127.0.0.1:0", `ws://127.0.0.1:${outer.port}/mqtt`],
    );
    assertEquals(await published(inner.port, inner.port) === EXPECTED, true);
  },
);
