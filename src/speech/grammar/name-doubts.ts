/** What is doubtful about a name for whoever will say it aloud: told when it is given, as it can still be changed then. */
import type { Vocabulary } from "../../driver/index.ts";
import { mostLetters } from "./espeak-sounds.ts";
import { type Pronunciations, pronounce } from "./pronunciation.ts";
import { difference } from "./sound-alike.ts";
import { spokenWords } from "./spoken-word.ts";

/** So many sounds, and at most this part of the longer name's, differ where two names sound alike. */
const mostSounds = 2;
const mostPart = 0.34;

/** What names are held against. */
export interface NamesBeside {
  /** Names and other names of other things. */
  readonly others: readonly string[];
  readonly vocabulary: Vocabulary;
  /** How words sound; by Debian's dictionary and espeak-ng. Errors: ERR_ADAPTER where there is none. */
  readonly sounds?: (words: Iterable<string>) => Promise<Pronunciations>;
}

/** Sentences about the names, none where nothing is doubtful. Errors: as `sounds`. */
export async function nameDoubts(names: readonly string[], { others, vocabulary, sounds = pronounce }: NamesBeside): Promise<string[]> {
  const [all = ""] = vocabulary.language.All;
  // "All lights", which "hall light" sounds like.
  const groups = [...vocabulary.nouns].filter(([, { plural }]) => plural).map(([noun]) => `${all} ${noun}`);
  const beside = [...new Set([...others, ...groups])].filter((name) => !names.includes(name));
  const words = new Map([...names, ...beside].map((name) => [name, spokenWords(name)]));
  const known = await sounds(new Set([...words.values()].flatMap((said) => said ?? [])));
  const soundOf = (name: string): readonly string[] | undefined => {
    const parts = words.get(name)?.map((word) => known.get(word)?.[0]);
    return parts?.every((part) => part !== undefined) === true ? parts.flatMap((part) => part ?? []) : undefined;
  };
  return names.flatMap((name) => {
    const said = words.get(name);
    const missing = said?.filter((word) => !known.has(word)) ?? [];
    if (said === undefined || missing.length > 0) {
      const lacking = missing.map((word) => JSON.stringify(word)).join(", ");
      const rules = `Debian's espeak-ng, where it is installed, says words of up to ${mostLetters} letters`;
      const which = said === undefined ? "" : `: the dictionary lacks ${lacking} (${rules})`;
      return [`${JSON.stringify(name)} cannot be said to the hub's own recogniser${which}; give it another name besides by --alias`];
    }
    const sound = soundOf(name);
    const twins = beside.filter((other) => {
      const otherSound = soundOf(other);
      const differing = sound && otherSound && difference(sound, otherSound);
      return differing !== undefined && differing <= mostSounds && differing <= mostPart * Math.max(sound?.length ?? 0, otherSound?.length ?? 0);
    });
    return twins
      .slice(0, 3)
      .map((other) => `${JSON.stringify(name)} sounds like ${JSON.stringify(other)}: the hub will ask back when it hears one of them`);
  });
}
