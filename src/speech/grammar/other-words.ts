/** Other words for plain sentences of a sample, as the language knows them (Reworded): each of its ways in its turn, so that a rare one is heard at all. */
import { filled, otherWordings, type Vocabulary } from "../../driver/index.ts";
import type { Phrase } from "./target-phrases.ts";

/** Other words, more evenly than the sentences come. */
export class OtherWords {
  readonly #wordings: ReturnType<typeof otherWordings>;
  /** Of each rule how often it was used. */
  readonly #uses = new Map<object, number>();

  constructor(rows: Vocabulary["reworded"]) {
    this.#wordings = otherWordings(rows);
  }

  /** A plain sentence in other words, by the rule of those that fit which has been used least for its many ways; undefined where none fits. */
  of(plainly: Phrase): Phrase | undefined {
    const used = (ways: object): number => this.#uses.get(ways) ?? 0;
    const [first, ...others] = this.#wordings(plainly);
    if (first === undefined) return undefined;
    const { ways, capture } = others.reduce(
      (least, next) => (used(next.ways) / next.ways.length < used(least.ways) / least.ways.length ? next : least),
      first,
    );
    const turn = used(ways);
    this.#uses.set(ways, turn + 1);
    const way = ways[turn % ways.length];
    return way && filled(way, capture);
  }
}
