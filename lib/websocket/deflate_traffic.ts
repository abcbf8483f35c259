/**
 * How much compression has saved in one direction of a connection.
 *
 * @module
 */

/** Counts of one direction. */
export class DeflateTraffic {
  /** Messages of any kind. */
  messages = 0;
  /** Those of them that went compressed. */
  compressed = 0;
  /** Bytes of all messages. */
  bytes = 0;
  /** Bytes that went over the wire for them, frame headers not counted. */
  wireBytes = 0;

  /** Counts a message or a part of one: `begins` if it is the first, or the only one. */
  count(begins: boolean, compressed: boolean, bytes: number, wireBytes: number): void {
    if (begins) {
      this.messages++;
      if (compressed) this.compressed++;
    }
    this.bytes += bytes;
    this.wireBytes += wireBytes;
  }

  /** Counts what is in other counts. */
  add({ messages, compressed, bytes, wireBytes }: DeflateTraffic): void {
    this.messages += messages;
    this.compressed += compressed;
    this.bytes += bytes;
    this.wireBytes += wireBytes;
  }

  /** The counts in words: `3 messages (2 compressed), 1200 bytes as 300, 25.0 %`. */
  toString(): string {
    const { messages, compressed, bytes, wireBytes } = this;
    const count = `${messages} ${messages === 1 ? "message" : "messages"}`;
    if (messages === 0) return count;
    const share = bytes === 0 ? "" : `, ${(100 * wireBytes / bytes).toFixed(1)} %`;
    return `${count} (${compressed} compressed), ${bytes} bytes as ${wireBytes}${share}`;
  }
}
