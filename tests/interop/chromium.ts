/**
 * A Chromium without a window, driven over the DevTools protocol
 * (https://chromedevtools.github.io/devtools-protocol/).
 */
import { decodeBase64 } from "@std/encoding/base64";
import { findProgram, Program } from "./programs.ts";

/** The names of programs that speak the protocol. */
const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** The browser that is installed, if one is. */
export const chromium: string | undefined = findProgram(...NAMES);

const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--remote-debugging-port=0",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-default-apps",
  "--disable-extensions",
  "--disable-sync",
  "--no-default-browser-check",
  "--no-first-run",
  // Pages that are not in front shall run as fast as the one that is.
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
];

/** How long an answer may take, and so a function that is called in a page, in milliseconds. */
const ANSWER_TIME = 30_000;

/** What the protocol says back. */
type Result = Record<string, unknown>;

/** A running browser with a profile of its own, which is gone when it is disposed of. */
export class Chromium implements AsyncDisposable {
  readonly #program: Program;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #calls = new Map<number, PromiseWithResolvers<Result>>();
  readonly #listeners = new Set<(message: Result) => void>();
  readonly #closed: Promise<void>;
  #lastCall = 0;

  private constructor(program: Program, profile: string, socket: WebSocket) {
    this.#program = program;
    this.#profile = profile;
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    this.#closed = new Promise((resolve) => socket.addEventListener("close", () => resolve()));
    socket.onclose = () => {
      for (const call of this.#calls.values()) call.reject(new Error("the browser has ended"));
      this.#calls.clear();
    };
  }

  /** Starts a browser, with these command line options beside the driver's own. */
  static async start(...flags: string[]): Promise<Chromium> {
    if (chromium === undefined) throw new Error(`none of ${NAMES.join(", ")} is installed`);
    const profile = await Deno.makeTempDir({ prefix: "wirecat-chromium-" });
    const args = [...FLAGS, `--user-data-dir=${profile}`, ...flags, "about:blank"];
    const program = new Program(chromium, args);
    try {
      const [, url] = await program.waitFor(/DevTools listening on (ws:\S+)/);
      const socket = new WebSocket(url);
      await new Promise((resolve, reject) => {
        socket.onopen = resolve;
        socket.onerror = () => reject(new Error(`cannot connect to ${url}`));
      });
      return new Chromium(program, profile, socket);
    } catch (error) {
      await program[Symbol.asyncDispose]();
      await Deno.remove(profile, { recursive: true });
      throw error;
    }
  }

  #receive(message: Result): void {
    if (message.id === undefined) {
      for (const listener of [...this.#listeners]) listener(message);
      return;
    }
    const call = this.#calls.get(message.id as number);
    this.#calls.delete(message.id as number);
    const error = message.error as { message: string } | undefined;
    if (error !== undefined) call?.reject(new Error(error.message));
    else call?.resolve(message.result as Result);
  }

  /** Calls a method of the protocol, in a page if its session is given. */
  send(method: string, params: Result = {}, sessionId?: string): Promise<Result> {
    const id = ++this.#lastCall;
    const call = Promise.withResolvers<Result>();
    this.#calls.set(id, call);
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    const late = () => call.reject(new Error(`${method} has not been answered in time`));
    const timer = setTimeout(late, ANSWER_TIME);
    return call.promise.finally(() => clearTimeout(timer));
  }

  /** Resolves to the next event that is the right one. */
  event(isRight: (event: Result) => boolean | Promise<boolean>): Promise<Result> {
    return new Promise((resolve) => {
      const listener = async (event: Result) => {
        if (!await isRight(event)) return;
        this.#listeners.delete(listener);
        resolve(event);
      };
      this.#listeners.add(listener);
    });
  }

  /** Opens a page in a new tab and waits until it is loaded. */
  async open(url: string): Promise<Page> {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, targetId as string, sessionId as string);
    await this.send("Page.enable", {}, sessionId as string);
    await this.send("Page.setLifecycleEventsEnabled", { enabled: true }, sessionId as string);
    await page.goto(url);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.send("Browser.close").catch(() => {}); // Its end may come before its answer.
    await this.#program.ended();
    await this.#closed;
    await Deno.remove(this.#profile, { recursive: true });
  }
}

/** A tab of a {@linkcode Chromium}. */
export class Page implements AsyncDisposable {
  readonly #browser: Chromium;
  readonly #target: string;
  readonly #session: string;

  constructor(browser: Chromium, target: string, session: string) {
    this.#browser = browser;
    this.#target = target;
    this.#session = session;
  }

  #send(method: string, params?: Result): Promise<Result> {
    return this.#browser.send(method, params, this.#session);
  }

  /** Shows another page and waits until it is loaded. */
  async goto(url: string): Promise<void> {
    // The load may be told before the answer that names its loader.
    const asked = Promise.withResolvers<unknown>();
    const loaded = this.#browser.event(async ({ sessionId, method, params }) => {
      const { name, loaderId } = (params ?? {}) as Result;
      return sessionId === this.#session && method === "Page.lifecycleEvent" &&
        name === "load" && loaderId === await asked.promise;
    });
    const { loaderId, errorText } = await this.#send("Page.navigate", { url });
    asked.resolve(loaderId);
    if (errorText !== undefined) throw new Error(`cannot show ${url}: ${errorText}`);
    await loaded;
  }

  /**
   * Calls a function in the page and resolves to what it returns or its promise resolves
   * to. It sees the page's world, not this one: what it needs is to be given as
   * arguments, and they and the result have to be JSON.
   */
  async evaluate<A extends unknown[], R>(
    body: (...args: A) => R | Promise<R>,
    ...args: A
  ): Promise<R> {
    const { result, exceptionDetails } = await this.#send("Runtime.evaluate", {
      expression: `(${body})(...${JSON.stringify(args)})`,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) {
      const { text, exception } = exceptionDetails as Result;
      throw new Error((exception as { description?: string })?.description ?? String(text));
    }
    return (result as { value: R }).value;
  }

  /** A picture of the page, as PNG. */
  async screenshot(): Promise<Uint8Array<ArrayBuffer>> {
    const { data } = await this.#send("Page.captureScreenshot", { format: "png" });
    return decodeBase64(data as string);
  }

  /** Presses and releases keys one after another, as a person types; `\n` is Enter. */
  async type(text: string): Promise<void> {
    for (const char of text) {
      const key = char === "\n"
        ? { key: "Enter", code: "Enter", windowsVirtualKeyCode: 13, text: "\r" }
        : { key: char, text: char };
      await this.#send("Input.dispatchKeyEvent", { type: "keyDown", ...key });
      await this.#send("Input.dispatchKeyEvent", { ...key, text: undefined, type: "keyUp" });
    }
  }

  /** Closes the tab. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.send("Target.closeTarget", { targetId: this.#target });
  }
}
