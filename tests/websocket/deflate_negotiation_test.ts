import { assertEquals, assertThrows } from "@std/assert";
import {
  acceptOffer,
  type DeflateDirection,
  DeflateError,
  deflateOffer,
  type DeflateParameters,
  readAnswer,
} from "../../lib/websocket/deflate_negotiation.ts";
import { ExtensionSyntaxError } from "../../lib/websocket/extensions.ts";

const NAME = "permessage-deflate";

/** A direction in short: `15 kept`. */
function short({ windowBits, contextTakeover }: DeflateDirection): string {
  return `${windowBits} ${contextTakeover ? "kept" : "forgotten"}`;
}

// --- Servers ---

/** What a server answers, how it compresses, and how the client does. */
function answer(offers: string | null, wanted: DeflateParameters = {}): string[] | undefined {
  const agreed = acceptOffer(offers, wanted);
  return agreed && [agreed.header, short(agreed.server), short(agreed.client)];
}

for (
  const [offer, wanted, expected] of [
    // 7.1.1.1
    ["; server_no_context_takeover", {}, [
      `${NAME}; server_no_context_takeover`,
      "15 forgotten",
      "15 kept",
    ]],
    ["", { serverNoContextTakeover: true }, [
      `${NAME}; server_no_context_takeover`,
      "15 forgotten",
      "15 kept",
    ]],
    // 7.1.1.2
    ["; client_no_context_takeover", {}, [
      `${NAME}; client_no_context_takeover`,
      "15 kept",
      "15 forgotten",
    ]],
    ["", { clientNoContextTakeover: true }, [
      `${NAME}; client_no_context_takeover`,
      "15 kept",
      "15 forgotten",
    ]],
    // 7.1.2.1
    ["; server_max_window_bits=10", {}, [
      `${NAME}; server_max_window_bits=10`,
      "10 kept",
      "15 kept",
    ]],
    ["; server_max_window_bits=10", { serverMaxWindowBits: 12 }, [
      `${NAME}; server_max_window_bits=10`,
      "10 kept",
      "15 kept",
    ]],
    ["; server_max_window_bits=12", { serverMaxWindowBits: 8 }, [
      `${NAME}; server_max_window_bits=8`,
      "8 kept",
      "15 kept",
    ]],
    ["", { serverMaxWindowBits: 9 }, [`${NAME}; server_max_window_bits=9`, "9 kept", "15 kept"]],
    // 7.1.2.2
    ["; client_max_window_bits", {}, [NAME, "15 kept", "15 kept"]],
    ["; client_max_window_bits=12", {}, [
      `${NAME}; client_max_window_bits=12`,
      "15 kept",
      "12 kept",
    ]],
    ["; client_max_window_bits", { clientMaxWindowBits: 11 }, [
      `${NAME}; client_max_window_bits=11`,
      "15 kept",
      "11 kept",
    ]],
    ["; client_max_window_bits=9", { clientMaxWindowBits: 11 }, [
      `${NAME}; client_max_window_bits=9`,
      "15 kept",
      "9 kept",
    ]],
    ["; client_max_window_bits=14", { clientMaxWindowBits: 11 }, [
      `${NAME}; client_max_window_bits=11`,
      "15 kept",
      "11 kept",
    ]],
    // It must not be told to a client that does not know of it.
    ["", { clientMaxWindowBits: 11 }, undefined],
    // Quoted values are the same values.
    ['; server_max_window_bits="10"', {}, [
      `${NAME}; server_max_window_bits=10`,
      "10 kept",
      "15 kept",
    ]],
    // All at once.
    [
      "; client_max_window_bits=10; server_no_context_takeover; server_max_window_bits=9; " +
      "client_no_context_takeover",
      {},
      [
        `${NAME}; server_no_context_takeover; client_no_context_takeover; ` +
        "server_max_window_bits=9; client_max_window_bits=10",
        "9 forgotten",
        "10 forgotten",
      ],
    ],
  ] as [string, DeflateParameters, string[] | undefined][]
) {
  const want = Object.entries(wanted).map(([name, value]) => `${name} ${value}`).join();
  Deno.test(`RFC 7692 7.1: an answer to '${NAME}${offer}' by a server that wants [${want}]`, () => {
    assertEquals(answer(NAME + offer, wanted), expected);
  });
}

for (
  const parameters of [
    "unknown",
    "unknown=1",
    "server_no_context_takeover=1",
    "server_no_context_takeover=true",
    "client_no_context_takeover=0",
    "server_no_context_takeover; server_no_context_takeover",
    "client_max_window_bits; client_max_window_bits=10",
    "server_max_window_bits",
    "server_max_window_bits=7",
    "server_max_window_bits=16",
    "server_max_window_bits=08",
    "server_max_window_bits=+9",
    "server_max_window_bits=9.0",
    "server_max_window_bits=x",
    "client_max_window_bits=7",
    "client_max_window_bits=16",
    "client_max_window_bits=010",
    "SERVER_NO_CONTEXT_TAKEOVER",
  ]
) {
  Deno.test(`RFC 7692 7.1: a server declines the offer of '${parameters}'`, () => {
    assertEquals(answer(`${NAME}; ${parameters}`), undefined);
    // The next one is looked at.
    assertEquals(answer(`${NAME}; ${parameters}, ${NAME}`)?.[0], NAME);
  });

  Deno.test(`RFC 7692 7.1: a client fails the connection at an answer with '${parameters}'`, () => {
    const offer = deflateOffer({});
    assertThrows(() => readAnswer(`${NAME}; ${parameters}`, offer), DeflateError);
  });
}

Deno.test("RFC 7692 5.1: a server takes the first offer that it can take", () => {
  const offers = [
    "x-webkit-deflate-frame",
    `${NAME}; server_max_window_bits=7`,
    `${NAME}; server_max_window_bits=10; client_max_window_bits`,
    NAME,
  ].join(", ");
  assertEquals(answer(offers)?.[0], `${NAME}; server_max_window_bits=10`);
  assertEquals(answer(offers, { clientMaxWindowBits: 9 })?.[0].includes("client_max"), true);
});

Deno.test("RFC 7692 5.1: without an offer nothing is agreed on", () => {
  for (
    const offers of [null, "", "x-webkit-deflate-frame", "permessage-bzip2", "PERMESSAGE-DEFLATE"]
  ) {
    assertEquals(answer(offers), undefined);
  }
});

Deno.test("RFC 6455 9.1: a server refuses a field that is malformed", () => {
  assertThrows(() => answer(`${NAME}; =`), ExtensionSyntaxError);
});

// --- Clients ---

for (
  const [wanted, expected] of [
    [{}, `${NAME}; client_max_window_bits`],
    [{ clientMaxWindowBits: 9 }, `${NAME}; client_max_window_bits=9`],
    [
      { serverNoContextTakeover: true, clientNoContextTakeover: true, serverMaxWindowBits: 10 },
      `${NAME}; server_no_context_takeover; client_no_context_takeover; ` +
      "server_max_window_bits=10; client_max_window_bits",
    ],
  ] as [DeflateParameters, string][]
) {
  Deno.test(`RFC 7692 7.1: a client offers '${expected}'`, () => {
    assertEquals(deflateOffer(wanted), expected);
  });
}

/** How client and server compress after an answer. */
function agreed(text: string | null, wanted: DeflateParameters = {}): string[] | undefined {
  const agreement = readAnswer(text, deflateOffer(wanted));
  return agreement && [short(agreement.client), short(agreement.server)];
}

for (
  const [parameters, wanted, expected] of [
    ["", {}, ["15 kept", "15 kept"]],
    ["; server_no_context_takeover", {}, ["15 kept", "15 forgotten"]],
    ["; client_no_context_takeover", {}, ["15 forgotten", "15 kept"]],
    ["; server_max_window_bits=8", {}, ["15 kept", "8 kept"]],
    ["; client_max_window_bits=8", {}, ["8 kept", "15 kept"]],
    ['; client_max_window_bits="12"', {}, ["12 kept", "15 kept"]],
    ["; client_max_window_bits=9", { clientMaxWindowBits: 10 }, ["9 kept", "15 kept"]],
    ["; server_max_window_bits=9", { serverMaxWindowBits: 9 }, ["15 kept", "9 kept"]],
    ["; server_max_window_bits=8", { serverMaxWindowBits: 9 }, ["15 kept", "8 kept"]],
    // What a client says of itself it does, even if the answer does not repeat it.
    ["", { clientMaxWindowBits: 10 }, ["10 kept", "15 kept"]],
    ["", { clientNoContextTakeover: true }, ["15 forgotten", "15 kept"]],
  ] as [string, DeflateParameters, string[]][]
) {
  const offer = deflateOffer(wanted);
  Deno.test(`RFC 7692 7.1: '${NAME}${parameters}' is a good answer to '${offer}'`, () => {
    assertEquals(agreed(NAME + parameters, wanted), expected);
  });
}

for (
  const [text, wanted, why] of [
    [NAME, { serverNoContextTakeover: true }, "server_no_context_takeover was asked for"],
    [NAME, { serverMaxWindowBits: 9 }, "server_max_window_bits=9 was asked for"],
    [`${NAME}; server_max_window_bits=10`, { serverMaxWindowBits: 9 }, "more than was offered"],
    [`${NAME}; client_max_window_bits=10`, { clientMaxWindowBits: 9 }, "more than was offered"],
    [`${NAME}; client_max_window_bits`, {}, "needs a value"],
    [`${NAME}, ${NAME}`, {}, "twice"],
    ["x-webkit-deflate-frame", {}, '"x-webkit-deflate-frame" was not offered'],
    [`${NAME}, foo`, {}, '"foo" was not offered'],
  ] as [string, DeflateParameters, string][]
) {
  const offer = deflateOffer(wanted);
  Deno.test(`RFC 7692 7.1: '${text}' is no answer to '${offer}'`, () => {
    assertThrows(() => agreed(text, wanted), DeflateError, why);
  });
}

Deno.test("RFC 7692 7.1.2.2: an answer has client_max_window_bits only if the offer had it", () => {
  const text = `${NAME}; client_max_window_bits=9`;
  assertThrows(() => readAnswer(text, NAME), DeflateError, "was not offered");
  const agreement = readAnswer(text, `${NAME}, ${NAME}; client_max_window_bits`);
  assertEquals(agreement?.client.windowBits, 9);
});

Deno.test("RFC 7692 7.1: an offer that no server may take does not keep another from being taken", () => {
  const agreement = readAnswer(NAME, `${NAME}; new_parameter=1, ${NAME}`);
  assertEquals(agreement?.header, NAME);
  assertThrows(() => readAnswer(NAME, `${NAME}; new_parameter=1`), DeflateError, "not offered");
});

Deno.test("RFC 7692 5.1: a server need not accept", () => {
  assertEquals(agreed(null), undefined);
  assertEquals(agreed(""), undefined);
});

Deno.test("RFC 6455 9.1: a client fails the connection at a malformed answer", () => {
  assertThrows(() => agreed(`${NAME};;`), ExtensionSyntaxError);
});

Deno.test("RFC 7692 7.1: server and client agree on the same, whatever either wants", () => {
  const bits = [undefined, 8, 9, 15];
  for (const noServer of [false, true]) {
    for (const noClient of [false, true]) {
      for (const serverMaxWindowBits of bits) {
        for (const clientMaxWindowBits of bits) {
          const one: DeflateParameters = { serverMaxWindowBits, clientMaxWindowBits };
          const other: DeflateParameters = {
            serverNoContextTakeover: noServer,
            clientNoContextTakeover: noClient,
          };
          for (const [client, server] of [[one, other], [other, one], [one, one]]) {
            const offer = deflateOffer(client);
            const accepted = acceptOffer(offer, server)!;
            const read = readAnswer(accepted.header, offer)!;
            assertEquals([read.server, read.client], [accepted.server, accepted.client]);
          }
        }
      }
    }
  }
});
