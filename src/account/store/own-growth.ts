/**
 * Spools that have grown by this device's own messages alone since its copies were brought up to date. The service says so with its answer; the copies get
 * the frames with the next sync, and until then nobody has to be told of them: who waits for others would only be woken by himself.
 */
import type { ContainerStatus } from "../../protocol/index.ts";
import type { SpoolLabel, StoreLabel } from "../../schema/index.ts";

/** What the service has of one spool. */
interface Growth {
  /** Frames of the copy when the first of the messages was sent. */
  readonly from: number;
  readonly status: ContainerStatus;
}

/** Kept in memory: after a start the first wait may end at once. */
export class OwnGrowth {
  readonly #bySpool = new Map<StoreLabel, Growth>();

  /**
   * Notes what an answer says of a spool.
   * @param held frames of this device's copy
   * @param sent messages that went into it
   */
  note(
    spool: SpoolLabel,
    { held, sent, status }: { readonly held: number; readonly sent: number; readonly status: ContainerStatus | undefined },
  ): void {
    const before = this.#of(spool, held);
    const isOwnAlone = status !== undefined && status.Index === (before?.status.Index ?? held) + sent;
    // Somebody else wrote, too, or a message was there already.
    if (isOwnAlone) this.#bySpool.set(spool, { from: held, status });
    else this.#bySpool.delete(spool);
  }

  /** How far a copy has come, with what this device has added since. */
  withOwn(status: ContainerStatus, label: StoreLabel): ContainerStatus {
    return this.#of(label, status.Index)?.status ?? status;
  }

  #of(label: StoreLabel, held: number): Growth | undefined {
    const growth = this.#bySpool.get(label);
    return growth?.from === held ? growth : undefined;
  }
}
