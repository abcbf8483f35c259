/**
 * The Authorization header field (RFC 9110, section 11.6.2): Basic (RFC 7617) and Bearer (RFC 6750).
 *
 * @module
 */
import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import { type Login, splitLogin } from "./login.ts";

/** What a client shows. */
export type Credentials =
  | { readonly scheme: "basic"; readonly login: Login }
  | { readonly scheme: "bearer"; readonly token: string };

/** The field's value for `USER:PASSWORD`: the base64 of its UTF-8. */
export function basicField(login: string): string {
  return `Basic ${encodeBase64(new TextEncoder().encode(login))}`;
}

/** Reads the field's value; nothing if it is of another scheme or malformed. */
export function parseAuthorization(value: string | null): Credentials | undefined {
  const [, scheme, rest] = /^\s*([A-Za-z]+) +(\S+)\s*$/.exec(value ?? "") ?? [];
  switch (scheme?.toLowerCase()) {
    case "bearer":
      return { scheme: "bearer", token: rest };
    case "basic":
      return decodedLogin(rest);
    default:
      return undefined;
  }
}

function decodedLogin(base64: string): Credentials | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(decodeBase64(base64));
    return text.includes(":") ? { scheme: "basic", login: splitLogin(text) } : undefined;
  } catch {
    return undefined;
  }
}
