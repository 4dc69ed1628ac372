/**
 * Keeps the directory of an account's devices in step with what its device catalog says, and tells who may close a group of frames
 * (extensions §5). A group that introduces a device may be closed by that device only when it was not known before.
 */
import { isMeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { Datum } from "../../codec/index.ts";
import type { CatalogLabel, ProfileUser } from "../../schema/index.ts";
import { CatalogedDevice } from "../../schema/index.ts";
import type { CatalogChange } from "../store/catalog-group.ts";
import type { ApexJudge, CatalogReplica } from "../store/catalog-replica.ts";
import { decodeEntry, removalHeads } from "../store/entry.ts";
import { DeviceDirectory } from "./device-directory.ts";

/** A directory and what fills it. */
export class DeviceDirectoryFeed {
  readonly directory: DeviceDirectory;
  readonly #profile: ProfileUser;
  readonly #log: Log;

  /** Begins with what a copy of MMM_Device holds. An entry that does not verify is told, and its device stays what it was. */
  constructor(profile: ProfileUser, devices: CatalogReplica | undefined, log: Log) {
    this.#log = log;
    this.directory = new DeviceDirectory(profile);
    this.#profile = profile;
    if (!devices) return;
    for (const { key, last, removal } of devices.removals()) {
      this.#admit(last);
      this.directory.remove(key, removalHeads(removal));
    }
    for (const { entry } of devices.entries()) this.#admit(entry);
  }

  /** Takes over changes that are believed. */
  changed(label: CatalogLabel, changes: readonly CatalogChange[]): void {
    if (label !== "MMM_Device") return;
    for (const { update } of changes) {
      if (update.Event === "Delete") this.directory.remove(update.Key, removalHeads(update.Entry));
      else if (update.Entry !== undefined) this.#admit(update.Entry);
    }
  }

  /** Judges the groups of one catalog. */
  judgeOf(label: CatalogLabel): ApexJudge {
    const introduced = new DeviceDirectory(this.#profile);
    return {
      accountUdf: this.#profile.ProfileSignature.Udf,
      consider: (changes) => {
        if (label !== "MMM_Device") return;
        for (const { update } of changes) {
          if (update.Event !== "Delete" && update.Entry !== undefined) this.#admit(update.Entry, introduced);
        }
      },
      // A device that is known, or was removed, cannot speak for itself anew: that is for another device to write.
      apexKeys: (deviceUdf, index) => (this.directory.knows(deviceUdf) ? this.directory : introduced).apexKeys(deviceUdf, label, index),
      believe: (changes) => this.changed(label, changes),
    };
  }

  #admit(entry: Datum, directory = this.directory): void {
    const device = decodeEntry(CatalogedDevice, entry, ({ message: reason }) => this.#log.warn("device.unreadable", { reason }));
    if (!device) return;
    try {
      directory.add(device);
    } catch (error) {
      if (!isMeshError(error)) throw error;
      this.#log.warn("device.refused", { device: device.DeviceUdf, code: error.code, reason: error.message });
    }
  }
}
