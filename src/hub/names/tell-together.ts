/**
 * Several things that were asked whether they are so, in one sentence: "piano lamp and rainbow lamp are on, 6 others are off". All are named but those of the
 * largest part, where there are many of them.
 */
import { greatest } from "../../base/list.ts";
import type { Vocabulary } from "../../driver/index.ts";
import { put, sayIs, sayNotReported } from "../../driver/index.ts";

type Language = Vocabulary["language"];

/** One of them. */
export interface Answered {
  readonly name: string;
  readonly state: string;
  /** As it was asked after. */
  readonly isSo: boolean;
  readonly source: { readonly ageMs: number; readonly restored: boolean; readonly isOwn: boolean; readonly isOfSeveral: boolean };
}

/** Fewer are told one by one. */
export const leastTogether = 3;
/** Of more in the largest part only their number is told. */
const mostNamed = 3;

/** The sentence. @param isOtherwise something that was asked is not as was asked, here or beside it @param isPartial something has not reported what was asked @param sourceOf in words whose word it is, and how old */
export function tellTogether(
  all: readonly Answered[],
  { vocabulary, isOtherwise, isPartial }: { readonly vocabulary: Vocabulary; readonly isOtherwise: boolean; readonly isPartial: boolean },
  sourceOf: (source: Answered["source"], replies: Language["Replies"]) => string,
): string {
  const { language } = vocabulary;
  const { Replies: replies } = language;
  const parts = partsOf(all);
  const largest = greatest(
    0,
    parts.map(({ names }) => names.length),
  );
  const counted = largest > mostNamed ? parts.findLast(({ names }) => names.length === largest) : undefined;
  const told = parts.map((part) => {
    const { names, state } = part;
    const [first = "", ...others] = names;
    if (part === counted)
      return put(parts.length > 1 ? replies.Others : isPartial ? replies.AllReported : replies.All, { n: String(names.length), state });
    return others.length === 0 ? sayIs(first, state, vocabulary) : put(replies.Are, { names: listed(names, language), state });
  });
  // What is counted are others than those that were named.
  const inOrder = counted === parts[0] ? [...told.slice(1), ...told.slice(0, 1)] : told;
  const source = {
    ageMs: greatest(
      0,
      all.map((each) => each.source.ageMs),
    ),
    restored: all.some((each) => each.source.restored),
    isOwn: all.every((each) => each.source.isOwn),
    isOfSeveral: true,
  };
  // Of all of them neither "yes" nor "no" is known where one says nothing.
  return `${isPartial ? "" : verdictOf(all, isOtherwise, replies)}${inOrder.join(", ")} (${sourceOf(source, replies)})`;
}

/** Those that have not reported what was asked, beside others or alone. */
export function tellSilent(names: readonly string[], vocabulary: Vocabulary, isAlone: boolean): string {
  const { Replies: replies } = vocabulary.language;
  const [only = "", ...others] = names;
  if (others.length === 0) return sayNotReported(only, vocabulary);
  if (names.length <= mostNamed) return put(replies.HaveNotReported, { names: listed(names, vocabulary.language) });
  return put(isAlone ? replies.NoneReported : replies.OthersNotReported, { n: String(names.length) });
}

/** Things by how they are, those first that are as was asked. */
function partsOf(all: readonly Answered[]): readonly { readonly names: readonly string[]; readonly state: string }[] {
  const parts = new Map<string, string[]>();
  for (const { name, state } of [...all.filter(({ isSo }) => isSo), ...all.filter(({ isSo }) => !isSo)]) {
    const names = parts.get(state);
    if (names === undefined) parts.set(state, [name]);
    else names.push(name);
  }
  return [...parts].map(([state, names]) => ({ state, names }));
}

/** Where some are so and some not, "yes" and "no" would both be wrong. */
function verdictOf(all: readonly Answered[], isOtherwise: boolean, { Yes, No }: Language["Replies"]): string {
  if (all.every(({ isSo }) => isSo)) return isOtherwise ? "" : Yes;
  return all.some(({ isSo }) => isSo) ? "" : No;
}

function listed(names: readonly string[], { And }: Language): string {
  return `${names.slice(0, -1).join(", ")} ${And[0] ?? ""} ${names.at(-1) ?? ""}`;
}
