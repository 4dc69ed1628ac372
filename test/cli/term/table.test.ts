import stringWidth from "string-width";
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

  it("aligns what is wide, combined or several signs in one", () => {
    const names = ["台所の灯", "cafe\u0301 lamp", "👨‍👩‍👧 room", "❤️ lamp", "1️⃣ lamp", "한글 등", "ｱｲｳ", "plain"];
    const columns = printed(
      200,
      names.map((name) => [name, "on", udf]),
    ).map((line) => stringWidth(line.slice(0, line.search(/\bon\b|STATE/))));
    assert.is(new Set(columns).size, 1, columns.join(" "));
  });

  it("cuts between signs, never inside one", () => {
    const [, line = ""] = printed(53, [["👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧 family room", "on", udf]]);
    assert.match(line, /^(?:👨‍👩‍👧)+…/u);
    assert.is(stringWidth(line), 53);
  });
});
