/**
 * Other programs that may be there or not, told by what they do; `findProgram` only looks where they are.
 *
 * @module
 */

/** What a command prints, both outputs in one, if it succeeds; nothing if it fails or is not there. */
export async function printed(command: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(command, { args }).output();
    const text = new TextDecoder();
    return success ? text.decode(stdout) + text.decode(stderr) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a command is there and succeeds. */
export async function has(command: string, ...args: string[]): Promise<boolean> {
  return await printed(command, ...args) !== undefined;
}
