/** A server that lets nobody in, for tests of what clients ask. */

/** A server that refuses all requests and keeps their heads. */
export function refusing(): { port: number; heads: string[] } & AsyncDisposable {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const heads: string[] = [];
  const serving = (async () => {
    for await (const conn of listener) {
      const buffer = new Uint8Array(4096);
      const length = await conn.read(buffer) ?? 0;
      heads.push(new TextDecoder().decode(buffer.subarray(0, length)));
      await conn.write(
        new TextEncoder().encode(
          "HTTP/1.1 403 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        ),
      );
      conn.close();
    }
  })();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    heads,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving.catch(() => {});
    },
  };
}
