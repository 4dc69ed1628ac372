/** Playing and recording, with programs of this test in the place of ALSA's: what goes in and out, when a recording ends, and what is told when there is no card. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import { clipRate, pcmOf } from "../../../src/speech/sound/clip.ts";
import { PauseFinder, playClip, recordClip } from "../../../src/speech/sound/sound-card.ts";
import { synthesise } from "../../../src/speech/sound/synthesis.ts";
import { assert, describe, skipUnless, tempDirectory, throwsMesh } from "../../harness/suite.ts";
import { isInstalled } from "../../kit/spoken-clip.ts";

const tone = (seconds: number, height: number) =>
  Int16Array.from({ length: seconds * clipRate }, (_, at) => Math.round(height * Math.sin(at / 5)) + (at % 7));
const clipOf = (...parts: readonly Int16Array[]) => Int16Array.from(parts.flatMap((part) => [...part]));

/** Programs: one that keeps what it is given in a file, one that gives octets as fast as it can. */
const programs = (played: string, recorded: Int16Array = tone(0, 0), end = "") => {
  const file = join(tempDirectory(), "recorded");
  writeFileSync(file, pcmOf(recorded));
  const record = `process.stdout.write(require("fs").readFileSync(${JSON.stringify(file)}), () => { ${end} });`;
  return {
    play: [process.execPath, "-e", `process.stdin.pipe(require("fs").createWriteStream(${JSON.stringify(played)}))`, "--"],
    record: [process.execPath, "-e", record, "--"],
  };
};

describe("the sound card", (it) => {
  it("is given the samples of a clip", async () => {
    const file = join(tempDirectory(), "played");
    const clip = tone(0.2, 5000);
    await playClip(clip, { clock: systemClock, programs: programs(file) });
    assert.equal(new Uint8Array(readFileSync(file)), pcmOf(clip));
  });

  it("records until the pause behind speech, from a card that would go on", async () => {
    const said = clipOf(tone(0.5, 10), tone(1, 6000), tone(2, 10));
    const clip = await recordClip({ clock: systemClock, programs: programs("", said, "setInterval(() => 0, 1000);") });
    assert.ok(clip.length >= 2.3 * clipRate && clip.length <= 3.5 * clipRate, `${clip.length} samples`);
  });

  it("hears a pause as it comes, whatever the pieces; without speech it waits six seconds", () => {
    const over = (samples: Int16Array, piece: number): number => {
      const finder = new PauseFinder();
      const octets = pcmOf(samples);
      for (let at = 0; at < octets.length; at += piece) if (finder.isOver(octets.subarray(at, at + piece))) return at / 2 / clipRate;
      return Number.POSITIVE_INFINITY;
    };
    for (const piece of [100, 640, 4096]) {
      const end = over(clipOf(tone(0.5, 10), tone(1, 6000), tone(0.5, 10), tone(1, 6000), tone(3, 10)), piece);
      assert.ok(end > 3.8 && end < 4.2, `${piece}: ${end}`);
      assert.ok(Math.abs(over(tone(10, 10), piece) - 6) < 0.3);
    }
    assert.is(over(clipOf(tone(0.2, 10), tone(14, 6000)), 4096), Number.POSITIVE_INFINITY);
  });

  it("without a card or its program says so", async () => {
    const broken = [process.execPath, "-e", "console.error('cannot find card 0'); process.exit(1)", "--"];
    const none = { play: ["/nowhere/aplay"], record: broken };
    assert.match((await throwsMesh(() => recordClip({ clock: systemClock, programs: none }), "ERR_ADAPTER")).message, /cannot find card 0/);
    await throwsMesh(() => playClip(tone(0.1, 100), { clock: systemClock, programs: none }), "ERR_ADAPTER");
  });

  it("a voice says words in two languages, and takes nothing of them for a command", async () => {
    skipUnless(isInstalled("espeak-ng"), "needs espeak-ng");
    for (const language of ["en", "de"]) {
      const clip = await synthesise("kitchen light: 40 %", language, systemClock);
      assert.ok(clip.length > clipRate / 2, language);
    }
    const long = await synthesise("word ".repeat(5000), "de", systemClock);
    assert.ok(long.length <= 15 * clipRate);
    assert.is((await synthesise("<>|", "en", systemClock)).length, 0);
    assert.ok((await synthesise("-w /tmp/never --version", "de", systemClock)).length > clipRate / 2);
  });
});
