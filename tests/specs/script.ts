/**
 * Programs that a test makes.
 *
 * @module
 */

/**
 * Writes a script that can be run. Another process does it: a file that this one writes is open,
 * for a moment, in each program that a test beside this one starts, and cannot be run meanwhile.
 */
export async function writeScript(path: string, text: string): Promise<void> {
  const args = ["-c", 'printf %s "$1" > "$0" && chmod 755 "$0"', path, text];
  const { success } = await new Deno.Command("sh", { args }).output();
  if (!success) throw new Error(`cannot write ${path}`);
}
