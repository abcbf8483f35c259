import { assertEquals } from "@std/assert";
import { jsonRpcRequest } from "../../lib/overlay/json_rpc.ts";

function request(typed: string, id = 1) {
  return jsonRpcRequest(typed, id).text;
}

Deno.test("jsonrpc: the first word is the method, the rest are parameters in brackets", () => {
  assertEquals(
    request("abc 1,2\n", 412),
    '{"jsonrpc":"2.0","id":412, "method":"abc", "params":[1,2]}\n',
  );
  assertEquals(request("abc\t1,2\r\n"), request("abc 1,2"));
});

Deno.test("jsonrpc: objects and arrays are taken as they are", () => {
  assertEquals(
    request('f  {"a": [1]}\n'),
    '{"jsonrpc":"2.0","id":1, "method":"f", "params":{"a": [1]}}\n',
  );
  assertEquals(request("f [1] "), '{"jsonrpc":"2.0","id":1, "method":"f", "params":[1]}\n');
});

Deno.test("jsonrpc: without parameters there is an empty array", () => {
  assertEquals(request("f\n"), '{"jsonrpc":"2.0","id":1, "method":"f", "params":[]}\n');
});

Deno.test("jsonrpc: the method is escaped", () => {
  assertEquals(JSON.parse(request('a"b\\c\x01 1')).method, 'a"b\\c\x01');
});

Deno.test("jsonrpc: a request is one line", () => {
  const text = request('f {"a":\r\n1}\n');
  assertEquals(text.indexOf("\n"), text.length - 1);
  assertEquals(JSON.parse(text).params, { a: 1 });
});

Deno.test("jsonrpc: the jsonrpc member can be left out", () => {
  assertEquals(
    jsonRpcRequest("f 1", 7, { omitVersion: true }).text,
    '{"id":7, "method":"f", "params":[1]}\n',
  );
});

Deno.test("jsonrpc: parameters that are not JSON are noticed", () => {
  assertEquals(jsonRpcRequest("f hello", 1).valid, false);
  assertEquals(jsonRpcRequest('f "hello", 2', 1).valid, true);
});
