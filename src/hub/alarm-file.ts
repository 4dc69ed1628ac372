/**
 * What the owner has to look at, in the hub's directory: what the service was caught at (a fork, a rollback, frames that nobody signed), and
 * files of the hub that were damaged and are kept aside. It is on show until the owner has seen it, also over restarts, since whoever forked
 * the account once would only have to wait for the next power cut. Neither kind hides the other.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readFileIfExists, writeFileAtomic } from "../base/atomic-file.ts";
import { asMeshError, MeshError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { Mutex } from "../base/mutex.ts";
import { keptPlace, moveAside } from "../base/set-aside.ts";
import type { Struct } from "../codec/index.ts";
import { decodeObject, encodeObject, list, optional, string, struct } from "../codec/index.ts";
import type { DareEnvelope } from "../dare/index.ts";
import { envelope } from "../dare/index.ts";

interface HubAlarm {
  /** Code and words: what the service was caught at. */
  readonly Alarm?: string;
  /** The signed apex that proves it, where another device had one. */
  readonly Evidence?: DareEnvelope;
  /** Code and words of each damaged file. */
  readonly Damage?: readonly string[];
}
const HubAlarm: Struct<HubAlarm> = struct<HubAlarm>("HubAlarm", {
  Alarm: optional(string),
  Evidence: optional(envelope),
  Damage: optional(list(string)),
});

/** Damaged files that are told; a disk that spoils more is told by these. */
const mostDamage = 16;

/** The alarms of a hub: the newest about its service, and all about its files. */
export class AlarmFile {
  readonly #path: string;
  readonly #log: Log;
  readonly #writing = new Mutex();
  #content: HubAlarm;

  private constructor(path: string, log: Log, content: HubAlarm) {
    this.#path = path;
    this.#log = log;
    this.#content = content;
  }

  /** Opens the alarms of a directory; what cannot be read is an alarm, too, and kept aside. Errors: ERR_PERMISSION, ERR_STORE. */
  static async open(dir: string, log: Log): Promise<AlarmFile> {
    const path = join(dir, "alarm.json");
    const octets = await readFileIfExists(path);
    const content = octets && read(octets);
    if (!(content instanceof MeshError)) return new AlarmFile(path, log, content ?? {});
    const file = new AlarmFile(path, log, {});
    const place = keptPlace(path);
    if (place !== undefined) await moveAside(path, place);
    file.raise(content);
    await file.settled();
    return file;
  }

  /** What the service was caught at, code and words; undefined when there is nothing to say. */
  get alarm(): string | undefined {
    return this.#content.Alarm;
  }

  /** Files that were damaged, in code and words. */
  get damage(): readonly string[] {
    return this.#content.Damage ?? [];
  }

  /** Notes that the service cannot be trusted. It counts at once; a disk that does not take it is logged. */
  raise({ code, message }: MeshError, evidence?: DareEnvelope): void {
    const alarm = `${code}: ${message}`;
    if (this.alarm === alarm) return;
    this.#log.error("service.distrusted", { code, reason: message });
    const { Evidence: _former, ...kept } = this.#content;
    this.#write({ ...kept, Alarm: alarm, ...(evidence ? { Evidence: evidence } : {}) });
  }

  /** Notes that a file of the hub was damaged, and what that means. It counts at once; a disk that does not take it is logged. */
  damaged({ code, message }: MeshError): void {
    this.#log.error("file.damaged", { code, reason: message });
    const damage = `${code}: ${message}`;
    if (!this.damage.includes(damage)) this.#write({ ...this.#content, Damage: [...this.damage, damage].slice(-mostDamage) });
  }

  /** The owner has seen all of it. @returns what it was */
  async clear(): Promise<string | undefined> {
    const seen = [...(this.alarm === undefined ? [] : [this.alarm]), ...this.damage].join("; ");
    await this.#writing.run(() => rm(this.#path, { force: true }));
    this.#content = {};
    if (seen === "") return undefined;
    this.#log.info("alarm.cleared", { alarm: seen });
    return seen;
  }

  /** Resolves when what was raised is on the disk. */
  async settled(): Promise<void> {
    await this.#writing.run(async () => undefined);
  }

  #write(content: HubAlarm): void {
    this.#content = content;
    this.#writing
      .run(() => writeFileAtomic(this.#path, encodeObject(HubAlarm, content)))
      .catch((error: unknown) => this.#log.error("alarm.not_kept", { reason: asMeshError(error).message }));
  }
}

function read(octets: Uint8Array): HubAlarm | MeshError {
  try {
    return decodeObject(HubAlarm, octets);
  } catch (error) {
    return new MeshError("ERR_STORE_DAMAGED", `an alarm was raised, and its file cannot be read: ${asMeshError(error).message}`);
  }
}
