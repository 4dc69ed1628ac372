/**
 * The hub's idea of each device (docs/design.md §7): what it reported, what is wanted of it, when it was last heard. Reported values come from the
 * device alone. The book is on disk, so that a restarted hub still knows them; they are marked as restored until the device speaks again.
 */

import { fromUtf8, utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { dateTime, fromDateTime } from "../../base/clock.ts";
import type { RecordFormat } from "../../base/journal-map.ts";
import { JournalMap } from "../../base/journal-map.ts";
import { decodeObject, encodeObject } from "../../codec/index.ts";
import type { DeviceState, Enveloped } from "../../schema/index.ts";
import { CatalogedState, DeviceReport, peekObject } from "../../schema/index.ts";
import type { DeviceStatus } from "../device/device-port.ts";
import type { OpenFile } from "../salvage.ts";
import { openAsItIs } from "../salvage.ts";

/** One device as the hub knows it. Times are milliseconds since 1970. */
export interface Shadow {
  readonly deviceUdf: string;
  readonly status: DeviceStatus;
  readonly updated: number;
  readonly lastContact?: number;
  /** Sequence is the device's own. */
  readonly reported?: DeviceState;
  /** The newest that the device has signed. */
  readonly signed?: Enveloped<DeviceReport>;
  /** What was asked for and is not yet reported. */
  readonly desired?: DeviceState;
  /** Events beyond the device's budget that have no entry of their own. */
  readonly eventsLost?: number;
  /** True until the device is heard after a start: the values are from before. */
  readonly restored: boolean;
}

/** One line of the journal: a shadow as the text of a CatalogedState, or the name of one that is gone. */
type ShadowRecord = { readonly state: string } | { readonly gone: string };

/** The shadows of all devices, by fingerprint. */
export class ShadowBook {
  /** Shadows as they were written last. */
  readonly #kept: JournalMap<Shadow, ShadowRecord>;
  readonly #shadows: Map<string, Shadow>;
  /** By device: the shadow that was written last, or is being written. */
  readonly #saved = new Map<string, { readonly shadow: Shadow; readonly written: Promise<void> }>();

  private constructor(kept: JournalMap<Shadow, ShadowRecord>) {
    this.#kept = kept;
    this.#shadows = new Map([...kept.values()].map((shadow) => [shadow.deviceUdf, shadow]));
  }

  /** Opens or makes the book. Errors: ERR_STORE_DAMAGED, ERR_STORE, ERR_PERMISSION, ERR_DISK_FULL. */
  static async open(options: { readonly path: string; readonly hubUdf: string; readonly openFile?: OpenFile }): Promise<ShadowBook> {
    const { path, hubUdf, openFile = openAsItIs } = options;
    const lost = "states are unknown until the devices report again";
    return new ShadowBook(await openFile({ path, lost, open: () => JournalMap.open({ path, format: formatOf(hubUdf) }) }));
  }

  get(deviceUdf: string): Shadow | undefined {
    return this.#shadows.get(deviceUdf);
  }

  all(): readonly Shadow[] {
    return [...this.#shadows.values()];
  }

  /** Changes a shadow in memory; `save` makes it last. */
  update(deviceUdf: string, change: Partial<Omit<Shadow, "deviceUdf">>, clock: Clock): Shadow {
    const before: Shadow = this.#shadows.get(deviceUdf) ?? { deviceUdf, status: "Unknown", updated: 0, restored: false };
    const after: Shadow = { ...before, ...change, updated: clock.now() };
    this.#shadows.set(deviceUdf, after);
    return after;
  }

  /** Resolves when the present shadow of a device is on disk; it is written once. Errors: ERR_DISK_FULL, ERR_STORE; the next call tries again. */
  save(deviceUdf: string): Promise<void> {
    const shadow = this.#shadows.get(deviceUdf);
    if (!shadow) return Promise.resolve();
    const saved = this.#saved.get(deviceUdf);
    if (saved?.shadow === shadow) return saved.written;
    const written = this.#kept.set(deviceUdf, shadow);
    this.#saved.set(deviceUdf, { shadow, written });
    written.catch(() => {
      if (this.#saved.get(deviceUdf)?.written === written) this.#saved.delete(deviceUdf);
    });
    return written;
  }

  /** Forgets a device that left the account. */
  async remove(deviceUdf: string): Promise<void> {
    this.#shadows.delete(deviceUdf);
    this.#saved.delete(deviceUdf);
    await this.#kept.delete(deviceUdf);
  }

  close(): Promise<void> {
    return this.#kept.close();
  }
}

function formatOf(hubUdf: string): RecordFormat<Shadow, ShadowRecord> {
  return {
    read: (record) => {
      if ("gone" in record) return [record.gone, undefined];
      const shadow = restored(record.state);
      return [shadow.deviceUdf, shadow];
    },
    write: (_deviceUdf, shadow) => [{ state: fromUtf8(encodeObject(CatalogedState, { ...stateOfShadow(shadow, hubUdf), Sequence: 0 })) }],
    gone: (deviceUdf) => ({ gone: deviceUdf }),
  };
}

/** A shadow as the account has it (extensions §7), but for its number, which the queue that publishes it gives. */
export function stateOfShadow(shadow: Shadow, via: string): Omit<CatalogedState, "Sequence"> {
  return {
    DeviceUdf: shadow.deviceUdf,
    Updated: dateTime(shadow.updated),
    Status: shadow.status,
    Via: via,
    ...(shadow.lastContact === undefined ? {} : { LastContact: dateTime(shadow.lastContact) }),
    ...(shadow.reported === undefined ? {} : { Reported: shadow.reported }),
    ...(shadow.signed === undefined ? {} : { EnvelopedReported: shadow.signed }),
    ...(shadow.desired === undefined ? {} : { Desired: shadow.desired }),
    ...(shadow.eventsLost === undefined ? {} : { EventsLost: shadow.eventsLost }),
  };
}

/** Whether the device has signed just what is known of it; the hub verified that when it was made. */
export function isOwnWord({ reported, signed }: Shadow): boolean {
  if (!reported || !signed) return false;
  const { Values: own } = peekObject(DeviceReport, signed);
  return reported.Values.every(({ Name, Value }) => own.some((value) => value.Name === Name && value.Value === Value));
}

function restored(text: string): Shadow {
  const { DeviceUdf, Updated, LastContact, Reported, Desired, EventsLost, EnvelopedReported } = decodeObject(CatalogedState, utf8(text));
  return {
    deviceUdf: DeviceUdf,
    // Whether it can be reached now is not known before it is heard.
    status: "Unknown",
    updated: fromDateTime(Updated),
    restored: true,
    ...(LastContact === undefined ? {} : { lastContact: fromDateTime(LastContact) }),
    ...(Reported === undefined ? {} : { reported: Reported }),
    ...(EnvelopedReported === undefined ? {} : { signed: EnvelopedReported }),
    ...(Desired === undefined ? {} : { desired: Desired }),
    ...(EventsLost === undefined ? {} : { eventsLost: EventsLost }),
  };
}
