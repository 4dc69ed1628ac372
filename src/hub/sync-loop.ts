/**
 * The one place where the hub waits at its service: long poll, fetch what is new, tell the parts (protocol-09 §7.7). While the service is away
 * it tries again at growing intervals, and everything local goes on.
 */
import type { AccountContext, StoreSync } from "../account/hub.ts";
import { removalIn, syncWhatHolds, unprovenRemoval } from "../account/hub.ts";
import { backOffMs } from "../base/back-off.ts";
import { dateTime, fromDateTime } from "../base/clock.ts";
import { asMeshError, type MeshError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { Wake } from "../base/wake.ts";
import type { Enveloped, Position, RevokedDevice } from "../schema/index.ts";
import { comparePositions } from "../schema/index.ts";
import type { AlarmFile } from "./alarm-file.ts";
import type { Renewal } from "./command/renewal.ts";
import type { TrustedTime } from "./command/trusted-time.ts";

/** What the loop works with. */
export interface SyncLoopOptions {
  readonly account: AccountContext;
  readonly time: TrustedTime;
  readonly alarms: AlarmFile;
  readonly renewal: Renewal;
  /** Called after each sync with what it brought; also when that is nothing. */
  readonly onSync: (brought: readonly StoreSync[]) => Promise<void>;
  /** The owner removed this hub: the evidence was verified, and the loop has ended. */
  readonly onRemoved: (evidence: Enveloped<RevokedDevice>) => void;
}

/** How the service is reached. */
export interface SyncStatus {
  readonly reachable: boolean | undefined;
  /** Why it does not answer; or why commands from afar wait although it does. */
  readonly reason?: string;
  /** RFC 3339. */
  readonly lastSync?: string;
}

/** What an honest service never does. */
const distrust = ["ERR_FORK", "ERR_ROLLBACK", "ERR_VERIFICATION", "ERR_REVOKED"] as const;

interface News extends StoreSync {
  readonly head: Position;
}

const labels = ["MMM_Command", "MMM_Device", "MMM_Joined", "MMM_Grant", "MMM_Automation", "MMM_Place", "MMM_Network"] as const;
const late: ReadonlySet<string> = new Set(["MMM_Joined", "MMM_Grant", "MMM_Automation"]);
const waitSeconds = 50;
/** How often the service's time is asked for. */
const timeMs = 600_000;

/** Follows the account. */
export class SyncLoop {
  readonly #options: SyncLoopOptions;
  readonly #log: Log;
  readonly #wake: Wake;
  readonly #stopping = new AbortController();
  #loop: Promise<void> | undefined;
  #status: SyncStatus = { reachable: undefined };
  #timeAsked: number | undefined;
  /** Why no time is believed, while none is. */
  #disputed: string | undefined;
  /** Newest frame of each store that the parts have been told of. */
  readonly #told: Map<string, Position>;

  constructor(options: SyncLoopOptions) {
    this.#options = options;
    this.#log = options.account.ports.log.child("sync");
    this.#wake = new Wake(options.account.ports.clock);
    this.#told = new Map(options.account.heads().map((head) => [head.Store, head]));
  }

  status(): SyncStatus {
    return this.#status;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake.ring();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { account } = this.#options;
    const { clock, random } = account.ports;
    const { signal } = this.#stopping;
    for (let attempt = 0; !signal.aborted; ) {
      try {
        await this.#askTime();
        await syncWhatHolds(
          () => account.sync({ stores: this.#watched }),
          // What a removed device wrote last is left out, and the log says so: no service did it, and nothing is asked of anybody.
          (doubt) => {
            if (!doubt.isOfRemoved) this.#options.alarms.raise(doubt);
          },
        );
        await this.#options.renewal.renew();
        const brought = this.#news();
        if (this.#status.reachable === false) this.#log.info("service.back");
        this.#status = { reachable: true, lastSync: dateTime(clock.now()), ...(this.#disputed === undefined ? {} : { reason: this.#disputed }) };
        await this.#options.onSync(brought);
        for (const { store, head } of brought) this.#told.set(store, head);
        if (signal.aborted) return;
        await account.wait({ stores: this.#watched, seconds: waitSeconds, signal });
        // Not before: a service that refuses every wait would have each sync follow the last at once.
        attempt = 0;
      } catch (thrown) {
        if (signal.aborted) return;
        const evidence = removalIn(account, thrown);
        if (evidence) return this.#options.onRemoved(evidence);
        this.#failed(asMeshError(thrown));
        await this.#options.renewal.check();
        await this.#wake.sleep(backOffMs(attempt++, random));
      }
    }
  }

  /** The service is away, whatever it says of itself; and what an honest one never does or says unproven is for the owner to look at. */
  #failed(failure: MeshError): void {
    const error = failure.code === "ERR_REVOKED" ? unprovenRemoval() : failure;
    if (distrust.some((code) => code === error.code)) this.#options.alarms.raise(error);
    else if (this.#status.reachable !== false || this.#status.reason !== error.message) {
      this.#log.warn("service.away", { code: error.code, reason: error.message });
    }
    this.#status = { ...this.#status, reachable: false, reason: error.message };
  }

  /** What the parts have not been told of, whoever fetched it: the publisher and a Conflict fetch the device catalog, too. */
  #news(): readonly News[] {
    const newest = new Map(this.#options.account.heads().map((head) => [head.Store, head]));
    return this.#watched.flatMap((store) => {
      const [told, head] = [this.#told.get(store), newest.get(store)];
      if (!head || (told && comparePositions(head, told) <= 0)) return [];
      const isSameEpoch = (told?.Epoch ?? 0) === (head.Epoch ?? 0);
      return [{ store, from: isSameEpoch ? (told?.Index ?? -1) + 1 : 0, to: head.Index + 1, head }];
    });
  }

  /** An account of before has no store of these until an administrator has made it. */
  get #watched(): readonly (typeof labels)[number][] {
    const held: ReadonlySet<string> = new Set(this.#options.account.keys.storeKeys.keys());
    return labels.filter((label) => !late.has(label) || held.has(label));
  }

  async #askTime(): Promise<void> {
    const { account, time } = this.#options;
    const now = account.ports.clock.monotonic();
    if (this.#timeAsked !== undefined && now - this.#timeAsked < timeMs) return;
    const { Time } = await account.client.status({ Account: account.address, Catalogs: [], Spools: [] }, { signal: this.#stopping.signal });
    time.offer(fromDateTime(Time));
    if (time.now() === undefined) {
      // Asked again with the next sync: somebody may set the clock.
      const reason = `the clock of this machine says ${dateTime(account.ports.clock.now())} and the service ${Time}: set the one that is wrong`;
      if (this.#disputed === undefined) this.#log.warn("clock.disputed", { reason });
      this.#disputed = reason;
      return;
    }
    this.#disputed = undefined;
    this.#timeAsked = now;
  }
}
