/**
 * What specifiers there are. `specs/mod.ts` fills it; nothing here knows any by import.
 *
 * @module
 */
import { closestString } from "@std/text/closest-string";
import type { Fixup } from "./fixups.ts";
import type { Env, Opener } from "./opener.ts";
import type { Option } from "./option.ts";

/** Whether reads keep message bounds, or only bytes in order. */
export type Orientation = "bytes" | "messages";

/** What every specifier has to say. */
export interface Described {
  /** All names, the canonical one first, without the colon. */
  readonly names: readonly [string, ...string[]];
  /** One sentence for the list. */
  readonly summary: string;
  /** Whether only the long help lists it. */
  readonly advanced?: boolean;
  /** More sentences, for `--help=doc` and the page in `docs/`. */
  readonly doc?: string;
  /** Command lines that show it, without the program's name. */
  readonly examples?: readonly string[];
}

/** What fixups have to know of an endpoint or overlay. */
export interface Traits {
  /** What there is only one of in a process, as of standard input: sessions have to share it. */
  readonly singleton?: string;
  /** It leaves no place for diagnostics, so that none are printed. */
  readonly silent?: boolean;
  /** It writes a file anew when it is opened, so that sessions have to share one opening. */
  readonly sharedWriter?: boolean;
  /** It lets many sessions share what is below it. */
  readonly reuser?: boolean;
  /** It starts a program. */
  readonly program?: boolean;
  /** It speaks WebSocket as a client, a server, or both after another. */
  readonly websocket?: "client" | "server";
  /** It takes part in TLS as a client or a server. */
  readonly tls?: "client" | "server";
  /** It sees itself to preambles and to how many messages there may be. */
  readonly ownRules?: boolean;
  /** It binds a stream socket (TCP, UNIX). */
  readonly socket?: boolean;
}

/** The last part of a specifier: where bytes or messages come from and go to. */
export interface EndpointType extends Described, Traits {
  /** Tells the entries of the registry apart. */
  readonly kind: "endpoint";
  /** What comes after the colon, as the help writes it: `HOST:PORT`. Absent: nothing may. */
  readonly argument?: string;
  /** Whether reads keep message bounds. */
  readonly orientation: Orientation;
  /** Whether it yields a peer for each client. */
  readonly listens?: boolean;
  /** Checks the argument, when the command line is read. Throws a usage error. */
  check?(argument: string, options: Env["options"]): void;
  /** Prepares to open it. Opens nothing yet. */
  opener(argument: string, env: Env): Opener;
}

/** A part before the endpoint: turns a peer into another one. */
export interface OverlayType extends Described, Traits {
  /** Tells the entries of the registry apart. */
  readonly kind: "overlay";
  /** `inherit`: as what is below it. */
  readonly orientation: Orientation | "inherit";
  /** Whether many clients below stay many above it. Default: they do. */
  readonly single?: boolean;
  /** Prepares to open what is below with this on top. */
  opener(inner: Opener, env: Env): Opener;
}

/** A name for a combination of others. */
export interface AliasType extends Described {
  /** Tells the entries of the registry apart. */
  readonly kind: "alias";
  /** What comes after the colon, as the help writes it. */
  readonly argument?: string;
  /** The specifier that this one stands for. */
  expand(argument: string, registry: Registry): string;
}

/** An entry of the registry. */
export type SpecifierType = EndpointType | OverlayType | AliasType;

/** What a file in `specs/` brings: specifiers, and the options that they read. */
export interface SpecFamily {
  /** The specifiers of the family. */
  readonly specifiers: readonly SpecifierType[];
  /** The options that only they read. */
  // deno-lint-ignore no-explicit-any -- a table of options of all types
  readonly options?: readonly Option<any>[];
  /** Rules for combinations that only this family knows of. */
  readonly fixups?: readonly Fixup[];
}

/** The specifiers and options of a program. */
export class Registry {
  /** All specifiers in the order of their registration. */
  readonly specifiers: readonly SpecifierType[];
  /** The options that the specifiers brought. */
  // deno-lint-ignore no-explicit-any -- as in SpecFamily
  readonly options: readonly Option<any>[];
  /** The rules that the families brought. */
  readonly fixups: readonly Fixup[];
  readonly #byName = new Map<string, SpecifierType>();

  /** Throws if two specifiers have a name in common. */
  constructor(families: readonly SpecFamily[]) {
    this.specifiers = families.flatMap((family) => family.specifiers);
    this.options = families.flatMap((family) => family.options ?? []);
    this.fixups = families.flatMap((family) => family.fixups ?? []);
    for (const type of this.specifiers) {
      for (const name of type.names) {
        if (this.#byName.has(name)) throw new Error(`two specifiers are called ${name}:`);
        this.#byName.set(name, type);
      }
    }
  }

  /** The specifier of this name or alias. */
  find(name: string): SpecifierType | undefined {
    return this.#byName.get(name);
  }

  /** The overlay of this name, for code that puts one in by itself. */
  overlay(name: string): OverlayType {
    const type = this.#byName.get(name);
    if (type?.kind !== "overlay") throw new Error(`no overlay ${name}: is registered`);
    return type;
  }

  /** The known name nearest to a mistyped one. */
  nearest(name: string): string | undefined {
    const names = [...this.#byName.keys()];
    const nearest = closestString(name, names);
    return nearest !== undefined && distanceIsSmall(name, nearest) ? nearest : undefined;
  }
}

/** Whether a name may well be a slip for another: half the letters agree in place from an end. */
function distanceIsSmall(typed: string, known: string): boolean {
  let head = 0;
  while (head < typed.length && typed[head] === known[head]) head++;
  let tail = 0;
  while (tail < typed.length && typed.at(-1 - tail) === known.at(-1 - tail)) tail++;
  return head + tail >= Math.min(typed.length, known.length) / 2;
}
