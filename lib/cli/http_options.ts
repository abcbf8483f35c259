/**
 * Options that more than one specifier reads when it speaks HTTP.
 *
 * @module
 */
import { reasonOf, usageError, WirecatError } from "../core/errors.ts";
import { type Option, type OptionValues, text, texts } from "../core/option.ts";

/** `--ua`. */
export const userAgent: Option<string | undefined> = text({
  long: "ua",
  value: "TEXT",
  group: "http",
  advanced: true,
  help: "Send this User-Agent header with requests.",
});

/** `--basic-auth`. */
export const basicAuth: Option<string | undefined> = text({
  long: "basic-auth",
  value: "USER:PASSWORD",
  group: "http",
  env: "WEBSOCAT_BASIC_AUTH",
  conflicts: ["basic-auth-file"],
  help: "Log in to the server with this name and password (HTTP basic authentication).",
});

/** `--basic-auth-file`. */
export const basicAuthFile: Option<string | undefined> = text({
  long: "basic-auth-file",
  value: "FILE",
  group: "http",
  advanced: true,
  help:
    "As --basic-auth, with USER:PASSWORD in a file, where other users of the machine do not see it.",
});

/** `-F`. */
export const staticFile: Option<readonly string[]> = texts({
  long: "static-file",
  short: "F",
  value: "URI:TYPE:FILE",
  group: "http",
  help:
    "Answer requests for URI that are not WebSocket with this file, as in /index.html:text/html:index.html.",
});

/**
 * The value of the Authorization header that the options ask for, `Basic …`: the
 * base64 of the UTF-8 bytes (RFC 7617). Space around the content of a file is left
 * out. Throws a usage error where both options are given, or the file cannot be read.
 */
export async function authorizationOf(options: OptionValues): Promise<string | undefined> {
  const given = options.get(basicAuth);
  const file = options.get(basicAuthFile);
  if (given !== undefined && file !== undefined) {
    throw usageError(
      "--basic-auth and --basic-auth-file cannot be given together",
      "the environment variable WEBSOCAT_BASIC_AUTH counts as --basic-auth",
    );
  }
  const credentials = file === undefined ? given : await read(file);
  if (credentials === undefined) return undefined;
  return `Basic ${base64(credentials)}`;
}

async function read(path: string): Promise<string> {
  try {
    return (await Deno.readTextFile(path)).trim();
  } catch (cause) {
    throw new WirecatError(
      "usage",
      `--basic-auth-file: cannot read ${path}: ${reasonOf(cause)}`,
      { cause },
    );
  }
}

function base64(text: string): string {
  let binary = "";
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}
