/**
 * Takes what the environment says of proxies and of the user's own defaults away, so that tests
 * find the same everywhere. It is loaded before each test file by `deno task test`.
 *
 * @module
 */

for (const name of ["http", "https", "ws", "wss", "all", "no"]) {
  Deno.env.delete(`${name}_proxy`);
  Deno.env.delete(`${name}_proxy`.toUpperCase());
}
for (const name of ["NETRC", "SSLKEYLOGFILE", "WEBSOCAT_BASIC_AUTH", "WIRECAT_CONFIG"]) {
  Deno.env.delete(name);
}
// A new version of the runtime is not looked for: that is another thread and another connection.
Deno.env.set("DENO_NO_UPDATE_CHECK", "1");
