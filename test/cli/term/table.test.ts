import { createOutput } from "../../../src/cli/term/output.ts";
import { printTable } from "../../../src/cli/term/table.ts";
import { assert, describe } from "../../harness/suite.ts";

function printed(columns: number, rows: readonly (readonly string[])[]): readonly string[] {
  let text = "";
  const stdout = { write: (part: string) => (text += part), isTTY: true, columns };
  printTable(createOutput({ stdout, stderr: stdout }, { json: false }), ["name", "state", "udf"], rows);
  return text.trimEnd().split("\n");
}

const udf = "MDZE-A5YC-RRNX-SXRP-T7U3-3G5T-7ZUW";

describe("table", (it) => {
  it("cuts what is long, and never a fingerprint: it is there to be copied", () => {
    const lines = printed(50, [["the lamp that hangs over the kitchen table", "on, brightness 40 %", udf]]);
    assert.is(lines.length, 2);
    assert.ok(lines[1]?.endsWith(`  ${udf}`), lines[1]);
    assert.match(lines[1] ?? "", /^the lam…/);
  });

  it("fits a row that can be made to fit", () => {
    const lines = printed(60, [["the lamp that hangs over the kitchen table", "on", udf]]);
    assert.ok(lines.every((line) => line.length <= 60));
    assert.match(lines[1] ?? "", new RegExp(`${udf}$`));
  });
});
