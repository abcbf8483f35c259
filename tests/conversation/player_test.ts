import { assert, assertEquals, assertThrows } from "@std/assert";
import { WirecatError } from "../../lib/core/errors.ts";
import { mirror } from "../../lib/conversation/mirror.ts";
import { Player } from "../../lib/conversation/player.ts";
import { failedCase } from "../../lib/conversation/result.ts";
import { Variables } from "../../lib/conversation/variables.ts";
import { ends, outline, play, playBoth, playWith, stepsOf } from "./sides.ts";

const failureOf = (cases: Parameters<typeof failedCase>[0]["cases"]) =>
  failedCase({ cases })?.failure;

Deno.test("conversation: both sides of a file can be played with each other", async () => {
  const [client, server] = await playBoth(`
expect status 101
send {"op": "login", "user": "ann"}
expect {"op": "welcome", "token": $token}
  example {"op": "welcome", "token": "t-1", "more": 1}
send "token \${token}"
repeat 2 as i
  send {"n": $i, "token": $token}
  expect {"echo": $i, "seq": $seq} example {"echo": $i, "seq": $i}
end
any order
  expect "a"
  expect binary 00 ff
end
optional expect "note" within 10ms
ping "p"
expect pong "p"
expect ping "q"
expect nothing for 50ms
send "bye \${seq}"
expect close 4001 "done"
`);
  assertEquals(outline(client), [
    "passed expect status 101",
    'passed expect {"op": "welcome", "token": $token}',
    'passed expect {"echo": $i, "seq": $seq} (2 rounds)',
    'passed expect "a"',
    "passed expect binary 00 ff",
    'skipped optional expect "note"',
    'passed expect pong "p"',
    'passed expect ping "q"',
    "passed expect nothing for 50ms",
    'passed expect close 4001 "done"',
  ]);
  assertEquals(outline(server), [
    'passed send {"op": "login", "user": "ann"}',
    'passed send "token ${token}"',
    'passed send {"n": $i, "token": $token} (2 rounds)',
    'passed ping "p"',
    'passed send "bye ${seq}"',
  ]);
});

Deno.test("conversation: the other side is silent for longer than it has to be", () => {
  // Its silence begins when it sends, and ends for the first side when that has received.
  const [, step] = mirror(stepsOf('expect "a"\nexpect nothing for 50ms\nexpect "b"')).steps;
  assert(step.type === "wait" && step.seconds > 0.1);
});

Deno.test("conversation: bytes are taken wherever messages begin and end", async () => {
  const sent = "send binary 01\nsend binary 02 03 04\nsend binary 05 06\n";
  const passed = await playWith(
    "expect bytes 01 02\nexpect bytes 03\nexpect bytes ?? 05\nexpect binary 06\nclose",
    sent,
  );
  assertEquals(passed.every(({ outcome }) => outcome === "passed"), true, `${outline(passed)}`);
  const failure = async (text: string, server: string) => {
    const { kind, message, details } = failureOf(await playWith(text, server))!;
    assertEquals(kind, "assertion");
    return [message, ...details];
  };
  assertEquals(await failure("expect bytes 01 02 09 04 05 06 07", sent), [
    "other bytes came",
    "expected: bytes 01 02 09 04 05 06 07",
    "came:     bytes 01 02 03 04",
    "they differ from byte 2 on: expected 09, came 03",
  ]);
  const short = "expect bytes 00\nexpect bytes 01 02 within 100ms"; // What there is has come.
  assertEquals(await failure(short, "send binary 00 01\nexpect close"), [
    "not all of the bytes came",
    "expected: bytes 01 02",
    "came:     bytes 01, then nothing more within 100 ms",
  ]);
  assertEquals(await failure("expect bytes 01 02", "send binary 01\nclose 4000"), [
    "not all of the bytes came",
    "expected: bytes 01 02",
    "came:     bytes 01, then the end of the connection: 4000 (the application's own code)",
  ]);
  const [late] = await failure("expect bytes 01 within 100ms", "expect close");
  assertEquals(late, "it did not come within 100 ms");
  const [client, server] = await playBoth('expect bytes 01 02\nexpect bytes "a"\nclose');
  assertEquals(outline(client), ["passed expect bytes 01 02", 'passed expect bytes "a"']);
  assertEquals(server.every(({ outcome }) => outcome === "passed"), true);
});

Deno.test("conversation: the answer to a Close is not closed again by the other side", async () => {
  for (const closing of ["close", 'close 1000 "done"', "close 4001"]) {
    const [client, server] = await playBoth(`send "a"\n${closing}\nexpect close`);
    assertEquals(outline(client), ["passed expect close"]);
    assertEquals(outline(server), ['passed send "a"', `passed ${closing}`]);
  }
});

Deno.test("conversation: what fails is told with what came before, the rest is skipped", async () => {
  const cases = await playWith(
    'expect "a"\nsend "x"\nexpect {"b": 1}\nexpect "c"',
    'send "a"\nexpect "x"\nsend {"b": 2}',
  );
  assertEquals(outline(cases), [
    'passed expect "a"',
    'failed expect {"b": 1}',
    'skipped expect "c"',
  ]);
  assertEquals(failureOf(cases), {
    kind: "assertion",
    message: "other JSON came",
    details: ['expected: {"b":1}', 'came:     {"b":2}', "at .b: expected 1, came 2"],
    traffic: ["> x", '< {"b":2}'],
  });
  assertEquals(cases[1].position.line, 3);
});

Deno.test("conversation: who expects in vain is told after the time that was given", async () => {
  const cases = await playWith('within 50ms\nexpect "a"', "expect close", { within: Infinity });
  assertEquals(failureOf(cases)?.message, "it did not come within 50 ms");
  assertEquals(failureOf(cases)?.kind, "assertion");
});

Deno.test("conversation: what has come while the program was held up has come in time", async () => {
  const [client, server] = await ends();
  const playing = play(client, stepsOf('expect "a" within 50ms'));
  for (let i = 0; i < 100; i++) await Promise.resolve(); // It waits then, and no timer has fired.
  const sent = server.send({ type: "message", kind: "text", bytes: new Uint8Array([0x61]) });
  const since = performance.now();
  while (performance.now() < since + 200);
  await sent;
  assertEquals((await server.next())?.type, "close");
  assertEquals(outline(await playing), ['passed expect "a"']);
  await server.close();
});

Deno.test("conversation: the end of the connection is no message", async () => {
  const cases = await playWith('expect "a"', 'close 1011 "broken"');
  assertEquals(failureOf(cases)?.message, "the connection was closed instead");
  assertEquals(
    failureOf(cases)?.details[1],
    "came:     the end of the connection: 1011 (internal error): broken",
  );
  const late = await playWith('expect close\nsend "a"', "close 1000");
  assertEquals(
    failureOf(late)?.message,
    "cannot send: the connection was closed with 1000 (normal closure)",
  );
});

Deno.test("conversation: expect nothing fails when something comes", async () => {
  const cases = await playWith("expect nothing for 60s", 'send "a"');
  assertEquals(failureOf(cases)?.details, ["expected: nothing", "came:     a"]);
});

Deno.test("conversation: what is ignored is passed over, unless it is what is expected", async () => {
  const other = 'repeat 3\n  send {"type": "tick"}\nend\nsend "a"\nsend {"type": "tick", "n": 1}';
  const cases = await playWith(
    'ignore {"type": "tick"}\nexpect "a"\nexpect {"n": 1}\nexpect nothing for 20ms',
    `${other}\nwait 100ms`,
  );
  assertEquals(cases.map(({ outcome }) => outcome), ["passed", "passed", "passed"]);
});

Deno.test("conversation: what is to be answered is, with what it has, whatever is waited for", async () => {
  const cases = await playWith(
    `answer {"ping": $id} with {"pong": $id}
answer "2" with "3"
send "go"
expect "a"
any order
  expect "b"
end
expect {"ping": 9}
expect nothing for 20ms
send "on"
expect close 4001`,
    `expect "go"
send {"ping": 1}
send "a"
expect {"pong": 1}
send {"ping": 2}
send "2"
send "b"
expect {"pong": 2}
expect "3"
send {"ping": 9}
expect "on"
close 4001`,
  );
  assertEquals(outline(cases), [
    'passed expect "a"',
    'passed expect "b"',
    'passed expect {"ping": 9}',
    "passed expect nothing for 20ms",
    "passed expect close 4001",
  ]);
});

Deno.test("conversation: what is optional and does not come leaves the next message alone", async () => {
  const cases = await playWith('optional expect "a"\nexpect "b"', 'send "b"');
  assertEquals(outline(cases), ['skipped optional expect "a"', 'passed expect "b"']);
  const came = await playWith('optional expect "a"\nexpect "b"', 'send "a"\nsend "b"');
  assertEquals(outline(came), ['passed optional expect "a"', 'passed expect "b"']);
});

Deno.test("conversation: any order takes messages as they come, and no others", async () => {
  const text = 'any order\n  expect "a"\n  expect {"b": $b}\nend\nexpect "c"';
  const cases = await playWith(text, 'send {"b": 1}\nsend "a"\nsend "c"');
  assertEquals(outline(cases), [
    'passed expect {"b": $b}',
    'passed expect "a"',
    'passed expect "c"',
  ]);
  const wrong = await playWith(text, 'send "a"\nsend "a"');
  assertEquals(outline(wrong), [
    'passed expect "a"',
    "failed any order",
    'skipped expect {"b": $b}',
    'skipped expect "c"',
  ]);
});

Deno.test("conversation: Pings between messages are found by who asks for them", async () => {
  const cases = await playWith(
    'expect "a"\nexpect "b"\nexpect ping "1"\nexpect ping "2"',
    'ping "1"\nsend "a"\nwait 20ms\nping "2"\nsend "b"\nwait 50ms',
  );
  assertEquals(cases.map(({ outcome }) => outcome), ["passed", "passed", "passed", "passed"]);
});

Deno.test("conversation: a text where a Ping is expected is told how to be written", async () => {
  // The second Ping comes behind the text, so that has come.
  const cases = await playWith(
    'expect ping "1"\nexpect ping within 50ms',
    'send text ping\nping "1"',
  );
  assertEquals(
    failureOf(cases)?.details.at(-1),
    'a message that says so is written in quotes: expect "ping"',
  );
});

Deno.test("conversation: a value that was caught has to come again, anew in each round", async () => {
  const other = 'send "1"\nsend "1"\nsend "2"\nsend "2"\nsend "1"';
  const cases = await playWith(
    "repeat 2\n  expect /(?<x>.)/\n  expect /(?<x>.)/\nend\nexpect /(?<x>.)/",
    other,
  );
  assertEquals(outline(cases), [
    "passed expect /(?<x>.)/ (2 rounds)",
    "passed expect /(?<x>.)/ (2 rounds)",
    "failed expect /(?<x>.)/",
  ]);
});

Deno.test("conversation: numbers that are too long for JavaScript are remembered as they came", async () => {
  const cases = await playWith(
    `set own = 98765432109876543210
expect {"id": $id}
send {"id": $id, "own": $own}
expect "\${id}"
expect {"id": $id}`,
    `send {"id": 12345678901234567890}
expect text {"id":12345678901234567890,"own":98765432109876543210}
send "12345678901234567890"
send {"id": 12345678901234567891}`,
  );
  assertEquals(failureOf(cases)?.details.slice(2), [
    "at .id: expected 12345678901234567890 ($id), came 12345678901234567891",
  ]);
});

Deno.test("conversation: the round that fails is told", async () => {
  const cases = await playWith('repeat 9\n  expect "a"\nend\nping', 'send "a"\nsend "a"\nsend "b"');
  assertEquals(outline(cases), ['passed expect "a" (2 rounds)', 'failed expect "a" (round 3)']);
});

Deno.test("conversation: header fields and subprotocols of the opening", async () => {
  const [client, server] = await ends();
  const playing = play(server, stepsOf("expect close"));
  const cases = await play(
    client,
    stepsOf(
      'expect header x-a "1"\nexpect header X-A /\\d/\nexpect subprotocol none\n' +
        "expect header X-B",
    ),
  );
  await playing;
  assertEquals(cases.map(({ outcome }) => outcome).join(" "), "passed passed passed failed");
  assertEquals(failureOf(cases)?.message, "there is no header field X-B");
});

Deno.test("conversation: a refusal can be what is expected", async () => {
  const error = new WirecatError("upgrade", "refused with 403");
  const refused = { error, status: 403, headers: [] };
  const settings = {
    variables: new Variables(),
    within: 1,
    follows: false,
    signal: new AbortController().signal,
  };
  const player = (opening = {}) => new Player({ ...refused, ...opening }, settings);
  assertEquals(outline(await player().play(stepsOf("expect status 403"))), [
    "passed expect status 403",
  ]);
  assertEquals(outline(await player().play(stepsOf('expect status 403\nsend "a"'))), [
    "passed expect status 403",
    "error connect",
  ]);
  const unreached = await player({ status: undefined }).play(stepsOf("expect status 403"));
  assertEquals(outline(unreached), ["error connect", "skipped expect status 403"]);
  assertEquals(failureOf(unreached)?.kind, "upgrade");
  assertEquals(outline(await player().play([])), ["error connect"]);
});

Deno.test("conversation: an abort ends it at once, with its reason", async () => {
  const [client, server] = await ends();
  const controller = new AbortController();
  const playing = play(client, stepsOf('send "a"\nexpect "b"'), {
    signal: controller.signal,
    within: Infinity,
  });
  assertEquals((await server.next())?.type, "message");
  controller.abort(new WirecatError("timeout", "stop"));
  const { kind, message } = failureOf(await playing)!;
  assertEquals([kind, message], ["timeout", "stop"]);
  const end = await server.next();
  assert(end?.type === "close" && end.code === 1001);
  await server.close();
});

Deno.test("conversation: who does not read is given up", async () => {
  const [client, server] = await ends();
  const steps = stepsOf(`within 100ms\nrepeat 1000\n  send "${"x".repeat(100_000)}"\nend`);
  const cases = await play(client, steps);
  assertEquals(failureOf(cases)?.kind, "timeout");
  await server.close();
});

Deno.test("conversation: what the other side cannot play is told with its place", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["expect any", "it does not say what to send"],
    ["expect /a/", "it does not say what to send"],
    ['expect {"a": number}', "it does not say what to send"],
    ["expect binary 00 ...", "it does not say what to send"],
    ["expect bytes 00 ??", "it does not say which bytes to send"],
    ["expect close 1006", "the code 1006 cannot be sent"],
    ["expect close 1000 /x/", "a reason has to be a text"],
    ["expect status 403", "it answers with 101 or not at all"],
    ["expect header X-A", "it does not say which value to send"],
  ];
  for (const [text, reason] of cases) {
    assertThrows(
      () => mirror(stepsOf(`ping\n${text}`)),
      WirecatError,
      `x.conv:2:1: the other side cannot play '${text}': ${reason}`,
    );
  }
});

Deno.test("conversation: an example that is none is told", async () => {
  const { steps } = mirror(stepsOf('expect {"a": number} example {"a": "1"}'));
  const [client, server] = await ends();
  const playing = play(client, stepsOf("expect close"));
  const cases = await play(server, steps);
  await playing;
  assertEquals(failureOf(cases)?.message, "the example is not what is expected itself");
});
