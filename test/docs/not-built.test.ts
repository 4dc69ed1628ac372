/** What the README says is not built yet: the same as the programs' own list, and each name is refused by a sentence that says so. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { notBuilt } from "../../src/base/not-built.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";
import { run as meshHub } from "../kit/hub-terminal.ts";
import { machine } from "../kit/meshman-terminal.ts";
import { nodeWords } from "../kit/node-words.ts";

/** Rows of the README's table: names and the second cell. */
function tableOf(markdown: string): { readonly names: readonly string[]; readonly instead: string }[] {
  const section = markdown.split(/^## Not built yet$/m)[1]?.split(/^## /m)[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  return rows.map((row) => {
    const [names = "", instead = ""] = row.slice(1).split("|");
    return { names: [...names.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name), instead: instead.trim() };
  });
}

interface Refusal {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const serviceProgram = nodeWords(packagePath("src/app/mesh-service.ts"));

const programs: Readonly<Record<string, (words: readonly string[]) => Promise<Refusal>>> = {
  meshman: (words) => machine(tempDirectory(), "http://127.0.0.1:1").run(words),
  "mesh-hub": (words) => meshHub(tempDirectory(), words),
  "mesh-service": async (words) => spawnSync(process.execPath, [...serviceProgram, ...words], { encoding: "utf8", timeout: 60_000 }),
};

async function call(name: string, ...more: string[]): Promise<Refusal> {
  const [program = "", ...words] = name.split(" ");
  const run = programs[program];
  assert.ok(run, `${name}: there is no such program`);
  return run!([...words, ...more]);
}

describe("what is not built yet", (it) => {
  const table = tableOf(readFileSync(packagePath("README.md"), "utf8"));

  it("is the same in the README and in the programs", () => {
    assert.equal(
      table,
      notBuilt.map(({ names, instead }) => ({ names, instead })),
    );
  });

  for (const { names, instead } of table) {
    it(
      `${names[0]}: is refused with what to do instead`,
      async () => {
        for (const name of names) {
          const isValue = name.includes(" --set ");
          const { status, stdout, stderr } = await call(name);
          assert.is(status, isValue ? 78 : 2, `${name}: ${stdout}${stderr}`);
          assert.is(stdout, "", name);
          assert.match(stderr, /^error: .* is not built yet.*\nhint: .+\n$/, name);
          assert.ok(stderr.includes(instead), `${name}: ${stderr}`);
          const json = await call(name, "--json");
          assert.is(json.status, status, name);
          const { success, error } = JSON.parse(json.stdout);
          assert.equal([success, error.code], [false, isValue ? "ERR_CONFIG" : "ERR_NOT_BUILT"], name);
          assert.ok(`${error.message}\n${error.hint}`.includes(instead), name);
        }
      },
      { timeoutMs: 240_000 },
    );
  }

  it("is known among options and arguments, and never taken for what is there", async () => {
    for (const words of ["--dir x mail create g@example.com", "--verbose account export"])
      assert.match((await call(`meshman ${words}`)).stderr, / is not built yet\n/, words);
    for (const words of ["account creat", "--dir group account nosuch", "device list group"])
      assert.not.match((await call(`meshman ${words}`)).stderr, / is not built yet\n/, words);
  });
});
