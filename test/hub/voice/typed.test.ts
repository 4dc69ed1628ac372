/** What is done with what was typed: a part of it that was asked back is done by "yes" in the same conversation, and by nothing else. */
import type { SayRequest, SayResult } from "../../../src/api/index.ts";
import { type Principal, socketOwner } from "../../../src/hub/command/principal.ts";
import { ReadBacks } from "../../../src/hub/voice/read-backs.ts";
import { spoken } from "../../../src/hub/voice/spoken.ts";
import { typed } from "../../../src/hub/voice/typed.ts";
import { houseOf } from "../../driver/language/table.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe } from "../../harness/suite.ts";

/** Asks back what has "cold" in it, and does everything else. */
function house() {
  const clock = new ManualClock();
  const readBacks = new ReadBacks(clock);
  const done: string[] = [];
  let { index } = houseOf("en");
  const say = async ({ text }: SayRequest, { rights }: Principal): Promise<SayResult> => {
    if (text === "never mind") return { kind: "unknown", text: "no command", suggestions: [] };
    if (text.includes("cold")) return { kind: "question", text: "did you mean?", candidates: [], sentence: "turn on the lamp" };
    done.push(rights.every(({ harmless }) => harmless === true) ? `${text} (harmless)` : text);
    return { kind: "done", text: `did ${text}`, targets: [] };
  };
  const own = {
    get index() {
      return index;
    },
    vocabulary: index.vocabulary,
  };
  const german = houseOf("de").index;
  const ask = (text: string, { conversation = "C", principal = socketOwner, book = own } = {}) =>
    typed({ text, ...(conversation === "" ? {} : { conversation }) }, principal, { readBacks, book, say });
  const type = (text: string, conversation?: string, principal?: Principal) =>
    ask(text, { conversation, principal }).then(({ kind, text: answer }) => `${kind}: ${answer}`);
  const typeGerman = (text: string) => ask(text, { book: { index: german, vocabulary: german.vocabulary } }).then(({ text: answer }) => answer);
  const hear = (text: string, isSure = true) =>
    spoken({ text, isSure, conversation: "C" }, socketOwner, { readBacks, book: own, say }).then(({ kind }) => kind);
  const rename = () => {
    ({ index } = houseOf("en"));
  };
  return { clock, done, ask, type, typeGerman, hear, rename };
}

const talk = "it is cold turn on the lamp";

describe("what is typed", (it) => {
  it("is asked back where a part of it is an order: yes does that part, once", async () => {
    const { done, type } = house();
    assert.is(await type(talk), "question: did you mean?");
    assert.equal(done, []);
    assert.is(await type("Yes."), "done: did turn on the lamp");
    assert.equal(done, ["turn on the lamp"]);
    assert.is(await type("yes"), "done: did yes", "which is a sentence then");
  });

  it("tells the words that answer a question and how long they are waited for, where somebody waits for them", async () => {
    const { ask } = house();
    const answers = async (conversation: string) => {
      const said = await ask(talk, { conversation });
      return said.kind === "question" ? said.answers : said.kind;
    };
    assert.equal(await answers("C"), { yes: "yes", no: "no", withinMs: 30_000 });
    assert.is(await answers(""), undefined, "nobody knows in which conversation it is answered");
  });

  it("tells who answers when nothing is asked that nothing is", async () => {
    const { type, clock } = house();
    assert.is(await type("never mind"), "unknown: nothing was asked that yes or no would answer");
    await type(talk);
    clock.advance(30_001);
    assert.is(await type("never mind"), "unknown: nothing was asked that yes or no would answer");
  });

  it("is answered in the language of the question or in that of the house", async () => {
    const { done, hear, typeGerman } = house();
    for (const yes of ["yes", "ja"]) {
      await hear("turn on the fan", false);
      assert.is(await typeGerman(yes), "did turn on the fan");
    }
    await hear("turn on the fan", false);
    assert.is(await typeGerman("nein"), "nichts wird getan");
    assert.is(await typeGerman("ja"), "did ja", "which is a sentence then");
    assert.is(done.length, 3);
  });

  it("no, another sentence, half a minute, another conversation, another speaker, none, and other names leave it undone", async () => {
    const { done, type, clock, rename } = house();
    await type(talk);
    assert.is(await type("no thanks"), "answer: nothing is done");
    await type(talk);
    await type("turn off the heater");
    await type("yes");
    await type(talk);
    clock.advance(30_001);
    await type("yes");
    await type(talk);
    await type("yes", "D");
    await type("yes", "C", { ...socketOwner, id: "somebody" });
    assert.is(await type("yes"), "done: did turn on the lamp");
    await type(talk);
    rename();
    await type("yes");
    await type(talk, "");
    await type("yes", "");
    assert.equal(
      done.filter((text) => text.startsWith("turn on")),
      ["turn on the lamp"],
    );
  });

  it("what was heard is done with no more than a voice may, also where yes is typed, and so is what was typed where yes is heard", async () => {
    const { done, type, hear } = house();
    assert.is(await hear(talk), "question");
    assert.is(await type("no"), "answer: nothing is done");
    await hear(talk);
    await type("yes");
    await hear("turn on the fan", false);
    await type("yes");
    assert.equal(done.splice(0), ["turn on the lamp (harmless)", "turn on the fan (harmless)"]);
    await type(talk);
    assert.is(await hear("yes"), "done");
    assert.is(await hear(talk), "question");
    assert.is(await hear("yes"), "done");
    assert.equal(done, ["turn on the lamp (harmless)", "turn on the lamp (harmless)"]);
  });
});
