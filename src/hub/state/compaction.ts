/**
 * Lets what this hub writes of MMM_State begin anew when it has grown to many times what it holds (docs/extensions.md §5). A hub writes a frame for
 * every change and nobody reads the old ones: the new epoch has the newest entry of each device, and every reader compares. Of the sequence that all
 * hubs share the entries of others are carried unchanged.
 */
import type { AccountContext } from "../../account/hub.ts";
import type { Clock } from "../../base/clock.ts";
import { asMeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { Rounds } from "../../base/rounds.ts";

/** What compacting needs of the account. */
export type CompactedAccount = Pick<AccountContext, "ownStates" | "sizeOf" | "beginEpochs" | "resumeEpochs">;

/** How it works. */
export interface CompactionOptions {
  readonly account: CompactedAccount;
  readonly clock: Clock;
  readonly log: Log;
  /** Frames before anything is done, and how many times the live entries they have to be. */
  readonly least?: number;
  readonly factor?: number;
}

const leastFrames = 20_000;
const growth = 20;
/** A store grows by thousands of frames in a day: looking once an hour costs nothing. */
const everyMs = 3_600_000;

/** True when a store is worth being compacted. */
export function isGrown(
  { frames, live }: { readonly frames: number; readonly live: number },
  { least = leastFrames, factor = growth }: Pick<CompactionOptions, "least" | "factor"> = {},
): boolean {
  return frames > least && frames > factor * live;
}

/** Compacts now and then while the hub runs. */
export class Compaction {
  readonly #options: CompactionOptions;
  readonly #log: Log;
  readonly #rounds: Rounds;

  constructor(options: CompactionOptions) {
    this.#options = options;
    this.#log = options.log.child("compaction");
    this.#rounds = new Rounds({
      round: async () => {
        await this.turn();
        return everyMs;
      },
      // The service is away, or short of room: what was made is kept, and the next turn goes on with it.
      failed: (error) => {
        const { code, message } = asMeshError(error);
        this.#log.warn("state.compaction.failed", { code, reason: message });
        return everyMs;
      },
      clock: options.clock,
    });
  }

  start(): void {
    this.#rounds.start();
  }

  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  /** Goes on with what an earlier run began, or begins when the store has grown. */
  async turn(): Promise<void> {
    const { account } = this.#options;
    const { ownStates: label } = account;
    const before = account.sizeOf(label);
    const resumed = await account.resumeEpochs();
    if (resumed === undefined && !isGrown(before, this.#options)) return;
    const outcome = resumed ?? (await account.beginEpochs({ reason: "Compact", stores: [{ label, keyEpoch: before.keyEpoch }] }));
    this.#log.info("state.compacted", { outcome, before: before.frames, after: account.sizeOf(label).frames });
  }
}
