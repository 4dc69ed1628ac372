/** What is doubtful about the names of a device for whoever will say them to this hub: told when they are given, as they are soon changed then. */
import { isMeshError } from "../../base/errors.ts";
import type { NamedThing } from "../../driver/index.ts";
import type { SpokenBook } from "../../names/name-book.ts";
import { nameDoubts } from "../../speech/grammar/name-doubts.ts";
import type { Pronunciations } from "../../speech/grammar/pronunciation.ts";

/** What they are looked up in. */
export interface NameNotesOptions {
  /** In the language of the recogniser. */
  readonly book: Pick<SpokenBook, "index" | "vocabulary">;
  /** How words sound; by Debian's dictionary. */
  readonly sounds?: (words: Iterable<string>) => Promise<Pronunciations>;
}

/** A device, with what it is called where the book has not read that yet, or with the one name that it will have. */
interface Called {
  readonly udf: string;
  readonly name?: string | undefined;
  readonly wanted?: string | undefined;
}

/** Sentences, none where nothing is doubtful or there is no dictionary. */
export async function nameNotes({ udf, name, wanted }: Called, { book, sounds }: NameNotesOptions): Promise<readonly string[]> {
  const { index, vocabulary } = book;
  const namesOf = ({ name, aliases = [] }: NamedThing): string[] => [name, ...aliases.map(({ Name }) => Name)];
  const known = wanted !== undefined ? [wanted] : index.things.filter((thing) => thing.udf === udf).flatMap(namesOf);
  const own = known.length > 0 || name === undefined ? known : [name];
  const others = index.things.filter((thing) => thing.udf !== udf).flatMap(namesOf);
  try {
    return await nameDoubts(own, { others, vocabulary, ...(sounds ? { sounds } : {}) });
  } catch (error) {
    if (!isMeshError(error, "ERR_ADAPTER")) throw error;
    return [];
  }
}
