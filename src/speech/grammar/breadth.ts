/** How much of what may be typed is made into sentences to be heard. */
export interface Breadth {
  /** Ways that are marked `Typed`, and values without a verb ("kitchen light forty percent"). */
  readonly isTyped: boolean;
  /** Words of a class, those that its driver names first. */
  readonly nouns: number;
  /** Words of a property, likewise. */
  readonly propertyWords: number;
}

/** What is in the grammar: each word more is heard in the place of others there. */
export const spokenBreadth: Breadth = { isTyped: false, nouns: 2, propertyWords: 2 };
/** What the language model knows beside, which hears whole sentences by what is usual in them. */
export const typedBreadth: Breadth = { isTyped: true, nouns: 5, propertyWords: 4 };
