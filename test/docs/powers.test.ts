/** The table of powers in docs/threat-model.md is the one that test/attack/powers tries, row by row. */
import { readFileSync } from "node:fs";
import { packagePath } from "../../src/base/package-root.ts";
import { rows } from "../attack/powers/table.ts";
import { assert, describe } from "../harness/suite.ts";

describe("docs: who may do what", (it) => {
  it("shows the table that is tried", () => {
    const page = readFileSync(packagePath("docs/threat-model.md"), "utf8");
    const [, shown = ""] = /<!-- powers -->\n(.*)<!-- \/powers -->/s.exec(page) ?? [];
    assert.equal(shown.trim().split("\n"), rows());
  });
});
