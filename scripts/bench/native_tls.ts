/**
 * The runtime's own WebSocket over TLS, without wirecat: gives messages back.
 *
 *     deno run -A native_tls.ts CERTIFICATE KEY
 *
 * @module
 */
const [cert, key] = await Promise.all(Deno.args.map((path) => Deno.readTextFile(path)));

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  cert,
  key,
  onListen: ({ port }) => console.log(`LISTEN proto=tcp,ip=127.0.0.1,port=${port}`),
}, (request) => {
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => socket.send(data);
  return response;
});
