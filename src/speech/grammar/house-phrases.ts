/** Everything that can be said to a house in the places of a sentence, as the grammar and the sample of sentences are made of it. */
import type { NameIndex } from "../../driver/index.ts";
import type { Breadth } from "./breadth.ts";
import { type OrderPhrases, orderPhrases } from "./order-phrases.ts";
import { type Phrase, shortNames, targetPhrases } from "./target-phrases.ts";

/** Phrases with `<...>` in the places of others. */
export interface HousePhrases extends Pick<OrderPhrases, "orders" | "scenes" | "questions" | "brief" | "numbers"> {
  /** What things are called in a place. */
  readonly called: ReadonlyMap<string, readonly Phrase[]>;
}

/** Of a house. */
export async function housePhrases(index: NameIndex, breadth: Breadth): Promise<HousePhrases> {
  const { orders, scenes, questions, brief, targets, placed, numbers } = await orderPhrases(index, breadth);
  const short = shortNames(index);
  const called = new Map<string, readonly Phrase[]>([
    ...placed,
    ...[...targets].map(([name, { things, ...telling }]) => [name, targetPhrases(things, { index, short, breadth }, telling)] as const),
  ]);
  return { orders, scenes, questions, brief, numbers, called };
}
