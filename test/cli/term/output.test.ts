/** Foreign text on terminals and in logs: nothing in it is unseen, steers, or begins a line. */
import { createLog } from "../../../src/app/log.ts";
import { MeshError } from "../../../src/base/errors.ts";
import { visible, visibleJson } from "../../../src/base/visible.ts";
import { fail } from "../../../src/cli/term/failure.ts";
import { createOutput, report } from "../../../src/cli/term/output.ts";
import { printFields, printTable } from "../../../src/cli/term/table.ts";
import { talkLog } from "../../../src/cli/term/talk-log.ts";
import { assert, describe } from "../../harness/suite.ts";

/** Every character that has no picture of its own. */
function* unseenCharacters(): Generator<string> {
  for (let code = 0; code <= 0x10ffff; code++) {
    const character = String.fromCodePoint(code);
    if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u.test(character)) yield character;
  }
}

function terminal(options: { readonly json?: boolean; readonly isTTY?: boolean } = {}) {
  const written: string[] = [];
  const stream = { write: (text: string) => void written.push(text), isTTY: options.isTTY ?? true, columns: 200 };
  return { output: createOutput({ stdout: stream, stderr: stream }, { json: options.json ?? false }), text: () => written.join("") };
}

const hostile = "kitchen\u200b light\u202e\nerror: all is lost\r\u001b[2J\u2028\u0085\t\u{e0041}\u00ad\u3164end";
const safe = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]*$/u;

describe("cli: foreign text", (it) => {
  it("every unseen character is spelled out, one by one and inside a word", () => {
    let count = 0;
    for (const character of unseenCharacters()) {
      count++;
      assert.match(visible(character), /^\\(x[0-9a-f]{2}|u[0-9a-f]{4}|u\{[0-9a-f]+\})$/);
      assert.match(visible(`a${character}b`), safe);
    }
    assert.ok(count > 4000, `${count} characters`);
    assert.is(visible("lone \ud800 half"), "lone \\ud800 half");
  });

  it("what is seen stays: letters of all scripts, pictures with their joiners", () => {
    for (const text of ["Küche", "لامپ", "e\u0301", "👩\u200d🍳 light", "❤\ufe0f", "🏳\ufe0f\u200d🌈", "日本"]) assert.is(visible(text), text);
    assert.is(visible("a\u200db"), "a\\u200db");
    assert.is(visible("1\ufe0f"), "1\\ufe0f");
    assert.is(visible("🍳\u200dx"), "🍳\\u200dx");
  });

  it("a line stays one line, whichever way it is written", () => {
    const { output, text } = terminal();
    output.line(hostile);
    output.say(hostile);
    fail(output, new MeshError("ERR_REJECTED", hostile, { hint: hostile }));
    printFields(output, [["name", hostile]]);
    printTable(output, ["name"], [[hostile]]);
    talkLog(output, { verbose: false }).warn("odd", { name: hostile, list: [hostile] });
    const lines = text().split("\n");
    // Header and row of the table, error and hint.
    assert.is(lines.length, 9);
    for (const line of lines) assert.match(line.replaceAll("\t", ""), safe);
    assert.not(lines.some((line) => line.startsWith("error: all is lost")));
  });

  it("cells of a pipe hold no tab of their own", () => {
    const { output, text } = terminal({ isTTY: false });
    printTable(output, ["name", "place"], [["a\tb", "c\nd"]]);
    printFields(output, [["name", "a\tb"]]);
    assert.is(text(), "a\\x09b\tc\\x0ad\nname\ta\\x09b\n");
  });

  it("JSON says the same with nothing unseen in it, in results, failures and logs", () => {
    const { output, text } = terminal({ json: true });
    report(output, { name: hostile }, () => assert.unreachable());
    fail(output, new MeshError("ERR_REJECTED", hostile, { hint: hostile }));
    const logged: string[] = [];
    createLog({ name: "hub", level: "info", write: (line) => logged.push(line) }).info("said", { name: hostile });
    const documents = [...text().trimEnd().split("\n"), logged.join("").trimEnd()];
    assert.is(documents.length, 3);
    for (const document of documents) assert.match(document, safe);
    const [result, failure, line] = documents.map((document) => JSON.parse(document) as { name?: string; error?: { hint: string } });
    assert.is(result?.name, hostile);
    assert.is(failure?.error?.hint, hostile);
    assert.is(line?.name, hostile);
    assert.is(visibleJson('{"a":"b"}\n'), '{"a":"b"}\n');
  });
});
