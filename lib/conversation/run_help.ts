/**
 * The help of `wirecat run`.
 *
 * @module
 */
import {
  conversationOptions,
  expect,
  runOptions,
  send,
  step,
} from "../cli/conversation_options.ts";
import { entry, optionHead, optionText } from "../cli/help.ts";

const ABOUT = `wirecat run: play a conversation from a file, and tell what is not as expected

Usage:
  wirecat run [OPTIONS] FILE… URL          with a server; a folder stands for its .conv files
  wirecat run [OPTIONS] --serve PORT FILE  as the other side, with each client

A file has one step a line:
  send {"op": "login", "user": "ann"}
  expect {"op": "welcome", "id": $id} within 2s
  expect /^balance: (?<amount>\\d+)/
  close 1000

All options of connections apply, such as -H, -k, --protocol and --proxy. The exit status is 0 if
all is as expected, 10 if something else came or nothing, else as always. docs/run.md has the
whole language.

Options:`;

/** The text for `wirecat run --help`. */
export function runHelp(): string {
  const inline = [send, expect, step].map(({ long }) => long);
  const rows = [...runOptions, ...conversationOptions.filter(({ long }) => !inline.includes(long))];
  const entries = rows.map((row) => entry(optionHead(row), optionText(row), (text) => text));
  return [ABOUT, ...entries, ""].join("\n");
}
