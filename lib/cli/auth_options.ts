/**
 * Options about logins: what a client shows, and whom a server lets in.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";
import { flag, type Option, text, texts } from "../core/option.ts";

// --- Clients ---

/** Options that say a login in the Authorization header: one of them is enough. */
const LOGINS = ["basic-auth", "basic-auth-file", "user", "bearer", "bearer-file"] as const;

function othersThan(name: typeof LOGINS[number]): readonly string[] {
  return LOGINS.filter((other) => other !== name);
}

/** `--basic-auth`. */
export const basicAuth: Option<string | undefined> = text({
  long: "basic-auth",
  value: "USER:PASSWORD",
  group: "auth",
  advanced: true,
  env: "WEBSOCAT_BASIC_AUTH",
  secret: true,
  conflicts: othersThan("basic-auth"),
  help: "The same as --user, but that the password has to be there.",
});

/** `--basic-auth-file`. */
export const basicAuthFile: Option<string | undefined> = text({
  long: "basic-auth-file",
  value: "FILE",
  group: "auth",
  advanced: true,
  conflicts: othersThan("basic-auth-file"),
  help: "As --user, with USER:PASSWORD in a file, where other users of the machine do not see it.",
});

/** `--user`. */
export const user: Option<string | undefined> = text({
  long: "user",
  value: "USER[:PASSWORD]",
  group: "auth",
  secret: true,
  conflicts: othersThan("user"),
  help:
    "Log in with this name and password (HTTP basic authentication); a password that is left out is asked for.",
});

/** `--bearer`. */
export const bearer: Option<string | undefined> = {
  ...text({
    long: "bearer",
    value: "TOKEN",
    group: "auth",
    secret: true,
    conflicts: othersThan("bearer"),
    help: "Log in to the server with this token (Authorization: Bearer).",
  }),
  parse: ([word]) => checkedToken(word, "--bearer"),
};

/** `--bearer-file`. */
export const bearerFile: Option<string | undefined> = text({
  long: "bearer-file",
  value: "FILE",
  group: "auth",
  advanced: true,
  conflicts: othersThan("bearer-file"),
  help: "As --bearer, with the token in a file, which is read for each connection.",
});

/** `--netrc`. */
export const netrc: Option<string | undefined> = text({
  long: "netrc",
  value: "FILE",
  valueOptional: true,
  group: "auth",
  advanced: true,
  help: "Look the server's login up in this file, or in ~/.netrc.",
});

/** The options that say what to log in with. */
// deno-lint-ignore no-explicit-any -- options of all types
export const loginOptions: readonly Option<any>[] = [
  basicAuth,
  basicAuthFile,
  user,
  bearer,
  bearerFile,
  netrc,
];

/** `--cookie`. */
export const cookie: Option<readonly string[]> = texts({
  long: "cookie",
  value: "NAME=VALUE|FILE",
  oneWord: true,
  group: "auth",
  advanced: true,
  secret: true,
  help:
    "Send these cookies, as in 'a=1; b=2'; a word without = is a file of cookies to read, as --cookie-jar writes it.",
});

/** `--cookie-jar`. */
export const cookieJar: Option<string | undefined> = text({
  long: "cookie-jar",
  value: "FILE",
  group: "auth",
  advanced: true,
  help: "Keep the server's cookies in this file, in the format of curl, and send those that match.",
});

/**
 * A token as it can stand behind `Bearer` (RFC 6750, section 2.1, and what is in use): visible
 * ASCII, not empty. `where` is told in the usage error; the token is not.
 */
export function checkedToken(token: string, where: string): string {
  if (token === "") throw usageError(`${where}: the token is empty`);
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw usageError(
      `${where}: a token has no spaces and only ASCII characters`,
      "write the token alone, without the word Bearer",
    );
  }
  return token;
}

// --- Servers ---

/** `--require-basic-auth`. */
export const requireBasicAuth: Option<string | undefined> = text({
  long: "require-basic-auth",
  value: "FILE",
  group: "auth",
  help:
    "Serve only clients that log in with a line of this file: NAME:PASSWORD, or NAME: and a hash that wirecat hash-password or htpasswd prints.",
});

/** `--require-bearer`. */
export const requireBearer: Option<string | undefined> = text({
  long: "require-bearer",
  value: "FILE",
  group: "auth",
  advanced: true,
  help:
    "Serve only clients that show a token of this file: one a line, as it is or as sha256:HEX. With --require-basic-auth either will do.",
});

/** `--allow-origin`. */
export const allowOrigin: Option<readonly string[]> = texts({
  long: "allow-origin",
  value: "ORIGIN",
  oneWord: true,
  group: "auth",
  help:
    "Serve web pages of this origin only, such as https://example.org, https://*.example.org, http://localhost:*, null or *.",
});

/** `--require-origin`. */
export const requireOrigin: Option<boolean> = flag({
  long: "require-origin",
  group: "auth",
  advanced: true,
  help:
    "With --allow-origin, refuse clients that send no Origin too, as programs other than browsers do.",
});

/** `--allow-address`. */
export const allowAddress: Option<readonly string[]> = texts({
  long: "allow-address",
  value: "ADDRESS[/BITS]",
  oneWord: true,
  group: "auth",
  advanced: true,
  help: "Accept connections from these addresses only, as in 192.0.2.0/24 or 2001:db8::/32.",
});

/** `--deny-address`. */
export const denyAddress: Option<readonly string[]> = texts({
  long: "deny-address",
  value: "ADDRESS[/BITS]",
  oneWord: true,
  group: "auth",
  advanced: true,
  help: "Accept no connections from these addresses, even if --allow-address has them.",
});
