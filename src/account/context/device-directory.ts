/**
 * The devices of an account as their signed connections state them: who may sign what. extensions §5.
 * A removed device stays known with the heads at its removal: what it wrote up to them is believed, nothing after.
 */
import { MeshError } from "../../base/errors.ts";
import type { PublicKey } from "../../crypto/index.ts";
import type { CatalogedDevice, CatalogLabel, ConnectionDevice, Head, ProfileUser } from "../../schema/index.ts";
import { ConnectionDevice as ConnectionDeviceStruct, mayWriteCatalog, publicKeyOf, verifyObject } from "../../schema/index.ts";

/** A device with its verified connection. */
export interface DirectoryEntry {
  readonly udf: string;
  readonly connection: ConnectionDevice;
  readonly signature: PublicKey;
  /** Index of the last believed frame by store, when the device was removed. */
  readonly removedAt?: ReadonlyMap<string, number>;
}

/** Devices by fingerprint. */
export class DeviceDirectory {
  readonly #administrators: readonly PublicKey[];
  readonly #accountUdf: string;
  readonly #entries = new Map<string, DirectoryEntry>();

  constructor(profile: ProfileUser) {
    this.#administrators = [publicKeyOf(profile.AdministratorSignature), publicKeyOf(profile.AdministratorSignature25519)];
    this.#accountUdf = profile.ProfileSignature.Udf;
  }

  /** Takes a device in, or its newer connection. Errors: ERR_VERIFICATION when no administrator signed the connection. */
  add(device: CatalogedDevice): void {
    const { value } = verifyObject(ConnectionDeviceStruct, device.EnvelopedConnectionDevice, this.#administrators);
    if (value.Subject !== device.DeviceUdf || value.Authority !== this.#accountUdf) {
      throw new MeshError("ERR_VERIFICATION", `the connection in the entry of ${device.DeviceUdf} is of ${value.Subject}`);
    }
    this.#entries.set(device.DeviceUdf, { udf: device.DeviceUdf, connection: value, signature: publicKeyOf(value.Signature) });
  }

  /** Marks a device as removed: what it wrote in each store up to the head given stays believed. */
  remove(udf: string, heads: readonly Head[]): void {
    const entry = this.#entries.get(udf);
    if (entry) this.#entries.set(udf, { ...entry, removedAt: new Map(heads.map((head) => [head.Store, head.Index])) });
  }

  /** A connected device; undefined when unknown or removed. */
  find(udf: string): DirectoryEntry | undefined {
    const entry = this.#entries.get(udf);
    return entry?.removedAt ? undefined : entry;
  }

  /** The connected device that signs with the key of this fingerprint. */
  findBySignature(keyUdf: string): DirectoryEntry | undefined {
    for (const entry of this.#entries.values()) if (entry.signature.udf === keyUdf && !entry.removedAt) return entry;
    return undefined;
  }

  /** Connected devices that hold a role. */
  withRole(role: string): readonly DirectoryEntry[] {
    return [...this.#entries.values()].filter((entry) => !entry.removedAt && entry.connection.Roles.includes(role));
  }

  /** The key by which `udf` may close frames of a catalog up to `index`. Errors: ERR_VERIFICATION when it may not. */
  apexKey(udf: string, label: CatalogLabel, index: number): PublicKey {
    const entry = this.#entries.get(udf);
    if (!entry || !mayWriteCatalog(entry.connection.Roles, label)) {
      throw new MeshError("ERR_VERIFICATION", `${label} was written by ${udf}, which has no right to`);
    }
    const last = entry.removedAt?.get(label);
    if (entry.removedAt && (last === undefined || index > last)) {
      throw new MeshError("ERR_VERIFICATION", `${label} was written by ${udf} after it was removed from the account`);
    }
    return entry.signature;
  }
}
