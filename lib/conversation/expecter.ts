/**
 * The steps of a conversation that expect.
 *
 * @module
 */
import { describeClose } from "../websocket/close.ts";
import { formatHex, type HexPattern } from "./hex_pattern.ts";
import type { Arrival } from "./inbox.ts";
import {
  type Captures,
  isCaptures,
  matchMessage,
  matchText,
  mismatch,
  otherBytes,
} from "./match.ts";
import { checkOpening } from "./opening_check.ts";
import { linkOf, type Scene } from "./scene.ts";
import { formatSeconds, type Message, showMessage } from "./shown.ts";
import type { Sender } from "./sender.ts";
import type { Content, Expected, ExpectStep, MessagePattern, Step } from "./step.ts";
import { takeBytes } from "./stream_bytes.ts";
import { describeArrival, failed, notCome, type StepFailure } from "./step_failure.ts";
import type { Json } from "./variables.ts";

/** Expects things of the connection of a scene. */
export class Expecter {
  readonly #scene: Scene;
  readonly #sender: Sender;
  readonly #ignored: MessagePattern[] = [];
  readonly #answers: { pattern: MessagePattern; content: Content }[] = [];
  #looked = false;

  /** `scene` is where it is played; `sender` sends what is to be answered by the way. */
  constructor(scene: Scene, sender: Sender) {
    this.#scene = scene;
    this.#sender = sender;
  }

  /** Whether anything was expected of the opening: a refusal is nothing unforeseen then. */
  get looked(): boolean {
    return this.#looked;
  }

  /** Passes over such messages from now on. */
  ignore(pattern: MessagePattern): void {
    this.#ignored.push(pattern);
  }

  /** Answers such messages from now on, and passes over them. */
  answer(answer: { pattern: MessagePattern; content: Content }): void {
    this.#answers.push(answer);
  }

  /** Waits for what is expected; false if it is optional and does not come. Throws what is wrong. */
  async fulfil(step: ExpectStep): Promise<boolean> {
    const { expected, within = this.#scene.within, optional = false } = step;
    switch (expected.type) {
      case "message": {
        const arrival = await this.nextMessage(
          within,
          (message) => this.#matches(expected, message),
        );
        if (arrival?.type === "message") {
          const found = matchMessage(expected.pattern, arrival, this.#scene.variables);
          if (isCaptures(found)) {
            this.#scene.variables.catch(found);
            this.#scene.traffic.note("<", this.#shown(arrival));
            await this.#scene.onMatched?.(arrival);
            return true;
          }
          if (!optional) {
            this.#scene.traffic.note("<", this.#shown(arrival));
            throw failed(found);
          }
          linkOf(this.#scene).inbox.putBack(arrival);
        }
        if (optional) return false;
        throw this.#notCome(whatOf(step), arrival, within);
      }
      case "bytes":
        await this.#expectBytes(expected, within);
        return true;
      case "ping":
      case "pong":
        await this.#expectControl(expected, within);
        return true;
      case "close":
        await this.#expectClose(expected, within);
        return true;
      case "nothing": {
        const arrival = await this.nextMessage(expected.seconds);
        if (arrival === undefined) return true;
        const came = describeArrival(arrival, this.#scene.variables);
        throw failed(mismatch("something came where nothing was expected", "nothing", came));
      }
      default:
        this.#scene.variables.catch(
          checkOpening(expected, this.#scene.opening, this.#scene.variables),
        );
        this.#looked = true;
        return true;
    }
  }

  #matches(expected: Extract<Expected, { type: "message" }>, message: Message): boolean {
    return isCaptures(matchMessage(expected.pattern, message, this.#scene.variables));
  }

  /** The next message that is not passed over, or the end; nothing when the time is up. */
  async nextMessage(
    within: number,
    wanted: (message: Message) => boolean = () => false,
  ): Promise<Arrival | undefined> {
    const { inbox } = linkOf(this.#scene);
    const until = performance.now() + within * 1000;
    for (;;) {
      const arrival = await inbox.next(Math.max(0, (until - performance.now()) / 1000));
      if (arrival?.type !== "message" || !await this.#passOver(arrival, wanted)) return arrival;
      if (performance.now() >= until) return undefined; // There is always one more in a flood.
    }
  }

  /** Passes over a message that is to be ignored, or answered; false if it is neither, or wanted. */
  async #passOver(message: Message, wanted: (message: Message) => boolean): Promise<boolean> {
    const { variables, traffic } = this.#scene;
    for (const { pattern, content } of this.#answers) {
      const caught = matchMessage(pattern, message, variables);
      if (!isCaptures(caught)) continue;
      if (wanted(message)) return false;
      traffic.note("<", this.#shown(message));
      await this.#sender.answer(content, caught);
      return true;
    }
    const ignores = this.#ignored.some((pattern) =>
      isCaptures(matchMessage(pattern, message, variables))
    );
    if (!ignores || wanted(message)) return false;
    traffic.ignore();
    return true;
  }

  #notCome(what: string, arrival: Arrival | undefined, within: number): StepFailure {
    const { inbox, variables } = this.#scene;
    return notCome(what, arrival, within, variables, inbox?.waiting);
  }

  #shown(message: Message): string {
    return showMessage(message, this.#scene.variables);
  }

  async #expectBytes(
    { bytes: pattern }: Extract<Expected, { type: "bytes" }>,
    within: number,
  ): Promise<void> {
    const { inbox } = linkOf(this.#scene);
    const until = performance.now() + within * 1000;
    const { came, fits, instead } = await takeBytes(pattern, {
      next: () => inbox.next(Math.max(0, (until - performance.now()) / 1000)),
      putBack: (arrival) => inbox.putBack(arrival),
    });
    const message: Message = { kind: "binary", bytes: came };
    if (came.length > 0) this.#scene.traffic.note("<", this.#shown(message));
    if (fits) return await this.#scene.onMatched?.(message);
    const what = `bytes ${formatHex(pattern.bytes)}`;
    if (came.length === 0) throw this.#notCome(what, instead, within);
    const so: HexPattern = { bytes: pattern.bytes.slice(0, came.length), open: false };
    const shown = `bytes ${formatHex(came)}`;
    const other = otherBytes(so, came, what, shown);
    if (other !== undefined) throw failed(other);
    const end = instead === undefined
      ? `nothing more within ${formatSeconds(within)}`
      : describeArrival(instead, this.#scene.variables);
    throw failed(mismatch("not all of the bytes came", what, `${shown}, then ${end}`));
  }

  async #expectControl(
    { type, payload }: Extract<Expected, { type: "ping" | "pong" }>,
    within: number,
  ): Promise<void> {
    const { inbox } = linkOf(this.#scene);
    const name = type === "ping" ? "a Ping" : "a Pong";
    const arrival = await inbox.nextControl(type, within);
    if (arrival?.type !== type) {
      const failure = this.#notCome(name, arrival as Arrival | undefined, within);
      if (arrival !== undefined || inbox.waiting === 0) throw failure;
      const quotes = `a message that says so is written in quotes: expect "${type}"`;
      throw failed({ ...failure.failure, details: [...failure.failure.details, quotes] });
    }
    const carried = this.#shown({ kind: "text", bytes: arrival.bytes });
    this.#scene.traffic.note("<", `${type} ${carried}`);
    if (payload === undefined) return;
    const text = new TextDecoder().decode(arrival.bytes);
    const wrong = matchText(
      { type: "text", text: payload },
      text,
      this.#scene.variables,
      new Map(),
    );
    if (wrong !== undefined) {
      throw failed({ ...wrong, message: `${name} with another payload came` });
    }
  }

  async #expectClose(
    expected: Extract<Expected, { type: "close" }>,
    within: number,
  ): Promise<void> {
    const arrival = await this.nextMessage(within);
    const what = expected.code === undefined
      ? "the connection to be closed"
      : `the connection to be closed with ${describeClose({ code: expected.code, reason: "" })}`;
    if (arrival === undefined) {
      throw failed({
        message: `the connection was not closed within ${formatSeconds(within)}`,
        details: [],
      });
    }
    if (arrival.type === "message") {
      this.#scene.traffic.note("<", this.#shown(arrival));
      throw failed(mismatch("a message came instead of the end", what, this.#shown(arrival)));
    }
    if (arrival.type === "error") throw this.#notCome(what, arrival, within);
    this.#scene.traffic.note("<", `close ${describeClose(arrival)}`);
    if (expected.code !== undefined && expected.code !== arrival.code) {
      throw failed(
        mismatch("the connection was closed in another way", what, describeClose(arrival)),
      );
    }
    if (expected.reason === undefined) return;
    const captures = new Map<string, Json>();
    const wrong = matchText(expected.reason, arrival.reason, this.#scene.variables, captures);
    if (wrong !== undefined) throw failed({ ...wrong, message: "another reason was given" });
    this.#scene.variables.catch(captures);
  }

  /** Takes messages in whatever order they come; `met` is told of each step that has its own. */
  async anyOrder(
    steps: readonly ExpectStep[],
    met: (step: ExpectStep) => void,
  ): Promise<void> {
    const left = [...steps];
    const within = Math.max(...steps.map((step) => step.within ?? this.#scene.within));
    const until = performance.now() + within * 1000;
    while (left.length > 0) {
      const fits = (message: Message) => left.findIndex((step) => this.#fits(step, message));
      const arrival = await this.nextMessage(
        Math.max(0, (until - performance.now()) / 1000),
        (message) => fits(message) >= 0,
      );
      if (arrival?.type !== "message") {
        throw this.#notCome(left.map(whatOf).join(" and "), arrival, within);
      }
      this.#scene.traffic.note("<", this.#shown(arrival));
      const at = fits(arrival);
      if (at < 0) {
        throw failed(mismatch(
          "what came is none of those expected",
          left.map(whatOf).join(" or "),
          this.#shown(arrival),
        ));
      }
      const [step] = left.splice(at, 1);
      const { expected } = step;
      if (expected.type === "message") {
        this.#scene.variables.catch(
          matchMessage(expected.pattern, arrival, this.#scene.variables) as Captures,
        );
      }
      await this.#scene.onMatched?.(arrival);
      met(step);
    }
  }

  #fits({ expected }: ExpectStep, message: Message): boolean {
    return expected.type === "message" && this.#matches(expected, message);
  }
}

/** What a step expects, as it is written. */
function whatOf({ source }: Step): string {
  return source.replace(/^(optional )?[a-z]+ /, "");
}
