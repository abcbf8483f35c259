/**
 * wirecat and Python's `websockets`, each as client and as server. Skipped where
 * `python3` does not have it.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { Batch, BINARY, TEXT } from "../../lib/core/batch.ts";
import { batchOf, MessageReader } from "../peers.ts";
import { connectTo, echo, serve } from "../websocket/endpoints.ts";
import { has } from "./command.ts";
import { Program } from "./programs.ts";

const ignore = !await has("python3", "-c", "import websockets.sync.server");
const skipped = ignore ? " (skipped: no python3 with websockets)" : "";

/** Runs a Python program. */
function python(program: string, ...args: string[]): Program {
  return new Program("python3", ["-u", "-c", program, ...args]);
}

const CLIENT = `
import sys, os
from websockets.sync.client import connect
from websockets.exceptions import ConnectionClosed
with connect(sys.argv[1], subprotocols=["a", "b"]) as ws:
    assert ws.subprotocol == "b", ws.subprotocol
    assert not ws.protocol.extensions
    for message in ["", "κόσμε", "x" * 65536, b"", bytes(range(256)), os.urandom(1 << 20)]:
        ws.send(message)
        assert ws.recv() == message
    ws.send(["one ", "mess", "age"])
    assert ws.recv() == "one message"
    assert ws.ping("hello").wait(60)
    ws.close(4321, "done")
    assert ws.protocol.close_rcvd.code == 4321, ws.protocol.close_rcvd
print("fine")
`;

Deno.test({
  name: "websockets as the client: messages, fragments, Pings, a subprotocol and a close code" +
    skipped,
  ignore,
  async fn() {
    using server = await serve({ "server-protocol": "b" });
    await using child = python(CLIENT, server.url);
    const peer = await child.meanwhile(server.next());
    await echo(peer);
    assertEquals([await child.ended(), child.stderr], [0, ""]);
    assertEquals(await peer.closed, { code: 4321, reason: "done", ours: false });
  },
});

const SERVER = `
import os
from websockets.sync.server import serve
from websockets.exceptions import ConnectionClosed
def handle(ws):
    assert ws.subprotocol == "b", ws.subprotocol
    ws.ping("hello")
    try:
        for message in ws:
            ws.send([message[:3], message[3:]])
    except ConnectionClosed as closed:
        print("closed", closed.rcvd.code, closed.rcvd.reason)
    os._exit(0)
with serve(handle, "127.0.0.1", 0, subprotocols=["b"]) as server:
    print(server.socket.getsockname()[1])
    server.serve_forever()
`;

Deno.test({
  name: "websockets as the server: messages, fragments, Pings, a subprotocol and a close code" +
    skipped,
  ignore,
  async fn() {
    await using child = python(SERVER);
    const [, port] = await child.waitFor(/^(\d+)\n/);
    const peer = await connectTo(`ws://127.0.0.1:${port}/`, {
      protocol: "a, b",
      "close-status-code": 3000,
      "close-reason": "ciao",
      "ping-interval": 0.01,
      "ping-timeout": 60,
    });
    assertEquals(peer.info.protocol, "b");
    const writer = peer.writable.getWriter();
    const reader = new MessageReader(peer.readable);
    for (const text of ["κόσμε", "x".repeat(65536), "y".repeat(1 << 20)]) {
      await writer.write(batchOf([text, TEXT]));
      assertEquals(await reader.next() === text, true);
    }
    await writer.write(Batch.of(new TextEncoder().encode("bytes"), BINARY));
    assertEquals(await reader.next(), "bytes");
    await writer.close();
    assertEquals(await reader.next(), undefined);
    assertEquals((await peer.closed)?.code, 3000);
    await peer.close();
    assertEquals(await child.ended(), 0);
    assertEquals(child.stdout, `${port}\nclosed 3000 ciao\n`);
  },
});
