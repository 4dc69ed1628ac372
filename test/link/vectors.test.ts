/** The vectors of docs/device-link.md, good and must-fail, through the classes of the product; and the page that describes them. */
import { readFileSync } from "node:fs";
import { packagePath } from "../../src/base/package-root.ts";
import { assert, describe } from "../harness/suite.ts";
import { type Fields, kinds, run } from "../vectors/device-link/run.ts";

interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly input: Fields;
  readonly expected: Fields;
}

const read = (name: string): Vector[] => {
  const path = packagePath(`test/vectors/device-link/${name}`);
  return (JSON.parse(readFileSync(path, "utf8")) as { readonly vectors: Vector[] }).vectors;
};

const good = read("good.json");
const bad = read("must-fail.json");

describe("device link vectors", (it) => {
  for (const area of new Set([...good, ...bad].map(({ id }) => id.split("/", 1)[0]))) {
    it(`${area}`, () => {
      for (const { id, kind, input, expected } of [...good, ...bad].filter((vector) => vector.id.startsWith(`${area}/`))) {
        assert.equal(run(kind, input), expected, id);
      }
    });
  }

  it("a must-fail vector gives nothing of what it carries", () => {
    for (const { id, expected } of bad) {
      const last = Array.isArray(expected.results) ? expected.results.at(-1) : expected;
      const failed = last === null || (typeof last === "object" && ("error" in last || "refused" in last || last.matches === false));
      assert.ok(failed, `${id}: ${JSON.stringify(expected)}`);
    }
  });

  it("are enough of each, with names of their own, and every kind is described", () => {
    assert.ok(good.length >= 45 && bad.length >= 60, `${good.length} good, ${bad.length} must fail`);
    const ids = [...good.map(({ id }) => id), ...bad.map(({ id }) => `bad ${id}`)];
    assert.is(new Set(ids).size, ids.length);
    const page = readFileSync(packagePath("docs/device-link.md"), "utf8").replace(/ +/g, " ");
    for (const kind of Object.keys(kinds)) {
      assert.ok(
        [...good, ...bad].some((vector) => vector.kind === kind),
        `no vector of ${kind}`,
      );
      assert.ok(page.includes(`| ${kind} |`), `${kind} is not described`);
    }
  });
});
