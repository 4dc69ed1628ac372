/** Clips of synthetic speech, by Debian's espeak-ng, flite and festival: what tests and benches speak with. No human speech is in this repository. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debianModel } from "../../src/speech/recogniser/helper.ts";
import { type Clip, readWav } from "../../src/speech/sound/clip.ts";

/** A voice of an engine. */
export interface SpeakerVoice {
  readonly engine: "espeak-ng" | "flite" | "festival";
  readonly voice: string;
}

/** Whether a program is there. */
export function isInstalled(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

/** Why speech cannot be tried here; undefined when it can. */
export function speechMissing(): string | undefined {
  const missing = [
    ...(existsSync(join(debianModel, "en-us.lm.bin")) ? [] : ["pocketsphinx-en-us"]),
    ...(spawnSync("/usr/bin/python3", ["-I", "-c", "import pocketsphinx"]).status === 0 ? [] : ["python3-pocketsphinx"]),
    ...(isInstalled("espeak-ng") ? [] : ["espeak-ng"]),
  ];
  return missing.length === 0 ? undefined : missing.join(", ");
}

/** What is missing for voices to be learned. */
export function learningMissing(): string | undefined {
  return spawnSync("/usr/bin/python3", ["-I", "-c", "import numpy"]).status === 0 ? undefined : "python3-numpy";
}

/** A sentence as a voice says it. */
export function spokenClip(text: string, { engine, voice }: SpeakerVoice = { engine: "espeak-ng", voice: "en-us" }): Clip {
  const dir = mkdtempSync(join(tmpdir(), "mesh-clip-"));
  const out = join(dir, "clip.wav");
  try {
    switch (engine) {
      case "espeak-ng":
        execFileSync("espeak-ng", ["-v", voice, "-w", out, text], { stdio: "ignore" });
        break;
      case "flite":
        execFileSync("flite", ["-voice", voice, "-t", text, "-o", out], { stdio: "ignore" });
        break;
      case "festival":
        writeFileSync(join(dir, "text"), text);
        execFileSync("text2wave", ["-eval", `(voice_${voice})`, "-o", out, join(dir, "text")], { stdio: "ignore" });
    }
    // Festival ends well without it.
    if (!existsSync(out)) throw new Error(`${engine} has no voice ${voice}: Debian's festvox-kallpc16k has kal_diphone`);
    return readWav(readFileSync(out));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The clip with white noise so many decibels below it; the same noise for the same clip. */
export function noisy(clip: Clip, decibels: number): Clip {
  const power = clip.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, clip.length);
  const deviation = Math.sqrt(power / 10 ** (decibels / 10));
  const next = uniform(clip.length);
  return clip.map((sample) => {
    const noise = deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
    return Math.max(-32_768, Math.min(32_767, Math.round(sample + noise)));
  });
}

/** Numbers from 0 to 1, the same from the same seed (mulberry32). */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
