/**
 * What a client shows to log in, as the options say.
 *
 * @module
 */
import {
  basicAuth,
  basicAuthFile,
  bearer,
  bearerFile,
  checkedToken,
  netrc,
  user,
} from "../cli/auth_options.ts";
import { usageError } from "../core/errors.ts";
import type { Env } from "../core/opener.ts";
import type { Option } from "../core/option.ts";
import { basicField } from "./authorization.ts";
import { splitLogin } from "./login.ts";
import { readText } from "./text_file.ts";

/** Whom a request goes to. */
export interface LoginTarget {
  /** The host, for `--netrc`; IPv6 without brackets. */
  readonly host: string;
  /** The login in the URL, `USER:PASSWORD`, where there is one. */
  readonly userInfo?: string;
  /** Whether the user has named another server than this one: what the options say is not for it. */
  readonly crossOrigin?: boolean;
}

/** What of the run is needed here. */
export type LoginEnv = Pick<Env, "options" | "log" | "signal">;

/**
 * The value of the Authorization field that the options ask for, if they do: first the login of
 * an option, then the one of `--netrc`, then the one in the URL. Files are read each time. Throws
 * a usage error for one that cannot be read, and where a password has to be asked for in vain.
 */
export async function authorizationFor(
  target: LoginTarget,
  env: LoginEnv,
): Promise<string | undefined> {
  const given = target.crossOrigin ? undefined : await ofOptions(target, env);
  if (given !== undefined) return given;
  const login = await ofNetrc(target, env) ?? target.userInfo;
  return login === undefined ? undefined : basicField(login);
}

async function ofOptions(target: LoginTarget, env: LoginEnv): Promise<string | undefined> {
  const { options } = env;
  const token = options.get(bearer) ?? await ofFile(bearerFile, env);
  if (token !== undefined) return `Bearer ${checkedToken(token, whereOf(bearer, bearerFile, env))}`;
  const login = options.get(basicAuth) ?? await ofFile(basicAuthFile, env);
  if (login !== undefined) return basicField(login);
  const name = options.get(user);
  if (name === undefined) return undefined;
  return basicField(name.includes(":") ? name : `${name}:${await asked(name, target, env)}`);
}

function whereOf(
  text: Option<string | undefined>,
  file: Option<string | undefined>,
  { options }: LoginEnv,
): string {
  const path = options.get(file);
  return path === undefined ? `--${text.long}` : `--${file.long} ${path}`;
}

/** What a file says, without the space around it. */
async function ofFile(
  option: Option<string | undefined>,
  { options }: LoginEnv,
): Promise<string | undefined> {
  const path = options.get(option);
  return path === undefined ? undefined : (await readText(path, `--${option.long}`)).trim();
}

const passwords = new WeakMap<object, Promise<string>>();

/** The password of `--user NAME`: it is asked for once in a run. */
async function asked(name: string, { host }: LoginTarget, env: LoginEnv): Promise<string> {
  const known = passwords.get(env.options);
  if (known !== undefined) return await known;
  const asking = import("../terminal/ask_password.ts").then(({ askPassword }) =>
    askPassword(`Password of ${name} at ${host}: `, {
      signal: env.signal,
      hint: "write --user NAME:PASSWORD, or put that into a file for --basic-auth-file",
    })
  );
  passwords.set(env.options, asking);
  asking.catch(() => passwords.delete(env.options));
  return await asking;
}

/** `~/.netrc`. Throws a usage error where there is no home. */
function homeNetrc(): string {
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE");
  if (!home) throw usageError("--netrc: there is no HOME", "write --netrc=FILE");
  return `${home}/.netrc`;
}

const warned = new WeakSet<object>();

async function ofNetrc(
  { host, userInfo }: LoginTarget,
  env: LoginEnv,
): Promise<string | undefined> {
  const { options, log } = env;
  if (!options.given(netrc)) return undefined;
  const path = options.get(netrc) || homeNetrc();
  const text = await readText(path, "--netrc");
  const { findNetrc, parseNetrc } = await import("./netrc.ts");
  const wanted = userInfo === undefined ? undefined : splitLogin(userInfo).user;
  const entry = findNetrc(parseNetrc(text, path), host, wanted);
  const login = entry?.login ?? wanted;
  if (entry === undefined || login === undefined) {
    log.info(`--netrc: ${path} has no login for ${host}`);
    return undefined;
  }
  if (!warned.has(env.options) && await isOpenToOthers(path)) {
    warned.add(env.options);
    log.warn(`other users can read ${path}, which has passwords`, `chmod 600 ${path}`);
  }
  return `${login}:${entry.password ?? ""}`;
}

async function isOpenToOthers(path: string): Promise<boolean> {
  const { mode, isFile } = await Deno.stat(path);
  return isFile && mode !== null && (mode & 0o044) !== 0;
}
