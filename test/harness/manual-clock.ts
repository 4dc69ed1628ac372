/** Time for tests: a clock that stands until it is moved, and the machine's own clock set ahead. */
import type { Clock } from "../../src/base/clock.ts";
import { systemClock } from "../../src/base/clock.ts";

/** Time that moves when it is told to. */
export class ManualClock implements Clock {
  #now: number;
  #sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  constructor(now = Date.parse("2026-05-01T12:00:00Z")) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const giveUp = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason as Error);
      };
      const wake = (): void => {
        signal?.removeEventListener("abort", giveUp);
        resolve();
      };
      const sleeper = { at: this.#now + ms, wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", giveUp, { once: true });
    });
  }

  /** Moves time at one go. */
  advance(ms: number): void {
    this.#now += ms;
    const due = this.#sleepers.filter(({ at }) => at <= this.#now);
    this.#sleepers = this.#sleepers.filter(({ at }) => at > this.#now);
    for (const { wake } of due) wake();
  }

  /** Moves time in small steps, so that who is woken can go to sleep again. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    while (this.#now < end) {
      const next = Math.min(end, ...this.#sleepers.map(({ at }) => Math.max(at, this.#now + 1)));
      this.advance(next - this.#now);
      await settle();
    }
  }
}

/** Lets everything that is ready run, and what waits for the file system until nothing does, however slow the machine is. */
export async function settle(): Promise<void> {
  for (let calm = 0; calm < 4; calm++) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq") || name.startsWith("FileHandle"))) calm = -1;
  }
}

/** The machine's clock, `ahead` milliseconds ahead. */
export function movableClock(): Clock & { ahead: number } {
  const clock = { ...systemClock, ahead: 0, now: () => systemClock.now() + clock.ahead };
  return clock;
}
