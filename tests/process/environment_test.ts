import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import {
  commandEnvironment,
  describeConnection,
  environmentWithout,
  secretVariables,
} from "../../lib/process/environment.ts";

/** What tells of a client's certificate has its own tests. */
const notOfTls = (name: string) => !name.startsWith("SSL_");

Deno.test("environment: URI and client under both families of names", () => {
  const { set, unset, missing } = describeConnection({
    name: "ws-l:",
    uri: "/chat?room=1",
    client: "127.0.0.1:5000",
  }, []);
  assertEquals(set, {
    WEBSOCAT_URI: "/chat?room=1",
    WIRECAT_URI: "/chat?room=1",
    WEBSOCAT_CLIENT: "127.0.0.1:5000",
    WIRECAT_CLIENT: "127.0.0.1:5000",
  });
  assertEquals([unset.filter(notOfTls), missing], [["REMOTE_USER"], []]);
});

Deno.test("environment: who has logged in is REMOTE_USER", () => {
  assertEquals(describeConnection({ name: "ws-l:", user: "ann" }, []).set, { REMOTE_USER: "ann" });
});

Deno.test("environment: what stands in for a secret option is not inherited", () => {
  const rows = [
    { secret: true, env: "TEST_SECRET" },
    { env: "TEST_PUBLIC" },
    { secret: true },
  ] as const;
  assertEquals(secretVariables(rows), ["TEST_SECRET"]);
  Deno.env.set("TEST_SECRET", "hush");
  try {
    const { env, clearEnv } = environmentWithout(["TEST_SECRET"]);
    assertEquals([clearEnv, env!.PATH, env!.TEST_SECRET], [true, Deno.env.get("PATH"), undefined]);
  } finally {
    Deno.env.delete("TEST_SECRET");
  }
  assertEquals(environmentWithout(["TEST_SECRET"]).clearEnv, false);
  assertEquals(environmentWithout([]), {});
});

Deno.test("environment: a header's variable is spelled as in the option", () => {
  const headers = new Headers({ "x-forwarded-for": "10.0.0.1", "cookie": "a=b" });
  const { set } = describeConnection({ name: "ws-l:", headers: () => headers }, [
    "X-Forwarded-For",
    "cookie",
  ]);
  assertEquals(set, {
    "H_X-Forwarded-For": "10.0.0.1",
    "H_X_Forwarded_For": "10.0.0.1",
    "H_cookie": "a=b",
  });
});

Deno.test("environment: an empty header is there, an absent one is missing", () => {
  const headers = new Headers({ "X-Empty": "" });
  const changes = describeConnection({ name: "ws-l:", headers: () => headers }, [
    "X-Empty",
    "X-None",
  ]);
  assertEquals(changes.set, { "H_X-Empty": "", "H_X_Empty": "" });
  assertEquals(changes.missing, ["X-None"]);
  assertEquals(changes.unset.includes("H_X-None"), true);
});

Deno.test("environment: nothing is known without a left side", () => {
  const { set, unset } = describeConnection(undefined, ["A"]);
  assertEquals(set, {});
  assertEquals(unset.filter(notOfTls), [
    ...["WEBSOCAT_URI", "WIRECAT_URI", "WEBSOCAT_CLIENT", "WIRECAT_CLIENT", "REMOTE_USER", "H_A"],
  ]);
});

Deno.test("environment: all is inherited but what has to be unset", () => {
  const inherited = (variables: Record<string, string>) => ({
    has: (name: string) => name in variables,
    toObject: () => ({ ...variables }),
  });
  const changes = { set: { B: "2" }, unset: ["H_A"], missing: [] };
  assertEquals(commandEnvironment(changes, inherited({ PATH: "/bin" })), {
    env: { B: "2" },
    clearEnv: false,
  });
  assertEquals(commandEnvironment(changes, inherited({ PATH: "/bin", H_A: "forged", B: "1" })), {
    env: { PATH: "/bin", B: "2" },
    clearEnv: true,
  });
});

Deno.test("environment: where it may not be read, that is an error with a hint", () => {
  const forbidden = () => {
    throw new Deno.errors.NotCapable("Requires env access");
  };
  const changes = { set: {}, unset: ["WIRECAT_URI"], missing: [] };
  const error = assertThrows(
    () => commandEnvironment(changes, { has: forbidden, toObject: forbidden }),
    WirecatError,
    "-e has to read the environment",
  );
  assertStringIncludes(error.hint ?? "", "--allow-env");
});
