/**
 * `http:`, `https:` and `http-request:`: requests as a client; `http-post-sse:`: a server.
 *
 * @module
 */
import { cookie, cookieJar } from "../lib/cli/auth_options.ts";
import { userAgent } from "../lib/cli/http_options.ts";
import { bufferSize, handshakeTimeout } from "../lib/cli/options.ts";
import { headerFields } from "../lib/cli/websocket_options.ts";
import { type ByteConn, closeQuietly, connFromPeer } from "../lib/core/conn.ts";
import { usageError } from "../lib/core/errors.ts";
import { hasNamed, purpose } from "../lib/core/lints.ts";
import { connector, type Env, type OpenRequest, overPeer } from "../lib/core/opener.ts";
import { type Option, text, texts } from "../lib/core/option.ts";
import type { Peer, PeerInfo } from "../lib/core/peer.ts";
import type { EndpointType, OverlayType, SpecFamily } from "../lib/core/registry.ts";
import type { HeaderField } from "../lib/http/head.ts";
import { parseRequestTarget, type RequestTarget } from "../lib/http/request_target.ts";
import { admissionOf, forwardedClient, guarded } from "./admission.ts";

/** `-X`. */
export const requestMethod: Option<string | undefined> = text({
  long: "request-method",
  short: "X",
  value: "METHOD",
  group: "http",
  advanced: true,
  defaultText: "GET",
  help: "The method of the request of http: and http-request:.",
});

/** `--request-uri`. */
export const requestUri: Option<string | undefined> = text({
  long: "request-uri",
  aliases: ["uri"],
  value: "URI",
  group: "http",
  advanced: true,
  defaultText: "/",
  help:
    "What http-request: asks for: /PATH, or http://HOST/PATH to send a Host header too; HOST:PORT with -X CONNECT.",
});

/** `--request-header`. */
export const requestHeader: Option<readonly string[]> = texts({
  long: "request-header",
  oneWord: true,
  value: "NAME: VALUE",
  group: "http",
  advanced: true,
  help: "Add this header to the request of http: and http-request:.",
});

/** Sends the request of the options over a connection that is there. */
async function request(
  conn: ByteConn,
  uri: RequestTarget,
  info: PeerInfo,
  env: Env,
  signal: AbortSignal,
  onClose?: Peer["close"],
): Promise<Peer> {
  const { exchange } = await import("../lib/http/exchange.ts");
  const { options } = env;
  const method = options.get(requestMethod) ?? "GET";
  return await exchange(conn, {
    method,
    target: uri.target,
    headers: await fieldsOf(uri, method, env),
    info,
    timeout: options.get(handshakeTimeout),
    maxRead: options.get(bufferSize),
    signal,
    log: env.log,
    onResponse: await (await cookies(uri, env))?.cookieReceiver(uri.url!, env),
    onClose,
  });
}

/** The fields of the request: those given, and those that are missing then. */
async function fieldsOf(uri: RequestTarget, method: string, env: Env): Promise<HeaderField[]> {
  const given = headerFields(env.options, requestHeader);
  const has = (wanted: string) => given.some(([name]) => name.toLowerCase() === wanted);
  const fields: HeaderField[] = [];
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined && !has(name.toLowerCase())) fields.push([name, value]);
  };
  add("Host", uri.host);
  fields.push(...given);
  add("User-Agent", env.options.get(userAgent));
  if (!has("authorization")) {
    const { authorizationFor } = await import("../lib/auth/credentials.ts");
    const host = uri.host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1");
    add("Authorization", await authorizationFor({ host, userInfo: uri.userInfo }, env));
  }
  if (!has("cookie")) {
    const kept = await (await cookies(uri, env))?.cookiesOf(env);
    add("Cookie", kept?.fieldFor(uri.url!));
  }
  // One connection carries one request; a server that knows ends it with the response.
  if (method !== "CONNECT" && !has("upgrade")) add("Connection", "close");
  return fields;
}

/** What knows about cookies, where the options ask for some and it is known which server it is. */
async function cookies({ url }: RequestTarget, { options }: Env) {
  if (url === undefined || !(options.given(cookie) || options.given(cookieJar))) return undefined;
  return await import("./run_cookies.ts");
}

/** Reads what comes after `http:` or `https:`. */
function parseUrl(scheme: string, argument: string): URL {
  const url = argument.startsWith("//") ? URL.parse(`${scheme}:${argument}`) : null;
  if (url === null) {
    throw usageError(
      `${scheme}:${argument} is not a URL`,
      `write ${scheme}://HOST[:PORT]/PATH`,
    );
  }
  return url;
}

function urlEndpoint(scheme: "http" | "https"): EndpointType {
  const secure = scheme === "https";
  return {
    kind: "endpoint",
    names: [scheme],
    argument: "//HOST[:PORT][/PATH]",
    orientation: "bytes",
    tls: secure ? "client" : undefined,
    summary: `Send an ${
      secure ? "HTTPS" : "HTTP"
    } request: what is written is its body, what is read the response's.`,
    doc: "GET unless -X says otherwise. A body is sent in chunks as it comes, or as it is if a " +
      "Content-Length is given with --request-header. The response's body ends where HTTP says that it " +
      "ends. A status other than 2xx is an error; redirects are not followed.",
    examples: secure ? ["-U - https://example.com/"] : [
      "-U - http://example.com/",
      "-b -X POST - http://127.0.0.1:8080/upload --request-header 'Content-Type: image/png'",
    ],
    check: (argument) => void parseUrl(scheme, argument),
    opener(argument, env) {
      const url = parseUrl(scheme, argument);
      const method = env.options.get(requestMethod) ?? "GET";
      const uri = method === "CONNECT"
        ? { target: url.host, host: url.host }
        : parseRequestTarget(url.href, method, `${scheme}:`);
      const name = `${scheme}://${url.host}${url.pathname}`;
      return connector(async (asked) => {
        // Files are read and passwords are asked for before a server waits.
        await fieldsOf(uri, method, env);
        const { connectWithin } = await import("../lib/cli/connect_limit.ts");
        const conn = await connectWithin(
          env.options,
          asked,
          name,
          (request) => connect(url, name, env, request),
          Infinity,
        );
        try {
          return await request(conn, uri, { name }, env, asked.signal);
        } catch (error) {
          closeQuietly(conn);
          throw error;
        }
      });
    },
  };
}

async function connect(
  url: URL,
  name: string,
  env: Env,
  request: OpenRequest,
): Promise<ByteConn> {
  const { protocol } = url;
  const { signal, trace, left } = request;
  const secure = protocol === "https:";
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const destination = { hostname, port: Number(url.port || (secure ? 443 : 80)) };
  const { routeFor } = await import("./tcp_route.ts");
  const dial = await routeFor(
    { destination, target: name, protocol, proxied: true, client: left?.client },
    env,
    trace !== undefined,
  );
  if (!secure) {
    if (dial !== undefined) return await dial(request);
    const { dialTcp } = await import("../lib/net/dial.ts");
    return await dialTcp(hostname, destination.port, signal, { target: name });
  }
  const [{ tlsClientOptions }, { connectTls }] = await Promise.all([
    import("./tls_client.ts"),
    import("../lib/tls/connect.ts"),
  ]);
  return await connectTls({
    ...await tlsClientOptions(env),
    ...destination,
    name,
    signal,
    trace,
    dial: dial && (() => dial(request)),
  });
}

const requestOverlay: OverlayType = {
  kind: "overlay",
  names: ["http-request"],
  orientation: "bytes",
  advanced: true,
  summary: "Send an HTTP request over what is below: what is written is its body.",
  doc: "As http:, with --request-uri for what is asked for. With -X CONNECT and --request-uri " +
    "HOST:PORT, or with an Upgrade header, it becomes a raw connection if the server agrees: a way " +
    "through an HTTP proxy.",
  examples: [
    "-U - http-request:unix:/run/docker.sock --request-uri http://docker/info",
    "- ssl-connect:http-request:tcp:127.0.0.1:3128 -X CONNECT --request-uri example.com:443 --tls-domain example.com",
  ],
  opener(inner, env) {
    const method = env.options.get(requestMethod) ?? "GET";
    const uri = parseRequestTarget(env.options.get(requestUri) ?? "/", method, "--request-uri");
    return overPeer(inner, (peer, { signal }) => {
      const info = { ...peer.info, name: `http-request:${peer.info.name}` };
      return request(connFromPeer(peer), uri, info, env, signal, () => peer.close());
    }, env.log);
  },
};

const postSseOverlay: OverlayType = {
  kind: "overlay",
  names: ["http-post-sse"],
  orientation: "messages",
  advanced: true,
  summary: "Serve HTTP: GET receives messages as server-sent events, POST sends one.",
  doc:
    "The body of a POST request is one message; of a request in chunks each chunk is one, as it " +
    "comes. It is answered with 204 when all of it was taken. A GET request is answered with an " +
    "event for each message, for EventSource in a browser or curl -N.",
  examples: ["-E -t http-post-sse:tcp-l:127.0.0.1:8080 reuse:ws://127.0.0.1:80/websock"],
  opener(inner, env) {
    const timeout = env.options.get(handshakeTimeout);
    return overPeer(guarded(inner, env), async (peer, { signal }) => {
      const admission = await admissionOf(env);
      const { acceptPostSse } = await import("../lib/http/post_sse.ts");
      return await acceptPostSse(connFromPeer(peer), peer.info, {
        timeout,
        clientOf: await forwardedClient(peer.info, env),
        admit: (head, client) => admission?.admit(head, client),
        signal,
        onClose: () => peer.close(),
      });
    }, env.log);
  },
};

/** HTTP requests, and messages as server-sent events. */
export const family: SpecFamily = {
  specifiers: [urlEndpoint("http"), urlEndpoint("https"), requestOverlay, postSseOverlay],
  options: [userAgent, requestMethod, requestUri, requestHeader],
  fixups: [
    purpose({
      options: [requestMethod, requestHeader],
      isThere: (pair) => hasNamed(pair, "http", "https", "http-request"),
      what: "http: or http-request:",
      hint: "a WebSocket client's request has -H for its headers, and is always a GET",
    }),
    purpose({
      options: [requestUri],
      isThere: (pair) => hasNamed(pair, "http-request"),
      what: "http-request:",
      hint: "http: has it after the colon: http://HOST/PATH",
    }),
  ],
};
