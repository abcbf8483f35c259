/**
 * Two sides of a conversation over one WebSocket, each played by a player.
 *
 * @module
 */
import { mirror } from "../../lib/conversation/mirror.ts";
import { parseConversation } from "../../lib/conversation/parse.ts";
import { Player, type PlaySettings } from "../../lib/conversation/player.ts";
import type { Case } from "../../lib/conversation/result.ts";
import type { Step } from "../../lib/conversation/step.ts";
import { Variables } from "../../lib/conversation/variables.ts";
import { Channel } from "../../lib/events/channel.ts";
import { webSocketEnds } from "../events/websocket_ends.ts";

/** Two ends of one WebSocket, which are open: the client's, the server's. */
export async function ends(): Promise<[Channel, Channel]> {
  const [client, server] = (await webSocketEnds()).map((peer) => new Channel(peer));
  await client.next();
  await server.next();
  return [client, server];
}

/** The steps of a text. */
export function stepsOf(text: string): readonly Step[] {
  const files = {
    resolve: (_: string, path: string) => path,
    read: () => {
      throw new Error("there are no files here");
    },
  };
  return parseConversation({ name: "x.conv", text }, files).steps;
}

/** Plays steps over one end. */
export function play(
  channel: Channel,
  steps: readonly Step[],
  settings: Partial<PlaySettings> = {},
): Promise<Case[]> {
  const opening = { channel, status: 101, headers: [["X-A", "1"]] as const };
  return new Player(opening, {
    variables: new Variables(),
    within: 60,
    follows: false,
    signal: new AbortController().signal,
    ...settings,
  }).play(steps);
}

/** Plays a text as the client and its mirror image as the server: what came of each. */
export async function playBoth(text: string): Promise<[Case[], Case[]]> {
  const [client, server] = await ends();
  return await Promise.all([
    play(client, stepsOf(text)),
    play(server, mirror(stepsOf(text)).steps, { follows: true, within: Infinity }),
  ]);
}

/** Plays a text as the client with another one as the server: what came of the client's. */
export async function playWith(
  text: string,
  other: string,
  settings?: Partial<PlaySettings>,
): Promise<Case[]> {
  const [client, server] = await ends();
  const playing = play(server, stepsOf(other), { follows: true });
  const cases = await play(client, stepsOf(text), settings);
  await playing;
  return cases;
}

/** Each case on a line: `passed expect "a"`. */
export function outline(cases: readonly Case[]): string[] {
  return cases.map(({ outcome, name }) => `${outcome} ${name}`);
}
