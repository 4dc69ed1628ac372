/**
 * Reports of the device to its hub: each with a number that rises over restarts, each sent again until the hub has accepted it, in order.
 * Events are all kept (within a bound), over a loss of power too; of other changes only the newest matters. A new session begins with what
 * was not accepted, or with the present state. That an event was accepted is not noted at once: after a loss of power it may be sent again
 * with its number, by which the hub knows it; so events cost no write of their own.
 */
import type { Clock } from "../../../src/base/clock.ts";
import { asMeshError, isMeshError } from "../../../src/base/errors.ts";
import type { Log } from "../../../src/base/log.ts";
import type { LinkSession, State } from "../../../src/link/index.ts";
import type { DeviceReport, StateValue } from "../../../src/schema/index.ts";
import type { StoredEvent } from "../image/image-object.ts";

const mostWaiting = 64;
const retryMs = 2_000;

/** Why there is a report. */
export type Cause = NonNullable<State["Cause"]>;

/** A report as it goes to the hub. */
export type Report = Omit<State, "Id">;

/** What a signed report says besides. */
export type Signing = Pick<DeviceReport, "MessageId" | "Nonce" | "Result" | "ErrorCode">;

interface Waiting {
  readonly report: Report;
  readonly event: boolean;
  /** It goes out signed; events of some devices always do. */
  readonly signing?: Signing;
  /** Told whether it was signed. */
  readonly settle?: (signed: boolean) => void;
}

/** What the queue needs of its device. */
export interface ReportSource {
  readonly values: () => readonly StateValue[];
  readonly nextSequence: () => number;
  /** Events that the memory still has from before. */
  readonly events: readonly StoredEvent[];
  /** Signs a report with the hub: true when the hub has the signature. */
  readonly sign: (session: LinkSession, report: Report, signing: Signing) => Promise<boolean>;
  /** Events are signed, where the hub helps. */
  readonly signsEvents: boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** Reports that wait for the hub. */
export class ReportQueue {
  readonly #source: ReportSource;
  readonly #waiting: Waiting[] = [];
  #session: LinkSession | undefined;
  #sending = false;
  #started = false;

  constructor(source: ReportSource) {
    this.#source = source;
    for (const report of source.events) this.#waiting.push({ report, event: true });
  }

  /** Events that wait, for the memory of the device. */
  get events(): readonly StoredEvent[] {
    return this.#waiting.flatMap(({ report: { Sequence, Values, Cause = "switch" }, event }) => (event ? [{ Sequence, Values, Cause }] : []));
  }

  /** Reports that the hub has not accepted yet. */
  get length(): number {
    return this.#waiting.length;
  }

  /**
   * The present state for the answer to a command or a ping; none while events wait: with its higher number it would overtake them, and the hub
   * passes over lower numbers. It then follows them.
   */
  present(cause?: Cause): { readonly State?: Report } {
    if (!this.#waiting.some(({ event }) => event)) return { State: this.#now(cause) };
    if (cause) this.push(cause, false);
    return {};
  }

  #now(cause?: Cause): Report {
    const { values, nextSequence } = this.#source;
    return { Sequence: nextSequence(), Values: values(), ...(cause ? { Cause: cause } : {}) };
  }

  /** Something changed by itself. */
  push(cause: Cause, event: boolean): void {
    const last = this.#waiting.length - 1;
    // The head may be under way, and what is under way stays as it is.
    const before = this.#waiting[last];
    if (last > 0 && !event && before?.event === false && !before.signing) this.#waiting.pop();
    this.#add({ report: this.#now(cause), event });
  }

  /** Something is to be signed; it waits for its turn, so that its number overtakes none. True when the hub has the signature. */
  pushSigned(cause: Cause | undefined, signing: Signing): Promise<boolean> {
    return new Promise((settle) => this.#add({ report: this.#now(cause), event: cause !== undefined, signing, settle }));
  }

  #add(report: Waiting): void {
    if (this.#waiting.length >= mostWaiting) {
      for (const { settle } of this.#waiting.splice(1, 1)) settle?.(false);
      this.#source.log.warn("report.dropped");
    }
    this.#waiting.push(report);
    this.#run();
  }

  /** A hub has linked: it gets what waits, or the state. */
  attach(session: LinkSession): void {
    this.#session = session;
    if (this.#waiting.length === 0 || !this.#started) this.#waiting.push({ report: this.#now(this.#started ? undefined : "start"), event: false });
    this.#started = true;
    this.#run();
  }

  /** Forgets all reports: they were for an owner who is none any more. */
  clear(): void {
    for (const { settle } of this.#waiting.splice(0)) settle?.(false);
    this.#session = undefined;
  }

  #run(): void {
    if (this.#sending) return;
    this.#sending = true;
    this.#drain().catch((error: unknown) => this.#source.log.error("report.failed", { reason: asMeshError(error).message }));
  }

  async #drain(): Promise<void> {
    try {
      for (;;) {
        const session = this.#session;
        const head = this.#waiting[0];
        if (!session || session.isClosed || !head) return;
        const accepted = await this.#send(session, head);
        if (accepted && this.#waiting[0] === head) this.#waiting.shift();
        else if (!accepted && this.#session === session && !session.isClosed) await this.#source.clock.sleep(retryMs);
      }
    } finally {
      this.#sending = false;
    }
  }

  async #send(session: LinkSession, { report, event, signing, settle }: Waiting): Promise<boolean> {
    try {
      const isSigned = (signing || (event && this.#source.signsEvents)) && (await this.#sign(session, report, signing ?? {}));
      const accepted = isSigned || (await session.request("State", report)).Result === "Accept";
      if (accepted) settle?.(isSigned === true);
      return accepted;
    } catch (error) {
      this.#source.log.debug("report.unsent", { reason: asMeshError(error).message });
      return false;
    }
  }

  /** False when the hub does not help: the report then goes out as what it is without a signature. Errors: those of the link. */
  async #sign(session: LinkSession, report: Report, signing: Signing): Promise<boolean> {
    try {
      return await this.#source.sign(session, report, signing);
    } catch (error) {
      if (!isMeshError(error) || isMeshError(error, "ERR_LINK") || isMeshError(error, "ERR_TIMEOUT")) throw error;
      const { code, message } = asMeshError(error);
      this.#source.log.warn("report.unsigned", { code, reason: message });
      return false;
    }
  }
}
