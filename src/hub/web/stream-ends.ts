/** When a stream over the web ends: with its connection, with what let its reader in, or with the hub. */
import type { Context } from "hono";
import type { Clock } from "../../base/clock.ts";
import type { Bindings } from "./caller.ts";
import type { Credential, CredentialBook } from "./credential-book.ts";

/** What ends streams. */
export interface StreamEndsOptions {
  readonly book: CredentialBook;
  readonly callerOf: (c: Context) => Credential | undefined;
  readonly clock: Clock;
  /** Aborted when the hub stops. */
  readonly closing: AbortSignal;
}

const lookMs = 60_000;

/** The ends of the requests that go on. */
export class StreamEnds {
  readonly #options: StreamEndsOptions;
  readonly #ends = new WeakMap<Request, AbortSignal>();

  constructor(options: StreamEndsOptions) {
    this.#options = options;
  }

  /** Aborted when a request has to end. */
  of(c: Context): AbortSignal {
    const known = this.#ends.get(c.req.raw);
    if (known) return known;
    const { book, callerOf, clock, closing } = this.#options;
    const caller = callerOf(c);
    const end = new AbortController();
    const finish = (): void => end.abort();
    const undo = book.onEnded((id) => {
      if (id === caller?.id) finish();
    });
    closing.addEventListener("abort", finish, { once: true });
    (c.env as Bindings | undefined)?.outgoing?.once("close", finish);
    end.signal.addEventListener("abort", () => {
      undo();
      closing.removeEventListener("abort", finish);
    });
    if (caller?.until !== undefined) void endAt(caller.until, { clock, end });
    this.#ends.set(c.req.raw, end.signal);
    return end.signal;
  }
}

/** Ends what goes on for longer than its secret counts. The time of day may be set in between, so it is looked at every minute. */
async function endAt(until: number, { clock, end }: { readonly clock: Clock; readonly end: AbortController }): Promise<void> {
  const { signal } = end;
  while (!signal.aborted && clock.now() < until) await clock.sleep(Math.min(until - clock.now(), lookMs), signal).catch(() => undefined);
  end.abort();
}
