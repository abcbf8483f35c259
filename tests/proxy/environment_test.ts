import { assertEquals } from "@std/assert";
import { noProxyOfEnvironment, proxyOfEnvironment } from "../../lib/proxy/environment.ts";

const named = (protocol: string, variables: Record<string, string>) =>
  proxyOfEnvironment(protocol, (name) => variables[name])?.variable;

Deno.test("proxy environment: each protocol has its variables, small letters first, as for curl", () => {
  const all = Object.fromEntries(
    "ws_proxy WS_PROXY http_proxy wss_proxy WSS_PROXY https_proxy HTTPS_PROXY all_proxy ALL_PROXY"
      .split(" ").map((name) => [name, `http://${name}`]),
  );
  const order = (protocol: string) => {
    const left = { ...all };
    const names: string[] = [];
    for (let name; (name = named(protocol, left)) !== undefined; delete left[name]) {
      names.push(name);
    }
    return names.join(" ");
  };
  assertEquals(order("ws:"), "ws_proxy WS_PROXY http_proxy all_proxy ALL_PROXY");
  assertEquals(order("wss:"), "wss_proxy WSS_PROXY https_proxy HTTPS_PROXY all_proxy ALL_PROXY");
  assertEquals(order("http:"), "http_proxy all_proxy ALL_PROXY");
  assertEquals(order("https:"), "https_proxy HTTPS_PROXY all_proxy ALL_PROXY");
});

Deno.test("proxy environment: HTTP_PROXY is not read, which a CGI client can set", () => {
  assertEquals(named("ws:", { HTTP_PROXY: "http://evil" }), undefined);
  assertEquals(named("http:", { HTTP_PROXY: "http://evil" }), undefined);
});

Deno.test("proxy environment: an empty variable is none", () => {
  assertEquals(named("ws:", { ws_proxy: "", all_proxy: "http://p" }), "all_proxy");
  assertEquals(noProxyOfEnvironment((name) => ({ no_proxy: "", NO_PROXY: "h" })[name]), "h");
  assertEquals(noProxyOfEnvironment((name) => ({ no_proxy: "a", NO_PROXY: "h" })[name]), "a");
  assertEquals(noProxyOfEnvironment(() => undefined), "");
});
