/**
 * Tells the people of the account of danger, and of meals that are ready or cut off, by DeviceAlert in MMM_Inbound (docs/extensions.md §21). An alert is on the disk before it is sent and goes when
 * the service has it; while there is no Internet it waits, and says how late it comes. One at most for each device and kind in ten minutes, and of each
 * device a bounded number: beyond it danger is told late, and only while it lasts, a meal not at all. 32 of a device wait, 256 in all.
 */
import type { AccountContext } from "../../account/hub.ts";
import { isOfSurroundings, messageEnvelope } from "../../account/hub.ts";
import { backOffMs } from "../../base/back-off.ts";
import { dateTime, fromDateTime } from "../../base/clock.ts";
import { asMeshError } from "../../base/errors.ts";
import { JournalMap } from "../../base/journal-map.ts";
import type { Log } from "../../base/log.ts";
import { shorten } from "../../base/shorten.ts";
import { TokenBucket } from "../../base/token-bucket.ts";
import { Wake } from "../../base/wake.ts";
import { newNonce } from "../../crypto/index.ts";
import type { DeviceDescription } from "../../schema/index.ts";
import { DeviceAlert, publicKeyOf } from "../../schema/index.ts";
import type { OpenFile } from "../salvage.ts";
import { openAsItIs } from "../salvage.ts";
import type { StateChange, StateKeeper } from "../state/state-keeper.ts";
import { type AlertKind, aboutOf, alertKinds, alertsIn, countsFromStart, leftOpenMs, mealRunning, openMsOf } from "./alert-watch.ts";
import { type OpenSince, openOpenSince } from "./open-since.ts";

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

type Raised = Pick<Waiting, "device" | "kind" | "time" | "about">;
type AlertRecord = Waiting | { readonly told: string };

/** What alerts need. */
export interface AlertsOptions {
  readonly account: Pick<AccountContext, "deviceUdf" | "profile" | "keys" | "transact" | "ports">;
  readonly keeper: Pick<StateKeeper, "onChange" | "shadows">;
  readonly describe: (deviceUdf: string) => Pick<DeviceDescription, "Class"> | undefined;
  readonly nameOf: (deviceUdf: string) => string | undefined;
  readonly path: string;
  /** Where it is kept since when valves are open. */
  readonly openedPath: string;
  readonly openFile?: OpenFile;
  /** How long something is open before it was left open, in the place of what its class has. */
  readonly openMs?: number;
}

interface Seen {
  /** Undefined while it lasts. */
  ended: number | undefined;
  /** Of what is told if it lasts. */
  timer?: AbortController;
  /** Its device has told too much. */
  isHeld?: boolean;
  /** It was so before anybody looked, and need not be told. */
  isOld?: boolean;
  /** The alert that was made of it, while the service has it not. */
  id?: string;
}

const againMs = 600_000;
/** The next meal is another one. */
const againReadyMs = 60_000;
/** In all, and of one device, which keeps no other's from being told. */
const mostWaiting = 256;
const mostOfDevice = 32;
const mostSeen = 4096;
/** Of one device: meals, and all else, so many at once and one more in an hour. People cook less, and what flutters is told by its first two dozen. */
const hourly = { meal: { burst: 8, perSecond: 1 / 3600 }, danger: { burst: 24, perSecond: 1 / 3600 } } as const;

const isOfMeal = (kind: AlertKind): boolean => kind === "ready" || kind === "cut";

/** The alerts of a hub. */
export class Alerts {
  readonly #options: AlertsOptions;
  readonly #log: Log;
  readonly #waiting: JournalMap<Waiting, AlertRecord>;
  readonly #opened: OpenSince;
  readonly #seen = new Map<string, Seen>();
  /** Devices that have reported, before the start or since. */
  readonly #heard = new Set<string>();
  /** What devices carry out by a programme. */
  readonly #meals = new Map<string, string>();
  /** By device and what is counted; full ones are forgotten. */
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #wake: Wake;
  readonly #stopping = new AbortController();
  #undo: (() => void) | undefined;
  #loop: Promise<void> | undefined;
  /** Changes of the file, one after the other. */
  #writing: Promise<void> = Promise.resolve();

  private constructor(options: AlertsOptions, waiting: JournalMap<Waiting, AlertRecord>, opened: OpenSince) {
    this.#options = options;
    this.#waiting = waiting;
    this.#opened = opened;
    this.#log = options.account.ports.log.child("alert");
    this.#wake = new Wake(options.account.ports.clock);
  }

  /** Opens or makes the file. Errors: ERR_STORE, ERR_PERMISSION, ERR_DISK_FULL. */
  static async open(options: AlertsOptions): Promise<Alerts> {
    const { path, openedPath, openFile = openAsItIs } = options;
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
    return new Alerts(options, waiting, await openOpenSince(openedPath, openFile));
  }

  /** Alerts that the service has not yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  start(): void {
    // What was so before the start was told then; of a door nobody knows how long it is open.
    for (const { deviceUdf, reported } of this.#options.keeper.shadows()) {
      this.#cutMeal(deviceUdf, reported?.Values ?? []);
      const description = this.#options.describe(deviceUdf);
      for (const kind of description ? alertsIn(description, reported?.Values ?? []) : [])
        if (kind !== "open") this.#seen.set(`${deviceUdf} ${kind}`, { ended: undefined });
        else this.#markFound(deviceUdf, description);
      if (reported) this.#heard.add(deviceUdf);
    }
    for (const { device } of [...this.#opened.values()])
      if (this.#options.describe(device) && !this.#seen.has(`${device} open`)) this.#write(() => this.#opened.delete(device));
    this.#undo ??= this.#options.keeper.onChange(({ shadow, cause }) => this.#look(shadow.deviceUdf, shadow.reported?.Values ?? [], cause));
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#undo?.();
    this.#stopping.abort();
    for (const { timer } of this.#seen.values()) timer?.abort();
    this.#wake.ring();
    await this.#loop;
    await this.#writing;
    await Promise.all([this.#waiting.close(), this.#opened.close()]);
  }

  #look(deviceUdf: string, values: Parameters<typeof alertsIn>[1], cause: StateChange["cause"]): void {
    const description = this.#options.describe(deviceUdf);
    if (!description) return;
    const now = alertsIn(description, values);
    const meal = this.#cutMeal(deviceUdf, values);
    // It comes back from a power cut, and does not go on by itself. What a person ends nobody has to be told.
    if (meal !== undefined && cause === "start" && !now.has("ready")) this.#mark(deviceUdf, "cut", true, meal === "" ? undefined : meal);
    if (now.has("open") && !this.#heard.has(deviceUdf)) this.#markFound(deviceUdf, description);
    if (values.length > 0) this.#heard.add(deviceUdf);
    for (const kind of alertKinds) this.#mark(deviceUdf, kind, now.has(kind), aboutOf(kind, values));
  }

  /** It is open when it is seen for the first time. */
  #markFound(device: string, description: ReturnType<AlertsOptions["describe"]>): void {
    const opened = this.#opened.get(device);
    if (description && countsFromStart(description)) this.#mark(device, "open", true);
    // It was open before anybody looked, or everybody knows.
    else if (!description || opened === undefined || opened.isTold) this.#seen.set(`${device} open`, { ended: undefined, isOld: true });
    else {
      const { openMs = openMsOf(description) ?? 0, account } = this.#options;
      const seen: Seen = { ended: undefined };
      this.#seen.set(`${device} open`, seen);
      const ms = leftOpenMs(openMs, { since: opened.since, now: account.ports.clock.now() });
      this.#later(seen, { device, kind: "open", time: dateTime(opened.since) }, ms);
    }
  }

  /** @param since milliseconds since 1970; undefined when it is closed. What counts from the start anyway is not kept */
  #keepOpened(device: string, since: number | undefined, isTold = false): void {
    if (countsFromStart(this.#options.describe(device) ?? { Class: "" })) return;
    this.#write(() => (since === undefined ? this.#opened.delete(device) : this.#opened.set(device, { device, since, isTold })));
  }

  /** @returns the meal that ran until now, and runs no more */
  #cutMeal(deviceUdf: string, values: Parameters<typeof mealRunning>[0]): string | undefined {
    const before = this.#meals.get(deviceUdf);
    const now = mealRunning(values);
    if (now === undefined) this.#meals.delete(deviceUdf);
    else this.#meals.set(deviceUdf, now);
    return now === undefined ? before : undefined;
  }

  #mark(deviceUdf: string, kind: AlertKind, isOn: boolean, about?: string): void {
    const { clock } = this.#options.account.ports;
    const key = `${deviceUdf} ${kind}`;
    const seen = this.#seen.get(key);
    if (!isOn) {
      if (!seen || seen.ended !== undefined) return;
      seen.timer?.abort();
      if (kind === "open") this.#keepOpened(deviceUdf, undefined);
      // A door that was closed in time was not left open.
      if (seen.isOld === true || (seen.timer && seen.isHeld !== true)) this.#seen.delete(key);
      else seen.ended = clock.monotonic();
      delete seen.timer;
      return;
    }
    if (seen && seen.ended === undefined) return;
    if (kind === "open") this.#keepOpened(deviceUdf, clock.now(), seen?.id !== undefined);
    const raised = { device: deviceUdf, kind, time: dateTime(clock.now()), ...(about === undefined ? {} : { about: shorten(about, 120) }) };
    if (seen?.ended !== undefined && clock.monotonic() - seen.ended < (isOfMeal(kind) ? againReadyMs : againMs)) {
      seen.ended = undefined;
      if (seen.id !== undefined) this.#again(seen.id);
      else if (seen.isHeld === true) this.#count(seen, raised);
      return;
    }
    const begun: Seen = { ended: undefined };
    this.#seen.delete(key);
    this.#seen.set(key, begun);
    for (const oldest of this.#seen.keys()) {
      if (this.#seen.size <= mostSeen) break;
      this.#seen.delete(oldest);
    }
    const { openMs, describe } = this.#options;
    if (kind === "open") this.#later(begun, raised, openMs ?? openMsOf(describe(deviceUdf) ?? { Class: "" }) ?? 0);
    else this.#count(begun, raised);
  }

  /** Raises it, unless its device has told too much: then a meal is passed over, and danger is raised later if it lasts. */
  #count(seen: Seen, raised: Raised): void {
    const { device, kind } = raised;
    const bucket = this.#bucket(device, isOfMeal(kind) ? "meal" : "danger");
    if (bucket.take()) {
      delete seen.isHeld;
      this.#raise(seen, raised);
      return;
    }
    if (seen.isHeld !== true) this.#log.warn("alert.too_many", { device, kind, waitSeconds: Math.ceil(bucket.waitMs() / 1000) });
    seen.isHeld = true;
    if (!isOfMeal(kind)) this.#later(seen, raised, bucket.waitMs());
  }

  /** Raises what lasts so long. */
  #later(seen: Seen, raised: Raised, ms: number): void {
    const timer = new AbortController();
    seen.timer = timer;
    this.#options.account.ports.clock.sleep(ms, timer.signal).then(
      () => {
        delete seen.timer;
        this.#count(seen, raised);
      },
      () => undefined,
    );
  }

  #bucket(device: string, what: keyof typeof hourly): TokenBucket {
    const key = `${device} ${what}`;
    const known = this.#buckets.get(key);
    if (known) return known;
    for (const [other, bucket] of this.#buckets) if (bucket.full) this.#buckets.delete(other);
    const made = new TokenBucket(hourly[what], this.#options.account.ports.clock);
    this.#buckets.set(key, made);
    return made;
  }

  #raise(seen: Seen, raised: Raised): void {
    const { nameOf, account } = this.#options;
    const { device, kind } = raised;
    const name = shorten(nameOf(device) ?? device, 120);
    this.#log.warn("alert.raised", { device, name, kind });
    const id = newNonce(account.ports.random);
    seen.id = id;
    this.#write(async () => {
      const ofDevice = [...this.#waiting.values()].filter((other) => other.device === device).length;
      if (this.#waiting.size < mostWaiting && ofDevice < mostOfDevice) await this.#waiting.set(id, { id, ...raised, name, count: 1 });
      else this.#log.error("alert.dropped", { device, kind, waiting: this.#waiting.size, ofDevice });
    });
    if (kind === "open") this.#keepOpened(device, fromDateTime(raised.time), true);
  }

  #again(id: string): void {
    this.#write(async () => {
      const known = this.#waiting.get(id);
      if (known) await this.#waiting.set(id, { ...known, count: known.count + 1 });
    });
  }

  #write(task: () => Promise<void>): void {
    this.#writing = this.#writing
      .then(task)
      .catch((error: unknown) => this.#notKept(error))
      // What no disk has kept is told all the same, as long as the hub runs.
      .then(() => this.#wake.ring());
  }

  #notKept(error: unknown): void {
    this.#log.error("alert.not_kept", { reason: asMeshError(error).message });
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
        if (!isOfSurroundings(thrown)) await this.#waiting.delete(next.id).catch((error: unknown) => this.#notKept(error));
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
