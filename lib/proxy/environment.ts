/**
 * The variables that name proxies, read as curl reads them.
 *
 * @module
 */

/** A proxy that the environment names. */
export interface NamedProxy {
  /** The variable. */
  readonly variable: string;
  /** What it says. */
  readonly text: string;
}

/** Reads a variable. */
export type GetVariable = (name: string) => string | undefined;

/** Which variables are asked, in order; `HTTP_PROXY` is not, since a CGI client can set it. */
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  "ws:": ["ws_proxy", "WS_PROXY", "http_proxy"],
  "wss:": ["wss_proxy", "WSS_PROXY", "https_proxy", "HTTPS_PROXY"],
  "http:": ["http_proxy"],
  "https:": ["https_proxy", "HTTPS_PROXY"],
};

/** The proxy for a URL's protocol (`ws:`), if one is named. An empty variable names none. */
export function proxyOfEnvironment(
  protocol: string,
  get: GetVariable,
): NamedProxy | undefined {
  for (const variable of [...VARIABLES[protocol] ?? [], "all_proxy", "ALL_PROXY"]) {
    const text = get(variable);
    if (text) return { variable, text };
  }
}

/** The hosts that the environment exempts; see `bypassesProxy`. */
export function noProxyOfEnvironment(get: GetVariable): string {
  return get("no_proxy") || get("NO_PROXY") || "";
}
