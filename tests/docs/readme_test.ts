/**
 * The README holds: its `sh` blocks with `# =>` lines are run and print just that, those
 * without are read by the program, and its tasks and tables are those of the code.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { exitStatuses } from "../../lib/cli/help.ts";
import { inCheckout, programWords, runCommand } from "../checkout.ts";

const readme = Deno.readTextFileSync(inCheckout("README.md"));
const tasks: Record<string, unknown> =
  JSON.parse(Deno.readTextFileSync(inCheckout("deno.json"))).tasks;

/** The shell blocks, with the number of the line that each begins on. */
const blocks = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map((match) => ({
  line: readme.slice(0, match.index).split("\n").length + 1,
  lines: match[1].trimEnd().split("\n"),
}));

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
function withFreePorts(script: string): string {
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

for (const { line, lines } of blocks.filter(({ lines }) => lines.some((l) => OUTPUT.test(l)))) {
  Deno.test(`README, line ${line}: ${lines[0]}`, async () => {
    const here = withFreePorts(lines.join("\n")).split("\n");
    const expected = here.filter((l) => OUTPUT.test(l)).map((l) => l.replace(OUTPUT, "") + "\n");
    const { stdout, stderr } = await runCommand("bash", ["-c", scriptOf(here)]);
    assertEquals(stdout, expected.join(""), stderr);
  });
}

Deno.test("README: commands without output are understood", async () => {
  const commands = blocks.filter(({ lines }) => !lines.some((line) => OUTPUT.test(line)))
    .flatMap(({ lines }) => lines.filter((line) => line.startsWith("wirecat ")));
  assert(commands.length > 5);
  const dumps = commands.map((command) =>
    `${command.replace(/ &( *#.*)?$/, "").replace("wirecat", "wirecat --dump-spec")} || exit`
  );
  const cwd = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${cwd}/index.html`, "");
    const script = FUNCTIONS + dumps.join("\n");
    const { code, stderr } = await runCommand("bash", ["-c", script], { cwd });
    assertEquals([code, stderr], [0, ""]);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

Deno.test("README: the tasks that it names exist", () => {
  const named = [...readme.matchAll(/\btask (\w+)/g)].map((match) => match[1]);
  assertEquals(named.filter((name) => !(name in tasks)), []);
});

Deno.test("README: the table of exit statuses is that of the code", () => {
  const table = readme.slice(readme.indexOf("| exit status |")).split("\n\n")[0].split("\n");
  const rows = table.slice(2).map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
  assertEquals(rows, exitStatuses());
});

Deno.test("README: the files that it links to exist", () => {
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => match[1]);
  for (const path of links) assert(Deno.statSync(inCheckout(path)).isFile, path);
});
