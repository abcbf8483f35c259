/**
 * Writing a file that holds secrets.
 *
 * @module
 */

/**
 * Writes a file whole: whoever reads it sees the old or the new one. Only its owner may read it
 * (mode 0600). A symbolic link stays, and what it leads to is replaced.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const target = await Deno.realPath(path).catch(() => path);
  const draft = `${target}.${crypto.randomUUID().slice(0, 8)}`;
  try {
    await Deno.writeTextFile(draft, text, { createNew: true, mode: 0o600 });
    await Deno.rename(draft, target);
  } catch (error) {
    await Deno.remove(draft).catch(() => {});
    throw error;
  }
}
