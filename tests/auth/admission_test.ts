import { assertEquals, assertRejects } from "@std/assert";
import { Admission } from "../../lib/auth/admission.ts";
import { basicField } from "../../lib/auth/authorization.ts";
import { OriginRules } from "../../lib/auth/origin_rules.ts";
import { parsePasswordFile } from "../../lib/auth/password_file.ts";
import { parseTokenFile } from "../../lib/auth/token_file.ts";
import { WatchedFile } from "../../lib/auth/watched_file.ts";
import { WirecatError } from "../../lib/core/errors.ts";
import { HttpRefusal } from "../../lib/http/refusal.ts";

const folder = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

async function file<T>(
  name: string,
  text: string,
  parse: (text: string, path: string) => T | Promise<T>,
): Promise<WatchedFile<T>> {
  const path = `${folder}/${name}`;
  await Deno.writeTextFile(path, text);
  const option = `--${name}`;
  return new WatchedFile(path, { option, parse: (text) => parse(text, path), onWarning() {} });
}

const passwords = await file("passwords", "ann:pw\nbob:x:y\n", parsePasswordFile);
const tokens = await file("tokens", "abc\n", parseTokenFile);
const origins = new OriginRules(["https://a.test"], false);

const BASIC = 'Basic realm="wirecat", charset="UTF-8"';
const BEARER = 'Bearer realm="wirecat"';

/** Who is let in, or the status and the challenges. */
async function admit(rules: object, fields: Record<string, string>): Promise<unknown> {
  const admission = new Admission(rules);
  const headers = new Headers(fields);
  try {
    const user = await admission.admit(
      { method: "GET", target: "/", version: "1.1", headers },
      "::1",
    );
    return user ?? "somebody";
  } catch (error) {
    if (!(error instanceof HttpRefusal)) throw error;
    return [error.status, ...error.headers.map(([name, value]) => `${name}: ${value}`)];
  }
}

const CASES: readonly [
  name: string,
  rules: object,
  fields: Record<string, string>,
  what: unknown,
][] = [
  ["a password that is right", { passwords }, { Authorization: basicField("ann:pw") }, "ann"],
  ["the scheme in small letters", { passwords }, {
    Authorization: basicField("ann:pw").replace("Basic", "basic "),
  }, "ann"],
  ["a password with a colon", { passwords }, { Authorization: basicField("bob:x:y") }, "bob"],
  ["no login", { passwords }, {}, [401, `WWW-Authenticate: ${BASIC}`]],
  ["a wrong password", { passwords }, { Authorization: basicField("ann:pW") }, [
    401,
    `WWW-Authenticate: ${BASIC}`,
  ]],
  ["an unknown name", { passwords }, { Authorization: basicField("eve:pw") }, [
    401,
    `WWW-Authenticate: ${BASIC}`,
  ]],
  ["a login without a colon", { passwords }, { Authorization: basicField("ann") }, [
    401,
    `WWW-Authenticate: ${BASIC}`,
  ]],
  ["no base64", { passwords }, { Authorization: "Basic !!!" }, [401, `WWW-Authenticate: ${BASIC}`]],
  ["no UTF-8", { passwords }, { Authorization: `Basic ${btoa("ann:\xff")}` }, [
    401,
    `WWW-Authenticate: ${BASIC}`,
  ]],
  ["a token instead of a password", { passwords }, { Authorization: "Bearer abc" }, [
    401,
    `WWW-Authenticate: ${BASIC}`,
  ]],
  ["two logins in one field", { passwords }, {
    Authorization: `${basicField("ann:pw")}, ${basicField("bob:x:y")}`,
  }, [401, `WWW-Authenticate: ${BASIC}`]],
  ["a token that is right", { tokens }, { Authorization: "Bearer abc" }, "somebody"],
  ["no token", { tokens }, {}, [401, `WWW-Authenticate: ${BEARER}`]],
  ["a wrong token", { tokens }, { Authorization: "Bearer abcd" }, [
    401,
    `WWW-Authenticate: ${BEARER}, error="invalid_token"`,
  ]],
  ["either of both: a token", { passwords, tokens }, { Authorization: "Bearer abc" }, "somebody"],
  ["either of both: a password", { passwords, tokens }, {
    Authorization: basicField("ann:pw"),
  }, "ann"],
  ["neither of both", { passwords, tokens }, {}, [
    401,
    `WWW-Authenticate: ${BASIC}`,
    `WWW-Authenticate: ${BEARER}`,
  ]],
  ["an origin that is allowed", { origins }, { Origin: "https://a.test" }, "somebody"],
  ["no origin", { origins }, {}, "somebody"],
  ["another origin", { origins }, { Origin: "https://b.test" }, [403]],
  ["another origin with a login that is right", { origins, passwords }, {
    Origin: "https://b.test",
    Authorization: basicField("ann:pw"),
  }, [403]],
  ["an origin that is allowed, without a login", { origins, passwords }, {
    Origin: "https://a.test",
  }, [401, `WWW-Authenticate: ${BASIC}`]],
];

for (const [name, rules, fields, what] of CASES) {
  Deno.test(`admission: ${name}`, async () => assertEquals(await admit(rules, fields), what));
}

Deno.test("admission: a wrong file is told before anybody comes", async () => {
  const wrong = await file("wrong", "nobody\n", parsePasswordFile);
  await assertRejects(() => new Admission({ passwords: wrong }).prepare(), WirecatError, "line 1");
});
