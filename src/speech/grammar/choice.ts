/** Choices for a sample that is the same each time it is made. */
import type { NumberSlot } from "./value-words.ts";

/** Numbers of percent and the like are said in tens, in fives, and otherwise; those of a smaller range alike. */
export const wide = 40;
const inTens = 0.6;
const inFives = 0.8;

/** Chooses, the same each time it is begun (mulberry32). */
export class Choice {
  #state = 1;
  /** By how they are weighed, of each list that was chosen from the sums of what its members weigh. */
  readonly #sums = new WeakMap<object, WeakMap<object, Float64Array>>();

  /** From 0 to 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  is(share: number): boolean {
    return this.next() < share;
  }

  /** One of them, all alike. */
  one<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.next() * list.length)];
  }

  /** One of them, by what each weighs. */
  of<T>(list: readonly T[], weigh: (one: T) => number): T | undefined {
    const known = this.#sums.get(weigh) ?? new WeakMap<object, Float64Array>();
    this.#sums.set(weigh, known);
    let sums = known.get(list);
    if (!sums) {
      let sum = 0;
      sums = Float64Array.from(list, (one) => {
        sum += weigh(one);
        return sum;
      });
      known.set(list, sums);
    }
    const wanted = this.next() * (sums.at(-1) ?? 0);
    let low = 0;
    for (let high = sums.length - 1; low < high; ) {
      const middle = (low + high) >>> 1;
      if ((sums[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return list[low];
  }

  /** A whole number as it is said. */
  number({ from, to }: NumberSlot): number {
    if (to - from <= wide) return from + Math.floor(this.next() * (to - from + 1));
    const kind = this.next();
    const step = kind < inTens ? 10 : kind < inFives ? 5 : 1;
    const [first, last] = [Math.ceil(from / step), Math.floor(to / step)];
    return step * (first + Math.floor(this.next() * (last - first + 1)));
  }
}
