/**
 * Sentences as a minimal automaton over words: what a recogniser walks along while it listens. Made from lists of sentences, in which a word such as `<target>` (without blanks) may stand for another automaton.
 */
import { MeshError } from "../../base/errors.ts";

/** States from 0; what each word leads to, no word to two. */
export interface Automaton {
  readonly start: number;
  readonly edges: readonly ReadonlyMap<string, number>[];
  readonly finals: ReadonlySet<number>;
}

/** More than a house of some hundred names needs; a recogniser that searches more does not keep up with speech. */
const mostStates = 40_000;

interface Growing {
  readonly next: Map<string, Growing>;
  isFinal: boolean;
  id: number;
}

const growing = (): Growing => ({ next: new Map(), isFinal: false, id: -1 });

/** The automaton of just these sentences. */
export function automatonOf(sentences: Iterable<readonly string[]>): Automaton {
  const root = growing();
  for (const words of sentences) {
    let state = root;
    for (const word of words) {
      const next = state.next.get(word) ?? growing();
      state.next.set(word, next);
      state = next;
    }
    state.isFinal = true;
  }
  return joinEnds(root);
}

/** Joins states from which the same is to come. What is given is a tree, or the states of a graph without circles. */
function joinEnds(root: Growing): Automaton {
  const known = new Map<string, number>();
  const edges: Map<string, number>[] = [];
  const finals = new Set<number>();
  const open = [root];
  while (open.length > 0) {
    const state = open.at(-1) as Growing;
    const waiting = state.id < 0 ? [...state.next.values()].filter(({ id }) => id < 0) : [];
    if (waiting.length > 0) {
      for (const next of waiting) open.push(next);
      continue;
    }
    open.pop();
    if (state.id >= 0) continue;
    const own = new Map([...state.next].map(([word, { id }]) => [word, id]));
    const signature = `${state.isFinal}|${[...own]
      .map(([word, to]) => `${word} ${to}`)
      .sort()
      .join("|")}`;
    const id = known.get(signature) ?? edges.length;
    state.id = id;
    if (known.has(signature)) continue;
    known.set(signature, id);
    edges.push(own);
    if (state.isFinal) finals.add(id);
  }
  return { start: root.id, edges, finals };
}

/**
 * The automaton with others in the places of the words that stand for them. Errors: ERR_TOO_LARGE above the bound, with its figure.
 * @param parts word -> what it stands for; the parts have no such words
 */
export function withParts(whole: Automaton, parts: ReadonlyMap<string, Automaton>): Automaton {
  const places = new Places(whole, parts);
  const states = new Map<string, { readonly state: Growing; readonly set: readonly number[] }>();
  const stateOf = (from: ReadonlySet<number>): Growing => {
    const set = [...from].sort((a, b) => a - b);
    const key = set.join(",");
    const known = states.get(key);
    if (known) return known.state;
    if (states.size >= mostStates) throw new MeshError("ERR_TOO_LARGE", `the grammar of speech has more than ${mostStates} states: too many names`);
    const state = growing();
    state.isFinal = set.some((place) => whole.finals.has(place));
    states.set(key, { state, set });
    return state;
  };
  const root = stateOf(new Set(places.closed(whole.start)));
  // A map gives what is added while it is walked.
  for (const { state, set } of states.values()) {
    const next = new Map<string, Set<number>>();
    for (const place of set) {
      for (const [word, to] of places.edges(place)) {
        const reached = next.get(word) ?? new Set<number>();
        for (const one of places.closed(to)) reached.add(one);
        next.set(word, reached);
      }
    }
    for (const [word, reached] of next) state.next.set(word, stateOf(reached));
  }
  return joinEnds(root);
}

/** The places where one may be: a state of the whole by its own number, or of a part with the state of the whole that follows it. */
class Places {
  readonly #whole: Automaton;
  readonly #parts: ReadonlyMap<string, Automaton>;
  /** Part and what follows it -> number of its first state here. */
  readonly #first = new Map<string, number>();
  readonly #inPart: { readonly first: number; readonly part: Automaton; readonly then: number }[] = [];
  readonly #closed = new Map<number, readonly number[]>();
  readonly #edges = new Map<number, readonly (readonly [string, number])[]>();
  #next: number;

  constructor(whole: Automaton, parts: ReadonlyMap<string, Automaton>) {
    this.#whole = whole;
    this.#parts = parts;
    this.#next = whole.edges.length;
  }

  /** A place with all that are reached from it without a word. */
  closed(place: number): readonly number[] {
    const known = this.#closed.get(place);
    if (known) return known;
    const all = new Set<number>();
    const open = [place];
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      if (all.has(one)) continue;
      all.add(one);
      if (one >= this.#whole.edges.length) {
        const { first, part, then } = this.#holder(one);
        if (part.finals.has(one - first)) open.push(then);
        continue;
      }
      for (const [word, to] of this.#whole.edges[one] ?? []) {
        const part = this.#parts.get(word);
        if (part) open.push(this.#enter(word, part, to));
      }
    }
    const places = [...all];
    this.#closed.set(place, places);
    return places;
  }

  edges(place: number): readonly (readonly [string, number])[] {
    const known = this.#edges.get(place);
    if (known) return known;
    const edges: (readonly [string, number])[] = [];
    if (place < this.#whole.edges.length) {
      for (const edge of this.#whole.edges[place] ?? []) if (!this.#parts.has(edge[0])) edges.push(edge);
    } else {
      const { first, part } = this.#holder(place);
      for (const [word, to] of part.edges[place - first] ?? []) edges.push([word, first + to]);
    }
    this.#edges.set(place, edges);
    return edges;
  }

  #enter(word: string, part: Automaton, then: number): number {
    const key = `${word} ${then}`;
    const known = this.#first.get(key);
    if (known !== undefined) return known + part.start;
    const first = this.#next;
    this.#first.set(key, first);
    this.#inPart.push({ first, part, then });
    this.#next += part.edges.length;
    return first + part.start;
  }

  /** The part that a place lies in: they lie one behind the other. */
  #holder(place: number): { readonly first: number; readonly part: Automaton; readonly then: number } {
    let low = 0;
    for (let high = this.#inPart.length - 1; low < high; ) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#inPart[middle]?.first ?? 0) <= place) low = middle;
      else high = middle - 1;
    }
    const found = this.#inPart[low];
    if (!found) throw new MeshError("ERR_INTERNAL", "a place in no part of a grammar");
    return found;
  }
}

/** Every word that stands on an edge. */
export function wordsOf({ edges }: Automaton): ReadonlySet<string> {
  return new Set(edges.flatMap((own) => [...own.keys()]));
}
