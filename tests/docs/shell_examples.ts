/**
 * The `sh` blocks of a page of the documentation, as tests: those with `# =>` lines are run and have
 * to print just that, the commands of those without have to be understood.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { inCheckout, programWords, runCommand } from "../checkout.ts";

/** One block. */
export interface Block {
  /** The number of the line that it begins on. */
  readonly line: number;
  /** Its lines. */
  readonly lines: readonly string[];
}

/** The blocks of a language in a page. */
export function blocksOf(page: string, language: string): Block[] {
  const text = Deno.readTextFileSync(inCheckout(page));
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map((
    match,
  ) => ({
    line: text.slice(0, match.index).split("\n").length + 1,
    lines: match[1].trimEnd().split("\n"),
  }));
}

const OUTPUT = /^# => ?/;

/** `wirecat` as a shell function, and `serve` for one that is to listen before anything else runs. */
const PROGRAM = [Deno.execPath(), ...programWords()].map((word) => `'${word}'`).join(" ");
const FUNCTIONS = `
wirecat() { ${PROGRAM} "$@"; }
serve() {
  local announced
  exec {announced}< <(exec ${PROGRAM} --stdout-announce-listening-ports "$@" </dev/null)
  servers+=" $!"
  read -u $announced -r
}
servers=
trap '[[ -z $servers ]] || kill $servers' EXIT
`;

/** Free ports instead of those in the text: other programs may have them. */
export function withFreePorts(script: string): string {
  const listeners: Deno.Listener[] = [];
  const free = new Map<string, number>();
  const text = script.replace(/(?<=[: ])\d{4,5}\b/g, (port) => {
    if (!free.has(port)) {
      const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      listeners.push(listener);
      free.set(port, listener.addr.port);
    }
    return String(free.get(port));
  });
  for (const listener of listeners) listener.close();
  return text;
}

function scriptOf(lines: readonly string[]): string {
  const commands = lines.filter((line) => !OUTPUT.test(line)).map((line) => {
    const server = /^wirecat (.*?) &( *#.*)?$/.exec(line);
    return server !== null && /[ -]l:|-listen:|-s /.test(server[1]) ? `serve ${server[1]}` : line;
  });
  return FUNCTIONS + commands.join("\n");
}

/** In a folder of its own, with a file to serve. */
async function inFolder<T>(use: (cwd: string) => Promise<T>): Promise<T> {
  const cwd = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${cwd}/index.html`, "");
    return await use(cwd);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

/** Registers the tests of a page. */
export function testShellExamples(page: string): void {
  const blocks = blocksOf(page, "sh");
  for (const { line, lines } of blocks.filter(({ lines }) => lines.some((l) => OUTPUT.test(l)))) {
    Deno.test(`${page}, line ${line}: ${lines[0]}`, async () => {
      const here = withFreePorts(lines.join("\n")).split("\n");
      const expected = here.filter((l) => OUTPUT.test(l)).map((l) => l.replace(OUTPUT, "") + "\n");
      await inFolder(async (cwd) => {
        const { stdout, stderr } = await runCommand("timeout", ["30", "bash", "-c", scriptOf(here)], { cwd });
        assertEquals(stdout, expected.join(""), stderr);
      });
    });
  }
  const commands = blocks.filter(({ lines }) => !lines.some((line) => OUTPUT.test(line)))
    .flatMap(({ lines }) =>
      lines.filter((line) =>
        /^wirecat (?!(websockify|run|probe|curl|config|man|help|completions)\b)/.test(line)
      )
    );
  if (commands.length === 0) return;
  Deno.test(`${page}: commands without output are understood`, async () => {
    const dumps = commands.map((command) =>
      `${command.replace(/ &( *#.*)?$/, "").replace("wirecat", "wirecat --dump-spec")} || exit`
    );
    await inFolder(async (cwd) => {
      const script = FUNCTIONS + dumps.join("\n");
      const { code, stderr } = await runCommand("bash", ["-c", script], { cwd });
      assertEquals([code, stderr], [0, ""]);
    });
  });
}
