/** Reads a number of bytes, no more and no less. */
export async function readExactly(
  conn: Pick<Deno.Conn, "read">,
  count: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const read = await conn.read(bytes.subarray(at));
    if (read === null) throw new Error("the connection ended");
    at += read;
  }
  return bytes;
}
