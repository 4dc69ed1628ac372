/** The Access catalog as the service uses it: which link key has which rights (extensions §6). */
import { MeshError } from "../../base/errors.ts";
import { envelope } from "../../dare/index.ts";
import type { AccessCapability, CatalogUpdate } from "../../schema/index.ts";
import { CatalogedAccess } from "../../schema/index.ts";
import { entryOf } from "../account/entry.ts";

/** Rights by link key. Fed with the catalog's updates in their order. */
export class AccessTable {
  /** Newest entry of each key of the catalog; undefined = deleted. */
  readonly #entries = new Map<string, AccessCapability>();
  /** Link keys that ever had an entry, so that a removed device learns that it was removed. */
  readonly #known = new Set<string>();
  /** Octets of each entry. */
  readonly #sizes = new Map<string, number>();
  #octets = 0;

  /** True before the first entry: the key that bound the account still has all rights. */
  get isEmpty(): boolean {
    return this.#known.size === 0;
  }

  /** True while an entry is active. */
  get letsAnybodyIn(): boolean {
    return [...this.#entries.values()].some(({ Active }) => Active);
  }

  /** Octets of the live entries after entries of so many octets were written under these keys. */
  octetsWith(changed: ReadonlyMap<string, number>): number {
    let sum = this.#octets;
    for (const [key, octets] of changed) sum += octets - (this.#sizes.get(key) ?? 0);
    return sum;
  }

  /** Takes over an update; ERR_SCHEMA for an entry of another kind. */
  apply(update: CatalogUpdate, octets: number): void {
    this.#octets -= this.#sizes.get(update.Key) ?? 0;
    this.#sizes.delete(update.Key);
    if (update.Event === "Delete") {
      this.#entries.delete(update.Key);
      return;
    }
    const capability = capabilityOf(update);
    this.#entries.set(update.Key, capability);
    this.#sizes.set(update.Key, octets);
    this.#octets += octets;
    for (const link of capability.LinkUdf) this.#known.add(link);
  }

  /**
   * The active capability of a link key.
   * Errors: ERR_REVOKED when it had one, with the owner's RevokedDevice of the newest in its detail; ERR_NOT_AUTHORIZED when it never had.
   */
  capability(linkUdf: string): AccessCapability {
    let evidence: AccessCapability["EnvelopedRevokedDevice"];
    for (const entry of this.#entries.values()) {
      if (!entry.LinkUdf.includes(linkUdf)) continue;
      if (entry.Active) return entry;
      evidence = entry.EnvelopedRevokedDevice ?? evidence;
    }
    if (this.#known.has(linkUdf)) {
      throw new MeshError("ERR_REVOKED", "this device was removed from the account", {
        detail: evidence === undefined ? {} : { EnvelopedRevokedDevice: envelope.encode(evidence) },
      });
    }
    throw new MeshError("ERR_NOT_AUTHORIZED", "this device is not connected to the account");
  }
}

/** The capability inside an update of the Access catalog. ERR_SCHEMA. */
export function capabilityOf(update: CatalogUpdate): AccessCapability {
  return entryOf(CatalogedAccess, update).Capability.value;
}
