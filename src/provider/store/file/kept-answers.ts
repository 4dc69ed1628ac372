/**
 * Answers to requests, kept until their senders have seen them, for a time, and within bounds: by sender, so that a busy one pushes out
 * its own alone, by count and by octets. An answer that is gone costs nothing but a Conflict: every append names its place.
 */
import type { Answer } from "../service-store.ts";

/** Bounds of one account. */
export interface AnswerBounds {
  readonly perSender: number;
  readonly count: number;
  readonly octets: number;
  readonly ms: number;
}

type RequestName = Pick<Answer, "sender" | "requestId">;

/** The answers of one account, oldest first. */
export class KeptAnswers {
  readonly #bounds: AnswerBounds;
  readonly #answers = new Map<string, Answer>();
  readonly #senders = new Map<string, Set<string>>();
  #octets = 0;

  constructor(bounds: AnswerBounds) {
    this.#bounds = bounds;
  }

  get count(): number {
    return this.#answers.size;
  }

  get octets(): number {
    return this.#octets;
  }

  /** The answer of a request at a time. */
  get(name: RequestName, now: number): Answer | undefined {
    const answer = this.#answers.get(keyOf(name));
    return answer !== undefined && now - answer.time < this.#bounds.ms ? answer : undefined;
  }

  has(name: RequestName): boolean {
    return this.#answers.has(keyOf(name));
  }

  /** Keeps an answer; others go when there are too many. */
  add(answer: Answer): void {
    const { perSender, count, octets, ms } = this.#bounds;
    this.forget(answer);
    const key = keyOf(answer);
    this.#answers.set(key, answer);
    this.#octets += sizeOf(answer);
    const own = this.#senders.get(answer.sender) ?? new Set();
    this.#senders.set(answer.sender, own.add(key));
    for (const oldest of own) {
      if (own.size <= perSender) break;
      this.#drop(oldest);
    }
    for (const [oldest, { time }] of this.#answers) {
      if (this.#answers.size <= count && this.#octets <= octets && answer.time - time < ms) break;
      this.#drop(oldest);
    }
  }

  forget(name: RequestName): void {
    this.#drop(keyOf(name));
  }

  #drop(key: string): void {
    const answer = this.#answers.get(key);
    if (answer === undefined) return;
    this.#answers.delete(key);
    this.#octets -= sizeOf(answer);
    const own = this.#senders.get(answer.sender);
    own?.delete(key);
    if (own?.size === 0) this.#senders.delete(answer.sender);
  }
}

function keyOf({ sender, requestId }: RequestName): string {
  return `${sender} ${requestId}`;
}

/** What an answer costs in memory, roughly. */
function sizeOf({ sender, requestId, response }: Answer): number {
  return sender.length + requestId.length + response.length + 128;
}
