/**
 * `exec:`, `cmd:` and `sh-c:`: programs.
 *
 * @module
 */
import { bufferSize } from "../lib/cli/options.ts";
import { ProgramFailed, usageError } from "../lib/core/errors.ts";
import type { Fixup } from "../lib/core/fixups.ts";
import { hasNamed, hasPart, lint, purpose } from "../lib/core/lints.ts";
import { connector, type Env, type Opener } from "../lib/core/opener.ts";
import {
  flag,
  integer,
  type Option,
  type OptionValues,
  restOfLine,
  text,
  texts,
} from "../lib/core/option.ts";
import type { EndpointType, SpecFamily } from "../lib/core/registry.ts";

/** `--exec-args`. */
export const execArgs: Option<readonly string[] | undefined> = restOfLine({
  long: "exec-args",
  value: "ARGUMENTS",
  group: "program",
  help: "The arguments of the program of exec:. Has to come last: it takes all words after it.",
});

/** `-e`. */
export const setEnvironment: Option<boolean> = flag({
  long: "set-environment",
  short: "e",
  group: "program",
  help:
    "Tell programs about the client, in WIRECAT_URI and WIRECAT_CLIENT. These are also named WEBSOCAT_URI and WEBSOCAT_CLIENT; REMOTE_USER is who has logged in.",
});

/** `--header-to-env`. */
export const headerToEnv: Option<readonly string[]> = texts({
  long: "header-to-env",
  value: "NAME",
  group: "program",
  advanced: true,
  help:
    "With -e, give programs this header of the client's request as the variable H_NAME, and with _ for each hyphen, since shells know no hyphens.",
});

/** `--exec-sighup-on-stdin-close`. */
export const sighupOnStdinClose: Option<boolean> = flag({
  long: "exec-sighup-on-stdin-close",
  group: "program",
  advanced: true,
  help: "Send programs SIGHUP when their input ends (UNIX).",
});

/** `--exec-sighup-on-zero-msg`. */
export const sighupOnZeroMsg: Option<boolean> = flag({
  long: "exec-sighup-on-zero-msg",
  group: "program",
  advanced: true,
  help: "Send programs SIGHUP for each empty message (UNIX).",
});

/** `--exec-exit-on-disconnect`. */
export const exitOnDisconnect: Option<boolean> = flag({
  long: "exec-exit-on-disconnect",
  group: "program",
  advanced: true,
  help:
    "Kill programs at once when their connection is over, instead of letting them finish first.",
});

/** `--exec-status`. */
export const execStatus: Option<boolean> = flag({
  long: "exec-status",
  group: "program",
  advanced: true,
  help:
    "Where all else went well, end with the status of the first program that failed: 128 and the signal's number where one has ended it.",
});

/** `--exec-chdir`. */
export const execChdir: Option<string | undefined> = text({
  long: "exec-chdir",
  value: "FOLDER",
  group: "program",
  advanced: true,
  help: "Start programs in this folder.",
});

/** `--exec-uid`. */
export const execUid: Option<number | undefined> = integer({
  long: "exec-uid",
  value: "NUMBER",
  initial: undefined,
  max: 0xffff_fffe,
  group: "program",
  advanced: true,
  help: "Start programs as the user with this number (UNIX, as root).",
});

/** `--exec-gid`. */
export const execGid: Option<number | undefined> = integer({
  long: "exec-gid",
  value: "NUMBER",
  initial: undefined,
  max: 0xffff_fffe,
  group: "program",
  advanced: true,
  help: "Start programs as the group with this number (UNIX, as root).",
});

/** What only UNIX has. */
const UNIX_ONLY = [sighupOnStdinClose, sighupOnZeroMsg, execUid, execGid];

/** Throws a usage error if an option of this family has a value that cannot work on `os`. */
export function checkOptions(options: OptionValues, os: string = Deno.build.os): void {
  if (os === "windows") {
    for (const { long } of UNIX_ONLY) {
      if (options.given({ long })) throw usageError(`--${long} is for UNIX only`);
    }
  }
  for (const name of options.get(headerToEnv)) {
    if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) {
      throw usageError(`--header-to-env: '${name}' is not the name of a header`);
    }
  }
}

interface CommandLine {
  readonly path: string;
  readonly args: readonly string[];
  readonly rawArguments?: boolean;
}

function shell(line: string): CommandLine {
  return { path: "sh", args: ["-c", line] };
}

/** What `cmd:` runs on an operating system. */
export function platformShell(line: string, os: string = Deno.build.os): CommandLine {
  return os === "windows" ? { path: "cmd", args: ["/C", line], rawArguments: true } : shell(line);
}

function handedOn(options: OptionValues): string | undefined {
  return options.get(execStatus)
    ? undefined
    : "--exec-status makes that the status of wirecat, too";
}

function programOpener(name: string, commandLine: CommandLine, env: Env): Opener {
  const { options, log } = env;
  return connector(async (request) => {
    request.signal.throwIfAborted();
    const { startChild } = await import("../lib/process/child.ts");
    const { commandEnvironment, describeConnection, environmentWithout, secretVariables } =
      await import("../lib/process/environment.ts");
    const secrets = secretVariables(env.registry.options);
    let environment = environmentWithout(secrets);
    if (options.get(setEnvironment)) {
      const changes = describeConnection(request.left, options.get(headerToEnv));
      for (const header of changes.missing) {
        log.warn(`the client sent no header ${header}, so H_${header} is not set`);
      }
      environment = commandEnvironment({ ...changes, unset: [...changes.unset, ...secrets] });
    }
    request.signal.throwIfAborted();
    const onFailure = (said: string, status: number, hint?: string) => {
      if (options.get(execStatus)) env.noteFailure?.(new ProgramFailed(said, status, hint));
      // One of many clients may well end its program so, and others are there still.
      const quiet = request.left?.client !== undefined && hint === undefined;
      if (quiet) log.info(said);
      else log.warn(said, hint ?? handedOn(options));
    };
    return startChild({
      name,
      ...commandLine,
      ...environment,
      cwd: options.get(execChdir),
      uid: options.get(execUid),
      gid: options.get(execGid),
    }, {
      maxRead: options.get(bufferSize),
      hangUpOnInputEnd: options.get(sighupOnStdinClose),
      hangUpOnEmptyMessage: options.get(sighupOnZeroMsg),
      killOnClose: options.get(exitOnDisconnect),
      onFailure,
    }, log);
  });
}

const exec: EndpointType = {
  kind: "endpoint",
  names: ["exec"],
  summary: "a program, without a shell; --exec-args gives its arguments",
  doc:
    "Starts the program and joins its standard input and output to the connection; its standard error stays that of wirecat. " +
    "When the connection is over, the program's input ends. After a second it gets SIGTERM, two seconds later SIGKILL; " +
    "--exec-exit-on-disconnect kills it at once.",
  examples: [
    "ws-l:127.0.0.1:8080 exec:date",
    "ws-l:127.0.0.1:8080 exec:ping --exec-args -c 3 127.0.0.1",
  ],
  argument: "PROGRAM",
  orientation: "bytes",
  program: true,
  check(argument, options) {
    checkOptions(options);
    if (argument === "") throw usageError("exec: needs a program", "write exec:PROGRAM");
    if (/\s/.test(argument) && !options.given(execArgs) && !isFile(argument)) {
      throw usageError(
        `exec: there is no program called '${argument}'`,
        `write cmd:'${argument}', or put the arguments after --exec-args at the end`,
      );
    }
  },
  opener(argument, env) {
    const args = env.options.get(execArgs) ?? [];
    return programOpener(`exec:${argument}`, { path: argument, args }, env);
  },
};

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

const cmd: EndpointType = {
  kind: "endpoint",
  names: ["cmd"],
  summary: "a command line, run by sh (on Windows by cmd)",
  doc: "As exec:, but the argument is a whole command line with pipes, variables and all.",
  examples: ["ws-l:127.0.0.1:8080 cmd:'grep --line-buffered -i error'"],
  argument: "COMMAND LINE",
  orientation: "bytes",
  program: true,
  check(argument, options) {
    checkOptions(options);
    if (argument === "") throw usageError("cmd: needs a command line", "as in cmd:'ls -l'");
  },
  opener: (argument, env) => programOpener(`cmd:${argument}`, platformShell(argument), env),
};

const shC: EndpointType = {
  kind: "endpoint",
  names: ["sh-c"],
  advanced: true,
  summary: "a command line, run by sh",
  doc: "As cmd:, but sh is used on Windows too, where it has to be installed.",
  examples: ["-U ws-l:127.0.0.1:8080 sh-c:'while date; do sleep 1; done'"],
  argument: "COMMAND LINE",
  orientation: "bytes",
  program: true,
  check(argument, options) {
    checkOptions(options);
    if (argument === "") throw usageError("sh-c: needs a command line", "as in sh-c:'ls -l'");
  },
  opener: (argument, env) => programOpener(`sh-c:${argument}`, shell(argument), env),
};

const forPrograms: Fixup = purpose({
  options: [
    setEnvironment,
    sighupOnStdinClose,
    sighupOnZeroMsg,
    exitOnDisconnect,
    execStatus,
    execChdir,
    execUid,
    execGid,
  ],
  isThere: (pair) => hasPart(pair, (part) => part.program === true),
  what: "a program",
  hint: "write exec:PROGRAM, cmd:'COMMAND LINE' or sh-c:'COMMAND LINE'",
});

const forExec: Fixup = purpose({
  options: [execArgs],
  isThere: (pair) => hasNamed(pair, "exec"),
  what: "exec:",
  hint: "a cmd: or sh-c: takes the whole command line after the colon",
});

const environment: Fixup = lint((pair, { options, warn }) => {
  const headers = options.get(headerToEnv);
  if (!options.get(setEnvironment)) {
    if (options.asked(headerToEnv)) warn("--header-to-env does nothing without -e", "add -e");
    return;
  }
  const webSocket = hasNamed(pair, "ws-upgrade");
  if (!webSocket && !hasNamed(pair, "tcp-listen")) {
    warn(
      "-e tells programs about the client of a WebSocket or TCP server, and there is none",
      "write ws-l:PORT or tcp-l:PORT for the other side",
    );
  } else if (!webSocket && headers.length > 0) {
    warn(
      "--header-to-env takes headers from clients of a WebSocket server, and there is none",
      "write ws-l:PORT for the other side",
    );
  }
});

/** Programs as endpoints. */
export const family: SpecFamily = {
  specifiers: [exec, cmd, shC],
  options: [
    execArgs,
    setEnvironment,
    headerToEnv,
    sighupOnStdinClose,
    sighupOnZeroMsg,
    exitOnDisconnect,
    execStatus,
    execChdir,
    execUid,
    execGid,
  ],
  fixups: [forPrograms, forExec, environment],
};
