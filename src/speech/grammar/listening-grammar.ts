/** What is kept of a house's grammar while it is listened by: what the recogniser reads, and what tells whether a sentence could have been another one. */
import { utf8 } from "../../base/bytes.ts";
import { finiteStateGrammar } from "./automaton.ts";
import type { HouseGrammar } from "./house-grammar.ts";
import { dictionaryOf } from "./pronunciation.ts";
import { type SentenceSet, sentenceSet } from "./sentence-set.ts";
import { type SoundAlikes, soundAlikes } from "./sound-alike.ts";
import type { Unspeakable } from "./target-phrases.ts";

/** Plain data, so that a process can hand it to another. */
export interface ListeningGrammar {
  /** A finite state grammar, and the sounds of its words, as the Sphinx recognisers read them. */
  readonly grammar: Uint8Array;
  readonly dictionary: Uint8Array;
  readonly sentences: SentenceSet;
  readonly alikes: SoundAlikes;
  /** Names that cannot be said. */
  readonly unspeakable: readonly Unspeakable[];
}

/** Of a grammar. */
export function listeningGrammar({ automaton, pronunciations, unspeakable }: HouseGrammar): ListeningGrammar {
  return {
    grammar: utf8(finiteStateGrammar(automaton)),
    dictionary: utf8(dictionaryOf(pronunciations)),
    sentences: sentenceSet(automaton),
    alikes: soundAlikes(pronunciations),
    unspeakable,
  };
}
