/**
 * The prompt of a run: of a client or of a server.
 *
 * @module
 */
import type { Addresses } from "../cli/modes.ts";
import type { Service } from "../cli/serve.ts";
import { promptClient } from "./client_prompt.ts";
import { promptServer } from "./server_prompt.ts";

/** Runs a session or a service with a person at the terminal; resolves to the exit status. */
export function runPrompt({ mode, left, right }: Addresses, service: Service): Promise<number> {
  if (mode === "client") return promptClient(service, right);
  return promptServer(service, left.slice(left.indexOf(":") + 1));
}
