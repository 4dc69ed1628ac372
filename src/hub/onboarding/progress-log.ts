/** The progress of one onboarding: kept from its beginning, so that somebody who joins later sees all of it. */
import type { OnboardProgress } from "./step.ts";

/** A list of events that grows until it is closed, and any number of readers. */
export class ProgressLog {
  readonly #events: OnboardProgress[] = [];
  readonly #wakers = new Set<() => void>();
  #closed = false;

  push(event: OnboardProgress): void {
    this.#events.push(event);
    this.#wake();
  }

  /** No event follows; readers end after the last one. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** All events, past and coming; ends when the log is closed or the signal is aborted. */
  async *read(signal?: AbortSignal): AsyncGenerator<OnboardProgress, void, undefined> {
    let next = 0;
    while (!signal?.aborted) {
      const event = this.#events[next];
      if (event) {
        next += 1;
        yield event;
      } else if (this.#closed) {
        return;
      } else {
        await this.#change(signal);
      }
    }
  }

  #change(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#wakers.delete(wake);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      this.#wakers.add(wake);
      signal?.addEventListener("abort", wake, { once: true });
    });
  }

  #wake(): void {
    for (const wake of [...this.#wakers]) wake();
  }
}
