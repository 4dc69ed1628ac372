/** The table of onboarding failures: each case once, in words, and the same in docs/errors.md. */
import { readFileSync } from "node:fs";
import { MeshError } from "../../src/base/errors.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { errorTable, explain } from "../../src/hub/onboarding/error-table.ts";
import { steps } from "../../src/hub/onboarding/step.ts";
import { assert, describe } from "../harness/suite.ts";

describe("error table of onboarding", (it) => {
  it("has every case once, in the order of the steps, with a cause and a remedy in sentences", () => {
    const names = errorTable.map(({ step, code }) => `${step} ${code}`);
    assert.is(new Set(names).size, names.length);
    const order = errorTable.map(({ step }) => steps.indexOf(step));
    assert.equal(
      order,
      [...order].sort((a, b) => a - b),
    );
    assert.equal(new Set(order).size, steps.length);
    for (const { cause, remedy } of errorTable) for (const text of [cause, remedy]) assert.match(text, /^[A-Z].{20,}\.$/);
  });

  it("stands in docs/errors.md, row by row, and nothing else does", () => {
    const documented = readFileSync(packagePath("docs", "errors.md"), "utf8")
      .split("## Connecting a device")[1]
      ?.split("\n")
      .filter((line) => /^\| (?!step|-)/.test(line));
    assert.equal(
      documented,
      errorTable.map(({ step, code, cause, remedy }) => `| ${step} | \`${code}\` | ${cause} | ${remedy} |`),
    );
  });

  it("keeps an error's own words where it has no row", () => {
    const error = new MeshError("ERR_DISK_FULL", "no space left on the disk");
    assert.equal(explain("offer", error), { cause: error.message, remedy: error.hint });
  });
});
