/**
 * Keeps the directory of an account's devices in step with what its device catalog says, and tells who may close a group of frames
 * (extensions §5-6). A group that introduces a device may be closed by that device only when it was not known before, and it is the account's first
 * or the root key lets it in.
 */
import { isMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { Datum } from "../../codec/index.ts";
import type { CatalogLabel, EpochBegin, Position, ProfileUser } from "../../schema/index.ts";
import { CatalogedDevice, isLetInByRoot, publicKeyOf, stateCatalog, storeOf } from "../../schema/index.ts";
import type { ApexJudge } from "../store/apex-judge.ts";
import type { CatalogChange } from "../store/catalog-group.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";
import { decodeEntry, removalHeads } from "../store/entry.ts";
import { requireOwnStates } from "../store/own-state.ts";
import { DeviceDirectory } from "./device-directory.ts";

/** What is known besides of who may close a group. Errors: ERR_VERIFICATION. */
export type Restriction = (deviceUdf: string, label: CatalogLabel, at: Position) => void;

/** Who speaks for himself in the frames under judgement. */
interface Introduction {
  readonly consider: ApexJudge["consider"];
  /** Where a device is looked up that closes a group at a place of MMM_Device: only the account's first, or one that the root key lets in, introduces itself. */
  readonly of: (udf: string, at: Position) => DeviceDirectory;
  /**
   * Where it is looked up in an epoch that cannot be compared with what this device knows. Who was removed as an administrator could have signed the
   * connection of whom this device does not know.
   */
  readonly any: (udf: string) => DeviceDirectory;
}

/** Who may begin an epoch, and who does. */
interface Beginning extends Omit<ApexJudge, "carried"> {
  /** The device whose apex was met; undefined before the first group. */
  beginner(): string | undefined;
}

function refusedBeginning(text: string): MeshError {
  return new MeshError("ERR_VERIFICATION", text, {
    hint: "nothing of it was taken over; 'meshman account repair' on an administration device puts the account's own history in its place",
  });
}

const mostTold = 256;

/** A directory and what fills it. */
export class DeviceDirectoryFeed {
  #directory: DeviceDirectory;
  #restriction: Restriction | undefined;
  #profile: ProfileUser;
  readonly #log: Log;
  /** What the log was told of removed devices: every sync meets it again until the store begins anew. */
  readonly #told = new Set<string>();

  /** Begins with what a copy of MMM_Device holds. An entry that does not verify is told, and its device stays what it was. */
  constructor(profile: ProfileUser, devices: CatalogReplica | undefined, log: Log) {
    this.#log = log;
    this.#profile = profile;
    this.#directory = new DeviceDirectory(profile);
    this.#fill(devices);
  }

  get directory(): DeviceDirectory {
    return this.#directory;
  }

  /** Begins anew with a copy of MMM_Device that took the place of another, and with the profile in force. */
  restart(devices: CatalogReplica | undefined, profile = this.#profile): void {
    this.#profile = profile;
    this.#directory = new DeviceDirectory(profile, this.#directory.revision + 1);
    this.#fill(devices);
  }

  /** A feed of its own for a copy of MMM_Device that is not the one in use. */
  beside(devices: CatalogReplica): DeviceDirectoryFeed {
    const feed = new DeviceDirectoryFeed(this.#profile, devices, this.#log);
    feed.#restriction = this.#restriction;
    return feed;
  }

  /** True when this is said of a removed device for the first time. */
  isNews(text: string): boolean {
    if (this.#told.has(text)) return false;
    if (this.#told.size >= mostTold) this.#told.clear();
    this.#told.add(text);
    return true;
  }

  /** While histories are united: what the one that was put aside knows of devices counts in the other, too. Undefined ends it. */
  restrict(restriction: Restriction | undefined): void {
    this.#restriction = restriction;
  }

  #fill(devices: CatalogReplica | undefined): void {
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
    const introduced = this.#introduction(label);
    return {
      accountUdf: this.#profile.ProfileSignature.Udf,
      consider: introduced.consider,
      apexKeys: (deviceUdf, at) => {
        this.#restriction?.(deviceUdf, label, at);
        return introduced.of(deviceUdf, at).apexKeys(deviceUdf, label, at);
      },
      written: (changes, { DeviceUdf: writer }) => {
        if (storeOf(label) === stateCatalog.label && this.#isHub(writer)) requireOwnStates(changes, { label, writer });
      },
      believe: (changes) => this.changed(label, changes),
    };
  }

  /** True for a hub that is connected, or was. */
  #isHub(udf: string): boolean {
    return this.directory.rolesOf(udf).includes("hub");
  }

  /**
   * Judges the groups that begin an epoch of a catalog, up to where the entries are those of the former one. Nothing of it is believed yet. Whose apexes
   * close them is who begins it: the name in frame 0 is what that device says, and nobody is refused or blamed for it.
   * @param options.begin how the epoch begins, as soon as that is read
   * @param options.introduces true for an epoch that cannot be compared with what this device knows: then it says itself who its devices are
   */
  beginningOf(label: CatalogLabel, { begin, introduces }: { readonly begin: () => EpochBegin | undefined; readonly introduces: boolean }): Beginning {
    const introduced = this.#introduction(label);
    const accountUdf = this.#profile.ProfileSignature.Udf;
    let beginner: string | undefined;
    return {
      accountUdf,
      beginner: () => beginner,
      consider: introduces ? introduced.consider : () => undefined,
      apexKeys: (deviceUdf, at) => {
        const { Reason: reason, Epoch: epoch, AccountUdf: account } = begin() ?? {};
        if (reason === undefined || account !== accountUdf) throw refusedBeginning(`epoch ${epoch} of ${label} is begun for another account`);
        beginner ??= deviceUdf;
        if (deviceUdf !== beginner) {
          throw refusedBeginning(
            `what epoch ${epoch} of ${label} carries over is signed by two devices, ${beginner} and ${deviceUdf}: one alone begins it`,
          );
        }
        return (introduces ? introduced.any(deviceUdf) : this.directory).beginKeys(deviceUdf, label, { at, reason });
      },
      believe: () => undefined,
    };
  }

  /** Devices that the frames under judgement introduce. One that is known, or was removed, cannot speak for itself anew: that is for another to write. */
  #introduction(label: CatalogLabel): Introduction {
    const introduced = new DeviceDirectory(this.#profile);
    const letIn = new DeviceDirectory(this.#profile);
    return {
      consider: (changes) => {
        if (label !== "MMM_Device") return;
        for (const { update } of changes) {
          if (update.Event === "Delete") introduced.remove(update.Key, removalHeads(update.Entry));
          else if (update.Entry !== undefined) {
            this.#admit(update.Entry, introduced);
            this.#admit(update.Entry, letIn, (device) => this.#isRecovered(device));
          }
        }
      },
      any: (udf) => {
        if (this.directory.knows(udf)) return this.directory;
        return this.directory.hasLostAdministrator ? letIn : introduced;
      },
      of: (udf, { Epoch: epoch = 0 }) => {
        if (this.directory.knows(udf)) return this.directory;
        return epoch === 0 && this.directory.isEmpty ? introduced : letIn;
      },
    };
  }

  /** Whoever has an administrators' key of before can sign a connection; the root key's word is what lets a machine in that no device vouches for. */
  #isRecovered({ EnvelopedRecoveredDevice: word, ...device }: CatalogedDevice): boolean {
    return word !== undefined && isLetInByRoot(word, device, publicKeyOf(this.#profile.ProfileSignature));
  }

  #admit(entry: Datum, directory = this.directory, isMeant: (device: CatalogedDevice) => boolean = () => true): void {
    const device = decodeEntry(CatalogedDevice, entry, ({ message: reason }) => this.#log.warn("device.unreadable", { reason }));
    if (!device) return;
    try {
      if (isMeant(device)) directory.add(device);
    } catch (error) {
      if (!isMeshError(error)) throw error;
      this.#log.warn("device.refused", { device: device.DeviceUdf, code: error.code, reason: error.message });
    }
  }
}
