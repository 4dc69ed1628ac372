/** At most so many at once: who finds every seat taken is refused there and then, instead of waiting unseen in memory. */
import type { MeshError } from "../errors.ts";

/** The seats of one kind of work. */
export class Seats {
  readonly #most: number;
  readonly #refusal: (most: number) => MeshError;
  #taken = 0;

  /** @param refusal what who finds none is told; it names the figure */
  constructor(most: number, refusal: (most: number) => MeshError) {
    this.#most = most;
    this.#refusal = refusal;
  }

  /** Whether there is a seat. Errors: the refusal. */
  admit(): void {
    if (this.#taken >= this.#most) throw this.#refusal(this.#most);
  }

  /** Runs a task that has a seat until it has ended; gives its result or error. Errors: the refusal, before the task begins. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    this.admit();
    this.#taken += 1;
    try {
      return await task();
    } finally {
      this.#taken -= 1;
    }
  }
}
