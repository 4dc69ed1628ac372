/** What is done with what was heard: numbers and sound-alikes are read back, yes and no answer that, and no voice has a right to what may do harm. */

import type { SayRequest } from "../../../src/api/index.ts";
import { silentLog } from "../../../src/base/log.ts";
import { authorize, type Principal, socketOwner } from "../../../src/hub/command/principal.ts";
import { type Doubt, Ear, sayDoubt } from "../../../src/hub/voice/ear.ts";
import { ReadBacks } from "../../../src/hub/voice/read-backs.ts";
import { byVoice, spoken } from "../../../src/hub/voice/spoken.ts";
import { houseGrammar } from "../../../src/speech/grammar/house-grammar.ts";
import { listeningGrammar } from "../../../src/speech/grammar/listening-grammar.ts";
import type { HeardBy } from "../../../src/speech/recogniser/is-meant.ts";
import { houseOf } from "../../driver/language/table.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe } from "../../harness/suite.ts";
import { indexOf, thing, vocabulary } from "../../kit/named-things.ts";

const sounds: Readonly<Record<string, string>> = {
  lock: "L AA K",
  unlock: "AH N L AA K",
  on: "AA N",
  off: "AO F",
  light: "L AY T",
  lights: "L AY T S",
  all: "AO L",
  hall: "HH AO L",
};

function voice() {
  const clock = new ManualClock();
  const readBacks = new ReadBacks(clock);
  const done: { readonly request: SayRequest; readonly principal: Principal }[] = [];
  const say = async (request: SayRequest, principal: Principal) => {
    done.push({ request, principal });
    return { kind: "done" as const, text: `did ${request.text}`, targets: [] };
  };
  let { index } = houseOf("en");
  const hear = (text: string, isSure = true, principal = socketOwner, conversation = "C", place?: string) =>
    spoken({ text, isSure, conversation, ...(place === undefined ? {} : { place }) }, principal, {
      readBacks,
      book: {
        vocabulary,
        get index() {
          return index;
        },
      },
      say,
    }).then((said) => {
      if (said.kind === "question") assert.equal(said.answers, { yes: "yes", no: "no", withinMs: 30_000 });
      return `${said.kind}: ${said.text}`;
    });
  const rename = (): void => {
    ({ index } = houseOf("en"));
  };
  return { clock, done, hear, rename };
}

describe("what is heard", (it) => {
  it("is done when it is sure, and read back when it is not: yes does it, in the same words", async () => {
    const { done, hear } = voice();
    assert.is(await hear("turn on the lamp"), "done: did turn on the lamp");
    assert.is(await hear("set the lamp to fifty percent", false), 'question: did you mean "set the lamp to fifty percent"?');
    assert.is(done.length, 1);
    assert.is(await hear("yes"), "done: did set the lamp to fifty percent");
    assert.equal(done[1]?.request, { conversation: "C", text: "set the lamp to fifty percent" });
    assert.match(await hear("yes"), /^unknown: nothing was asked/);
  });

  it("no, another sentence, half a minute or another speaker leave it undone", async () => {
    const { done, hear, clock } = voice();
    const ask = () => hear("set the lamp to fifty percent", false);
    await ask();
    assert.is(await hear("no thanks"), "answer: nothing is done");
    await ask();
    assert.is(await hear("turn off the lamp"), "done: did turn off the lamp");
    assert.match(await hear("yes"), /^unknown/);
    await ask();
    clock.advance(30_001);
    assert.match(await hear("yes"), /^unknown/);
    await ask();
    assert.match(await hear("yes", true, { ...socketOwner, id: "somebody" }), /^unknown/);
    assert.match(await hear("yes", true, socketOwner, "D"), /^unknown/);
    assert.is(await hear("yes please"), "done: did set the lamp to fifty percent");
    assert.is(done.length, 2);
  });

  it("is done where it was said, and read back once more when names have changed before the yes", async () => {
    const { done, hear, rename } = voice();
    await hear("set the light to fifty percent", false, socketOwner, "C", "kitchen");
    await hear("yes");
    assert.equal(done[0]?.request, { conversation: "C", place: "kitchen", text: "set the light to fifty percent" });
    await hear("set the lamp to fifty percent", false);
    rename();
    assert.is(await hear("yes"), 'question: did you mean "set the lamp to fifty percent"?');
    assert.is(done.length, 1);
    assert.is(await hear("yes"), "done: did set the lamp to fifty percent");
  });

  it("nobody may do harm by his voice, not even the owner at the hub's socket: it is asked", () => {
    const speaker = byVoice(socketOwner);
    const asked = (deviceClass: string, command: string) =>
      authorize(speaker, { deviceUdf: "MDEV", deviceClass, places: [], command }, { standing: "good", now: 0 })?.code;
    assert.is(asked("light", "Set"), undefined);
    assert.is(asked("lock", "Lock"), undefined);
    assert.is(asked("lock", "Unlock"), "ERR_CONFIRMATION_NEEDED");
    assert.is(asked("garage-door", "Open"), "ERR_CONFIRMATION_NEEDED");
    assert.is(asked("blender", "Start"), "ERR_CONFIRMATION_NEEDED");
    assert.is(asked("anything else", "Set"), "ERR_CONFIRMATION_NEEDED");
    assert.not.ok(speaker.rights.some(({ allows }) => allows === "manage"));
  });

  it("has to be read back for its numbers, where it may have been its opposite, and where another sentence of another meaning sounds like it", async () => {
    const { index } = houseOf("en");
    let grammars = 0;
    const ear = new Ear({
      recogniser: {
        admit: () => undefined,
        hear: async (_, judge) => {
          const words = { words: heard.split(" "), isClear, evidence, by };
          return judge.counts(words) ? words : undefined;
        },
        useGrammar: () => {
          grammars += 1;
        },
      },
      book: { index },
      clock: new ManualClock(),
      log: silentLog,
      make: async (names) =>
        listeningGrammar(
          await houseGrammar(
            names,
            async (words) => new Map([...words].map((word, at) => [word, [sounds[word]?.split(" ") ?? [`${at}`, "X", `${at}Y`]]])),
          ),
        ),
    });
    let heard = "";
    let isClear = true;
    let evidence = 9;
    let by: HeardBy = "both";
    let doubt: Doubt | undefined;
    const isSure = async (text: string) => {
      heard = text;
      const sentence = await ear.hear(new Int16Array(16_000));
      doubt = await sentence?.doubt({});
      return sentence && doubt === undefined;
    };
    assert.is(await isSure("turn on the kettle"), true);
    assert.is(await isSure("turn on the kitchen light"), false, "there are kitchen lights");
    assert.is(doubt?.kind, "Alike");
    assert.is(doubt?.other?.text, "turn on the kitchen lights");
    const { language } = index.vocabulary;
    const isSeen = (udf: string) => udf !== doubt?.other?.things.at(-1);
    assert.is(
      sayDoubt(doubt!, language, () => true),
      '"turn on the kitchen lights" sounds like it',
    );
    assert.is(sayDoubt(doubt!, language, isSeen), "another sentence sounds like it", "of what he does not see he is not told");
    assert.is(
      sayDoubt({ kind: "Alike", other: { text: "is it warm", things: [] } }, language, () => true),
      "another sentence sounds like it",
    );
    assert.is(await isSure("set the kitchen light to forty percent"), false);
    assert.is(await isSure("turn off the kettle in ten minutes"), false);
    assert.is(await isSure("turn off the kettle at noon"), false, "nobody sees it now");
    assert.is(doubt?.kind, "Later");
    assert.is(await isSure("set it to forty percent"), false, "whatever it is");
    assert.is(await isSure("set it to forty five"), false, "which no heater can be set to");
    assert.is(await isSure("raise the kitchen light by twenty percent"), false, "however it is now");
    assert.is(doubt?.kind, "Number");
    assert.is(await isSure("turn on the kettle and the desk plug"), false, "of several things");
    assert.is(doubt?.kind, "Several");
    assert.is(await isSure("lights off"), false, "of the whole house, where one of its lights may have been named");
    assert.is(doubt?.kind, "Several");
    assert.is(await isSure("turn off all the lights"), true);
    assert.is(await isSure("movie night"), true);
    assert.is(await isSure("could you turn on the kettle"), true);
    assert.is(await isSure("lock the front door"), false);
    assert.is(await isSure("is the front door locked"), true);
    assert.is(await isSure("yes"), true);
    isClear = false;
    assert.is(await isSure("turn on the kettle"), false, "it may have been off");
    assert.is(doubt?.kind, "Unclear");
    assert.is(await isSure("is the kettle on"), true);
    isClear = true;
    for (by of ["grammar", "model"] as const) assert.is(await isSure("turn on the kettle"), false, "one search alone has heard it");
    by = "both";
    evidence = -2.8;
    assert.is(await isSure("turn on the kettle"), false, "an order is heard in nothing else, and read back for so little");
    assert.is(await isSure("turn off the kettle in ten minutes"), undefined, "a time is");
    assert.is(await isSure("turn on the kettle and the desk plug"), undefined, "and a second thing");
    assert.is(await isSure("is the kettle on"), undefined, "and a question");
    assert.is(await isSure("yes"), undefined, "and a yes");
    assert.is(grammars, 1, "one grammar for one state of the names");
  });

  it("lights of a house without places are read back where nobody said all of them", async () => {
    const index = indexOf({ things: [thing(1, "Shelf Light"), thing(2, "Hob Light")], places: [] });
    let heard = "";
    const ear = new Ear({
      recogniser: {
        admit: () => undefined,
        hear: async () => ({ words: heard.split(" "), isClear: true, evidence: 9, by: "both" }),
        useGrammar: () => undefined,
      },
      book: { index },
      clock: new ManualClock(),
      log: silentLog,
      make: async (names) =>
        listeningGrammar(await houseGrammar(names, async (words) => new Map([...words].map((word, at) => [word, [[`${at}`, "X", `${at}Y`]]])))),
    });
    const doubt = async (text: string) => {
      heard = text;
      return (await (await ear.hear(new Int16Array(16_000)))?.doubt({}))?.kind;
    };
    assert.is(await doubt("lights off"), "Several");
    assert.is.not(await doubt("all lights off"), "Several");
    assert.is.not(await doubt("shelf light off"), "Several");
  });
});
