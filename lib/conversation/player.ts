/**
 * Playing a conversation over a connection.
 *
 * @module
 */
import { sleep } from "../core/sleep.ts";
import type { Command } from "../events/event.ts";
import { CaseList } from "./case_list.ts";
import { Expecter } from "./expecter.ts";
import { Inbox } from "./inbox.ts";
import { renderJson } from "./json_pattern.ts";
import { parseJsonText } from "./long_number.ts";
import type { Opening } from "./opening.ts";
import type { Case, Failure } from "./result.ts";
import { CLOSE_TIME, type Scene } from "./scene.ts";
import { Sender } from "./sender.ts";
import { printable } from "./shown.ts";
import type { Step } from "./step.ts";
import { causeOf } from "./step_failure.ts";
import { Traffic } from "./traffic.ts";

/** How a conversation is played. */
export interface PlaySettings extends Pick<Scene, "variables" | "within" | "signal" | "onMatched"> {
  /** Whether the other side closes at the end, so that this one waits for that. */
  readonly follows: boolean;
  /** Whether what comes after the last step is told as well, until so many seconds of silence. */
  readonly tail?: number;
}

/** Plays steps over one connection, from the top. */
export class Player {
  readonly #settings: PlaySettings;
  readonly #scene: Scene;
  readonly #sender: Sender;
  readonly #expecter: Expecter;
  readonly #list = new CaseList();
  /** In which round of each block that is repeated, the inner ones last. */
  readonly #rounds: number[] = [];

  /** The channel is the player's from now on; {@linkcode play} closes it. */
  constructor(opening: Opening, settings: PlaySettings) {
    const { variables, within, signal, onMatched } = settings;
    const inbox = opening.channel && new Inbox(opening.channel, signal);
    const traffic = new Traffic();
    this.#settings = settings;
    this.#scene = { opening, inbox, variables, traffic, within, signal, onMatched };
    this.#sender = new Sender(this.#scene);
    this.#expecter = new Expecter(this.#scene, this.#sender);
  }

  /** Plays all steps; resolves to what came of them, which an abort may be. */
  async play(steps: readonly Step[]): Promise<Case[]> {
    const failure = await this.#try(steps);
    await this.#finish(failure);
    if (failure !== undefined) this.#list.skipRest(steps);
    return this.#list.cases;
  }

  async #try(steps: readonly Step[]): Promise<Failure | undefined> {
    const { opening, traffic } = this.#scene;
    this.#list.begin();
    let current: Step | undefined;
    try {
      await this.#run(steps, (step) => current = step);
      if (opening.error !== undefined && !this.#expecter.looked) throw opening.error;
      if (this.#settings.tail !== undefined) await this.#tellRest(this.#settings.tail);
      return undefined;
    } catch (thrown) {
      const { signal } = this.#settings;
      const error = signal.aborted ? signal.reason : thrown;
      const { kind, message, details } = causeOf(error);
      const failure = {
        kind,
        message: printable(message),
        details: details.map(printable),
        traffic: traffic.take().map(printable),
      };
      const connected = error !== opening.error;
      this.#list.failed(current ?? steps[0], failure, this.#rounds.join("."), connected);
      return failure;
    }
  }

  async #tellRest(silence: number): Promise<void> {
    for (;;) {
      const arrival = await this.#expecter.nextMessage(silence);
      if (arrival?.type !== "message") return;
      await this.#settings.onMatched?.(arrival);
    }
  }

  /** Ends the connection in order, however the play ended. */
  async #finish(failure: Failure | undefined): Promise<void> {
    const { inbox, opening: { channel }, within } = this.#scene;
    if (channel === undefined || inbox === undefined) return;
    try {
      if (failure === undefined && this.#settings.follows) await inbox.ended(within);
      if (inbox.end === undefined) {
        await this.#sender.inTime(channel.send(this.#goodbye(failure)), CLOSE_TIME);
        await inbox.ended(CLOSE_TIME);
      }
    } catch {
      // It is over already, or being called off.
    }
    await channel.close();
  }

  #goodbye(failure: Failure | undefined): Command {
    if (this.#scene.opening.channel?.peer.control === undefined) return { type: "close" };
    if (failure === undefined) return { type: "close", code: 1000 };
    if (this.#settings.signal.aborted) return { type: "close", code: 1001 };
    return { type: "close", code: 1008, reason: "not what was expected" };
  }

  async #run(steps: readonly Step[], at: (step: Step) => void): Promise<void> {
    for (const step of steps) {
      this.#settings.signal.throwIfAborted();
      at(step);
      if (step.type === "repeat") await this.#repeat(step, at);
      else await this.#step(step);
    }
  }

  async #repeat(
    { times, counter, steps }: Extract<Step, { type: "repeat" }>,
    at: (step: Step) => void,
  ): Promise<void> {
    const { variables } = this.#scene;
    const depth = this.#rounds.length;
    variables.beginRounds();
    for (let round = 1; round <= times; round++) {
      this.#rounds[depth] = round;
      variables.nextRound();
      if (counter !== undefined) variables.set(counter, round);
      await this.#run(steps, at);
    }
    this.#rounds.length = depth;
    variables.endRounds();
  }

  async #step(step: Exclude<Step, { type: "repeat" }>): Promise<void> {
    const { variables, traffic } = this.#scene;
    switch (step.type) {
      case "send":
        return await this.#sender.send(step);
      case "ping":
        return await this.#sender.ping(step);
      case "close":
        return await this.#sender.close(step);
      case "wait":
        return await sleep(1000 * step.seconds, this.#scene.signal);
      case "within":
        this.#scene.within = step.seconds;
        return;
      case "ignore":
        return this.#expecter.ignore(step.pattern);
      case "answer":
        return this.#expecter.answer(step);
      case "set":
        return variables.set(step.name, parseJsonText(renderJson(step.value, variables)));
      case "expect": {
        this.#list.begin();
        const came = await this.#expecter.fulfil(step);
        if (came) traffic.take();
        return this.#list.met(step, came);
      }
      case "any order":
        this.#list.begin();
        return await this.#expecter.anyOrder(step.steps, (met) => {
          traffic.take();
          this.#list.met(met, true);
        });
    }
  }
}
