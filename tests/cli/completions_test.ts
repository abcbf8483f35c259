import { assert, assertEquals, assertThrows } from "@std/assert";
import { completionScript, type Shell, shellOf, SHELLS } from "../../lib/cli/completions/script.ts";
import { coreOptions } from "../../lib/cli/options.ts";
import { registry } from "../../specs/mod.ts";
import { runCommand } from "../checkout.ts";
import { testWith } from "../interop/programs.ts";

/** How each shell is called, and has it read a script from standard input. */
const PROGRAMS: Record<Shell, readonly [program: string, ...words: string[]]> = {
  bash: ["bash", "-n"],
  zsh: ["zsh", "-n"],
  fish: ["fish", "-n"],
  powershell: ["pwsh", "-NoProfile", "-Command", "-"],
};

/** Whether a shell is there to be started. */
async function has(shell: Shell): Promise<boolean> {
  try {
    return (await runCommand(PROGRAMS[shell][0], ["-c", "exit"])).code === 0;
  } catch {
    return false;
  }
}

const shells = new Map<string, boolean>();
for (const shell of SHELLS) shells.set(shell, await has(shell));

/** For the names of tests that start a shell. */
const skipped = (shell: Shell) => shells.get(shell) ? "" : ` (skipped: ${shell} not installed)`;

/** A program that knows two profiles, for bash and zsh. */
const PROFILES = `wirecat() { [ "$*" = "config profiles" ] && printf "%s\\n" staging echo; }`;

/** What bash makes of a line whose end is being typed. */
async function completed(line: string, cwd?: string): Promise<string[]> {
  const script = `${completionScript("bash", registry)}
${PROFILES}
COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
COMP_LINE=$1 COMP_POINT=\${#COMP_LINE}
_wirecat
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await runCommand("bash", ["-c", script, "bash", line], { cwd });
  assertEquals(stderr, "");
  return stdout.trim().split("\n");
}

/** A test that runs where bash is. */
function bashTest(name: string, check: () => Promise<void>): void {
  testWith(["bash"], `completions, bash: ${name}`, check);
}

bashTest("options by their beginning", async () => {
  assertEquals(await completed("wirecat --ping-"), ["--ping-interval", "--ping-timeout"]);
});

bashTest("the words that a value can be, behind a space or a =", async () => {
  assertEquals(await completed("wirecat --engine n"), ["native"]);
  assertEquals(await completed("wirecat --engine=s"), ["stream"]);
});

bashTest("the value of --help behind a = only", async () => {
  assertEquals(await completed("wirecat --help="), ["short", "long", "doc"]);
  assert((await completed("wirecat --help ")).includes("tcp:"));
});

bashTest("specifiers, also behind overlays, without what bash has as a word already", async () => {
  assertEquals(await completed("wirecat mirr"), ["mirror:"]);
  assertEquals(await completed("wirecat - log:autoreconnect:mirr"), ["mirror:"]);
  assertEquals(await completed("wirecat --tee log:mirr"), ["mirror:"]);
});

bashTest("files where a file is meant", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${cwd}/one file`, "");
    await Deno.mkdir(`${cwd}/onward`);
    const both = ["one\\ file", "onward/"];
    assertEquals((await completed("wirecat readfile:on", cwd)).sort(), both);
    assertEquals((await completed("wirecat --tls-cert on", cwd)).sort(), both);
    assertEquals((await completed("wirecat websockify --cert=on", cwd)).sort(), both);
    assertEquals(await completed("wirecat --exec-chdir on", cwd), ["onward/"]);
    assertEquals(await completed('wirecat --cert "one', cwd), ["one file"]);
    assertEquals(await completed("wirecat readfile:one\\ f", cwd), ["one\\ file"]);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

for (const shell of SHELLS) {
  Deno.test(`completions, ${shell}: every option is in the script`, () => {
    const script = completionScript(shell, registry);
    for (const { long } of [...coreOptions, ...registry.options]) {
      assert(script.includes(shell === "fish" ? `-l ${long} ` : `--${long}`), long);
    }
  });

  Deno.test({
    name: `completions, ${shell}: the shell reads the script${skipped(shell)}`,
    ignore: !shells.get(shell),
    async fn() {
      const input = completionScript(shell, registry);
      const [program, ...words] = PROGRAMS[shell];
      const { code, stderr } = await runCommand(program, words, { input });
      assertEquals([code, stderr], [0, ""]);
    },
  });
}

/** What a line whose end is being typed becomes, by shell; each test folder has the file one.conv. */
const LINES: readonly [line: string, first: string][] = [
  ["wirecat compl", "completions"],
  ["wirecat completions f", "fish"],
  ["wirecat config pr", "profiles"],
  ["wirecat help ws-lis", "ws-listen"],
  ["wirecat help exit-s", "exit-status"],
  ["wirecat help --ping-inter", "--ping-interval"],
  ["wirecat webs", "websockify"],
  ["wirecat websockify --web-", "--web-auth"],
  ["wirecat websockify --wrap-mode r", "respawn"],
  ["wirecat run on", "one.conv"],
  ["wirecat run --report-", "--report-file"],
  ["wirecat probe --pings", "--pings"],
  ["wirecat probe @st", "@staging"],
  ["wirecat - @ec", "@echo"],
  ["wirecat --send-proxy-protocol v", "v1"],
  ["wirecat - log:mirr", "log:mirror:"],
  ["wirecat readfile:on", "readfile:one.conv"],
  ["wirecat --cert on", "one.conv"],
];

Deno.test("completions: behind websockify there are its options, and no others", async () => {
  if (shells.get("bash")) {
    assertEquals(await completed("wirecat websockify --ping"), [""]);
    assertEquals(await completed("wirecat websockify --unix"), ["--unix-target", "--unix-listen"]);
  }
  if (shells.get("fish")) {
    const script = `${completionScript("fish", registry)}
complete -C 'wirecat websockify --ping'; complete -C 'wirecat websockify --unix-t'`;
    const { stdout } = await runCommand("fish", ["--no-config", "-c", script]);
    assertEquals(stdout.split("\t")[0], "--unix-target");
  }
});

/** In a folder with the file one.conv. */
async function besideFile(use: (cwd: string) => Promise<void>): Promise<void> {
  const cwd = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${cwd}/one.conv`, "");
    await use(cwd);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

/** Readline, zsh and Deno.test leave out what is there already, up to one of these. */
function withoutBreaks(word: string): string {
  return word.slice(word.lastIndexOf(":", word.length - 2) + 1);
}

bashTest("what may stand behind commands, profiles, files", async () => {
  await besideFile(async (cwd) => {
    for (const [line, first] of LINES) {
      assertEquals((await completed(line, cwd))[0], withoutBreaks(first), line);
    }
  });
});

Deno.test({
  name: `completions, fish: what may stand behind commands, profiles, files${skipped("fish")}`,
  ignore: !shells.get("fish"),
  async fn() {
    const script = `${completionScript("fish", registry)}
function wirecat; printf '%s\\n' staging echo; end
${LINES.map(([line]) => `complete -C '${line}' | head -n 1`).join("\n")}`;
    await besideFile(async (cwd) => {
      const { stdout } = await runCommand("fish", ["--no-config", "-c", script], { cwd });
      assertEquals(
        stdout.trim().split("\n").map((line) => line.split("\t")[0]),
        LINES.map(([, first]) => first),
      );
    });
  },
});

/** Types lines into an interactive zsh, and prints what it adds to each: the first, or nothing. */
const ZSH = `
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PROMPT=; unsetopt beep; autoload -Uz compinit; compinit -D -u; source ./script; OUT=$PWD/out"
zpty -w z '${PROFILES}'
zpty -w z 'compadd() {
  [[ " \${@[1,(i)(-|--)]} " == *\\ -(O|A|D)\\ * ]] && { builtin compadd "$@"; return; }
  local -a hits; builtin compadd -A hits "$@"; print -rl -- $hits >>$OUT; builtin compadd "$@"
}'
zpty -w z 'all() { zle complete; print END >>$OUT; BUFFER= }; zle -N all
zle -C complete list-choices _main_complete; bindkey "^I" all; print END >>$OUT'
until [[ -e out && $(<out) == END ]]; do sleep 0.02; done
for line; do
  rm out
  zpty -w -n z "$line"$'\t'
  until [[ -e out && $(<out) == *END ]]; do sleep 0.02; done
  print -r -- \${\${(f)"$(<out)"}[1]}
done
zpty -d z
`;

Deno.test({
  name: `completions, zsh: what may stand behind commands, profiles, files${skipped("zsh")}`,
  ignore: !shells.get("zsh"),
  async fn() {
    await besideFile(async (cwd) => {
      await Deno.writeTextFile(`${cwd}/script`, completionScript("zsh", registry));
      const words = ["-f", "-c", ZSH, "zsh", ...LINES.map(([line]) => line)];
      const { stdout } = await runCommand("timeout", ["80", "zsh", ...words], { cwd });
      assertEquals(
        stdout.trim().split("\n"),
        LINES.map(([, first]) => withoutBreaks(first).replace("@", "")),
      );
    });
  },
});

bashTest("commands as the first word only", async () => {
  assertEquals(await completed("wirecat compl"), ["completions"]);
  assertEquals(await completed("wirecat - compl"), [""]);
});

Deno.test("completions: another shell is refused with the list of those that are known", () => {
  assertThrows(() => shellOf("tcsh"), Error, "'tcsh'");
});

/** What stands on the line of an interactive bash in tmux after each of these is typed, and Tab. */
async function typedIntoBash(lines: readonly string[], cwd: string): Promise<string[]> {
  const socket = `wirecat-test-${crypto.randomUUID()}`;
  const tmux = async (...words: string[]) => {
    const run = await runCommand("tmux", ["-L", socket, "-f", "/dev/null", ...words]);
    if (run.code !== 0) throw new Error(`tmux ${words[0]}: ${run.stderr}`);
    return run.stdout;
  };
  const file = `${cwd}/.bash`;
  await Deno.writeTextFile(file, `PS1='$ '\n${completionScript("bash", registry)}`);
  const bash = `env -i PATH="$PATH" TERM=screen INPUTRC=/dev/null bash --rcfile '${file}' -i`;
  const size = ["-x", "120", "-y", "10"];
  await tmux("new-session", "-d", ...size, "-s", "t", "-c", cwd, bash);
  const shows = async (pattern: RegExp) => {
    for (let tries = 0; tries < 3000; tries++) {
      const line = (await tmux("capture-pane", "-p", "-t", "t")).trim().split("\n").at(-1)!;
      if (pattern.test(line)) return line;
    }
    throw new Error(`no ${pattern}: ${await tmux("capture-pane", "-p", "-t", "t")}`);
  };
  try {
    await shows(/^\$$/);
    const found: string[] = [];
    for (const line of lines) {
      // Behind what is completed a bar is typed, so that it is known when that is done.
      await tmux("send-keys", "-t", "t", "-l", `${line}\t|`);
      found.push((await shows(/\|$/)).replace(/^\$ /, ""));
      await tmux("send-keys", "-t", "t", "C-u", "C-l");
      await shows(/^\$$/);
    }
    return found;
  } finally {
    await tmux("kill-server").catch(() => {});
  }
}

testWith(["tmux", "bash"], "completions, bash: on a terminal, names that need quotes", async () => {
  // Before bash 4 a script can leave no quoting to readline.
  if ((await runCommand("bash", ["-c", "type compopt"])).code !== 0) return;
  await besideFile(async (cwd) => {
    await Deno.mkdir(`${cwd}/some folder`);
    await Deno.writeTextFile(`${cwd}/some folder/it's.pem`, "");
    const lines: readonly [line: string, completed: string][] = [
      ["wirecat --cert so", "wirecat --cert some\\ folder/|"],
      ["wirecat --cert some\\ folder/i", "wirecat --cert some\\ folder/it\\'s.pem |"],
      ["wirecat readfile:so", "wirecat readfile:some\\ folder/|"],
      ["wirecat --cert=so", "wirecat --cert=some\\ folder/|"],
      ['wirecat --cert "some folder/i', 'wirecat --cert "some folder/it\'s.pem" |'],
      ["wirecat run on", "wirecat run one.conv |"],
      ["A=1 wirecat - log:mirr", "A=1 wirecat - log:mirror:|"],
      ["wirecat websockify --run", "wirecat websockify --run-once |"],
    ];
    const typed = lines.map(([line]) => line);
    assertEquals(await typedIntoBash(typed, cwd), lines.map(([, completed]) => completed));
  });
});
