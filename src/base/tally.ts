/** How many there are of each key; keys of which there is none cost nothing. */

/** Counts by key. */
export class Tally {
  readonly #counts = new Map<string, number>();
  #total = 0;

  /** Of one key. */
  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  /** Of all keys. */
  get total(): number {
    return this.#total;
  }

  /** One more. */
  add(key: string): void {
    this.#counts.set(key, this.of(key) + 1);
    this.#total += 1;
  }

  /** One less, where there is one. */
  drop(key: string): void {
    const left = this.of(key) - 1;
    if (left < 0) return;
    if (left > 0) this.#counts.set(key, left);
    else this.#counts.delete(key);
    this.#total -= 1;
  }

  /** One more while a task runs; gives its result or error. It is counted when this returns. */
  async during<T>(key: string, task: () => Promise<T>): Promise<T> {
    this.add(key);
    try {
      return await task();
    } finally {
      this.drop(key);
    }
  }
}
