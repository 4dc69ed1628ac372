/**
 * What the service was caught at (a fork, a rollback, frames that nobody signed), in the hub's directory: it is on show until the owner has looked
 * at it, also over restarts, since whoever forked the account once would only have to wait for the next power cut.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readFileIfExists, writeFileAtomic } from "../base/atomic-file.ts";
import { asMeshError, type MeshError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { Mutex } from "../base/mutex.ts";
import type { Struct } from "../codec/index.ts";
import { decodeObject, encodeObject, optional, string, struct } from "../codec/index.ts";
import type { DareEnvelope } from "../dare/index.ts";
import { envelope } from "../dare/index.ts";

interface HubAlarm {
  /** Code and words. */
  readonly Alarm: string;
  /** The signed apex that proves it, where another device had one. */
  readonly Evidence?: DareEnvelope;
}
const HubAlarm: Struct<HubAlarm> = struct<HubAlarm>("HubAlarm", { Alarm: string, Evidence: optional(envelope) });

/** The newest alarm of a hub. */
export class AlarmFile {
  readonly #path: string;
  readonly #log: Log;
  readonly #writing = new Mutex();
  #alarm: string | undefined;

  private constructor(path: string, log: Log, alarm: string | undefined) {
    this.#path = path;
    this.#log = log;
    this.#alarm = alarm;
  }

  /** Opens the alarm of a directory; one that cannot be read is an alarm, too. Errors: ERR_PERMISSION, ERR_STORE. */
  static async open(dir: string, log: Log): Promise<AlarmFile> {
    const path = join(dir, "alarm.json");
    const octets = await readFileIfExists(path);
    return new AlarmFile(path, log, octets && read(octets));
  }

  /** Code and words; undefined when there is nothing to say. */
  get alarm(): string | undefined {
    return this.#alarm;
  }

  /** Notes that the service cannot be trusted. It counts at once; a disk that does not take it is logged. */
  raise({ code, message }: MeshError, evidence?: DareEnvelope): void {
    const alarm = `${code}: ${message}`;
    if (this.#alarm === alarm) return;
    this.#alarm = alarm;
    this.#log.error("service.distrusted", { code, reason: message });
    this.#writing
      .run(() => writeFileAtomic(this.#path, encodeObject(HubAlarm, { Alarm: alarm, ...(evidence ? { Evidence: evidence } : {}) })))
      .catch((error: unknown) => this.#log.error("alarm.not_kept", { reason: asMeshError(error).message }));
  }

  /** The owner has seen it. @returns what it was */
  async clear(): Promise<string | undefined> {
    const seen = this.#alarm;
    await this.#writing.run(() => rm(this.#path, { force: true }));
    this.#alarm = undefined;
    if (seen !== undefined) this.#log.info("alarm.cleared", { alarm: seen });
    return seen;
  }

  /** Resolves when what was raised is on the disk. */
  async settled(): Promise<void> {
    await this.#writing.run(async () => undefined);
  }
}

function read(octets: Uint8Array): string {
  try {
    return decodeObject(HubAlarm, octets).Alarm;
  } catch (error) {
    return `ERR_STORE_DAMAGED: an alarm was raised, and its file cannot be read: ${asMeshError(error).message}`;
  }
}
