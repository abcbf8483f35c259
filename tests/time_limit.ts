/**
 * Gives every test a time limit: one that hangs fails and is named, and the others go on. It is
 * loaded before each test file by `deno task test`.
 *
 * @module
 */

/** How long a test may take, in milliseconds, on a slow machine too, unless it says otherwise. */
const TIME_LIMIT = 90_000;

const limited: ProxyHandler<typeof Deno.test> = {
  apply(register, self, args: unknown[]) {
    // The options of a test are the only argument that is an object; all but those are optional.
    const at = args.findIndex((argument) => typeof argument === "object");
    if (at >= 0) args[at] = { timeout: TIME_LIMIT, ...args[at] as object };
    else args.splice(args.length - 1, 0, { timeout: TIME_LIMIT });
    return Reflect.apply(register, self, args);
  },
};

Object.assign(Deno, { test: new Proxy(Deno.test, limited) });
