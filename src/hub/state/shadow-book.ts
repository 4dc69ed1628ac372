/**
 * The hub's idea of each device (docs/design.md §7): what it reported, what is wanted of it, when it was last heard. Reported values come from the
 * device alone. The book is on disk, so that a restarted hub still knows them; they are marked as restored until the device speaks again.
 */

import { fromUtf8, utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { dateTime, fromDateTime } from "../../base/clock.ts";
import { Journal } from "../../base/journal.ts";
import { decodeObject, encodeObject } from "../../codec/index.ts";
import type { DeviceState } from "../../schema/index.ts";
import { CatalogedState } from "../../schema/index.ts";
import type { DeviceStatus } from "../device/device-port.ts";

/** One device as the hub knows it. Times are milliseconds since 1970. */
export interface Shadow {
  readonly deviceUdf: string;
  readonly status: DeviceStatus;
  readonly updated: number;
  readonly lastContact?: number;
  /** Sequence is the device's own. */
  readonly reported?: DeviceState;
  /** What was asked for and is not yet reported. */
  readonly desired?: DeviceState;
  /** True until the device is heard after a start: the values are from before. */
  readonly restored: boolean;
}

/** One line of the journal: a shadow as the text of a CatalogedState, or the name of one that is gone. */
type ShadowRecord = { readonly state: string } | { readonly gone: string };

/** Lines beyond which the journal is written anew, when most of them are out of date. */
const spareLines = 512;

/** The shadows of all devices, by fingerprint. */
export class ShadowBook {
  readonly #journal: Journal<ShadowRecord>;
  readonly #via: string;
  readonly #shadows = new Map<string, Shadow>();
  /** By device: the shadow that was written last, or is being written. */
  readonly #saved = new Map<string, { readonly shadow: Shadow; readonly written: Promise<void> }>();
  #lines: number;

  private constructor(journal: Journal<ShadowRecord>, records: readonly ShadowRecord[], via: string) {
    this.#journal = journal;
    this.#via = via;
    this.#lines = records.length;
    for (const record of records) {
      if ("gone" in record) this.#shadows.delete(record.gone);
      else this.#restore(record.state);
    }
  }

  /** Opens or makes the book. Errors: ERR_STORE_DAMAGED, ERR_STORE, ERR_PERMISSION, ERR_DISK_FULL. */
  static async open(options: { readonly path: string; readonly hubUdf: string }): Promise<ShadowBook> {
    const { journal, records } = await Journal.open<ShadowRecord>({ path: options.path });
    return new ShadowBook(journal, records, options.hubUdf);
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
    const written = this.#write(shadow);
    this.#saved.set(deviceUdf, { shadow, written });
    written.catch(() => {
      if (this.#saved.get(deviceUdf)?.written === written) this.#saved.delete(deviceUdf);
    });
    return written;
  }

  async #write(shadow: Shadow): Promise<void> {
    if (this.#lines > spareLines && this.#lines > 4 * this.#shadows.size) {
      this.#lines = this.#shadows.size;
      await this.#journal.rewrite([...this.#shadows.values()].map((kept) => this.#record(kept)));
      return;
    }
    this.#lines += 1;
    await this.#journal.append(this.#record(shadow));
  }

  /** Forgets a device that left the account. */
  async remove(deviceUdf: string): Promise<void> {
    if (!this.#shadows.delete(deviceUdf)) return;
    this.#saved.delete(deviceUdf);
    this.#lines += 1;
    await this.#journal.append({ gone: deviceUdf });
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  #record(shadow: Shadow): ShadowRecord {
    const state: CatalogedState = {
      DeviceUdf: shadow.deviceUdf,
      Updated: dateTime(shadow.updated),
      Sequence: 0,
      Status: shadow.status,
      Via: this.#via,
      ...(shadow.lastContact === undefined ? {} : { LastContact: dateTime(shadow.lastContact) }),
      ...(shadow.reported === undefined ? {} : { Reported: shadow.reported }),
      ...(shadow.desired === undefined ? {} : { Desired: shadow.desired }),
    };
    return { state: fromUtf8(encodeObject(CatalogedState, state)) };
  }

  #restore(text: string): void {
    const { DeviceUdf, Updated, LastContact, Reported, Desired } = decodeObject(CatalogedState, utf8(text));
    this.#shadows.set(DeviceUdf, {
      deviceUdf: DeviceUdf,
      // Whether it can be reached now is not known before it is heard.
      status: "Unknown",
      updated: fromDateTime(Updated),
      restored: true,
      ...(LastContact === undefined ? {} : { lastContact: fromDateTime(LastContact) }),
      ...(Reported === undefined ? {} : { reported: Reported }),
      ...(Desired === undefined ? {} : { desired: Desired }),
    });
  }
}
