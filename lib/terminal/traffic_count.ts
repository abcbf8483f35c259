/**
 * What has gone over a connection, for `/stats`.
 *
 * @module
 */
import { sizeText } from "./input_cells.ts";
import { ageText, millisecondsText } from "./status_text.ts";

/** Messages and bytes in both directions, and round trips. */
export class TrafficCount {
  /** Messages that were sent. */
  sent = 0;
  /** Messages that came. */
  received = 0;
  #sentBytes = 0;
  #receivedBytes = 0;
  readonly #since = performance.now();
  #trips = 0;
  #tripsSum = 0;
  #shortest = Infinity;
  #longest = 0;

  /** Counts a message that was sent. */
  out(bytes: number): void {
    this.sent++;
    this.#sentBytes += bytes;
  }

  /** Counts a message that came. */
  in(bytes: number): void {
    this.received++;
    this.#receivedBytes += bytes;
  }

  /** Counts a Pong that came so many milliseconds after its Ping. */
  roundTrip(milliseconds: number): void {
    this.#trips++;
    this.#tripsSum += milliseconds;
    this.#shortest = Math.min(this.#shortest, milliseconds);
    this.#longest = Math.max(this.#longest, milliseconds);
  }

  /** In lines. */
  lines(): string[] {
    const lines = [
      `open for ${ageText(performance.now() - this.#since)}`,
      `sent ${counted(this.sent)}, ${sizeText(this.#sentBytes)}`,
      `received ${counted(this.received)}, ${sizeText(this.#receivedBytes)}`,
    ];
    if (this.#trips > 0) {
      const [shortest, mean, longest] = [
        this.#shortest,
        this.#tripsSum / this.#trips,
        this.#longest,
      ]
        .map(millisecondsText);
      lines.push(
        `${this.#trips} ${
          this.#trips === 1 ? "round trip" : "round trips"
        }: ${shortest} at least, ${mean} on average, ${longest} at most`,
      );
    }
    return lines;
  }
}

function counted(messages: number): string {
  return messages === 1 ? "1 message" : `${messages} messages`;
}
