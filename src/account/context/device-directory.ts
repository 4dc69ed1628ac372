/**
 * The devices of an account as their signed connections state them: who may sign what. extensions §5.
 * A removed device stays known with the heads at its removal: what it wrote up to them is believed, nothing after.
 */

import { equalBytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import type { PublicKey } from "../../crypto/index.ts";
import { sha512 } from "../../crypto/index.ts";
import type { CatalogedDevice, CatalogLabel, ConnectionDevice, EpochReason, Head, Position, ProfileUser } from "../../schema/index.ts";
import {
  catalogAdministrators,
  comparePositions,
  mayBeginEpoch,
  mayWriteCatalog,
  publicKeyOf,
  verifyConnectionDevice,
  writerOf,
} from "../../schema/index.ts";
import { LateFramesError } from "./doubt.ts";

/** A device with its verified connection. */
export interface DirectoryEntry {
  readonly udf: string;
  readonly connection: ConnectionDevice;
  /** SHA-512 of the octets of the connection, which were verified. */
  readonly digest: Uint8Array;
  readonly signature: PublicKey;
  /** The administrators' key that signed the connection. */
  readonly signedBy: string;
  /** Of catalogs that its roles let it write before, the last frame that is believed. */
  readonly ended: ReadonlyMap<string, Head>;
}

/** A connection that is over. What was signed under it stays believed. */
interface FormerEntry {
  readonly entry: DirectoryEntry;
  /** The last believed frame by store; undefined when the device was not removed but connected anew. */
  readonly last?: ReadonlyMap<string, Head>;
}

/** Devices by fingerprint. */
export class DeviceDirectory {
  readonly #administrators: readonly PublicKey[];
  readonly #accountUdf: string;
  readonly #entries = new Map<string, DirectoryEntry>();
  readonly #bySignature = new Map<string, DirectoryEntry>();
  readonly #former = new Map<string, readonly FormerEntry[]>();
  readonly #roles = new Map<string, ReadonlySet<string>>();
  #revision: number;

  /** @param revision to count on from, for a directory that takes the place of another */
  constructor(profile: ProfileUser, revision = 0) {
    this.#revision = revision;
    this.#administrators = catalogAdministrators(profile);
    this.#accountUdf = profile.ProfileSignature.Udf;
  }

  /** Takes a device in, or its newer connection. Errors: ERR_VERIFICATION when no administrator signed the connection. */
  add(device: CatalogedDevice): void {
    const { value, signer } = verifyConnectionDevice(device.EnvelopedConnectionDevice, this.#administrators);
    if (value.Subject !== device.DeviceUdf || value.Authority !== this.#accountUdf) {
      throw new MeshError("ERR_VERIFICATION", `the connection in the entry of ${device.DeviceUdf} is of ${value.Subject}`);
    }
    const before = this.#entries.get(device.DeviceUdf);
    const ended = lastOf(device.EndedRights ?? []);
    const digest = sha512(device.EnvelopedConnectionDevice.body);
    const entry = { udf: device.DeviceUdf, connection: value, digest, signature: publicKeyOf(value.Signature), signedBy: signer.udf, ended };
    if (before && before.signature.udf !== entry.signature.udf) this.#retire({ entry: before });
    if (before) this.#bySignature.delete(before.signature.udf);
    this.#entries.set(device.DeviceUdf, entry);
    this.#roles.set(device.DeviceUdf, new Set([...(this.#roles.get(device.DeviceUdf) ?? []), ...value.Roles]));
    this.#bySignature.set(entry.signature.udf, entry);
    this.#revision += 1;
  }

  /** Marks a device as removed: what it wrote in each store up to the head given stays believed. */
  remove(udf: string, heads: readonly Head[]): void {
    const entry = this.#entries.get(udf);
    if (!entry) return;
    this.#retire({ entry, last: lastOf(heads) });
    this.#entries.delete(udf);
    this.#bySignature.delete(entry.signature.udf);
    this.#revision += 1;
  }

  /** What is said of one connection last counts: a repair states the heads anew. */
  #retire(former: FormerEntry): void {
    const { udf, signature } = former.entry;
    const others = (this.#former.get(udf) ?? []).filter(({ entry }) => entry.signature.udf !== signature.udf);
    this.#former.set(udf, [...others, former]);
  }

  /**
   * The furthest head of a catalog up to which somebody is believed who may write there no more. Frames below it are believed by their place, so
   * they count only where they lead to this very head (../epoch/pins.ts).
   */
  pin(label: CatalogLabel): Head | undefined {
    const ended = [...this.#entries.values()].map((entry) => entry.ended);
    const removed = [...this.#former.values()].flat().flatMap(({ last }) => last ?? []);
    let furthest: Head | undefined;
    for (const limit of [...ended, ...removed]) {
      const head = limit.get(label);
      if (head && (!furthest || comparePositions(head, furthest) > 0)) furthest = head;
    }
    return furthest;
  }

  /** Grows whenever a device comes, goes or is connected anew. */
  get revision(): number {
    return this.#revision;
  }

  /** True when no device is connected, nor ever was. */
  get isEmpty(): boolean {
    return this.#entries.size === 0 && this.#former.size === 0;
  }

  /** True when a device is connected, or ever was. */
  knows(udf: string): boolean {
    return this.#entries.has(udf) || this.#former.has(udf);
  }

  /** True for a device that might write a catalog and may not any more. */
  isOver(udf: string, label: CatalogLabel): boolean {
    const entry = this.#entries.get(udf);
    return entry ? entry.ended.has(label) && !mayWriteCatalog(entry.connection.Roles, label) : this.#former.has(udf);
  }

  /** True when an administrator was removed, or lost that role: it may have signed a connection that nobody else knows of. */
  get hasLostAdministrator(): boolean {
    const removed = [...this.#former.values()].flat().filter(({ last }) => last !== undefined);
    if (removed.some(({ entry }) => wasAdministrator(entry))) return true;
    return [...this.#entries.values()].some(({ udf, ended }) => ended.has("MMM_Access") && this.isOver(udf, "MMM_Access"));
  }

  /** Every role that a device has, or had. */
  rolesOf(udf: string): readonly string[] {
    return [...(this.#roles.get(udf) ?? [])];
  }

  /** A connected device; undefined when unknown or removed. */
  find(udf: string): DirectoryEntry | undefined {
    return this.#entries.get(udf);
  }

  /** The connection of a catalog entry, when it is the one in force of a connected device: it was verified when it came in. */
  verified({ DeviceUdf: udf, EnvelopedConnectionDevice: { body } }: CatalogedDevice): ConnectionDevice | undefined {
    const entry = this.#entries.get(udf);
    return entry && equalBytes(entry.digest, sha512(body)) ? entry.connection : undefined;
  }

  /** The connected device that signs with the key of this fingerprint. */
  findBySignature(keyUdf: string): DirectoryEntry | undefined {
    return this.#bySignature.get(keyUdf);
  }

  /**
   * The connection that is over under which the key of this fingerprint signed, and the last frame of a store up to which it is believed: of a device that
   * was removed. One that was connected anew stays believed for what it signed before.
   */
  formerBySignature(keyUdf: string, store: string): { readonly entry: DirectoryEntry; readonly last?: Head } | undefined {
    for (const former of this.#former.values()) {
      for (const { entry, last } of former) {
        if (entry.signature.udf !== keyUdf) continue;
        const head = last?.get(store);
        if (!last) return { entry };
        if (head) return { entry, last: head };
      }
    }
    return undefined;
  }

  /** Keys under which a device of the account signs, or once signed. */
  get everyKey(): readonly PublicKey[] {
    const former = [...this.#former.values()].flat().map(({ entry }) => entry);
    return [...this.#entries.values(), ...former].map(({ signature }) => signature);
  }

  /** The device whose key this is, or was. */
  ownerOf(keyUdf: string): string | undefined {
    const former = [...this.#former.values()].flat().find(({ entry }) => entry.signature.udf === keyUdf);
    return this.#bySignature.get(keyUdf)?.udf ?? former?.entry.udf;
  }

  /** Every connected device. */
  get connected(): readonly DirectoryEntry[] {
    return [...this.#entries.values()];
  }

  /** Connected devices that hold a role. */
  withRole(role: string): readonly DirectoryEntry[] {
    return [...this.#entries.values()].filter((entry) => entry.connection.Roles.includes(role));
  }

  /** The keys under which `udf` may close frames of a catalog up to a position, never none. Errors: ERR_VERIFICATION when it may not. */
  apexKeys(udf: string, label: CatalogLabel, at: Position): readonly PublicKey[] {
    const isWriter = (writerOf(label) ?? udf) === udf;
    return this.#keysAt(udf, { label, at, may: (roles) => isWriter && mayWriteCatalog(roles, label), deed: "written" });
  }

  /** The keys under which `udf` may have begun an epoch of a catalog, never none. Errors: ERR_VERIFICATION when it may not. */
  beginKeys(udf: string, label: CatalogLabel, { at, reason }: { readonly at: Position; readonly reason: EpochReason }): readonly PublicKey[] {
    // Of the sequence of one writer: that device, and whoever may give it another key.
    const isWriter = (writerOf(label) ?? udf) === udf;
    const may = (roles: readonly string[]): boolean => mayBeginEpoch(roles, label, reason) && (isWriter || mayBeginEpoch(roles, label, "Rekey"));
    return this.#keysAt(udf, { label, at, may, deed: "begun anew" });
  }

  #keysAt(
    udf: string,
    wanted: { readonly label: CatalogLabel; readonly at: Position; readonly may: (roles: readonly string[]) => boolean; readonly deed: string },
  ): readonly PublicKey[] {
    const { label, at, may, deed } = wanted;
    const current = this.#entries.get(udf);
    const writers = [...(current ? [{ entry: current }] : []), ...(this.#former.get(udf) ?? [])].flatMap(
      ({ entry, last }: FormerEntry): FormerEntry[] => {
        if (may(entry.connection.Roles)) return [{ entry, ...(last && { last }) }];
        return entry.ended.has(label) ? [{ entry, last: entry.ended }] : [];
      },
    );
    if (writers.length === 0) throw new MeshError("ERR_VERIFICATION", `${label} was ${deed} by ${udf}, which has no right to`);
    const inTime = writers.filter(({ last }) => last === undefined || isUpTo(at, last.get(label)));
    if (inTime.length === 0) {
      const since = current ? "its right to had ended" : "it was removed from the account";
      throw new LateFramesError(`${label} was ${deed} by ${udf} after ${since}`);
    }
    return inTime.map(({ entry }) => entry.signature);
  }
}

/** Who writes MMM_Access has the administrators' keys. */
function wasAdministrator({ connection, ended }: DirectoryEntry): boolean {
  return ended.has("MMM_Access") || mayWriteCatalog(connection.Roles, "MMM_Access");
}

function isUpTo(at: Position, last: Position | undefined): boolean {
  return last !== undefined && comparePositions(at, last) <= 0;
}

function lastOf(heads: readonly Head[]): ReadonlyMap<string, Head> {
  return new Map(heads.map((head) => [head.Store, head]));
}
