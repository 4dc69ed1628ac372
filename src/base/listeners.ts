/** Those who want to be told of something, in the order they came. */

/** Listeners to values of type T; what they give back is the teller's to wait for. */
export class Listeners<T = void, R = void> {
  readonly #listeners = new Set<(value: T) => R>();

  /** Adds a listener. @returns how to take it out again; further calls do nothing */
  add(listener: (value: T) => R): () => void {
    // A function of its own, so that the same listener added twice is told twice and taken out once.
    const own = (value: T): R => listener(value);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  /** Tells everybody who listens now. What a listener throws is thrown when all others were told. @returns what they gave back */
  tell(value: T): R[] {
    const results: R[] = [];
    const errors: unknown[] = [];
    for (const listener of [...this.#listeners]) {
      try {
        results.push(listener(value));
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
    return results;
  }

  clear(): void {
    this.#listeners.clear();
  }
}
