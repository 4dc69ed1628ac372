/**
 * The local recogniser on synthetic speech (test/kit/spoken-clip.ts), in the house of the sentence table: what is understood, what is taken for something
 * else, what is heard in sentences that are none, how long it takes and how large it is. Voices and sentences of `--tuning` are those it was set by; the
 * figures are of others: kit/speech-sentences.json was written before the recogniser was run on it, and is looked at once. Who mends the recogniser by what it
 * shows makes it tuning (kit/speech-tuning.json), and has others written. Needs python3-pocketsphinx, pocketsphinx-en-us, espeak-ng, flite and festival. Run: npm run bench -- speech
 */
import { readFileSync } from "node:fs";
import { systemClock } from "../src/base/clock.ts";
import { silentLog } from "../src/base/log.ts";
import { systemRandom } from "../src/base/random.ts";
import { interpret } from "../src/driver/index.ts";
import { Ear } from "../src/hub/voice/ear.ts";
import { Recogniser } from "../src/speech/recogniser/recogniser.ts";
import { houseOf } from "../test/driver/language/table.ts";
import { noisy, type SpeakerVoice, speechMissing, spokenClip } from "../test/kit/spoken-clip.ts";
import heldOut from "./kit/speech-sentences.json" with { type: "json" };
import tuning from "./kit/speech-tuning.json" with { type: "json" };

const missing = speechMissing();
if (missing !== undefined) {
  console.log(`speech: not measured, needs ${missing}`);
  process.exit(0);
}
const isTuning = process.argv.includes("--tuning");
const shown = process.argv.includes("--show");
/** Between two clips, in which a voice is learned (src/speech/recogniser/learning.py): a person does not speak the next sentence at once. */
const pauseMs = process.argv.includes("--pause") ? 600 : 0;
/** Each voice says every so manyth sentence, another part of them than the voice before. */
const every = Number(/^--every=(\d+)$/.exec(process.argv.at(-1) ?? "")?.[1] ?? 1);
const voices: readonly SpeakerVoice[] = isTuning
  ? [
      { engine: "espeak-ng", voice: "en-us" },
      { engine: "espeak-ng", voice: "en-gb" },
      { engine: "espeak-ng", voice: "en-us+f4" },
      { engine: "flite", voice: "slt" },
    ]
  : [
      { engine: "espeak-ng", voice: "en-us+f3" },
      { engine: "espeak-ng", voice: "en-us+m3" },
      { engine: "flite", voice: "rms" },
      { engine: "flite", voice: "awb" },
      { engine: "festival", voice: "kal_diphone" },
    ];

const { index, context } = { index: houseOf("en").index, context: {} };
const before = process.memoryUsage().rss;
const recogniser = new Recogniser({ clock: systemClock, random: systemRandom, log: silentLog });
const ear = new Ear({ recogniser, book: { index }, clock: systemClock, log: silentLog });
recogniser.start();
await ear.unspeakable();
while (recogniser.status.state !== "up") await systemClock.sleep(50);
await ear.hear(spokenClip("yes"));
const after = process.memoryUsage().rss;

const meaning = (text: string): string => JSON.stringify(interpret(text, index, context));
const doesSomething = (text: string): boolean => ["command", "timed"].includes(interpret(text, index, context).kind);

interface Count {
  clips: number;
  exact: number;
  sameMeaning: number;
  askedBack: number;
  /** Of another meaning, and an order that is not read back. */
  wrong: number;
  wrongAsked: number;
  nothing: number;
}
const times: number[] = [];
/** Of those in which a sentence was heard. */
const heardTimes: number[] = [];
async function run(sentences: readonly string[], decibels: number | undefined): Promise<Map<string, Count>> {
  const counts = new Map<string, Count>();
  for (const [turn, voice] of voices.entries()) {
    const name = `${voice.engine} ${voice.voice} ${decibels === undefined ? "clean" : `${decibels} dB`}`;
    const count: Count = { clips: 0, exact: 0, sameMeaning: 0, askedBack: 0, wrong: 0, wrongAsked: 0, nothing: 0 };
    counts.set(name, count);
    for (const [at, sentence] of sentences.entries()) {
      if ((at + turn) % every !== 0) continue;
      const clean = spokenClip(sentence, voice);
      const clip = decibels === undefined ? clean : noisy(clean, decibels);
      await systemClock.sleep(pauseMs);
      const from = process.hrtime.bigint();
      const heard = await ear.hear(clip).catch((error: unknown) => {
        console.log(`  ${name}: ${sentence}: ${String(error)}`);
        return undefined;
      });
      const ms = Number(process.hrtime.bigint() - from) / 1e6;
      times.push(ms);
      if (heard) heardTimes.push(ms);
      count.clips += 1;
      const isAsked = heard !== undefined && (await heard.doubt(context)) !== undefined;
      if (!heard) count.nothing += 1;
      else {
        const isSame = meaning(heard.text) === meaning(sentence);
        if (heard.text === sentence) count.exact += 1;
        if (isSame) count.sameMeaning += 1;
        if (isAsked) count.askedBack += 1;
        if (!isSame && doesSomething(heard.text)) {
          if (isAsked) count.wrongAsked += 1;
          else count.wrong += 1;
        }
      }
      if (shown && heard?.text !== sentence) console.log(`  ${name}: ${sentence} -> ${heard?.text ?? "-"}${isAsked ? " (asked)" : ""}`);
    }
  }
  return counts;
}

function total(counts: readonly Map<string, Count>[]): Count {
  const sum: Count = { clips: 0, exact: 0, sameMeaning: 0, askedBack: 0, wrong: 0, wrongAsked: 0, nothing: 0 };
  for (const count of counts.flatMap((map) => [...map.values()])) for (const key of Object.keys(sum) as (keyof Count)[]) sum[key] += count[key];
  return sum;
}

const said = isTuning ? tuning.orders : heldOut.orders;
const strange = isTuning ? tuning.others : heldOut.others;
const known = [await run(said, undefined), await run(said, 20)];
const [knownTimes, understoodTimes] = [times, heardTimes].map((list) => list.splice(0).sort((a, b) => a - b));
const foreign = [await run(strange, undefined), await run(strange, 20)];
const harmful = isTuning ? [] : [await run(heldOut.risky, undefined), await run(heldOut.risky, 20)];
for (const map of [...known, ...foreign, ...harmful]) for (const [name, count] of map) console.log(name.padEnd(30), JSON.stringify(count));

const share = (part: number, of: number): string => `${part} of ${of}, ${((100 * part) / Math.max(1, of)).toFixed(1)} %`;
const all = total(known);
const none = total(foreign);
console.log(
  `exact: ${share(all.exact, all.clips)}; of the same meaning: ${share(all.sameMeaning, all.clips)}; read back: ${share(all.askedBack, all.clips)}`,
);
console.log(`another order done: ${share(all.wrong, all.clips)}; read back and so not done: ${share(all.wrongAsked, all.clips)}`);
console.log(`accepted of what is no order: ${share(none.clips - none.nothing, none.clips)}`);
const at = (list: readonly number[] = [], part: number): string => (list[Math.floor(list.length * part)] ?? 0).toFixed(0);
console.log(
  `one sentence: p50 ${at(knownTimes, 0.5)} ms, p95 ${at(knownTimes, 0.95)} ms; one that was heard: p50 ${at(understoodTimes, 0.5)} ms, p95 ${at(understoodTimes, 0.95)} ms`,
);
const pid = recogniser.pid;
const rss = pid === undefined ? undefined : /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
console.log(`memory: recogniser ${(Number(rss) / 1000).toFixed(0)} MB; this process ${((after - before) / 1e6).toFixed(1)} MB more`);
await recogniser.stop();
