/**
 * `JWTTokenApi`: the token is a signed JSON Web Token (RFC 7519) that names the target.
 *
 * @module
 */
import { createHmac, createPublicKey, type KeyObject, timingSafeEqual, verify } from "node:crypto";
import { reasonOf, WirecatError } from "../core/errors.ts";
import { parseTarget, type Target } from "./command_line.ts";
import type { TokenPlugin } from "./token_plugins.ts";

/** What checks signatures: a shared secret, or somebody's public key. */
type Key =
  | { readonly kind: "secret"; readonly bytes: Uint8Array }
  | { readonly kind: "public"; readonly key: KeyObject };

/** Claims that matter here; times are seconds since 1970 (RFC 7519, section 4.1). */
interface Claims {
  readonly host?: unknown;
  readonly port?: unknown;
  readonly nbf?: unknown;
  readonly exp?: unknown;
}

/** Tokens that were signed with one key. */
export class JwtTokens implements TokenPlugin {
  readonly #key: Key;

  private constructor(key: Key) {
    this.#key = key;
  }

  /**
   * With the key in a file: a public or private one, or a certificate, in PEM; else a shared
   * secret in base64url. Throws if there is none.
   */
  static async withKey(path: string): Promise<JwtTokens> {
    try {
      return new JwtTokens(keyOf(await Deno.readTextFile(path)));
    } catch (cause) {
      throw new WirecatError("other", `cannot read a key from ${path}: ${reasonOf(cause)}`, {
        cause,
      });
    }
  }

  /** The target that a token names. Throws a `WirecatError` that says what is wrong with it. */
  lookup(token: string): Target {
    const { host, port } = claimsOf(token, this.#key, Date.now() / 1000);
    const text = host === "unix_socket" ? `unix_socket:${port}` : `[${host}]:${port}`;
    const target = typeof host === "string" ? parseTarget(text) : undefined;
    if (target === undefined) throw refused("it names no host and port");
    return target;
  }
}

function keyOf(text: string): Key {
  if (text.includes("-----BEGIN ")) return { kind: "public", key: createPublicKey(text) };
  const bytes = fromBase64Url(text.trim());
  if (bytes === undefined || bytes.length === 0) {
    throw new Error("it is neither PEM nor a secret in base64url");
  }
  return { kind: "secret", bytes };
}

/** The claims of a token that is signed with `key` and valid at `now`. Throws otherwise. */
function claimsOf(token: string, key: Key, now: number): Claims {
  const parts = token.split(".");
  if (parts.length === 5) {
    throw refused("it is encrypted", "sign tokens without encrypting them");
  }
  if (parts.length !== 3) throw refused("it is no JSON Web Token");
  const [head, body, signature] = parts;
  const { alg } = json(head) as { alg?: unknown };
  const signed = new TextEncoder().encode(`${head}.${body}`);
  const bytes = fromBase64Url(signature);
  if (typeof alg !== "string" || bytes === undefined || !isSigned(signed, bytes, alg, key)) {
    throw refused(`its signature (${String(alg)}) is not valid`);
  }
  const claims = json(body) as Claims;
  if (claims.nbf !== undefined && !(Number(claims.nbf) <= now)) {
    throw refused("it is not valid yet");
  }
  if (claims.exp !== undefined && !(Number(claims.exp) > now)) throw refused("it has expired");
  return claims;
}

/** RFC 7518, section 3.1, and RFC 8037. An algorithm fits one kind of key only. */
function isSigned(data: Uint8Array, signature: Uint8Array, alg: string, key: Key): boolean {
  const match = /^(HS|RS|PS|ES)(256|384|512)$/.exec(alg);
  const hash = match === null ? "" : `sha${match[2]}`;
  if (key.kind === "secret") {
    if (match?.[1] !== "HS") return false;
    const expected = createHmac(hash, key.bytes).update(data).digest();
    return expected.length === signature.length && timingSafeEqual(expected, signature);
  }
  const type = key.key.asymmetricKeyType;
  try {
    if (alg === "EdDSA") return type === "ed25519" && verify(null, data, key.key, signature);
    if (match?.[1] === "RS") return type === "rsa" && verify(hash, data, key.key, signature);
    if (match?.[1] === "PS") {
      const pss = { key: key.key, padding: 6, saltLength: Number(match[2]) / 8 };
      return type === "rsa" && verify(hash, data, pss, signature);
    }
    if (match?.[1] === "ES") {
      const plain = { key: key.key, dsaEncoding: "ieee-p1363" } as const;
      return type === "ec" && verify(hash, data, plain, signature);
    }
  } catch {
    // A signature that cannot even be read.
  }
  return false;
}

function json(part: string): object {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(fromBase64Url(part)));
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Not JSON.
  }
  throw refused("it is no JSON Web Token");
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(text.replace(/=+$/, ""), { alphabet: "base64url" });
  } catch {
    return undefined;
  }
}

function refused(why: string, hint?: string): WirecatError {
  return new WirecatError("other", `the token is refused: ${why}`, { hint });
}
