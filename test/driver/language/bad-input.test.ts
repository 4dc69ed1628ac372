/** What is no sentence: too long, markup, other languages and scripts, noise. The answer is clear and bounded, and nothing is ever done. */
import fc from "fast-check";
import { interpret, languageTags } from "../../../src/driver/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import type { House } from "./table.ts";
import { houseOf } from "./table.ts";

const house = houseOf("en");
const { index, context } = house;
const others = languageTags()
  .filter((tag) => tag !== "en")
  .map(houseOf);
const carriesOut = ["command", "timed", "rule"];

/** In every language nothing is done of it, and in each there is an answer. */
function answerOfAll(sentence: string): void {
  answer(sentence);
  for (const house of others) answer(sentence, house);
}

function answer(sentence: string, { index, context }: Pick<House, "index" | "context"> = house): string {
  const meant = interpret(sentence, index, context);
  assert.not.ok(carriesOut.includes(meant.kind), `${sentence.slice(0, 60)} is ${JSON.stringify(meant).slice(0, 200)}`);
  assert.ok(meant.kind === "unknown" || meant.kind === "question", meant.kind);
  const text = "text" in meant ? meant.text : "";
  assert.ok(text.length > 0 && text.length < 600, text.slice(0, 80));
  return text;
}

describe("driver: what is no sentence", (it) => {
  it("of 10 000 words, of which the first are an order", () => {
    assert.match(answer("turn on the kitchen light ".repeat(2000)), /at most 256 characters/);
    assert.match(answer(`turn on the kitchen light${" ".repeat(10_000)}please`), /at most 256 characters/);
    assert.match(answer("a ".repeat(120)), /at most 40 words/);
    assert.match(answer("and except ".repeat(10_000)), /at most 256 characters/);
  });

  it("markup, code, addresses and templates", () => {
    for (const text of [
      "<script>alert('turn on')</script>",
      "<b>kitchen</b> <i>light</i> is <u>great</u>",
      '{"command":"Set","device":"kitchen light"}',
      "'; DROP TABLE devices; --",
      "{target} {property} {value}",
      "{{ states('light.kitchen') }}",
      "https://example.com/?turn=on",
      "$(reboot) `reboot` ; reboot",
      "../../etc/passwd",
      "%s%s%s%n",
      "__proto__",
      "constructor prototype toString",
      "set the __proto__ to on",
    ])
      answerOfAll(text);
  });

  it("other languages and scripts", () => {
    for (const text of [
      "allume la lumière de la cuisine",
      "enciende la luz de la cocina",
      "включи свет на кухне",
      "打开厨房的灯",
      "キッチンの電気をつけて",
      "أشعل ضوء المطبخ",
      "הדלק את האור במטבח",
      "रसोई की बत्ती जलाओ",
      "schalte das Licht in der Küche ein",
      "🔥🔥🔥 💡 👉 🏠",
      "\u202Eturn no eht nehctik thgil",
      "t\u0336u\u0336r\u0336n\u0336 \u0336k\u0336i\u0336",
    ])
      answer(text);
  });

  it("nothing, blanks, controls, numbers, and one word again and again", () => {
    for (const text of [
      "",
      "   ",
      "\u0000\u0007\u001B[31m",
      "0",
      "-1",
      "1e308",
      "9".repeat(200),
      "and and and and",
      "the the the",
      "when when when",
      "for for for",
    ])
      answerOfAll(text);
  });

  it("talk of any words before and behind an order: it is asked back at most, and soon", () => {
    const talk =
      "i you we dad it is was late dark cold so very going to bed when if not never no maybe said because now please then and or but at seven for a while turn set the light".split(
        " ",
      );
    const words = fc.array(fc.constantFrom(...talk), { minLength: 1, maxLength: 16 });
    fc.assert(
      fc.property(words, words, fc.constantFrom("unlock the front door", "open the big gate", "start the oven"), (before, behind, order) => {
        const said = [...before, "xyzzy", order, "xyzzy", ...behind].join(" ");
        const meant = interpret(said, index, context);
        assert.ok(meant.kind === "question" || meant.kind === "unknown", `${said}: ${meant.kind}`);
        if (meant.kind === "question" && meant.sentence !== undefined)
          assert.is(JSON.stringify(interpret(meant.sentence, index, context)), JSON.stringify(interpret(order, index, context)), said);
      }),
      { numRuns: 200 },
    );
    // Each word may begin an order, and each may end one.
    const most = "turn on off set dim open the kitchen light ".repeat(4).trim();
    const start = process.cpuUsage();
    for (let round = 0; round < 20; round++) answer(`${most} xyzzy`);
    const { user } = process.cpuUsage(start);
    assert.ok(user / 20 < 50_000, `${user / 20} µs each`);
  });

  it("words in which every part may be put in other words, and in others again", () => {
    for (const row of [
      "loads darker darker darker please will darker will loads will darker darker darker please loads darker loads please will darker" +
        " darker will please please please loads loads loads please please will darker darker loads please loads darker loads",
      "ready run kitchen go and decrease somebody right kitchen left shutting heat colder at seven at seven set considerably down" +
        " enable want will more every see and reduce every big heater fraction switching kind switched fix and rung at seven",
    ]) {
      const costs = [1, 2, 3, 4].map(() => {
        const start = process.cpuUsage();
        answer(row);
        return process.cpuUsage(start).user;
      });
      assert.ok(Math.min(...costs) < 30_000, `${Math.min(...costs)} µs`);
    }
  });

  it("days at the beginning, and as many words for a time of the day as there may be", () => {
    const costOf = (sentence: string): number =>
      Math.min(
        ...[1, 2, 3].map(() => {
          const start = process.cpuUsage();
          answer(sentence);
          return process.cpuUsage(start).user;
        }),
      );
    const clocks = "at ".repeat(36).trim();
    const alone = costOf(`lamp ${clocks}`);
    const apart = costOf(`every monday ${clocks}`);
    assert.ok(apart < 10 * alone + 5000, `${apart} µs, and ${alone} µs without the days`);
  });

  it("words of the house in any order never throw, and are answered", () => {
    const words =
      "turn on off the kitchen light lights all except and or if when is open for ten minutes after sunset between 10 pm 6 it there not set to 40 percent door start movie night".split(
        " ",
      );
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 40 }), (list) => {
        const meant = interpret(list.join(" "), index, context);
        assert.ok(meant.kind.length > 0);
      }),
      { numRuns: 300 },
    );
  });
});
