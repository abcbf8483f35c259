/**
 * An echo server with the npm package `ws`, which compresses: run with Node.js. The arguments are
 * where the package lies, and its `perMessageDeflate` as JSON.
 */
import { createRequire } from "node:module";
import process from "node:process";

const [, , path, perMessageDeflate] = process.argv;
const { WebSocketServer } = createRequire(import.meta.url)(path);
const server = new WebSocketServer({
  host: "127.0.0.1",
  port: 0,
  perMessageDeflate: JSON.parse(perMessageDeflate),
});
server.on("connection", (socket) => {
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
});
server.on("listening", () => console.log(JSON.stringify({ port: server.address().port })));
