/**
 * Codes that somebody on the network has shown to the hub over plain HTTP, where nobody is let in: all that he reaches is a short list. Whoever is signed in
 * sees it and goes on with a code, or not; the owner decides as about any other device. So who shows one gets nothing connected, not even while a window is open.
 */
import type { ShownCode } from "../../api/index.ts";
import type { Clock } from "../../base/clock.ts";
import { dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { parseDeviceCode } from "../onboarding/scan.ts";

/** Codes that wait, in all and of one address: more than one picture shows. */
export const mostShown = 16;
export const mostShownEach = 6;
/** How long a code waits. */
export const shownMinutes = 10;

interface Shown {
  readonly id: string;
  readonly uri: string;
  readonly from: string;
  readonly at: number;
  /** On the monotonic clock. */
  readonly until: number;
}

/** The list of a hub, in memory. */
export class ShownCodes {
  readonly #clock: Clock;
  /** By PublicationId: the same code of two people is one. */
  readonly #shown = new Map<string, Shown>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes a code in. Errors: ERR_CODE_KIND, ERR_CODE_DAMAGED for what is none of a device; ERR_QUOTA when too many wait. */
  add(text: string, from: string): void {
    const { uri, publicationId: id } = parseDeviceCode(text);
    const now = this.#clock.monotonic();
    const known = this.list();
    if (known.some((each) => each.id === id)) return;
    if (known.length >= mostShown || known.filter((each) => each.from === from).length >= mostShownEach)
      throw new MeshError("ERR_QUOTA", "as many codes as this hub keeps for strangers wait already", {
        hint: `go on with them on a page that is signed in, or try again in ${shownMinutes} minutes`,
      });
    this.#shown.set(id, { id, uri, from, at: this.#clock.now(), until: now + shownMinutes * 60_000 });
  }

  /** Those that wait, the oldest first. */
  list(): readonly ShownCode[] {
    const now = this.#clock.monotonic();
    for (const [id, { until }] of this.#shown) if (until <= now) this.#shown.delete(id);
    return [...this.#shown.values()].map(({ id, uri, from, at }) => ({ id, uri, from, at: dateTime(at) }));
  }

  /** Takes one off the list. Errors: ERR_NOT_FOUND. */
  remove(id: string): void {
    this.list();
    if (!this.#shown.delete(id)) throw new MeshError("ERR_NOT_FOUND", "this code waits no longer");
  }
}
