/** What is doubtful about names for whoever will say them aloud: of one when it is given, as it can still be changed then, and of those of a whole house. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Vocabulary } from "../../driver/index.ts";
import { mostLetters } from "./espeak-sounds.ts";
import { type Pronunciations, pronounce } from "./pronunciation.ts";
import { difference } from "./sound-alike.ts";
import { spokenWords } from "./spoken-word.ts";

/** So many sounds, and at most this part of the longer name's, differ where two names sound alike. */
const mostSounds = 2;
const mostPart = 0.34;
/** Most names that are told of one which sounds like them. */
const mostLike = 3;

/** By which words and sounds names are judged. */
export interface NameSounds {
  readonly vocabulary: Vocabulary;
  /** How words sound; by Debian's dictionary and espeak-ng. Errors: ERR_ADAPTER where there is none. */
  readonly sounds?: ((words: Iterable<string>) => Promise<Pronunciations>) | undefined;
}

/** What names are held against. */
export interface NamesBeside extends NameSounds {
  /** Names and other names of other things. */
  readonly others: readonly string[];
  /** Other names of the same thing, which are asked after no more: where one of them can be said, that is enough. */
  readonly besides?: readonly string[];
  readonly isAll?: Called["isAll"];
}

/** Something of the house that is called by these names. */
export interface Called {
  readonly names: readonly string[];
  /** What it is, where it is no device: "the place". */
  readonly what?: string;
  /** Only whether it can be said is asked. */
  readonly isBeside?: boolean;
  /** Whether it is all that is meant by "all blinds": the one name may be heard for the other then. */
  readonly isAll?: (group: string) => boolean;
}

/** The words of a name that have no sounds; none where its letters are others than English ones. It sounds like others. */
export type NameDoubt =
  | { readonly kind: "unsaid"; readonly name: string; readonly what?: string; readonly lacking: readonly string[] }
  | { readonly kind: "alike"; readonly name: string; readonly what?: string; readonly others: readonly string[] };

/** Sentences about the names of one thing, none where nothing is doubtful. Errors: as `sounds`. */
export async function nameDoubts(names: readonly string[], { others, besides = [], isAll, ...by }: NamesBeside): Promise<string[]> {
  const own = [...names, ...besides];
  const beside = [...new Set([...others, ...groupsBeside(groupsOf(by.vocabulary), { isAll })])].filter((name) => !own.includes(name));
  const soundOf = await soundings([...own, ...beside], by);
  return doubtsOf({ names }, { own, beside, soundOf }).map((doubt) =>
    doubt.kind === "alike" ? sayDoubt(doubt) : `${sayDoubt(doubt)}${byRules(doubt)}; give it another name besides by --alias`,
  );
}

/** All that is doubtful about the names of a house, what cannot be said first, each pair that sounds alike once. Others have their turn meanwhile. Errors: as `sounds`. */
export async function houseDoubts(all: readonly Called[], by: NameSounds): Promise<readonly NameDoubt[]> {
  const groups = groupsOf(by.vocabulary);
  const soundOf = await soundings([...all.flatMap(({ names }) => names), ...groups], by);
  const found: NameDoubt[] = [];
  for (const [at, called] of all.entries()) {
    const later = all.slice(at + 1).flatMap(({ names, isBeside }) => (isBeside ? [] : names));
    const beside = called.isBeside ? [] : [...new Set([...later, ...groupsBeside(groups, called)])].filter((name) => !called.names.includes(name));
    for (const doubt of doubtsOf(called, { own: called.names, beside, soundOf })) found.push(doubt);
    await nextTurn();
  }
  const isUnsaid = ({ kind }: NameDoubt): boolean => kind === "unsaid";
  return [...found.filter(isUnsaid), ...found.filter((doubt) => !isUnsaid(doubt))];
}

/** One of them in words, without what to do. */
export function sayDoubt(doubt: NameDoubt): string {
  const name = [...(doubt.what === undefined ? [] : [doubt.what]), JSON.stringify(doubt.name)].join(" ");
  if (doubt.kind === "alike")
    return `${name} sounds like ${doubt.others.map((other) => JSON.stringify(other)).join(" and ")}: the hub will ask back when it hears one of them`;
  const lacking = doubt.lacking.map((word) => JSON.stringify(word)).join(", ");
  return `${name} cannot be said to the hub's own recogniser${lacking === "" ? "" : `: the dictionary lacks ${lacking}`}`;
}

/** True where Debian's espeak-ng, which is not there then, would say it. */
export function isForRules(doubt: NameDoubt): boolean {
  return doubt.kind === "unsaid" && doubt.lacking.length > 0 && doubt.lacking.every((word) => word.length <= mostLetters);
}

function byRules(doubt: NameDoubt): string {
  const isLacking = doubt.kind === "unsaid" && doubt.lacking.length > 0;
  return isLacking ? ` (Debian's espeak-ng, where it is installed, says words of up to ${mostLetters} letters)` : "";
}

/** "All lights", which "hall light" sounds like. */
function groupsOf({ language, nouns }: Vocabulary): readonly string[] {
  const [all = ""] = language.All;
  return [...nouns].filter(([, { plural }]) => plural).map(([noun]) => `${all} ${noun}`);
}

function groupsBeside(groups: readonly string[], { isAll = () => false }: { readonly isAll?: Called["isAll"] }): readonly string[] {
  return groups.filter((group) => !isAll(group));
}

/** How a name sounds, or which of its words have no sounds. */
interface Sounding {
  readonly sound?: readonly string[];
  readonly lacking: readonly string[];
}

async function soundings(
  names: Iterable<string>,
  { sounds = pronounce }: Pick<NameSounds, "sounds">,
): Promise<(name: string) => Sounding | undefined> {
  const words = new Map([...names].map((name) => [name, spokenWords(name)]));
  const known = await sounds(new Set([...words.values()].flatMap((said) => said ?? [])));
  const found = new Map(
    [...words].map(([name, said]): [string, Sounding] => {
      const lacking = said?.filter((word) => !known.has(word)) ?? [];
      return [name, said === undefined || lacking.length > 0 ? { lacking } : { sound: said.flatMap((word) => known.get(word)?.[0] ?? []), lacking }];
    }),
  );
  return (name) => found.get(name);
}

interface Held {
  readonly own: readonly string[];
  readonly beside: readonly string[];
  readonly soundOf: (name: string) => Sounding | undefined;
}

function doubtsOf({ names, what }: Called, { own, beside, soundOf }: Held): readonly NameDoubt[] {
  const canBeSaid = own.some((name) => soundOf(name)?.sound !== undefined);
  const is = what === undefined ? {} : { what };
  return names.flatMap((name): NameDoubt[] => {
    const { sound, lacking = [] } = soundOf(name) ?? {};
    // By another of its names it is spoken of.
    if (sound === undefined) return canBeSaid ? [] : [{ kind: "unsaid", name, ...is, lacking }];
    const others = beside.filter((other) => isAlike(sound, soundOf(other)?.sound)).slice(0, mostLike);
    return others.length === 0 ? [] : [{ kind: "alike", name, ...is, others }];
  });
}

function isAlike(sound: readonly string[], other: readonly string[] | undefined): boolean {
  if (other === undefined) return false;
  const most = Math.min(mostSounds, mostPart * Math.max(sound.length, other.length));
  return Math.abs(sound.length - other.length) <= most && difference(sound, other) <= most;
}
