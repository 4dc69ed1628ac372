/** The tables of sentences: what each means, that what must be refused is, and that nothing denied or asked becomes an order. */
import { readdirSync, readFileSync } from "node:fs";
import { packagePath } from "../../../src/base/package-root.ts";
import { languageTags, loadLanguage } from "../../../src/driver/index.ts";
import { fold } from "../../../src/driver/language/text.ts";
import { assert, describe } from "../../harness/suite.ts";
import type { Row } from "./table.ts";
import { houseOf, isOrder, readingOf, rowsOf } from "./table.ts";

for (const language of languageTags()) {
  describe(`driver: sentences (${language})`, (it) => {
    const rows = rowsOf(language);
    const house = houseOf(language);

    it("each means what the table says", () => {
      const wrong = rows.flatMap((row) => {
        const reading = readingOf(row, house);
        const isRight = row.reading === "refused" ? reading.startsWith("refused: ") : reading === row.reading;
        return isRight ? [] : [`${row.line}: "${row.said.join(" >> ")}" is ${reading}, not ${row.reading}`];
      });
      assert.is(wrong.length, 0, `\n${wrong.join("\n")}`);
    });

    it("500 sentences have a reading, 100 are refused or asked back, and none stands there twice", () => {
      const keys = rows.map(({ said, place }) => `${place ?? ""}@${said.join(">>").toLowerCase()}`);
      const twice = keys.filter((key, at) => keys.indexOf(key) !== at);
      assert.equal(twice, []);
      const refused = rows.filter(({ isRefused }) => isRefused);
      assert.ok(refused.length >= 100, `${refused.length} refused`);
      assert.ok(rows.length - refused.length >= 500, `${rows.length - refused.length} with a reading`);
      assert.equal(
        refused.filter(({ reading }) => isOrder(reading)).map(({ line }) => line),
        [],
      );
    });

    it("what is asked back of a sentence is an order by itself, and the sentence is none", () => {
      const asked = rows.filter(({ reading }) => reading.startsWith("back: "));
      assert.ok(asked.length >= 10, `${asked.length} asked back`);
      for (const { reading, place, said } of asked) {
        const part = reading.replace("back: ", "");
        assert.ok(isOrder(readingOf({ said: [part], ...(place === undefined ? {} : { place }) }, house)), part);
        assert.not.ok(isOrder(readingOf({ said }, house)), said[0]);
      }
    });

    it("no order of the table is carried out, or asked back, when it is denied, asked for or told of", () => {
      const orders = rows.filter(({ reading, said }) => isOrder(reading) && said.length === 1);
      const carried = orders.flatMap((row) =>
        house.denied.flatMap((frame) => {
          const said = [frame.replace("…", row.said[0] ?? "")];
          const reading = readingOf({ ...row, said }, house);
          return isOrder(reading) || reading.startsWith("back: ") ? [`${said[0]}: ${reading}`] : [];
        }),
      );
      assert.equal(carried, []);
    });

    it("no order of the table is carried out now when a time is said with it", () => {
      const orders = rows.filter(({ reading, said }) => isOrder(reading) && said.length === 1 && !reading.includes(" | "));
      const now = orders.flatMap((row) =>
        house.timed.flatMap((frame) => {
          const said = [frame.replace("…", (row.said[0] ?? "").replace(/[.!?]$/, ""))];
          const reading = readingOf({ ...row, said }, house);
          return isOrder(reading) && !reading.includes(" | ") ? [`${said[0]}: ${reading}`] : [];
        }),
      );
      assert.equal(now, []);
    });

    it("has what the language itself gives as examples", () => {
      const known = new Set(rows.map(sayingOf));
      for (const example of loadLanguage(language).Examples) assert.ok(known.has(plain(example)), example);
    });
  });
}

function sayingOf({ said }: Row): string {
  return plain(said.at(-1) ?? "");
}

function plain(sentence: string): string {
  return fold(sentence).replace(/[.!?,]/g, "");
}

/** What README and docs give as something to say: after `say`, and in the quotes of the pages about words. */
function sentencesOf(markdown: string): string[] {
  const commands = [...markdown.matchAll(/(?:mesh-hub|device) say "([^"….]+)"/g)].map(([, sentence = ""]) => sentence);
  const quoted = [...markdown.matchAll(/[“"]((?:turn|switch|set|dim|lock|unlock|open|close|make|is|are|what|how) [^"”.:;]{8,80})["”]/g)].map(
    ([, sentence = ""]) => sentence,
  );
  return [...new Set([...commands, ...quoted].map((sentence) => sentence.replace(/\s+/g, " ")))];
}

describe("driver: sentences of README and docs", (it) => {
  const documents = ["README.md", ...readdirSync(packagePath("docs")).map((name) => `docs/${name}`)].filter((name) => name.endsWith(".md"));

  it("of README's table are in that of their language, and mean something", () => {
    const readme = readFileSync(packagePath("README.md"), "utf8");
    const section = readme.slice(readme.indexOf("### How to say it"), readme.indexOf("### Guests"));
    const lines = section.split("\n").filter((line) => line.startsWith("|"));
    for (const [language, quotes, least] of [
      ["en", /"([^"]+)"/g, 25],
      ["de", /„([^“]+)“/g, 12],
    ] as const) {
      const found = lines.flatMap((line) => [...line.matchAll(quotes)].map(([, sentence = ""]) => plain(sentence)));
      assert.ok(found.length >= least, `${found.length} in ${language}`);
      const meant = new Set(rowsOf(language).flatMap((row) => (row.isRefused ? [] : [sayingOf(row)])));
      assert.equal(
        found.filter((sentence) => !meant.has(sentence)),
        [],
      );
    }
    // What is asked back, or never done, stands below it, beside what is said of it in slanted letters.
    const below = section.slice(section.indexOf("An answer is")).replace(/\*[^*]*\*/g, "");
    const said = [...below.slice(0, below.indexOf("\n\n")).matchAll(/"([^"]+)"/g)].map(([, sentence = ""]) => plain(sentence.replace(/\s+/g, " ")));
    const all = new Set(rowsOf("en").map(sayingOf));
    assert.ok(said.length >= 7, `${said.length} below`);
    assert.equal(
      said.filter((sentence) => !all.has(sentence)),
      [],
    );
  });

  it("are in the table", () => {
    const known = new Set(languageTags().flatMap(rowsOf).map(sayingOf));
    const found = documents.flatMap((name) => sentencesOf(readFileSync(packagePath(name), "utf8")).map((sentence) => ({ name, sentence })));
    assert.ok(found.length >= 4, `${found.length} sentences found`);
    const missing = found.filter(({ sentence }) => !known.has(plain(sentence))).map(({ name, sentence }) => `${name}: ${sentence}`);
    assert.equal(missing, []);
  });
});
