/** So many at once and no more: who comes when they are there is refused there and then, instead of waiting unseen in memory. */
import type { MeshError } from "../errors.ts";

/** A bound on one kind of work. */
export class AtMost {
  readonly #most: number;
  readonly #refusal: (most: number) => MeshError;
  #underWay = 0;

  /** @param refusal what is told to who comes in vain; it names the figure */
  constructor(most: number, refusal: (most: number) => MeshError) {
    this.#most = most;
    this.#refusal = refusal;
  }

  /** Whether one more would be taken. Errors: the refusal. */
  admit(): void {
    if (this.#underWay >= this.#most) throw this.#refusal(this.#most);
  }

  /** Runs a task, counted until it has ended; gives its result or error. Errors: the refusal, before the task begins. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    this.admit();
    this.#underWay += 1;
    try {
      return await task();
    } finally {
      this.#underWay -= 1;
    }
  }
}
