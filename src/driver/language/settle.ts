/** What the readings of a sentence come to: one meaning is acted on, several are a question, and where none fits it is said what does not. */
import { MeshError } from "../../base/errors.ts";
import type { Context } from "./context.ts";
import type { Interpretation } from "./interpret.ts";
import { isOff, isTooMuch, meaningOf } from "./meaning.ts";
import type { NameIndex, Scene } from "./name-index.ts";
import { type Reading, withoutParts } from "./readings.ts";
import { readReference } from "./referent.ts";
import { askMeant, askWhich, put, sayNothing, sayUnable } from "./reply.ts";
import { candidateOf, lookAlikes } from "./resolve.ts";
import { ordersOf, sceneCandidate, scenesAlike } from "./scene.ts";
import { refuse } from "./why-not.ts";

/** Most things that a misspelt name is asked back for. */
const alikeLimit = 3;

/** One meaning is acted on; several, or one that fits several things, are a question. */
export function settle(readings: readonly Reading[], index: NameIndex, { known, isLater }: Pick<Context, "known" | "isLater">): Interpretation {
  const meant = new Map<string, Reading>();
  for (const reading of readings) {
    // One alone is compared with none.
    const acts = readings.length < 2 ? [] : reading.found.things.map((thing) => [thing.udf, reading.act(thing)]);
    meant.set(JSON.stringify([reading.found.kind === "ambiguous", acts]), reading);
  }
  const [only, ...others] = withoutParts([...meant.values()]);
  if (only === undefined) throw new MeshError("ERR_INTERNAL", "no reading to settle");
  // "Are the lights on": of all that may be meant, where nothing is done; "lights out": all of them, where no place is known.
  const { found, act } = only;
  const isAskedOfAll = found.isGroup === true && found.things.every((thing) => act(thing)?.kind === "query");
  const isOfAll = isAskedOfAll || (found.isAllOff === true && found.things.every((thing) => isOff(act(thing))));
  if (others.length > 0 || (found.kind === "ambiguous" && !isOfAll) || isTooMuch(found.things, only, index)) {
    const things = new Set([...meant.values()].flatMap((reading) => reading.found.things));
    const candidates = [...things].map((thing) => candidateOf(thing, index));
    const [words] = [only, ...others].flatMap((reading) => (reading.found.words ? [reading.found.words] : [])).sort((a, b) => a.length - b.length);
    const phrase = words === undefined ? {} : { phrase: words.join(" ") };
    return { kind: "question", text: askWhich(candidates, index.vocabulary.language), candidates, ...phrase };
  }
  return meaningOf(found, act, { index, known, isLater });
}

/** One scene, and no device that is called so, is what is meant; else it is asked. */
export function settleScene(scenes: readonly Scene[], fitting: readonly Reading[], index: NameIndex): Interpretation {
  const [scene, ...others] = scenes;
  if (scene === undefined || others.length > 0 || fitting.length > 0) {
    const things = new Set(fitting.flatMap(({ found }) => found.things));
    const candidates = [...scenes.map(sceneCandidate), ...[...things].map((thing) => candidateOf(thing, index))];
    return { kind: "question", text: askWhich(candidates, index.vocabulary.language), candidates };
  }
  const orders = ordersOf(scene, index);
  const spoken = orders
    .map(({ spoken: text }) => text)
    .filter((text) => text !== "")
    .join("; ");
  return { kind: "command", orders, spoken };
}

/** What there is to say of a sentence that fits nothing: a device that looks alike, then a scene, then why not. */
export function closestOf(readings: readonly Reading[], tokens: readonly string[], index: NameIndex): Interpretation | undefined {
  const nothing = nothingFits(readings, index);
  return nothing?.kind === "question" ? nothing : (askScene(tokens, index) ?? nothing);
}

/** Nothing that is called so: a scene whose name looks alike is asked back, and never begun. */
function askScene(tokens: readonly string[], index: NameIndex): Interpretation | undefined {
  const { language } = index.vocabulary;
  const { phrase, scenes } = scenesAlike(tokens, index);
  if (scenes.length === 0) return undefined;
  const candidates = scenes.slice(0, alikeLimit).map(sceneCandidate);
  return { kind: "question", text: askMeant(phrase, candidates, language), candidates, phrase: phrase.join(" ") };
}

/** Nothing fits: says what does not, if some reading got as far as a name. */
function nothingFits(readings: readonly Reading[], index: NameIndex): Interpretation | undefined {
  const unable = readings.find(({ found }) => found.unable.length > 0);
  if (unable !== undefined) {
    const candidates = unable.found.unable.map((thing) => candidateOf(thing, index));
    return { kind: "unknown", text: sayUnable(candidates, index.vocabulary.language), suggestions: [] };
  }
  // The shortest phrase is that of the reading which explains most of the sentence.
  const [closest] = readings.filter(({ phrase }) => phrase.length > 0).sort((a, b) => a.phrase.length - b.phrase.length);
  if (closest === undefined) return undefined;
  const { phrase } = closest;
  const { language } = index.vocabulary;
  if (readReference(phrase, language) !== undefined) return refuse(put(language.Replies.NoReferent, { phrase: phrase.join(" ") }));
  const about = readings.filter((reading) => reading.phrase.join(" ") === phrase.join(" "));
  const alike = lookAlikes(phrase, index).filter((thing) => about.some(({ act }) => act(thing) !== undefined));
  if (alike.length === 0) return { kind: "unknown", text: sayNothing(phrase, language), suggestions: [], isNothing: true };
  const candidates = alike.slice(0, alikeLimit).map((thing) => candidateOf(thing, index));
  return { kind: "question", text: askMeant(phrase, candidates, language), candidates, phrase: phrase.join(" ") };
}
