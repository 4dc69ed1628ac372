/**
 * What is asked back of a sentence, the sentence that a "yes" to it would be (a part of it that is an order, or all of it with a misspelt name put right), and
 * where one of several may be meant, the sentence that is of each alone.
 */
import type { SayResult } from "../../api/index.ts";
import { type Candidate, type Interpretation, interpret, inWordsFor, referredBy, type SpeakerContext } from "../../driver/index.ts";
import type { SpokenBook } from "../../names/name-book.ts";

/** Most candidates that have a sentence of their own: each is read. */
const mostOffered = 12;
/** So many without one, and no more are looked for: a long sentence in a large house takes a while to read. */
const mostMissed = 3;

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
  let missed = 0;
  const candidates = meant.candidates.map((candidate, at) => {
    const { udf, name, place, class: kind } = candidate;
    const own = at < mostOffered && missed < mostMissed ? sentenceOf(candidate, meant, asked) : undefined;
    missed += own === undefined ? 1 : 0;
    return { udf, name, place: [...place], class: kind, ...(own === undefined ? {} : { sentence: own }) };
  });
  const [only, ...others] = candidates;
  const sentence = meant.sentence ?? (others.length === 0 ? only?.sentence : undefined);
  return { kind: "question", text: meant.text, ...(sentence === undefined ? {} : { sentence }), candidates };
}

/** The sentence with the name of one candidate, with its place where others are called so, in the place of what may be several. */
function sentenceOf(candidate: Candidate, { candidates, phrase }: Question, asked: Asked): string | undefined {
  if (phrase === undefined) return undefined;
  const { text, index } = asked;
  const names = [[candidate.name], [...candidate.place.slice(-1), candidate.name]].map((words) => words.join(" "));
  for (const name of names) {
    const sentence = inWordsFor(text, phrase.split(" "), name, index.vocabulary.language);
    const meant = sentence === undefined ? undefined : interpret(sentence, index, asked.context);
    // Of "it's late, turn off the lamp" what is behind the talk.
    const said = meant?.kind === "question" ? meant.sentence : sentence;
    if (said !== undefined && isOf(candidate, candidates, said, asked)) return said;
  }
  return undefined;
}

/** True where a sentence is of this candidate, of none of the others, and of what the speaker sees. */
function isOf({ udf, class: kind }: Candidate, candidates: readonly Candidate[], sentence: string, asked: Asked): boolean {
  const meant = interpret(sentence, asked.index, asked.context);
  if (meant.kind === "question" || meant.kind === "unknown") return false;
  const things = referredBy(meant, asked.index)?.things ?? [];
  const isOfThat = kind === "scene" || (things.includes(udf) && candidates.every((other) => other.udf === udf || !things.includes(other.udf)));
  return isOfThat && things.every(asked.mayRead);
}

/** True where the speaker sees all that a sentence is of. */
function isSeen(sentence: string, { index, context, mayRead }: Asked): boolean {
  return referredBy(interpret(sentence, index, context), index)?.things.every(mayRead) === true;
}
