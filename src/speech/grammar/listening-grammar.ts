/** What is kept of a house's grammar while it is listened by: its sentences, how their words sound, and which of them could be taken for each other. */
import { deflateSync } from "node:zlib";
import { utf8 } from "../../base/bytes.ts";
import type { HouseGrammar } from "./house-grammar.ts";
import { dictionaryOf, withWays } from "./pronunciation.ts";
import { type SentenceSet, sentenceSet } from "./sentence-set.ts";
import { type SoundAlikes, soundAlikes } from "./sound-alike.ts";
import type { Unspeakable } from "./target-phrases.ts";

/** Plain data, so that a process can hand it to another. */
export interface ListeningGrammar {
  readonly sentences: SentenceSet;
  /** The language model of what may be said beside (trigrams.ts), deflated: a text of a million letters. */
  readonly model: Uint8Array;
  /** The sounds of the words of both, as the Sphinx recognisers read them. */
  readonly dictionary: Uint8Array;
  readonly alikes: SoundAlikes;
  readonly opposites: HouseGrammar["opposites"];
  /** Names that cannot be said. */
  readonly unspeakable: readonly Unspeakable[];
}

/** Of a grammar. */
export function listeningGrammar({ automaton, model, pronunciations, british = new Map(), opposites, unspeakable }: HouseGrammar): ListeningGrammar {
  return {
    sentences: sentenceSet(automaton),
    model: deflateSync(model),
    dictionary: utf8(dictionaryOf(withWays(pronunciations, british))),
    // By the American ways alone: whoever says "set" is not taken to have said a British "start".
    alikes: soundAlikes(pronunciations),
    opposites,
    unspeakable,
  };
}
