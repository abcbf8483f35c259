/**
 * The steps of a conversation that send.
 *
 * @module
 */
import { isGone } from "../core/errors.ts";
import type { Command } from "../events/event.ts";
import { Deadline } from "../net/deadline.ts";
import { describeClose } from "../websocket/close.ts";
import { renderJson } from "./json_pattern.ts";
import { type Captures, isCaptures, matchMessage } from "./match.ts";
import { CLOSE_TIME, linkOf, type Scene } from "./scene.ts";
import { formatSeconds, type Message, showMessage } from "./shown.ts";
import type { Content, Step } from "./step.ts";
import { failed, misused, type StepFailure } from "./step_failure.ts";
import { fill, type Template } from "./template.ts";
import type { Lookup } from "./variables.ts";

/** Sends over the connection of a scene. */
export class Sender {
  readonly #scene: Scene;

  /** `scene` is where it is played. */
  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** Sends a message. */
  async send(step: Extract<Step, { type: "send" }>): Promise<void> {
    const message = this.#messageOf(step.content, this.#scene.variables);
    if (step.example !== undefined) {
      const found = matchMessage(step.example, message, this.#scene.variables);
      if (!isCaptures(found)) {
        throw misused("the example is not what is expected itself", found.details);
      }
      this.#scene.variables.catch(found);
    }
    await this.#message(message);
  }

  /** Answers a message, of which `caught` is. */
  async answer(content: Content, caught: Captures): Promise<void> {
    await this.#message(this.#messageOf(content, this.#scene.variables.with(caught)));
  }

  async #message(message: Message): Promise<void> {
    await this.#command(
      { type: "message", ...message },
      showMessage(message, this.#scene.variables),
    );
  }

  /** Sends a Ping. */
  async ping({ payload }: Extract<Step, { type: "ping" }>): Promise<void> {
    await this.#command({ type: "ping", bytes: this.#bytes(payload) }, "ping");
  }

  /** Sends a Close frame. */
  async close({ code, reason: text }: Extract<Step, { type: "close" }>): Promise<void> {
    const reason = text === undefined ? "" : fill(text, this.#scene.variables);
    const said = code === undefined ? "close" : `close ${code} ${reason}`.trimEnd();
    await this.#command({ type: "close", code, reason }, said);
  }

  #messageOf(content: Content, variables: Lookup): Message {
    if (content.type === "binary") return { kind: "binary", bytes: content.bytes };
    const text = content.type === "text"
      ? fill(content.text, variables)
      : renderJson(content.json, variables);
    return { kind: "text", bytes: new TextEncoder().encode(text) };
  }

  #bytes(template: Template | undefined): Uint8Array | undefined {
    if (template === undefined) return undefined;
    const bytes = new TextEncoder().encode(fill(template, this.#scene.variables));
    if (bytes.length > 125) {
      throw misused(`a Ping carries at most 125 bytes, not ${bytes.length}`);
    }
    return bytes;
  }

  async #command(command: Command, said: string): Promise<void> {
    const { channel, inbox } = linkOf(this.#scene);
    const closed = (): StepFailure | undefined => {
      const { end } = inbox;
      return end === undefined ? undefined : failed({
        message: `cannot send: the connection was closed with ${describeClose(end)}`,
        details: [],
      });
    };
    const late = closed();
    if (late !== undefined) throw late;
    this.#scene.traffic.note(">", said);
    try {
      await this.inTime(channel.send(command), this.#scene.within);
    } catch (error) {
      if (!isGone(error)) throw error;
      await inbox.ended(CLOSE_TIME);
      throw closed() ?? error;
    }
  }

  /** Waits for `work`, which is left to itself when the time is up. */
  async inTime(work: Promise<void>, seconds: number): Promise<void> {
    using deadline = new Deadline({
      timeout: seconds,
      signal: this.#scene.signal,
      message: `the other side did not take what was sent within ${formatSeconds(seconds)}`,
      hint: "it does not read what comes to it",
    });
    await deadline.race(work);
  }
}
