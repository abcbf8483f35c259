/**
 * `--print-curl`: the curl command that makes the same upgrade request.
 *
 * @module
 */
import { printCurl } from "../cli/options.ts";
import { print } from "../cli/print.ts";
import { MASK, maskAddress, maskField } from "../core/secrets.ts";
import { usageError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { OptionValues } from "../core/option.ts";
import type { Registry } from "../core/registry.ts";
import { parseSpecifier } from "../core/specifier.ts";
import { deflateOffer, type DeflateParameters } from "../websocket/deflate_negotiation.ts";
import { generateKey } from "../websocket/handshake.ts";
import { loginOf, parseWebSocketUrl } from "../websocket/url.ts";
import { quoteWord } from "./shell_words.ts";

/** A curl command, and what has to be told about it. */
export interface CurlCommand {
  /** The command, for a POSIX shell; it may have many lines. */
  readonly text: string;
  /** Whether secrets were left out. */
  readonly masked: boolean;
  /** Options that curl has nothing for, with their dashes. */
  readonly without: readonly string[];
}

/** What of our options curl calls how: its option, and whether the value is a secret. */
const SAME: Record<string, readonly [option: string, secret?: "secret"]> = {
  insecure: ["--insecure"],
  "tls-ca": ["--cacert"],
  "client-key": ["--key"],
  key: ["--key"],
  "max-time": ["--max-time"],
  "connect-timeout": ["--connect-timeout"],
  proxy: ["--proxy", "secret"],
  "proxy-user": ["--proxy-user", "secret"],
  "proxy-header": ["--proxy-header"],
  "proxy-insecure": ["--proxy-insecure"],
  "proxy-cacert": ["--proxy-cacert"],
  "proxy-cert": ["--proxy-cert"],
  "proxy-key": ["--proxy-key"],
  "proxy-pass": ["--proxy-pass", "secret"],
  noproxy: ["--noproxy"],
  resolve: ["--resolve"],
  "connect-to": ["--connect-to"],
  ipv4: ["--ipv4"],
  ipv6: ["--ipv6"],
  socks5: ["--socks5-hostname"],
  "socks5-user-pass": ["--proxy-user", "secret"],
  "follow-redirects": ["--location"],
  "max-redirs": ["--max-redirs"],
  "basic-auth": ["--user", "secret"],
  user: ["--user", "secret"],
  bearer: ["--oauth2-bearer", "secret"],
  cookie: ["--cookie", "secret"],
  "cookie-jar": ["--cookie-jar"],
};

/** Options that make another connection or request, for which curl has nothing. */
const WITHOUT = ["tls-domain", "pin", "alpn"];

/** The fields that curl sends by itself and we do not. */
const CURLS_OWN = ["User-Agent", "Accept"];

/** Which of two addresses is that of a WebSocket server. Throws a usage error. */
export function webSocketAddressOf(addresses: readonly string[], registry: Registry): URL {
  const urls = addresses.map((address) => parseSpecifier(address, registry))
    .filter(({ endpoint }) => ["ws", "wss"].includes(endpoint.names[0]));
  if (urls.length === 1) {
    return parseWebSocketUrl(`${urls[0].endpoint.names[0]}:${urls[0].argument}`);
  }
  throw usageError(
    urls.length === 0
      ? "--print-curl: there is no ws:// or wss:// address to ask"
      : "--print-curl: there are two ws:// or wss:// addresses",
    "give it the address of one WebSocket server",
  );
}

/** The command for a server's address and the options of a run. */
export function curlCommand(
  url: URL,
  options: OptionValues,
  secrets: boolean,
  key: string = generateKey(),
): CurlCommand {
  const given = new Map(options.entries());
  let masked = false;
  const hide = (value: string, shown: string) => {
    if (secrets || shown === value) return value;
    masked = true;
    return shown;
  };
  const parts = ["curl --http1.1 --include --no-buffer"];
  // To curl such letters stand for many addresses.
  if (/[{}[\]]/.test(url.pathname + url.search)) parts.push("--globoff");
  const add = (option: string, value?: string) =>
    parts.push(value === undefined ? option : `${option} ${quoteWord(value)}`);
  for (const [name, [option, secret]] of Object.entries(SAME)) {
    const value = given.get(name);
    if (value === undefined || value === Infinity) continue;
    if (value === true) {
      add(option);
      continue;
    }
    for (const word of [value].flat().map(String)) {
      add(option, secret ? hide(word, maskValue(name, word)) : hideField(name, word, hide));
    }
  }
  addFiles(given, add, (shellText) => parts.push(shellText), hide);
  const login = loginOf(url);
  if (login !== undefined) add("--user", hide(login, maskLogin(login)));
  for (const field of requestFields(url, given, key)) {
    add(
      "--header",
      /:\s*$/.test(field) ? field.replace(/:\s*$/, ";") : hide(field, maskField(field)),
    );
  }
  for (const name of CURLS_OWN) {
    const sent = fieldsOf(given).some((field) => nameOf(field) === name.toLowerCase());
    if (!sent && !(name === "User-Agent" && given.has("ua"))) add("--header", `${name}:`);
  }
  const page = new URL(url.href.replace(/^ws/, "http"));
  page.username = page.password = "";
  parts.push(quoteWord(hide(page.href, maskAddress(page.href))));
  return {
    text: parts.join(" \\\n  ") + "\n",
    masked,
    without: WITHOUT.filter((name) => given.has(name)).map((name) => `--${name}`),
  };
}

type Given = ReadonlyMap<string, unknown>;

function fieldsOf(given: Given): readonly string[] {
  return given.get("header") as readonly string[] ?? [];
}

function nameOf(field: string): string {
  return field.split(":", 1)[0].trim().toLowerCase();
}

/** The header fields of our request, those first that options ask for. */
function requestFields(url: URL, given: Given, key: string): string[] {
  const fields = [...fieldsOf(given)];
  const names = new Set(fields.map(nameOf));
  const own: [string, unknown][] = [
    ["User-Agent", given.get("ua")],
    ["Origin", given.get("origin")],
    ["Sec-WebSocket-Protocol", given.get("protocol")],
    ["Sec-WebSocket-Extensions", offer(given.get("compress"))],
    ["Connection", "Upgrade"],
    ["Upgrade", "websocket"],
    ["Sec-WebSocket-Version", given.get("websocket-version") ?? "13"],
    ["Sec-WebSocket-Key", key],
  ];
  for (const [name, value] of own) {
    if (value !== undefined && !names.has(name.toLowerCase())) fields.push(`${name}: ${value}`);
  }
  return fields.filter((field) => !/^host:/i.test(field) || field.slice(5).trim() !== url.host);
}

function offer(compress: unknown): string | undefined {
  return compress === undefined ? undefined : deflateOffer(compress as DeflateParameters);
}

/** What is in files, and what takes a password along. */
function addFiles(
  given: Given,
  add: (option: string, value?: string) => void,
  addText: (shellText: string) => void,
  hide: (value: string, shown: string) => string,
): void {
  for (
    const [name, option] of [["basic-auth-file", "--user"], ["bearer-file", "--oauth2-bearer"]]
  ) {
    const file = given.get(name);
    if (file !== undefined) addText(`${option} "$(cat ${quoteWord(`${file}`)})"`);
  }
  const netrc = given.get("netrc");
  if (netrc === "") add("--netrc");
  else if (netrc !== undefined) add("--netrc-file", `${netrc}`);
  const archive = given.get("client-pkcs12-der");
  const certificate = archive ?? given.get("client-cert") ?? given.get("cert");
  if (given.get("tls-min") === "1.3") add("--tlsv1.3");
  if (given.get("send-proxy-protocol") !== undefined) add("--haproxy-protocol");
  if (certificate === undefined) return;
  if (archive !== undefined || /\.(p12|pfx)$/i.test(`${certificate}`)) add("--cert-type", "P12");
  add("--cert", `${certificate}`);
  const password = given.get("client-pkcs12-passwd");
  if (password !== undefined) add("--pass", hide(`${password}`, MASK));
}

function hideField(
  name: string,
  word: string,
  hide: (value: string, shown: string) => string,
): string {
  return name === "proxy-header" ? hide(word, maskField(word)) : word;
}

function maskValue(name: string, value: string): string {
  if (name === "bearer" || name === "proxy-pass") return MASK;
  if (name === "cookie") return value.includes("=") ? maskCookies(value) : value;
  if (name === "proxy") return maskAddress(value);
  return maskLogin(value);
}

function maskLogin(login: string): string {
  return login.includes(":") ? login.replace(/:.*$/s, `:${MASK}`) : login;
}

function maskCookies(cookies: string): string {
  return cookies.replace(/=[^;]*/g, `=${MASK}`);
}

/** Prints the command; tells on standard error what it lacks. Throws a usage error. */
export async function printCurlCommand(
  addresses: readonly string[],
  options: OptionValues,
  registry: Registry,
  log: Log,
): Promise<void> {
  const url = webSocketAddressOf(addresses, registry);
  const { text, masked, without } = curlCommand(url, options, options.get(printCurl) === "secrets");
  if (masked) {
    log.warn(`secrets are shown as ${MASK}`, "--print-curl=secrets prints them");
  }
  if (without.length > 0) log.warn(`curl has nothing for ${without.join(", ")}`);
  await print(text);
}
