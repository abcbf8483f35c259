/**
 * What Deno lets the program do, asked without a question to the user.
 *
 * @module
 */

/** Whether something is allowed. A plain attempt would stop at a prompt on a terminal. */
export function isGranted(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}

/** An environment variable, unless it is empty or must not be read. */
export function environment(variable: string): string | undefined {
  if (!isGranted({ name: "env", variable })) return undefined;
  return Deno.env.get(variable) || undefined;
}
