/**
 * `crypto:`, messages under a key that both ends know.
 *
 * @module
 */
import { maxMessageLength } from "../lib/cli/websocket_options.ts";
import { hasNamed, purpose } from "../lib/core/lints.ts";
import { type Env, type Opener, overPeer } from "../lib/core/opener.ts";
import { flag, type Option, text } from "../lib/core/option.ts";
import type { Peer } from "../lib/core/peer.ts";
import type { OverlayType, SpecFamily } from "../lib/core/registry.ts";
import { derivePeer, mapReadable, mapWritable } from "../lib/core/streams.ts";
import { checkKeyOption, loadKey } from "../lib/overlay/crypto_key.ts";

/** `--crypto-key`. */
export const cryptoKey: Option<string | undefined> = text({
  long: "crypto-key",
  secret: true,
  value: "base64:KEY|file:PATH|pwd:PASSWORD",
  group: "overlay",
  advanced: true,
  help: "The key of crypto:, 32 bytes in base64 or in a file, or a password to derive it from.",
});

/** `--crypto-reverse`. */
export const cryptoReverse: Option<boolean> = flag({
  long: "crypto-reverse",
  group: "overlay",
  advanced: true,
  help: "crypto: seals what is read and opens what is written.",
});

function cryptoOpener(inner: Opener, env: Env): Opener {
  const option = checkKeyOption(env.options.get(cryptoKey));
  const reverse = env.options.get(cryptoReverse);
  const limit = env.options.get(maxMessageLength);
  let loading: Promise<Uint8Array> | undefined;
  return overPeer(inner, async (peer): Promise<Peer> => {
    const { Sealer } = await import("../lib/overlay/seal.ts");
    const { WholeMessages } = await import("../lib/overlay/whole.ts");
    const key = await (loading ??= loadKey(option).catch((error) => {
      loading = undefined; // The next connection may find the file in order.
      throw error;
    }));
    const reading = { sealer: new Sealer(key), whole: new WholeMessages(limit) };
    const writing = { sealer: new Sealer(key), whole: new WholeMessages(limit) };
    return derivePeer(peer, {
      readable: mapReadable(peer.readable, {
        batch(batch) {
          const whole = reading.whole.add(batch);
          return reverse ? reading.sealer.seal(whole) : reading.sealer.open(whole);
        },
      }),
      writable: mapWritable(peer.writable, {
        batch(batch) {
          const whole = writing.whole.add(batch);
          return reverse ? writing.sealer.open(whole) : writing.sealer.seal(whole);
        },
      }),
    });
  }, env.log);
}

/** `crypto:`. */
export const crypto: OverlayType = {
  kind: "overlay",
  names: ["crypto"],
  advanced: true,
  summary: "Encrypt and authenticate what is written, decrypt and verify what is read.",
  doc: "Each message is sealed by itself with ChaCha20-Poly1305 and a random nonce, and becomes " +
    "28 bytes longer. Needs --crypto-key. What lies below has to keep message bounds and bytes " +
    "as they are: WebSockets in binary mode, datagrams, lengthprefixed:.\n\n" +
    "Whoever is in between can still drop, repeat and reorder messages.",
  examples: [
    "-b - crypto:ws://127.0.0.1:8080/ --crypto-key=file:secret.key",
    "-b crypto:udp-l:127.0.0.1:9000 tcp:127.0.0.1:22 --crypto-key=file:secret.key",
  ],
  orientation: "messages",
  opener: cryptoOpener,
};

/** The overlay and its options. */
export const family: SpecFamily = {
  specifiers: [crypto],
  options: [cryptoKey, cryptoReverse],
  fixups: [
    purpose({
      options: [cryptoKey, cryptoReverse],
      isThere: (pair) => hasNamed(pair, "crypto"),
      what: "crypto:",
      hint: "write crypto: before the side whose messages are to be sealed",
    }),
  ],
};
