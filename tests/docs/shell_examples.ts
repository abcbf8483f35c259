/**
 * The `sh` blocks of a page of the documentation, as tests: those with `# =>` lines are run and have
 * to print just that, the commands of those without have to be understood.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { inCheckout, programWords, runCommand } from "../checkout.ts";
import { freePort } from "../free_port.ts";
import { testWith } from "../interop/programs.ts";
import { TestHttpProxy } from "../proxy/http_proxy.ts";

/** One block. */
export interface Block {
  /** The number of the line that it begins on. */
  readonly line: number;
  /** Its lines. */
  readonly lines: readonly string[];
  /** The port of the HTTP proxy that a comment before it asks for: `<!-- proxy: 3128 -->`. */
  readonly proxy?: string;
}

/** The blocks of a language in a page. */
export function blocksOf(page: string, language: string): Block[] {
  const text = Deno.readTextFileSync(inCheckout(page));
  const block = new RegExp(
    `^(?:<!-- proxy: (\\d+) -->\\n\\n)?\`\`\`${language}\\n(.*?)^\`\`\`$`,
    "gms",
  );
  return [...text.matchAll(block)].map((match) => ({
    line: text.slice(0, match.index).split("\n").length + 1,
    lines: match[2].trimEnd().split("\n"),
    proxy: match[1],
  }));
}

const OUTPUT = /^# => ?/;

/** What a command line has that listens. */
const LISTENS = /[ -]l:|-listen:|-s |--serve /;

/** What --dump-spec can look at: a command line of addresses that is not one of the commands. */
const UNDERSTOOD =
  /^wirecat (?!(websockify|run|probe|curl|config|hash-password|man|help|completions)\b).*[^\\]$/;

/** Programs that examples use and that not everybody has. */
const OTHERS = ["curl", "grep", "jq", "openssl", "sed"];

/** What runs the examples, and those of the other programs that are among these words. */
function programsIn(lines: readonly string[]): string[] {
  return [
    "bash",
    "timeout",
    ...OTHERS.filter((name) => new RegExp(`\\b${name} `).test(lines.join("\n"))),
  ];
}

/** A simple client that asks something and prints the answers. */
const ASKS =
  /^((echo|printf) [^|]*\| wirecat|wirecat(?=.* <\S+$))(?!.* (-\w*1|--json|-) ) [^|<>]*( <\S+)?$/;

/** What prints nothing, such as a server in the background. */
const SILENT = /^#|^$|^wirecat .* &( *#.*)?$|^(echo|printf) [^|]*>\S+$|^openssl |^ +-/;

/**
 * How many lines are printed, if a client that asks is all that prints. It closes when nothing has
 * come for half a second, in which the answer of a busy machine may not be there yet.
 */
function answersIn(lines: readonly string[]): number {
  const printing = lines.filter((line) => !SILENT.test(line));
  if (printing.length !== 1 || !ASKS.test(printing[0])) return 0;
  // A program that wants all of its input first gets its end as ever.
  if (lines.some((line) => /\bsort\b/.test(line))) return 0;
  return lines.filter((line) => OUTPUT.test(line)).length;
}

/**
 * `wirecat` as a shell function, and `serve` for one that is to listen before anything else runs.
 * Where `answers` are waited for, the end of the input does not come before they are there.
 */
const PROGRAM = [Deno.execPath(), ...programWords()].map((word) => `'${word}'`).join(" ");
const FUNCTIONS = `
answers=0
wirecat() {
  [[ $answers != 0 ]] || { ${PROGRAM} "$@"; return; }
  : >.answers
  { cat; while kill -0 $$ && (($(wc -l <.answers) < answers)); do sleep 0.02; done; } |
    ${PROGRAM} "$@" | tee .answers
}
serve() {
  local announced command=()
  [[ $1 != run ]] || { command=(run); shift; }
  set -- "\${command[@]}" --stdout-announce-listening-ports "$@"
  exec {announced}< <(exec ${PROGRAM} "$@" </dev/null)
  servers+=" $!"
  read -u $announced -r
}
servers=
trap '[[ -z $servers ]] || kill $servers' EXIT
`;

/** The lines that stand in blocks made by indenting. */
function indentedLines(page: string): string[] {
  const text = Deno.readTextFileSync(inCheckout(page));
  return [...text.matchAll(/^ {4}(\S.*)$/gm)].map(([, line]) => line);
}

/** Free ports instead of those in the text, which are 5000 or more: other programs may have them. */
export function withFreePorts(script: string): string {
  const free = new Map<string, number>();
  return script.replace(/(?<=[: ])([5-9]\d{3}|\d{5})\b/g, (port) => {
    if (!free.has(port)) free.set(port, freePort());
    return String(free.get(port));
  });
}

function scriptOf(lines: readonly string[]): string {
  const commands = lines.filter((line) => !OUTPUT.test(line)).map((line) => {
    const server = /^wirecat (.*?) &( *#.*)?$/.exec(line);
    return server !== null && LISTENS.test(server[1]) ? `serve ${server[1]}` : line;
  });
  return `${FUNCTIONS}answers=${answersIn(lines)}\n${commands.join("\n")}`;
}

/** Where Deno keeps modules, which examples with a home of their own are to find. */
const { stdout: info } = await runCommand(Deno.execPath(), ["info", "--json"]);
const DENO_DIR: string = JSON.parse(info).denoDir;

/** In a home folder of its own, with a file to serve. */
async function inFolder<T>(
  use: (place: { cwd: string; env: Record<string, string> }) => Promise<T>,
): Promise<T> {
  const cwd = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${cwd}/index.html`, "");
    const config = `${cwd}/.config`;
    return await use({ cwd, env: { HOME: cwd, XDG_CONFIG_HOME: config, DENO_DIR } });
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

/** Registers the tests of a page. */
export function testShellExamples(page: string): void {
  const blocks = blocksOf(page, "sh");
  const shown = blocks.filter(({ lines }) => lines.some((line) => OUTPUT.test(line)));
  for (const { line, lines, proxy } of shown) {
    testWith(programsIn(lines), `${page}, line ${line}: ${lines[0]}`, async () => {
      await using standIn = proxy === undefined ? undefined : new TestHttpProxy();
      const text = withFreePorts(lines.join("\n"));
      const here = (standIn ? text.replaceAll(proxy!, `${standIn.port}`) : text).split("\n");
      const expected = here.filter((l) => OUTPUT.test(l)).map((l) => l.replace(OUTPUT, "") + "\n");
      await inFolder(async (place) => {
        const words = ["80", "bash", "-c", scriptOf(here)];
        const { stdout, stderr } = await runCommand("timeout", words, place);
        // The pages leave out milliseconds; on a busy machine it takes seconds.
        assertEquals(stdout.replace(/, \d+\.\d+ s$/gm, ", TIME"), expected.join(""), stderr);
      });
    });
  }
  const unshown = blocks.filter((block) => !shown.includes(block)).flatMap(({ lines }) => lines);
  const commands = [...unshown, ...indentedLines(page)].filter((line) => UNDERSTOOD.test(line));
  if (commands.length === 0) return;
  testWith(["bash"], `${page}: commands without output are understood`, async () => {
    const dumps = commands.map((command) =>
      `${command.replace(/ &( *#.*)?$/, "").replace("wirecat", "wirecat --dump-spec")} || exit`
    );
    await inFolder(async (place) => {
      const script = FUNCTIONS + dumps.join("\n");
      const { code, stderr } = await runCommand("bash", ["-c", script], place);
      assertEquals([code, stderr], [0, ""]);
    });
  });
}
