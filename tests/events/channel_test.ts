import { assert, assertEquals } from "@std/assert";
import { Channel } from "../../lib/events/channel.ts";
import type { ConnectionEvent } from "../../lib/events/event.ts";
import { webSocketEnds } from "./websocket_ends.ts";

/** Two ends of one WebSocket. */
async function ends(echo = false): Promise<[Channel, Channel]> {
  const [client, server] = await webSocketEnds();
  return [new Channel(client, { echo }), new Channel(server)];
}

function shown(event: ConnectionEvent | undefined): string {
  if (event === undefined) return "nothing";
  switch (event.type) {
    case "message":
      return `${event.direction} ${event.kind} ${new TextDecoder().decode(event.bytes)}`;
    case "ping":
    case "pong":
      return `${event.direction} ${event.type} ${new TextDecoder().decode(event.bytes)}`;
    case "close":
      return `close ${event.code} ${event.reason}`.trim();
    case "error":
      return `error ${event.message}`;
    default:
      return event.type;
  }
}

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("channel: messages, pings and the end come as events, in order", async () => {
  const [client, server] = await ends();
  await client.send({ type: "message", kind: "text", bytes: bytes("hello") });
  await client.send({ type: "message", kind: "binary", bytes: bytes("raw") });
  await client.send({ type: "ping", bytes: bytes("p") });
  const serverSaw = [];
  for (let i = 0; i < 4; i++) serverSaw.push(shown(await server.next()));
  assertEquals(serverSaw, ["open", "in text hello", "in binary raw", "in ping p"]);
  await server.send({ type: "close", code: 4001, reason: "enough" });
  const clientSaw = await Array.fromAsync(client, shown);
  assertEquals(clientSaw, ["open", "in pong p", "close 4001 enough"]);
  assertEquals(shown(await server.next()), "close 4001");
  assertEquals(await server.next(), undefined);
  await Promise.all([client.close(), server.close()]);
});

Deno.test("channel: a pong tells the round trip of the ping it answers", async () => {
  const [client, server] = await ends(true);
  await client.send({ type: "ping", bytes: bytes("1") });
  await client.send({ type: "message", kind: "text", bytes: bytes("m") });
  const reading = Array.fromAsync(server, shown);
  let pong: ConnectionEvent | undefined;
  const saw: string[] = [];
  while (pong === undefined) {
    const event = await client.next();
    saw.push(shown(event));
    if (event?.type === "pong") pong = event;
  }
  assertEquals(saw, ["open", "out ping 1", "out text m", "in pong 1"]);
  assert(pong.type === "pong" && pong.roundTrip! >= 0);
  await client.send({ type: "close" });
  assertEquals(shown(await client.next()), "close 1005");
  assertEquals((await reading).at(-1), "close 1005");
  await Promise.all([client.close(), server.close()]);
});

Deno.test("channel: an end without a Close frame has the code 1006", async () => {
  const [client, server] = await ends();
  await client.send({ type: "message", kind: "text", bytes: bytes("x") });
  await client.close();
  assertEquals(await Array.fromAsync(server, shown), ["open", "in text x", "close 1006"]);
  await server.close();
});
