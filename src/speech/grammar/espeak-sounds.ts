/**
 * How words sound by the rules of spelling: Debian's espeak-ng says them in letters of phonetics, where it is installed. It is asked once for all words of a
 * house. These come from names that anybody may have given: what reaches the program are lines of small letters, by a pipe, bounded in count and length.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { type Clock, systemClock } from "../../base/clock.ts";
import { inTime } from "../../base/in-time.ts";
import { type Accent, soundsOfIpa } from "./ipa.ts";

/** Word -> its sounds; without those that have none so, and empty where nobody can say. */
export type SoundsByRule = (words: Iterable<string>, accent: Accent) => Promise<ReadonlyMap<string, readonly string[]>>;

/** Where Debian puts it. */
const debianProgram = "/usr/bin/espeak-ng";
/** A quarter of a millisecond each; more are left out. */
const mostWords = 8000;
export const mostLetters = 40;
/** Of a word; one that is no word is spelled letter by letter, and W alone has eight. */
const mostSounds = 40;
/** Octets of an answer: some sixty a word. */
const mostAnswer = 1 << 20;
const deadlineMs = 20_000;
/** Words a minute: it makes the sound of them though nobody hears it, and of fast ones less; above this it takes longer again. */
const pace = 400;

/** Of another program, and by another clock. */
interface EspeakOptions {
  readonly program?: string;
  readonly clock?: Clock;
}

/** By espeak-ng; nothing is known where it is not, is late, or does not answer line by line. */
export async function espeakSounds(
  words: Iterable<string>,
  accent: Accent,
  { program = debianProgram, clock = systemClock }: EspeakOptions = {},
): Promise<ReadonlyMap<string, readonly string[]>> {
  const asked = [...words].filter((word) => word.length <= mostLetters && /^[a-z][a-z']*$/.test(word)).slice(0, mostWords);
  const lines = asked.length === 0 ? [] : await answer(asked, { program, accent, clock });
  if (lines.length !== asked.length) return new Map();
  const sounds = asked.map((word, at) => [word, soundsOfIpa(lines[at]?.trim() ?? "", accent)] as const);
  return new Map(sounds.flatMap(([word, found]) => (found && found.length <= mostSounds ? [[word, found] as const] : [])));
}

/** A line for each word; none where the program fails. */
async function answer(
  words: readonly string[],
  { program, accent, clock }: Required<EspeakOptions> & { readonly accent: Accent },
): Promise<string[]> {
  // Without pipes where this process may open nothing more.
  const child: ChildProcess = spawn(program, ["-q", "--ipa", "-s", `${pace}`, "-v", accent], {
    env: { PATH: "/usr/bin:/bin" },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const end = (): void => {
    child.kill("SIGKILL");
    child.stdout?.destroy();
  };
  const pieces: Buffer[] = [];
  let octets = 0;
  child.stdout?.on("data", (piece: Buffer) => {
    octets += piece.length;
    if (octets > mostAnswer) end();
    else pieces.push(piece);
  });
  child.stdin?.on("error", () => undefined);
  // With a comma behind, it is read as a word: "a" as in "a lamp", and no line is joined to the next.
  child.stdin?.end(words.map((word) => `${word === "oclock" ? "o'clock" : word},\n`).join(""));
  const ended = new Promise<boolean>((resolve) => {
    child.once("error", () => resolve(false));
    child.once("close", (code) => resolve(code === 0));
  });
  const late = (): Error => {
    end();
    return new Error(`${program} took more than ${deadlineMs / 1000} s`);
  };
  const isWhole = await inTime(ended, { ms: deadlineMs, clock, late }).catch(() => false);
  return isWhole ? Buffer.concat(pieces).toString().trimEnd().split("\n") : [];
}
