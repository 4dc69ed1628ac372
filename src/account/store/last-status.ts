/**
 * What the service said last of its stores, where nothing has changed here since: a wait that ended with news has said all that the sync after it would ask.
 * It counts once, for some seconds, and only for copies that stand where they stood when the service was asked: beside others it would look like a history
 * that went back.
 */
import type { Clock } from "../../base/clock.ts";
import type { ContainerStatus, StatusResponse } from "../../protocol/index.ts";
import type { StoreLabel } from "../../schema/index.ts";
import { comparePositions } from "../../schema/index.ts";

interface Told {
  /** Where the copies stood before the service was asked. */
  readonly held: readonly ContainerStatus[];
  readonly response: StatusResponse;
  /** When it came, by the monotonic clock. */
  readonly at: number;
}

/** The sync after a wait comes at once; a later one asks. */
const mostAgeMs = 5000;

/** Kept in memory. */
export class LastStatus {
  readonly #clock: Clock;
  #told: Promise<Told | undefined> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** An answer that has come, or is on its way; of a service that does not tell the device's own entry along it counts for nothing. */
  put(held: readonly ContainerStatus[], response: Promise<StatusResponse>): void {
    this.#told = response.then(
      (answer) => (answer.EnvelopedCatalogedDevice === undefined ? undefined : { held, response: answer, at: this.#clock.monotonic() }),
      // Who asks himself meets it, too.
      () => undefined,
    );
  }

  /** Who writes may be told that somebody else was first: that is news. */
  forget(): void {
    this.#told = undefined;
  }

  /** The answer, if it speaks of all these stores and the copies are as they were. */
  async take(
    labels: readonly StoreLabel[],
    heldNow: (labels: readonly StoreLabel[]) => readonly ContainerStatus[],
  ): Promise<StatusResponse | undefined> {
    const coming = this.#told;
    this.#told = undefined;
    const told = await coming;
    if (told === undefined || this.#clock.monotonic() - told.at > mostAgeMs) return undefined;
    const find = (list: readonly ContainerStatus[], label: StoreLabel): ContainerStatus | undefined =>
      list.find(({ Container }) => Container === label);
    const isWhole = heldNow(labels).every((now, at) => {
      const label = labels[at];
      const before = label && find(told.held, label);
      return (
        label !== undefined && before !== undefined && comparePositions(before, now) === 0 && find(told.response.ContainerStatus, label) !== undefined
      );
    });
    return isWhole ? told.response : undefined;
  }
}
