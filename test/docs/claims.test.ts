/** What docs/threat-model.md names as the README's claims about keys is what the README says, and each has tests that are there. */
import { existsSync, readFileSync } from "node:fs";
import { packagePath } from "../../src/base/package-root.ts";
import { assert, describe } from "../harness/suite.ts";

const page = (name: string): string => readFileSync(packagePath(name), "utf8");
/** Cells of the README's tables and its paragraphs alike, without line breaks. */
const plain = (text: string): string => text.replace(/\s+/g, " ");

describe("docs: what the README says of keys", (it) => {
  const [, table = ""] = /<!-- claims -->\n(.*)<!-- \/claims -->/s.exec(page("docs/threat-model.md")) ?? [];
  const rows = table.trim().split("\n").slice(2);

  it("is in the README, word for word, and tried by tests that exist", () => {
    const readme = plain(page("README.md"));
    assert.ok(rows.length >= 18, `${rows.length} sentences`);
    for (const row of rows) {
      const [, said = "", tests = ""] = row.split("|").map((cell) => cell.trim());
      assert.ok(readme.includes(said), `the README does not say: ${said}`);
      const named = [...tests.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
      assert.ok(named.length > 0, `no test of: ${said}`);
      for (const name of named) assert.ok(existsSync(packagePath(name)), name);
    }
  });

  it("leaves nothing out that the table of who holds which key says somebody cannot do", () => {
    const [, keys = ""] = /\n## Who holds which key\n(.*?)\n## /s.exec(page("README.md")) ?? [];
    const cannot = keys
      .split("\n")
      .filter((line) => line.startsWith("| the "))
      .map((line) => (line.split("|")[3] ?? "").trim());
    assert.is(cannot.length, 4);
    for (const text of cannot)
      assert.ok(
        rows.some((row) => row.includes(text)),
        `no test is named for: ${text}`,
      );
  });
});
