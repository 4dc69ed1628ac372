/**
 * The recogniser with processes that are killed, hang, or say anything, played by programs of this test; and the real one, on synthetic speech, where Debian's
 * packages are installed.
 */
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { packagePath } from "../../../src/base/package-root.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { automatonOf } from "../../../src/speech/grammar/automaton.ts";
import { listeningGrammar } from "../../../src/speech/grammar/listening-grammar.ts";
import { pronounce } from "../../../src/speech/grammar/pronunciation.ts";
import { trigramModel } from "../../../src/speech/grammar/trigrams.ts";
import { Helper } from "../../../src/speech/recogniser/helper.ts";
import { isMeant } from "../../../src/speech/recogniser/is-meant.ts";
import { type Judge, mostWaiting, Recogniser } from "../../../src/speech/recogniser/recogniser.ts";
import type { Clip } from "../../../src/speech/sound/clip.ts";
import { assert, describe, onCleanup, skipUnless, tempDirectory, throwsMesh } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { isInstalled, learningMissing, noisy, type SpeakerVoice, speechMissing, spokenClip } from "../../kit/spoken-clip.ts";

const sentences = ["turn on the kitchen light", "turn off the kitchen light", "shut the garage door please", "yes"].map((text) => text.split(" "));
const grammar = listeningGrammar({
  automaton: automatonOf(sentences),
  model: trigramModel(sentences),
  pronunciations: new Map([["yes", [["Y"]]]]),
  opposites: [],
  unspeakable: [],
});
const clip = new Int16Array(16_000).fill(5000);

/** Takes whatever was heard, and finds another meaning in each sentence. */
const anything: Judge = { meaningOf: (text) => text, counts: () => true };

/** A process in the place of the real one: `answer` is the body of a function of the call; `choice` what it tells of a sentence that was chosen, the first one. */
function played(answer: string, choice = "{}"): () => Helper {
  const file = join(tempDirectory(), "helper.cjs");
  writeFileSync(
    file,
    `let held = Buffer.alloc(0), calls = 0;
    const tell = (value) => process.stdout.write(JSON.stringify(value) + "\\n");
    const answer = (call, calls) => { ${answer} };
    const choose = ({ id, sentences }, calls) => tell({ id, words: sentences[0].split(" "), ...(${choice}) });
    tell({ id: 0 });
    process.stdin.on("data", (piece) => {
      held = Buffer.concat([held, piece]);
      for (;;) {
        const end = held.indexOf(10);
        if (end < 0) return;
        const call = JSON.parse(held.subarray(0, end));
        const size = (call.grammar ?? 0) + (call.dictionary ?? 0) + (call.model ?? 0) + (call.octets ?? 0);
        if (held.length < end + 1 + size) return;
        held = held.subarray(end + 1 + size);
        calls += 1;
        if (call.call === "choose") choose(call, calls);
        else answer(call, calls);
      }
    });`,
  );
  return () => new Helper([process.execPath, file]);
}

function started(open: () => Helper): Recogniser {
  const recogniser = new Recogniser({ clock: systemClock, random: systemRandom, log: silentLog, open });
  recogniser.useGrammar(grammar);
  recogniser.start();
  onCleanup(() => recogniser.stop());
  return recogniser;
}
const up = (recogniser: Recogniser) => eventually("it is up", () => recogniser.status.state === "up");

describe("the recogniser", (it) => {
  it("hears what speaks for a sentence as much as for anything else, and no short one in a noise", async () => {
    const answers: Judge = { ...anything, counts: (heard) => isMeant(heard, "answer") };
    const recogniser = started(
      played(
        `tell(call.call === "grammar" ? { id: call.id } : { id: call.id, words: ["yes"], score: calls === 2 ? 2 : -20, worst: 1, unlike: 0.3, sounds: 3 });`,
      ),
    );
    await up(recogniser);
    assert.equal((await recogniser.hear(clip, answers))?.words, ["yes"]);
    assert.is(await recogniser.hear(clip, answers), undefined);
    const noise = started(
      played(`tell(call.call === "grammar" ? { id: call.id } : { id: call.id, words: ["yes"], score: 20, worst: 20, unlike: 1, sounds: 3 });`),
    );
    await up(noise);
    assert.is(await noise.hear(clip, answers), undefined);
  });

  it("what may have been its opposite is not clear", async () => {
    const recogniser = started(
      played(
        `tell(call.call === "grammar" ? { id: call.id } : { id: call.id, words: ["yes"], score: 2, worst: 1, unlike: 0.3, sounds: 3 });`,
        "{ above: calls === 3 ? 400 : -10 }",
      ),
    );
    await up(recogniser);
    assert.is((await recogniser.hear(clip, anything))?.isClear, true);
    assert.is((await recogniser.hear(clip, anything))?.isClear, false);
  });

  it("of what the searches heard that is chosen with which something could be done; it is told which of them had it", async () => {
    const judge: Judge = { meaningOf: (text) => (/light|kettle/.test(text) ? text.replace("the ", "") : undefined), counts: () => true };
    for (const [own, likely, put, chosen, by] of [
      // Both have the same as their best: nothing is left to choose.
      ["turn on the light", ["turn on the light", "turn on light", "turn on the kettle"], ["turn on the light"], 0, "both"],
      ["turn on the light", ["turn on light", "turn on the kettle"], ["turn on the light", "turn on light"], 1, "both"],
      ["turn on the lid", ["turn on the light", "turn the tree"], ["turn on the lid", "turn on the light"], 1, "model"],
      ["turn on the lid", ["turn on the light", "turn on the kettle"], ["turn on the lid", "turn on the light", "turn on the kettle"], 0, "grammar"],
      ["turn on the light", ["turn on the kettle", "turn on light"], ["turn on the light", "turn on the kettle", "turn on light"], 2, "both"],
      ["turn on the light", ["turn the tree"], ["turn on the light"], 0, "grammar"],
      ["", ["turn the tree", "the kettle"], ["the kettle"], 0, "model"],
    ] as const) {
      const heard = { words: own === "" ? [] : own.split(" "), score: 2, worst: 1, unlike: 0.3, sounds: 9 };
      const answer = { ...heard, likely: { ...heard, words: likely[0].split(" "), sentences: likely } };
      const recogniser = started(
        played(
          `tell(call.call === "grammar" ? { id: call.id } : { id: call.id, ...${JSON.stringify(answer)} });`,
          `{ words: [...sentences[${chosen}].split(" "), ...(JSON.stringify(sentences) === ${JSON.stringify(JSON.stringify(put))} ? [] : ["of", ...sentences])] }`,
        ),
      );
      await up(recogniser);
      const found = await recogniser.hear(clip, judge);
      assert.equal([found?.words.join(" "), found?.by], [put[chosen], by], own);
      await recogniser.stop();
    }
    const nothing = started(
      played(`tell(call.call === "grammar" ? { id: call.id } : { id: call.id, words: [], likely: { words: [], sentences: ["turn the tree"] } });`),
    );
    await up(nothing);
    assert.is(await nothing.hear(clip, judge), undefined);
  });

  it("long rows of words are no sentences, between others the hub does something else, and what was not asked for is not chosen", async () => {
    const heard = { words: ["yes"], score: 2, worst: 1, unlike: 0.3, sounds: 9 };
    const row = "turn it on and ".repeat(7).trim();
    const answer = { ...heard, likely: { ...heard, sentences: [row, "turn it on", "turn it off"] } };
    const recogniser = started(
      played(
        `tell(call.call === "grammar" ? { id: call.id } : { id: call.id, ...${JSON.stringify(answer)} });`,
        `calls > 3 ? { words: ["unlock", "it"] } : {}`,
      ),
    );
    await up(recogniser);
    let turns = 0;
    const looked: [string, number][] = [];
    const judge: Judge = {
      meaningOf: (text) => {
        looked.push([text, turns]);
        setImmediate(() => turns++);
        return text;
      },
      counts: () => true,
    };
    assert.equal((await recogniser.hear(clip, judge))?.words, ["yes"]);
    assert.not.ok(looked.some(([text]) => text === row));
    const [[, first] = ["", 0], [, next] = ["", 0]] = looked;
    assert.ok(next > first, "a turn lies between two of them");
    assert.is(await recogniser.hear(clip, judge), undefined);
  });

  it("a high voice is listened to slower, and once more where nothing counts; a low one as it spoke", async () => {
    const recogniser = started(
      played(
        `tell(call.call === "grammar" ? { id: call.id } : { id: call.id, words: [String(call.octets), "yes", "yes"], score: 20, worst: 20, unlike: 0, sounds: 9 });`,
      ),
    );
    await up(recogniser);
    const second = 16_000;
    for (const [hertz, ...speeds] of [
      [190, 0.93, 0.86],
      [100, 1],
    ] as const) {
      const voice = Int16Array.from({ length: second }, (_, at) => 4000 * (((at * hertz) / second) % 1));
      const heard: number[] = [];
      const last = await recogniser.hear(voice, { ...anything, counts: ({ words }) => heard.push(Number(words[0]) / 2) > 2 });
      assert.is(last, undefined, "and not once more");
      assert.equal(
        heard,
        speeds.map((speed) => Math.floor(second / speed)),
      );
      assert.equal((await recogniser.hear(voice, anything))?.words[0], String(2 * (heard[0] ?? 0)), "once where it counts");
    }
  });

  it("what both searches heard is learned of the voice, and later clips of it are heard by what was learned; of another voice nothing is", async () => {
    const recogniser = started(
      played(
        `const words = ["turn", "on", "it"], heard = { words, score: 2, worst: 1, unlike: 0.3, sounds: 9 };
        globalThis.learned ??= [];
        if (call.call === "learn") learned.push([call.words, call.voice, call.fresh].join(" "));
        if (call.call !== "hear") return tell({ id: call.id, learned: true });
        tell({ id: call.id, ...heard, likely: { ...heard, sentences: calls < 9 ? [[...words, "voice", call.voice, learned].join(" "), words.join(" ")] : [] } });`,
      ),
    );
    await up(recogniser);
    const told: string[] = [];
    const judge: Judge = {
      meaningOf: (text) => {
        if (text.includes("voice")) told.push(text.replace("turn on it voice", "").trim());
        return "it";
      },
      counts: () => true,
    };
    const buzz: Clip = Int16Array.from({ length: 16_000 }, (_, at) => 8000 * ((at % 133) / 133) * (1 + Math.sin(at / 900)) - 4000);
    for (const said of [buzz, buzz, noisy(new Int16Array(16_000).fill(3000), 0)]) {
      await recogniser.hear(said, judge);
      // What was learned is known when the process says so.
      await systemClock.sleep(50);
    }
    assert.equal([...new Set(told)], ["", "0 turn on it 0 true", "turn on it 0 true,turn on it 0 false"]);
  });

  it("silence is not given to it, and clips beyond those that wait are refused with the figure", async () => {
    const recogniser = started(played(`if (call.call === "grammar") tell({ id: call.id });`));
    await up(recogniser);
    assert.is(await recogniser.hear(new Int16Array(16_000), anything), undefined);
    const waiting = Array.from({ length: mostWaiting }, () => recogniser.hear(clip, anything).catch((error: { code: string }) => error.code));
    await throwsMesh(() => recogniser.hear(clip, anything), "ERR_BUSY");
    await recogniser.stop();
    for (const code of await Promise.all(waiting)) assert.is(code, "ERR_ADAPTER");
  });

  it("one that is killed in mid-clip is told of, and the next one goes on with the grammar", async () => {
    const recogniser = started(
      played(`tell(call.call === "grammar" ? { id: call.id } : { id: call.id, words: ["yes"], score: 2, worst: 1, unlike: 0.2, sounds: 3 });`),
    );
    await up(recogniser);
    const first = recogniser.pid!;
    assert.equal((await recogniser.hear(clip, anything))?.words, ["yes"]);
    process.kill(first, "SIGKILL");
    await eventually("another one is up", () => recogniser.status.state === "up" && recogniser.pid !== undefined && recogniser.pid !== first);
    assert.equal((await recogniser.hear(clip, anything))?.words, ["yes"]);
  });

  it("one that dies of a clip, and one that says anything, are answers and no end of the hub", async () => {
    for (const answer of [
      `process.exit(3)`,
      `process.stdout.write("nonsense\\n")`,
      `process.stdout.write("x".repeat(100000))`,
      `tell({ id: "one" })`,
    ]) {
      const recogniser = started(played(`if (call.call === "grammar") return tell({ id: call.id }); ${answer};`));
      await up(recogniser);
      await throwsMesh(() => recogniser.hear(clip, anything), "ERR_ADAPTER");
      await recogniser.stop();
    }
  });

  it("one that cannot start is a status with the reason", async () => {
    const recogniser = started(() => new Helper([process.execPath, "-e", "console.error('no module of that name'); process.exit(1)"]));
    await eventually("it says why", () => recogniser.status.detail === "no module of that name");
    await throwsMesh(() => recogniser.hear(clip, anything), "ERR_ADAPTER");
    const absent = started(() => new Helper(["/nowhere/python3"]));
    await eventually("it says why", () => absent.status.detail?.includes("ENOENT") === true);
  });

  it("the process: a competitor that fails is an error, and never answers by the clip before (three searches that are played)", () => {
    skipUnless(existsSync("/usr/bin/python3"), "needs python3");
    const script = `
import sys
sys.path.insert(0, sys.argv[1])
import listening, recogniser
class Segment:
    word, start_frame, end_frame, ascore = "yes", 0, 9, -10
class Search:
    fails = False
    def start_stream(self): pass
    def start_utt(self): pass
    def process_raw(self, pcm, no_search, whole):
        if self.fails: raise RuntimeError("it is broken")
    def end_utt(self): pass
    def hyp(self): return True
    def seg(self): return [Segment()]
    def lookup_word(self, word): return "Y EH S"
    hypstr = None
    def nbest(self): return iter([self, None])
listening.PROCESS = None
class Voices:
    def listen_to(self, voice, searches): pass
process = recogniser.Recogniser.__new__(recogniser.Recogniser)
process.voices = Voices()
process.house, process.competitor, process.likely = Search(), Search(), Search()
print(process.hear(bytes(3200))["words"])
for other in process.competitor, process.likely:
    other.fails = True
    try:
        print(process.hear(bytes(3200)))
    except RuntimeError as error:
        print(error, process.choose(["yes"]))
    other.fails = False
`;
    const said = execFileSync("/usr/bin/python3", ["-I", "-B", "-c", script, packagePath("src", "speech", "recogniser")], { encoding: "utf8" });
    assert.equal(said.trim().split("\n"), ["['yes']", ...Array.from({ length: 2 }, () => "it is broken {'words': []}")]);
  });

  it("the process: what takes memory once is made in another one, and told to be none where that fails", () => {
    skipUnless(existsSync("/usr/bin/python3"), "needs python3");
    const script = `
import os, sys
sys.path.insert(0, sys.argv[1])
from listening import apart
own = os.getpid()
print(apart(lambda: b"elsewhere" * 100000 if os.getpid() != own else b"here") == b"elsewhere" * 100000)
def fails():
    raise ValueError("no room")
print(apart(fails))
import listening, time
listening.MOST_SECONDS = 1
print(apart(lambda: time.sleep(60) or b"late"))
os.fork = lambda: (_ for _ in ()).throw(OSError("no more processes"))
print(apart(lambda: b"here"))
`;
    const said = execFileSync("/usr/bin/python3", ["-I", "-B", "-c", script, packagePath("src", "speech", "recogniser")], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    assert.equal(said.trim().split("\n"), ["True", "None", "None", "None"]);
  });

  it(
    "a voice that was understood is understood better, and another one as before",
    async () => {
      const missing = speechMissing() ?? learningMissing() ?? (isInstalled("flite") ? undefined : "flite");
      skipUnless(missing === undefined, `needs ${missing}`);
      const pronunciations = await pronounce(new Set(sentences.flat()));
      const fresh = async (): Promise<Recogniser> => {
        const recogniser = new Recogniser({ clock: systemClock, random: systemRandom, log: silentLog });
        recogniser.useGrammar(
          listeningGrammar({ automaton: automatonOf(sentences), model: trigramModel(sentences), pronunciations, opposites: [], unspeakable: [] }),
        );
        recogniser.start();
        onCleanup(() => recogniser.stop());
        await up(recogniser);
        return recogniser;
      };
      const evidence = async (recogniser: Recogniser, text: string, voice: SpeakerVoice): Promise<number> => {
        const heard = await recogniser.hear(spokenClip(text, voice), anything);
        // What is learned of it is ready for the next one.
        await systemClock.sleep(1500);
        assert.is(heard?.words.join(" "), text);
        return heard?.evidence ?? 0;
      };
      const british: SpeakerVoice = { engine: "espeak-ng", voice: "en-gb" };
      const another: SpeakerVoice = { engine: "flite", voice: "slt" };
      const text = "turn on the kitchen light";
      const [learning, untold] = [await fresh(), await fresh()];
      const first = await evidence(learning, text, british);
      for (const other of ["turn off the kitchen light", "shut the garage door please"]) await evidence(learning, other, british);
      const then = await evidence(learning, text, british);
      assert.ok(then > first + 0.1, `${then} after ${first}`);
      assert.is(await evidence(learning, text, another), await evidence(untold, text, another));
      assert.ok((await evidence(learning, text, british)) > first + 0.1, "and is known still");
    },
    { timeoutMs: 120_000 },
  );

  it(
    "Debian's pocketsphinx hears sentences of the grammar, in noise too, and nothing in other speech, noise and silence",
    async () => {
      const missing = speechMissing();
      skipUnless(missing === undefined, `needs ${missing}`);
      const pronunciations = await pronounce(new Set(sentences.flat()));
      const opposites = [["on", "off"]] as const;
      const recogniser = new Recogniser({ clock: systemClock, random: systemRandom, log: silentLog });
      recogniser.useGrammar(
        listeningGrammar({ automaton: automatonOf(sentences), model: trigramModel(sentences), pronunciations, opposites, unspeakable: [] }),
      );
      recogniser.start();
      onCleanup(() => recogniser.stop());
      await up(recogniser);
      const house: Judge = {
        meaningOf: (text) => (sentences.some((words) => words.join(" ") === text) ? text : undefined),
        counts: (heard) => isMeant(heard, "order"),
      };
      const said = spokenClip("turn on the kitchen light");
      const freshly = await recogniser.hear(said, house);
      assert.equal(freshly?.words, ["turn", "on", "the", "kitchen", "light"]);
      assert.equal((await recogniser.hear(noisy(spokenClip("turn off the kitchen light"), 25), house))?.words, [
        "turn",
        "off",
        "the",
        "kitchen",
        "light",
      ]);
      const again = await recogniser.hear(said, house);
      assert.equal(again?.words, freshly?.words, "whatever was said before");
      assert.is((await recogniser.hear(said, house))?.isClear, true);
      const raised = noisy(spokenClip("shut the garage door please", { engine: "espeak-ng", voice: "en-us+f4" }), 20);
      assert.equal((await recogniser.hear(raised, house))?.words, ["shut", "the", "garage", "door", "please"], "a voice whose sounds lie high");
      // A grammar without the sentence that was said stands for one that was misheard.
      const only = ["turn on the kitchen light", "yes"].map((text) => text.split(" "));
      recogniser.useGrammar(
        listeningGrammar({ automaton: automatonOf(only), model: trigramModel(only), pronunciations, opposites, unspeakable: [] }),
      );
      const misheard = await recogniser.hear(spokenClip("turn off the kitchen light"), house);
      assert.equal(misheard?.words, only[0]);
      assert.is(misheard?.isClear, false);
      assert.is(await recogniser.hear(spokenClip("he never listens to what i say about the weather"), house), undefined);
      assert.is(await recogniser.hear(noisy(new Int16Array(32_000).fill(600), 0), house), undefined);
      assert.is(await recogniser.hear(new Int16Array(32_000), house), undefined);
      const first = recogniser.pid!;
      process.kill(first, "SIGKILL");
      await eventually("another one is up", () => recogniser.status.state === "up" && recogniser.pid !== first);
      assert.equal((await recogniser.hear(said, house))?.words, freshly?.words);
    },
    { timeoutMs: 120_000 },
  );
});
