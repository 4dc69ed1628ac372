/** Time for tests: a clock that stands until it is moved, one that runs and can be moved ahead, and the machine's own clock set ahead. */
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

/** Time that runs as the machine's does and can be moved ahead besides: for a program that speaks to others whose clock is the machine's. */
export class RunningClock implements Clock {
  #ahead = 0;
  readonly #sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();

  now(): number {
    return Math.floor(systemClock.now() + this.#ahead);
  }

  monotonic(): number {
    return systemClock.monotonic() + this.#ahead;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const sleeper = { at: this.monotonic() + ms, wake: () => woken.abort() };
    this.#sleepers.add(sleeper);
    try {
      await systemClock.sleep(ms, signal ? AbortSignal.any([signal, woken.signal]) : woken.signal);
    } catch (error) {
      if (signal?.aborted || !woken.signal.aborted) throw error;
    } finally {
      this.#sleepers.delete(sleeper);
    }
  }

  /** Moves time at one go. */
  advance(ms: number): void {
    this.#ahead += ms;
    for (const { at, wake } of [...this.#sleepers]) if (at <= this.monotonic()) wake();
  }

  /** Moves time from sleeper to sleeper, so that who is woken can go to sleep again. */
  async pass(ms: number): Promise<void> {
    const end = this.monotonic() + ms;
    await settle();
    for (let now = this.monotonic(); now < end; now = this.monotonic()) {
      const next = Math.min(end, ...[...this.#sleepers].map(({ at }) => Math.max(at, now + 1)));
      this.advance(next - now);
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
