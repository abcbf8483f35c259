/**
 * The certificates of a TLS server: read once, and again at a SIGHUP; told where they are new.
 *
 * @module
 */
import { onHangUp } from "../lib/cli/hang_up.ts";
import type { WirecatError } from "../lib/core/errors.ts";
import type { Fixup } from "../lib/core/fixups.ts";
import { hasNamed, lint } from "../lib/core/lints.ts";
import type { Env, TcpAddress } from "../lib/core/opener.ts";
import type { OptionValues } from "../lib/core/option.ts";
import { formatHostPort } from "../lib/net/address.ts";
import type { TlsAcceptor, TlsServerSettings } from "../lib/tls/server.ts";
import type { TlsServerWishes } from "../lib/tls/server_files.ts";
import { keyLogWarning } from "./tls_handshake.ts";
import { serverWishes } from "./tls_wishes.ts";

/** What a TLS server shows and asks for, read from its files once, and again at a SIGHUP. */
export class RenewableServer {
  readonly #env: Env;
  readonly #wishes: TlsServerWishes;
  #settings: Promise<TlsServerSettings> | undefined;
  #acceptor: Promise<TlsAcceptor> | undefined;

  /** Throws a usage error if there is no certificate. */
  constructor(env: Env) {
    this.#env = env;
    this.#wishes = serverWishes(env);
  }

  /** Whether the runtime's own TLS has all that is asked for. */
  get simple(): boolean {
    const { certificates, clients, minVersion } = this.#wishes;
    return certificates.length < 2 && clients === undefined && minVersion !== "1.3";
  }

  /** What the files say. */
  settings(): Promise<TlsServerSettings> {
    return this.#settings ??= this.#read();
  }

  /** How clients are answered where the runtime's own TLS does not do it. */
  acceptor(): Promise<TlsAcceptor> {
    if (this.#acceptor === undefined) keyLogWarning(this.#env.log)?.();
    return this.#acceptor ??= this.settings().then((settings) => this.#prepare(settings));
  }

  async #read(): Promise<TlsServerSettings> {
    const { readTlsServer } = await import("../lib/tls/server_files.ts");
    const { log } = this.#env;
    return await readTlsServer(this.#wishes, (message, hint) => log.warn(message, hint));
  }

  async #prepare(settings: TlsServerSettings): Promise<TlsAcceptor> {
    const { tlsAcceptor } = await import("../lib/tls/server.ts");
    const http = webSocketServers.has(this.#env.options);
    return tlsAcceptor(http ? { ...settings, refusal: forbidden } : settings);
  }

  /** Tells the fingerprint of a certificate that was made for this run. */
  async announce(address?: TcpAddress): Promise<void> {
    if (this.#wishes.selfSigned === undefined) return;
    const [{ certificateFacts }, { identities: [identity] }] = await Promise.all([
      import("../lib/tls/certificate.ts"),
      this.settings(),
    ]);
    const { names, fingerprint, pin } = certificateFacts(identity.cert);
    const { log, options } = this.#env;
    log.note(`Self-signed certificate for ${names.join(", ")}: SHA-256 ${fingerprint}`);
    log.note(`Clients trust it with: ${clientCommand(pin, options, address)}`);
  }

  /**
   * Reads the files anew at each SIGHUP, and has `renew` use what they say; what is broken
   * changes nothing. One SIGHUP after the other: the last one's files are those that stay. Returns
   * how to stop that.
   */
  renewing(renew: (settings: TlsServerSettings) => Promise<void>): () => void {
    if (this.#wishes.certificates.length === 0) return () => {};
    const { log } = this.#env;
    const readAgain = async () => {
      try {
        const settings = await this.#read();
        const acceptor = await this.#prepare(settings);
        await renew(settings);
        this.#settings = Promise.resolve(settings);
        this.#acceptor = Promise.resolve(acceptor);
        const { certificateFacts } = await import("../lib/tls/certificate.ts");
        const { subject, until } = certificateFacts(settings.identities[0].cert);
        const day = until.toISOString().slice(0, 10);
        log.note(`The certificate was read again: ${subject}, valid until ${day}`);
      } catch (error) {
        const { message, hint } = error as WirecatError;
        log.warn(`the old certificate stays in use: ${message}`, hint);
      }
    };
    let reading = Promise.resolve();
    return onHangUp(() => {
      reading = reading.then(readAgain);
    });
  }
}

/** How HTTP says that a certificate is not good. */
function forbidden(reason: string): Uint8Array {
  const body = new TextEncoder().encode(`${reason}\n`);
  const head = "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain; charset=utf-8\r\n" +
    `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
  return Uint8Array.of(...new TextEncoder().encode(head), ...body);
}

/** What a client is started with to trust a certificate made for this run. */
function clientCommand(pin: string, options: OptionValues, address?: TcpAddress): string {
  if (address === undefined) return `--pin ${pin}`;
  const hostname = address.hostname.replace(/^(::|0\.0\.0\.0)$/, "localhost");
  const at = formatHostPort({ ...address, hostname });
  const target = webSocketServers.has(options) ? `wss://${at}/` : `- tls:${at}`;
  return `wirecat --pin ${pin} ${target}`;
}

/** Command lines whose TLS server speaks WebSocket. */
const webSocketServers = new WeakSet<OptionValues>();

/** Takes note of such command lines. */
export const noteWebSocketServers: Fixup = lint((pair, { options }) => {
  if (hasNamed(pair, "ws-upgrade")) webSocketServers.add(options);
});
