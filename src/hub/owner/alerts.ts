/**
 * Tells the people of the account of danger, and of meals that are ready, by DeviceAlert in MMM_Inbound (docs/extensions.md §21). An alert is on the disk before it is sent and goes when
 * the service has it; while there is no Internet it waits, and says how late it comes. One at most for each device and kind in ten minutes; 64 wait.
 */
import type { AccountContext } from "../../account/hub.ts";
import { isOfSurroundings, messageEnvelope } from "../../account/hub.ts";
import { backOffMs } from "../../base/back-off.ts";
import { dateTime, fromDateTime } from "../../base/clock.ts";
import { asMeshError } from "../../base/errors.ts";
import { JournalMap } from "../../base/journal-map.ts";
import type { Log } from "../../base/log.ts";
import { shorten } from "../../base/shorten.ts";
import { Wake } from "../../base/wake.ts";
import { newNonce } from "../../crypto/index.ts";
import type { DeviceDescription } from "../../schema/index.ts";
import { DeviceAlert, publicKeyOf } from "../../schema/index.ts";
import type { OpenFile } from "../salvage.ts";
import { openAsItIs } from "../salvage.ts";
import type { StateKeeper } from "../state/state-keeper.ts";
import type { AlertKind } from "./alert-watch.ts";
import { aboutOf, alertKinds, alertsIn } from "./alert-watch.ts";

/** An alert that the service has not yet. */
interface Waiting {
  readonly id: string;
  readonly device: string;
  readonly kind: AlertKind;
  readonly name: string;
  readonly about?: string;
  /** RFC 3339. */
  readonly time: string;
  readonly count: number;
}

type AlertRecord = Waiting | { readonly told: string };

/** What alerts need. */
export interface AlertsOptions {
  readonly account: Pick<AccountContext, "deviceUdf" | "profile" | "keys" | "transact" | "ports">;
  readonly keeper: Pick<StateKeeper, "onChange" | "shadows">;
  readonly describe: (deviceUdf: string) => Pick<DeviceDescription, "Class"> | undefined;
  readonly nameOf: (deviceUdf: string) => string | undefined;
  readonly path: string;
  readonly openFile?: OpenFile;
  /** How long a door is open before it was left open. */
  readonly openMs?: number;
}

interface Seen {
  /** Undefined while it lasts. */
  ended: number | undefined;
  /** Of a door that is open and not told yet. */
  timer?: AbortController;
  /** The alert that was made of it, while the service has it not. */
  id?: string;
}

const usualOpenMs = 600_000;
const againMs = 600_000;
/** The next meal is another one. */
const againReadyMs = 60_000;
const mostWaiting = 64;
const mostSeen = 4096;

/** The alerts of a hub. */
export class Alerts {
  readonly #options: AlertsOptions;
  readonly #log: Log;
  readonly #waiting: JournalMap<Waiting, AlertRecord>;
  readonly #seen = new Map<string, Seen>();
  readonly #wake: Wake;
  readonly #stopping = new AbortController();
  #undo: (() => void) | undefined;
  #loop: Promise<void> | undefined;
  /** Changes of the file, one after the other. */
  #writing: Promise<void> = Promise.resolve();

  private constructor(options: AlertsOptions, waiting: JournalMap<Waiting, AlertRecord>) {
    this.#options = options;
    this.#waiting = waiting;
    this.#log = options.account.ports.log.child("alert");
    this.#wake = new Wake(options.account.ports.clock);
  }

  /** Opens or makes the file. Errors: ERR_STORE, ERR_PERMISSION, ERR_DISK_FULL. */
  static async open(options: AlertsOptions): Promise<Alerts> {
    const { path, openFile = openAsItIs } = options;
    const waiting = await openFile({
      path,
      lost: "alerts that the owner has not been told of are not known any more",
      open: () =>
        JournalMap.open<Waiting, AlertRecord>({
          path,
          format: {
            read: (record) => ("told" in record ? [record.told, undefined] : [record.id, record]),
            write: (_id, value) => [value],
            gone: (id) => ({ told: id }),
          },
        }),
    });
    return new Alerts(options, waiting);
  }

  /** Alerts that the service has not yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  start(): void {
    // What was so before the start was told then; of a door nobody knows how long it is open.
    for (const { deviceUdf, reported } of this.#options.keeper.shadows()) {
      const description = this.#options.describe(deviceUdf);
      for (const kind of description ? alertsIn(description, reported?.Values ?? []) : [])
        if (kind === "open") this.#mark(deviceUdf, kind, true);
        else this.#seen.set(`${deviceUdf} ${kind}`, { ended: undefined });
    }
    this.#undo ??= this.#options.keeper.onChange(({ shadow }) => this.#look(shadow.deviceUdf, shadow.reported?.Values ?? []));
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#undo?.();
    this.#stopping.abort();
    for (const { timer } of this.#seen.values()) timer?.abort();
    this.#wake.ring();
    await this.#loop;
    await this.#writing;
    await this.#waiting.close();
  }

  #look(deviceUdf: string, values: Parameters<typeof alertsIn>[1]): void {
    const description = this.#options.describe(deviceUdf);
    if (!description) return;
    const now = alertsIn(description, values);
    for (const kind of alertKinds) this.#mark(deviceUdf, kind, now.has(kind), aboutOf(kind, values));
  }

  #mark(deviceUdf: string, kind: AlertKind, isOn: boolean, about?: string): void {
    const { clock } = this.#options.account.ports;
    const key = `${deviceUdf} ${kind}`;
    const seen = this.#seen.get(key);
    if (!isOn) {
      if (!seen || seen.ended !== undefined) return;
      seen.timer?.abort();
      // A door that was closed in time was not left open.
      if (seen.timer) this.#seen.delete(key);
      else seen.ended = clock.monotonic();
      return;
    }
    if (seen && seen.ended === undefined) return;
    if (seen?.ended !== undefined && clock.monotonic() - seen.ended < (kind === "ready" ? againReadyMs : againMs)) {
      seen.ended = undefined;
      if (seen.id !== undefined) this.#again(seen.id);
      return;
    }
    const begun: Seen = { ended: undefined };
    this.#seen.delete(key);
    this.#seen.set(key, begun);
    for (const oldest of this.#seen.keys()) {
      if (this.#seen.size <= mostSeen) break;
      this.#seen.delete(oldest);
    }
    const time = dateTime(clock.now());
    if (kind !== "open") {
      this.#raise(begun, { device: deviceUdf, kind, time, ...(about === undefined ? {} : { about: shorten(about, 120) }) });
      return;
    }
    const timer = new AbortController();
    begun.timer = timer;
    clock.sleep(this.#options.openMs ?? usualOpenMs, timer.signal).then(
      () => {
        delete begun.timer;
        this.#raise(begun, { device: deviceUdf, kind, time });
      },
      () => undefined,
    );
  }

  #raise(seen: Seen, raised: Pick<Waiting, "device" | "kind" | "time" | "about">): void {
    const { nameOf, account } = this.#options;
    const { device, kind } = raised;
    const name = shorten(nameOf(device) ?? device, 120);
    this.#log.warn("alert.raised", { device, name, kind });
    if (this.#waiting.size >= mostWaiting) {
      this.#log.error("alert.dropped", { device, kind, waiting: mostWaiting });
      return;
    }
    const id = newNonce(account.ports.random);
    seen.id = id;
    this.#write(() => this.#waiting.set(id, { id, ...raised, name, count: 1 }));
  }

  #again(id: string): void {
    this.#write(async () => {
      const known = this.#waiting.get(id);
      if (known) await this.#waiting.set(id, { ...known, count: known.count + 1 });
    });
  }

  #write(task: () => Promise<void>): void {
    this.#writing = this.#writing.then(task).then(
      () => this.#wake.ring(),
      (error: unknown) => this.#log.error("alert.not_kept", { reason: asMeshError(error).message }),
    );
  }

  async #run(): Promise<void> {
    const { clock, random } = this.#options.account.ports;
    const { signal } = this.#stopping;
    for (let attempt = 0; !signal.aborted; ) {
      await this.#writing;
      const [next] = this.#waiting.values();
      if (!next) {
        await this.#wake.sleep(3_600_000);
        continue;
      }
      try {
        await this.#tell(next);
        attempt = 0;
      } catch (thrown) {
        const { code, message: reason } = asMeshError(thrown);
        this.#log.warn("alert.waits", { code, reason, waiting: this.#waiting.size });
        // What the service never takes must not keep the next one back.
        if (!isOfSurroundings(thrown)) await this.#waiting.delete(next.id);
        else await clock.sleep(backOffMs(attempt++, random), signal).catch(() => undefined);
      }
    }
  }

  /** Sealed anew at each attempt, so that it says when it was told. */
  async #tell({ id, device, kind, name, about, time, count }: Waiting): Promise<void> {
    const { account } = this.#options;
    const { ports, keys, profile, deviceUdf } = account;
    const now = Math.max(ports.clock.now(), fromDateTime(time));
    const value: DeviceAlert = {
      MessageId: id,
      Sender: deviceUdf,
      DeviceUdf: device,
      LocalName: name,
      Alert: kind,
      ...(about === undefined ? {} : { About: about }),
      Time: time,
      Told: dateTime(now),
      Count: count,
    };
    const recipients = [publicKeyOf(profile.AccountEncryption)];
    const envelope = messageEnvelope({ struct: DeviceAlert, value, signer: keys.signature, recipients, ports });
    await account.transact({ messages: [{ spool: "MMM_Inbound", envelope }] });
    await this.#waiting.delete(id);
    this.#log.info("alert.told", { device, kind });
  }
}
