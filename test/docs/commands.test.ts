/** Commands that hints, pages and units name, in quotes or backticks, are there with the options they are named with, or in the list of what is not built. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { notBuilt } from "../../src/base/not-built.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";
import { run as meshHub } from "../kit/hub-terminal.ts";
import { machine } from "../kit/meshman-terminal.ts";
import { nodeWords } from "../kit/node-words.ts";

interface Mention {
  readonly file: string;
  readonly program: string;
  readonly words: readonly string[];
}

const unbuilt = notBuilt.flatMap(({ names }) => names);

function filesOf(folder: string, ending: RegExp): string[] {
  return readdirSync(packagePath(folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** What stands in '…' or `…` and begins with a program's name. */
function mentionsOf(path: string): Mention[] {
  const text = readFileSync(path, "utf8");
  return [...text.matchAll(/['`](?:sudo )?(meshman|mesh-hub|mesh-service) ([^'`\n]+)['`]/g)].map(([, program = "", rest = ""]) => ({
    file: relative(packagePath(), path),
    program,
    words: rest.split(/\s+/),
  }));
}

const programs: Readonly<Record<string, (words: readonly string[]) => Promise<string>>> = {
  meshman: async (words) => (await machine(tempDirectory(), "http://127.0.0.1:1").run(words)).stdout,
  "mesh-hub": async (words) => (await meshHub(tempDirectory(), words, { actions: { demo: async () => 0 } })).stdout,
  "mesh-service": async (words) =>
    spawnSync(process.execPath, [...nodeWords(packagePath("src/app/mesh-service.ts")), ...words], { encoding: "utf8" }).stdout,
};

/** Help of a command, asked for once. */
const helps = new Map<string, Promise<string>>();
function help(program: string, words: readonly string[]): Promise<string> {
  const key = [program, ...words].join(" ");
  const known = helps.get(key) ?? programs[program]!([...words, "--help"]);
  helps.set(key, known);
  return known;
}

const commandsOf = (text: string): string[] => [...(text.split(/^Commands:$/m)[1] ?? "").matchAll(/^ {2}([a-z-]+)/gm)].map(([, name = ""]) => name);
const optionsOf = (text: string): string[] => [...text.matchAll(/--[a-z][a-z-]*/g)].map(([option]) => option);

/** What is wrong with a mention. Words after the command's name are the reader's own; options are those of the program. */
async function fault({ file, program, words }: Mention): Promise<string | undefined> {
  const path: string[] = [];
  for (const word of words) {
    const commands = commandsOf(await help(program, path));
    if (commands.length === 0 || !/^[a-z][a-z-]*$/.test(word)) break;
    if (!commands.includes(word)) return `${[program, ...path].join(" ")} has no command ${word}`;
    path.push(word);
    // Its words are meshman's.
    if (program === "mesh-hub" && word === "owner") return fault({ file, program: "meshman", words: words.slice(1) });
    if (program === "mesh-service") break;
  }
  const known = new Set([...optionsOf(await help(program, path)), ...optionsOf(await help(program, [])), "--version", "--help"]);
  const unknown = words.filter((word) => /^--[a-z]/.test(word)).find((word) => !known.has(word.replace(/=.*/, "").replace(/[^a-z-]+$/, "")));
  return unknown === undefined ? undefined : `${[program, ...path].join(" ")} has no option ${unknown}`;
}

describe("commands that are named", (it) => {
  it(
    "are there",
    async () => {
      const files = [
        packagePath("README.md"),
        packagePath("SECURITY.md"),
        ...filesOf("docs", /\.md$/),
        ...filesOf("src", /\.ts$/),
        ...filesOf("firmware-stubs", /\.md$/),
        ...filesOf("systemd", /./),
      ].filter((path) => !path.endsWith("not-built.ts"));
      const faults: string[] = [];
      for (const mention of files.flatMap(mentionsOf)) {
        const line = [mention.program, ...mention.words, ""].join(" ");
        if (unbuilt.some((name) => line.startsWith(`${name} `))) continue;
        const found = await fault(mention);
        if (found !== undefined) faults.push(`${mention.file}: ${found}`);
      }
      assert.equal(faults, []);
    },
    { timeoutMs: 240_000 },
  );
});
