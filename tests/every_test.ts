/**
 * What holds for every test that does not say otherwise.
 *
 * @module
 */

/** Gives all tests these options, but for those that they give themselves. */
export function forEveryTest(options: Partial<Deno.TestDefinition>): void {
  const handler: ProxyHandler<typeof Deno.test> = {
    apply(register, self, args: unknown[]) {
      // The options of a test are the only argument that is an object; all but those are optional.
      const at = args.findIndex((argument) => typeof argument === "object");
      if (at >= 0) args[at] = { ...options, ...args[at] as object };
      else args.splice(args.length - 1, 0, options);
      return Reflect.apply(register, self, args);
    },
  };
  Object.assign(Deno, { test: new Proxy(Deno.test, handler) });
}
