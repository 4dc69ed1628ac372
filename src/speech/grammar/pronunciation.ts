/**
 * How words sound: the lines of a pronouncing dictionary (CMUdict, as Debian's pocketsphinx-en-us carries it) for the words that are asked after, and no
 * other: the whole of it is 3 MB. A compound that it lacks sounds like its two halves ("worktop"), a plural or genitive like the one it has ("bobs"), any
 * other word by the rules of spelling ("smoothie"). The dictionary is American.
 */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { MeshError } from "../../base/errors.ts";
import { espeakSounds, type SoundsByRule } from "./espeak-sounds.ts";

/** Where Debian's package puts it. */
export const debianDictionary = "/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict";

/** Word -> each way to say it, in the sounds of the model. */
export type Pronunciations = ReadonlyMap<string, readonly (readonly string[])[]>;

/** Ways that many have and neither dictionary nor rules give: to them "off" sounds as "on" begins, and no R is heard in "turn". */
const moreWays: Pronunciations = new Map([
  ["off", [["AA", "F"]]],
  [
    "turn",
    [
      ["T", "UH", "N"],
      ["T", "AH", "N"],
    ],
  ],
  [
    "garage",
    [
      ["G", "AE", "R", "IH", "JH"],
      ["G", "AA", "R", "AA", "ZH"],
    ],
  ],
]);
/** "Night" and "nine" as they begin in Britain: behind this sound the vowel lies far back. */
const far = { behind: "N", vowel: "AY", back: ["AO", "IY"] } as const;

/** Ways of the dictionary to say one word, and letters of a half of a compound. */
const mostWays = 4;
const leastHalf = 3;

/** The words of them that can be said. @param byRule of those that the dictionary lacks. Errors: ERR_ADAPTER when there is no dictionary. */
export async function pronounce(
  words: Iterable<string>,
  file: string = debianDictionary,
  byRule: SoundsByRule = espeakSounds,
): Promise<Pronunciations> {
  const all = [...words];
  const listed = await listedWays(all, file);
  const spelled = await byRule(
    all.filter((word) => !listed.has(word)),
    "en-us",
  );
  const found = new Map<string, readonly (readonly string[])[]>();
  for (const word of all) {
    const ways = listed.get(word) ?? one(spelled.get(word));
    if (ways.length > 0) found.set(word, [...ways, ...ways.flatMap(farBack), ...(moreWays.get(word) ?? [])]);
  }
  return found;
}

/** With one more way of each word, behind the others, where it is none of them. */
export function withWays(pronunciations: Pronunciations, more: ReadonlyMap<string, readonly string[]>): Pronunciations {
  return new Map(
    [...pronunciations].map(([word, ways]) => {
      const known = ways.map((way) => way.join(" "));
      return [word, [...ways, ...one(more.get(word)).filter((way) => !known.includes(way.join(" ")))]];
    }),
  );
}

function one<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}

/** As the dictionary has them, or their parts. */
async function listedWays(words: readonly string[], file: string): Promise<Pronunciations> {
  const wanted = new Map(words.map((word) => [word, halvesOf(word)]));
  const sought = new Set([...wanted].flatMap(([word, halves]) => [word, genitive(word), ...halves.flat()]));
  const known = new Map<string, string[][]>();
  try {
    for await (const line of createInterface({ input: createReadStream(file, "utf8"), crlfDelay: Infinity })) {
      const end = line.indexOf(" ");
      const word = line.slice(0, end).replace(/\(\d+\)$/, "");
      if (end < 1 || !sought.has(word)) continue;
      const ways = known.get(word) ?? [];
      if (ways.length < mostWays)
        ways.push(
          line
            .slice(end + 1)
            .trim()
            .split(/\s+/),
        );
      known.set(word, ways);
    }
  } catch (cause) {
    throw new MeshError("ERR_ADAPTER", `no dictionary of sounds at ${file}`, { cause, hint: "install Debian's package pocketsphinx-en-us" });
  }
  return new Map(
    [...wanted].flatMap(([word, halves]) => {
      const ways = known.get(word) ?? known.get(genitive(word)) ?? compound(halves, known);
      return ways ? [[word, ways] as const] : [];
    }),
  );
}

/** The same with the vowel far back; nothing where it has none. */
function farBack(way: readonly string[]): readonly (readonly string[])[] {
  const isFar = (sound: string, at: number): boolean => sound === far.vowel && way[at - 1] === far.behind;
  return way.some(isFar) ? [way.flatMap((sound, at) => (isFar(sound, at) ? far.back : [sound]))] : [];
}

/** "bobs" as "bob's", "oclock" as "o'clock". */
function genitive(word: string): string {
  return word === "oclock" ? "o'clock" : word.replace(/s$/, "'s");
}

function halvesOf(word: string): readonly (readonly [string, string])[] {
  const halves: [string, string][] = [];
  for (let at = leastHalf; at <= word.length - leastHalf; at++) halves.push([word.slice(0, at), word.slice(at)]);
  return halves;
}

/** The way that has the longest first half: "worktop" is work and top. */
function compound(halves: readonly (readonly [string, string])[], known: ReadonlyMap<string, readonly string[][]>): readonly string[][] | undefined {
  for (const [first, second] of halves.toReversed()) {
    const [head] = known.get(first) ?? [];
    const [tail] = known.get(second) ?? [];
    if (head && tail) return [[...head, ...tail]];
  }
  return undefined;
}

/** The lines of a dictionary for a recogniser. */
export function dictionaryOf(pronunciations: Pronunciations): string {
  const lines = [...pronunciations].flatMap(([word, ways]) =>
    ways.map((sounds, at) => `${word}${at === 0 ? "" : `(${at + 1})`} ${sounds.join(" ")}`),
  );
  return `${lines.sort().join("\n")}\n`;
}
