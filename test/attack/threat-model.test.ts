/** docs/threat-model.md: each row names test files that exist, or says that there is none yet. */
import { existsSync, readFileSync } from "node:fs";
import { packagePath } from "../../src/base/package-root.ts";
import { assert, describe } from "../harness/suite.ts";

const page = readFileSync(packagePath("docs/threat-model.md"), "utf8");

describe("threat model", (it) => {
  it("names tests that exist", () => {
    const files = [...page.matchAll(/`(test\/[^`*]+\.test\.ts)`/g)].map(([, file = ""]) => file);
    assert.ok(files.length > 40);
    for (const file of files) assert.ok(existsSync(packagePath(file)), file);
  });

  it("has a test in every row, or says that it has none", () => {
    // The table of powers has a test for each cell: test/docs/powers.test.ts.
    const rows = page
      .replace(/<!-- powers -->.*<!-- \/powers -->/s, "")
      .split("\n")
      // The head of a table is what stands over a line of dashes.
      .filter((line, at, lines) => line.startsWith("|") && ![line, lines[at + 1] ?? ""].some((each) => /^[|\s:-]+$/.test(each) && each !== ""));
    assert.ok(rows.length > 30);
    for (const row of rows) assert.match(row.split("|").at(-2) ?? "", /`test\/|not tested yet/, row);
  });
});
