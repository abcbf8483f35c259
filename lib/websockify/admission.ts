/**
 * Whether a client gets its session, and where that goes.
 *
 * @module
 */
import type { RequestHead } from "../http/head.ts";
import { HttpRefusal } from "../http/refusal.ts";
import type { Target } from "./command_line.ts";
import { failureText } from "./journal.ts";
import type { Client, Service } from "./service.ts";

/** Who asks for a session. */
export interface Applicant {
  /** The request. */
  readonly head: RequestHead;
  /** The common name of the client's certificate. */
  readonly commonName?: string;
  /** The client. */
  readonly client: Client;
}

/** The token that a request brings, if it has one. */
function tokenOf({ target, headers }: RequestHead, hostToken: boolean): string | undefined {
  if (hostToken) {
    const host = headers.get("Host")?.trim() ?? "";
    return host.replace(/:\d*$/, "") || undefined;
  }
  const mark = target.indexOf("?");
  const query = mark < 0 ? "" : target.slice(mark + 1).replace(/#.*$/s, "");
  return new URLSearchParams(query).get("token") || undefined;
}

/** The target of a session. Throws an {@linkcode HttpRefusal} for one that is not let in. */
export async function admit(applicant: Applicant, service: Service): Promise<Target> {
  const { head, commonName, client } = applicant;
  let refusal: HttpRefusal | undefined;
  let target = service.target;
  if (service.tokens !== undefined) {
    const found = await targetOfToken(applicant, service);
    if (found instanceof HttpRefusal) refusal = found;
    else target = found;
  }
  // Whoever may not connect is not told which tokens there are.
  const request = { headers: head.headers, target, commonName, client: client.name };
  await service.auth?.authenticate(request);
  if (refusal !== undefined) throw refusal;
  if (target === undefined) throw new HttpRefusal(404, "There is no target");
  return target;
}

async function targetOfToken(
  { head, client }: Applicant,
  { tokens, hostToken }: Service,
): Promise<Target | HttpRefusal> {
  const token = tokenOf(head, hostToken);
  if (token === undefined) return new HttpRefusal(403, "Token not present");
  try {
    const target = await tokens!.lookup(token);
    if (target !== undefined) return target;
    client.journal.warn(`there is no target for the token ${JSON.stringify(shortened(token))}`);
  } catch (error) {
    client.journal.warn(failureText(error));
  }
  return new HttpRefusal(403, "Token not found");
}

function shortened(token: string): string {
  return token.length > 60 ? token.slice(0, 60) + "…" : token;
}
