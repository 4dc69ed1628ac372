/**
 * The devices that this hub speaks for: their catalog entries, with the hub's part of each deal opened and checked. extensions §3, §4.
 * Entries of other hubs and of full-size devices are passed over; an entry that does not verify is left out and logged.
 */

import type { AccountContext } from "../../account/hub.ts";
import { joinedDevice } from "../../account/hub.ts";
import { asMeshError, isMeshError, verificationError } from "../../base/errors.ts";
import { Listeners } from "../../base/listeners.ts";
import type { Log } from "../../base/log.ts";
import type { PublicKey } from "../../crypto/index.ts";
import { matchesHail } from "../../link/index.ts";
import type { CatalogedDevice, ConnectionDevice } from "../../schema/index.ts";
import {
  ActivationHub,
  catalogAdministrators,
  deviceCatalog,
  openObject,
  publicKeyOf,
  ReleaseHub,
  verifyConnectionDevice,
} from "../../schema/index.ts";
import { HailMatches } from "./hail-matches.ts";

/** One device behind this hub. */
export interface KnownDevice {
  readonly udf: string;
  /** Index of the catalog frame: another one means that the entry was written again. */
  readonly index: number;
  readonly entry: CatalogedDevice;
  readonly connection: ConnectionDevice;
  readonly activation: ActivationHub;
  /** The device's fresh link key. */
  readonly link: PublicKey;
  /** Of a device that a split has connected: the machine that waits for its word. */
  readonly joinerUdf?: string;
  /** While it is to be released: how it will show that it has obeyed. */
  readonly release?: ReleaseHub;
}

/** Which key a hail was made with: that of the deal in force, or of the deal before it. */
export interface HailMatch {
  readonly device: KnownDevice;
  readonly deal: "current" | "previous";
}

/** What a refresh changed. */
export interface KnownChange {
  readonly device: KnownDevice;
  readonly kind: "added" | "dealt" | "edited" | "removed";
}

/** The hub's devices, kept in step with the account's device catalog. */
export class KnownDevices {
  readonly #account: AccountContext;
  readonly #log: Log;
  readonly #devices = new Map<string, KnownDevice>();
  readonly #hails = new HailMatches<KnownDevice>();
  /** Entries that did not verify, by index: reported once. */
  readonly #refused = new Map<string, number>();
  readonly #changes = new Listeners<KnownChange>();

  constructor(options: { readonly account: AccountContext; readonly log: Log }) {
    this.#account = options.account;
    this.#log = options.log.child("devices");
  }

  get(udf: string): KnownDevice | undefined {
    return this.#devices.get(udf);
  }

  get size(): number {
    return this.#devices.size;
  }

  list(): readonly KnownDevice[] {
    return [...this.#devices.values()];
  }

  /** Calls the listener for every later change. */
  onChange(listener: (change: KnownChange) => void): () => void {
    return this.#changes.add(listener);
  }

  /** The device that a hail belongs to; the deal in force is preferred. */
  match(hail: Uint8Array): HailMatch | undefined {
    return this.#hails.match(hail);
  }

  /** The device whose release a hail speaks of. It proves nothing: see released.ts. */
  released(hail: Uint8Array): KnownDevice | undefined {
    for (const device of this.#devices.values()) {
      if (device.release && matchesHail(device.release.KHail, hail)) return device;
    }
    return undefined;
  }

  /** Takes over what the account's copy of the device catalog says now. */
  refresh(): void {
    const seen = new Set<string>();
    for (const { key, index, value } of this.#account.list(deviceCatalog)) {
      if (value.HubUdf !== this.#account.deviceUdf || value.Constrained !== true) continue;
      seen.add(key);
      this.#take(key, index, value);
    }
    // A damaged copy that is being fetched again says nothing about what was removed.
    if (!this.#account.isComplete(deviceCatalog.label)) return;
    for (const [udf, device] of this.#devices) {
      if (seen.has(udf)) continue;
      this.#devices.delete(udf);
      this.#hails.delete(udf);
      this.#tell({ device, kind: "removed" });
    }
  }

  #take(key: string, index: number, entry: CatalogedDevice): void {
    const known = this.#devices.get(key);
    if (known?.index === index || this.#refused.get(key) === index) return;
    let device: KnownDevice;
    try {
      device = openEntry(this.#account, index, entry);
      if (device.udf !== key) throw verificationError(`the entry of ${key}`);
    } catch (error) {
      if (!isMeshError(error)) throw error;
      this.#refused.set(key, index);
      this.#log.warn("device.entry_refused", { device: key, code: error.code, reason: error.message });
      return;
    }
    this.#refused.delete(key);
    this.#devices.set(key, device);
    this.#hails.set(device);
    const dealtAgain = known !== undefined && known.activation.DealEpoch !== device.activation.DealEpoch;
    this.#tell({ device, kind: known === undefined ? "added" : dealtAgain ? "dealt" : "edited" });
  }

  #tell(change: KnownChange): void {
    this.#changes.tell(change);
  }
}

/** Verifies an entry under the administrators and opens the hub's part. Errors: ERR_VERIFICATION, ERR_SCHEMA. */
function openEntry(account: AccountContext, index: number, entry: CatalogedDevice): KnownDevice {
  const administrators = catalogAdministrators(account.profile);
  // Of a split: whoever lists it has held it against the limits, and its signature covers the hub's part.
  const joined = index < 0 ? joinedDevice(account, entry.DeviceUdf) : undefined;
  const known = joined?.connection ?? account.directory.verified(entry);
  const connection = known ?? verifyConnectionDevice(entry.EnvelopedConnectionDevice, administrators).value;
  const activation = openActivation(account, entry, joined ? undefined : administrators);
  const link = publicKeyOf(activation.Link25519);
  const agrees =
    connection.Subject === entry.DeviceUdf &&
    connection.Authority === account.accountUdf &&
    activation.DeviceUdf === entry.DeviceUdf &&
    activation.DealEpoch === entry.DealEpoch &&
    connection.Link.some(({ Udf }) => Udf === link.udf);
  if (!agrees) throw verificationError(`the deal of ${entry.DeviceUdf}`);
  const release = openRelease(account, entry, administrators);
  return {
    udf: entry.DeviceUdf,
    index,
    entry,
    connection,
    activation,
    link,
    ...(joined ? { joinerUdf: joined.granteeUdf } : {}),
    ...(release ? { release } : {}),
  };
}

/** The hub's part of a release under way. One that is of another deal or does not open is none: the device's own answer still counts. */
function openRelease(account: AccountContext, entry: CatalogedDevice, administrators: readonly PublicKey[]): ReleaseHub | undefined {
  const { SealedReleaseDevice, EnvelopedReleaseHub } = entry;
  if (!SealedReleaseDevice || !EnvelopedReleaseHub) return undefined;
  try {
    const release = openObject(ReleaseHub, EnvelopedReleaseHub, [account.keys.encryption], administrators);
    if (release.DeviceUdf !== entry.DeviceUdf || release.DealEpoch !== entry.DealEpoch) throw verificationError("the release");
    return release;
  } catch (error) {
    if (!isMeshError(error)) throw error;
    account.ports.log.warn("device.release_unreadable", { device: entry.DeviceUdf, reason: error.message });
    return undefined;
  }
}

/** One envelope of the list is for this hub; those of other hubs do not open. */
function openActivation(account: AccountContext, entry: CatalogedDevice, administrators: readonly PublicKey[] | undefined): ActivationHub {
  let reason = verificationError(`the hub's part of ${entry.DeviceUdf}`);
  for (const envelope of entry.EnvelopedActivationHub ?? []) {
    try {
      return openObject(ActivationHub, envelope, [account.keys.encryption], administrators);
    } catch (error) {
      reason = asMeshError(error);
      if (!isMeshError(error)) throw error;
    }
  }
  throw reason;
}
