/** The pages that say where things are: every path they name is there, every room is named, and the layers are those that are enforced. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { packagePath } from "../../src/base/package-root.ts";
import { rows } from "../harness/layers.ts";
import { assert, describe } from "../harness/suite.ts";

const pageLines = 140;
/** Of a file of code: whoever needs more has two things in one place. */
const codeLines = 350;

const page = (name: string): string => readFileSync(packagePath("docs", name), "utf8");

/** Names in backticks that are paths of the repository; `<…>` stands for any name. */
function pathsOf(markdown: string): string[] {
  const names = [...markdown.matchAll(/`((?:src|test|bench|drivers|firmware-stubs|systemd)\/[^`\s]*)`/g)].map(([, name = ""]) => name);
  return [...new Set(names.map((name) => name.replace(/\/<.*/, "")))];
}

function foldersOf(path: string): string[] {
  return readdirSync(packagePath(path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

describe("the pages about the house", (it) => {
  for (const name of ["architecture.md", "glossary.md", "drivers.md", "design.md", "threat-model.md"]) {
    it(`${name}: paths lead somewhere`, () => {
      for (const path of pathsOf(page(name))) assert.ok(existsSync(packagePath(path)), `${name} names ${path}`);
    });
  }

  it("architecture.md names every room, and every folder of a room", () => {
    const text = page("architecture.md");
    const table = new Map(text.split("\n").map((line) => [/^\| `([a-z/-]+)` \| /.exec(line)?.[1] ?? "", line]));
    for (const room of [...foldersOf("src").map((name) => `src/${name}`), "firmware-stubs/virtual"]) {
      const row = table.get(room);
      assert.ok(row, `${room} has no row`);
      for (const folder of foldersOf(room)) assert.match(row!, new RegExp(`\`${folder}/?\``), `${room}/${folder} is not named`);
    }
  });

  it("architecture.md draws the layers that are enforced", () => {
    const drawing = /^```\n(.*?)^```$/ms.exec(page("architecture.md"))?.[1] ?? "";
    const drawn = drawing
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ {2,}/)[0]?.split(" | "));
    assert.equal(
      drawn.map((names) => names?.toSorted()),
      rows.toReversed().map((names) => names.toSorted()),
    );
  });

  it("architecture.md stays one page", () => {
    const lines = page("architecture.md").trimEnd().split("\n").length;
    assert.ok(lines <= pageLines, `${lines} lines`);
  });

  it("no file of code is longer than a person keeps in mind", () => {
    const long = ["src", "drivers", "firmware-stubs/virtual", "bench"].flatMap((room) =>
      readdirSync(packagePath(room), { recursive: true, encoding: "utf8" })
        .filter((name) => /\.tsx?$/.test(name) && !name.includes("node_modules"))
        .map((name) => ({ name: `${room}/${name}`, lines: readFileSync(packagePath(room, name), "utf8").trimEnd().split("\n").length }))
        .filter(({ lines }) => lines > codeLines),
    );
    assert.equal(long, []);
  });
});
