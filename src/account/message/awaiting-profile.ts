/**
 * Messages under a key that the sender's known profile does not name: post comes in any order, so the profile that names it may be on its way. They wait
 * unseen, so many and so long, and are judged again at each look. extensions §13
 */

/** Messages of one sender, and of all, that wait for a profile at once, and how long when they say no time; milliseconds. */
const limits = { each: 16, all: 256, ageMs: 30 * 86_400_000 } as const;

/** The places of one list; none is given back. */
export class AwaitingProfile {
  readonly #bySender = new Map<string, number>();
  #taken = 0;

  /** @param received milliseconds since 1970. @returns why the message cannot wait for a profile of its sender, now */
  take(sender: string, received: number | undefined, now: number): string | undefined {
    const taken = this.#bySender.get(sender) ?? 0;
    if (received === undefined || now - received > limits.ageMs) return `no profile of ${sender} came that names the key of a message`;
    if (taken >= limits.each) return `${limits.each} messages of ${sender} under an unknown key wait already`;
    if (this.#taken >= limits.all) return `${limits.all} messages under unknown keys wait already`;
    this.#bySender.set(sender, taken + 1);
    this.#taken += 1;
    return undefined;
  }
}
