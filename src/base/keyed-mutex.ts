/** One task at a time for each key, in order of arrival; keys that nobody waits for cost nothing. */
import { Mutex } from "./mutex.ts";

/** Serialises asynchronous tasks by key. */
export class KeyedMutex {
  readonly #turns = new Map<string, { readonly mutex: Mutex; users: number }>();

  /** Runs `task` after all earlier ones of its key have settled; gives its result or error. */
  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const turn = this.#turns.get(key) ?? { mutex: new Mutex(), users: 0 };
    this.#turns.set(key, turn);
    turn.users += 1;
    try {
      return await turn.mutex.run(task);
    } finally {
      turn.users -= 1;
      if (turn.users === 0) this.#turns.delete(key);
    }
  }
}
