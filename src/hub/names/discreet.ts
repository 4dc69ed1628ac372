/** What is said to somebody who does not see the whole house: nothing of what he does not see. */
import type { SaidTarget, SayResult } from "../../api/index.ts";
import { askWhich } from "../../driver/index.ts";
import type { SpokenBook } from "../../names/name-book.ts";

/** What the listener may hear of. */
export interface Listener {
  readonly mayRead: (deviceUdf: string) => boolean;
  readonly book: SpokenBook;
}

/** The answer without names, places and values of devices that the listener may not read. */
export function discreet(said: SayResult, { mayRead, book }: Listener): SayResult {
  const all = [...book.index.things.values()];
  if (all.every(({ udf }) => mayRead(udf))) return said;
  const { language } = book.vocabulary;
  switch (said.kind) {
    case "question": {
      const candidates = said.candidates.filter(({ udf }) => mayRead(udf));
      if (candidates.length === said.candidates.length) return said;
      const text = candidates.length === 0 ? language.Replies.NotUnderstood : askWhich(candidates, language);
      return { ...said, text, candidates };
    }
    // Sentences and suggestions that are not understood are told by the names of the house.
    case "unknown":
      return { ...said, text: language.Replies.NotUnderstood, suggestions: [] };
    default: {
      const isHeard = ({ udf, result, error }: SaidTarget): boolean =>
        udf === "" ? error?.code !== "ERR_NOT_AUTHORIZED" : result !== "Reject" || mayRead(udf);
      const targets = said.targets.filter(isHeard);
      // As if there were no such thing.
      if (targets.length === 0 && said.targets.length > 0) return { kind: "unknown", text: language.Replies.NotUnderstood, suggestions: [] };
      return targets.length === said.targets.length ? said : { ...said, text: targets.map(({ text }) => text).join("; "), targets };
    }
  }
}
