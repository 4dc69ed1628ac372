/** What is asked back of a sentence, and the sentence that a "yes" to it would be: a part of it that is an order, or all of it with a misspelt name put right. */
import type { SayResult } from "../../api/index.ts";
import { type Interpretation, interpret, referredBy, type SpeakerContext } from "../../driver/index.ts";
import type { SpokenBook } from "../../names/name-book.ts";

/** Who asked, and by which names. */
interface Asked {
  readonly text: string;
  readonly index: SpokenBook["index"];
  readonly context: SpeakerContext;
  readonly mayRead: (deviceUdf: string) => boolean;
}

type Question = Extract<Interpretation, { kind: "question" }>;

/** The question; undefined where it would tell of what the speaker does not see. */
export function questionOf(meant: Question, asked: Asked): SayResult | undefined {
  // What he does not see he is not told of, not even that his words are understood.
  if (meant.sentence !== undefined && !isSeen(meant.sentence, asked)) return undefined;
  const sentence = meant.sentence ?? mended(meant, asked);
  return {
    kind: "question",
    text: meant.text,
    ...(sentence === undefined ? {} : { sentence }),
    candidates: meant.candidates.map(({ udf, name, place, class: kind }) => ({ udf, name, place: [...place], class: kind })),
  };
}

/** The sentence with the only name that looks like what was written, where it then is of that alone. */
function mended({ candidates, phrase }: Question, asked: Asked): string | undefined {
  const [only, ...others] = candidates;
  if (only === undefined || others.length > 0 || phrase === undefined) return undefined;
  const { text, index, context } = asked;
  const [before, behind, ...again] = text.toLowerCase().split(phrase);
  if (before === undefined || behind === undefined || again.length > 0) return undefined;
  const sentence = `${text.slice(0, before.length)}${only.name}${text.slice(before.length + phrase.length)}`;
  const meant = interpret(sentence, index, context);
  if (meant.kind === "question" || meant.kind === "unknown") return undefined;
  const things = referredBy(meant, index)?.things ?? [];
  const isOfThat = only.class === "scene" || (things.length === 1 && things[0] === only.udf);
  return isOfThat && isSeen(sentence, asked) ? sentence : undefined;
}

/** True where the speaker sees all that a sentence is of. */
function isSeen(sentence: string, { index, context, mayRead }: Asked): boolean {
  return referredBy(interpret(sentence, index, context), index)?.things.every(mayRead) === true;
}
