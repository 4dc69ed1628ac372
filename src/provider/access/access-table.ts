/** The Access catalog as the service uses it: which link key has which rights (extensions §6), who may write to the account (§11), and what the service does with shares of its keys for whom (§14), and what it hands to whoever recovers the account. */
import { MeshError } from "../../base/errors.ts";
import { envelope } from "../../dare/index.ts";
import type { CatalogUpdate, Power } from "../../schema/index.ts";
import {
  AccessCapability,
  CapabilityDecryptServiced,
  CapabilityInbound,
  CapabilityKeyGenerate,
  CapabilityRecover,
  CapabilitySignServiced,
  CatalogedCapability,
  capabilityKey,
  recoveryKey,
} from "../../schema/index.ts";
import { entryOf } from "../account/entry.ts";

/** An entry of a kind that this service acts on; it keeps the others, and they grant nothing. */
export type Capability =
  | { readonly kind: "access"; readonly value: AccessCapability }
  | { readonly kind: "inbound"; readonly value: CapabilityInbound }
  | { readonly kind: "power"; readonly power: Power }
  | { readonly kind: "recovery"; readonly value: CapabilityRecover };

const powerTags: readonly string[] = [CapabilityDecryptServiced.tag, CapabilitySignServiced.tag, CapabilityKeyGenerate.tag];

/** Rights by link key, senders by address, powers by id. Fed with the catalog's updates in their order. */
export class AccessTable {
  /** Newest entry of each key of the catalog; undefined = deleted. */
  readonly #entries = new Map<string, AccessCapability>();
  readonly #inbound = new Map<string, CapabilityInbound>();
  readonly #powers = new Map<string, Power>();
  #recovery: CapabilityRecover | undefined;
  /** Keys of the entries in `#inbound` that name an address. */
  readonly #bySender = new Map<string, Set<string>>();
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

  /** Takes over an update; ERR_SCHEMA for one that is no entry of this catalog. */
  apply(update: CatalogUpdate, octets: number): void {
    this.#octets -= this.#sizes.get(update.Key) ?? 0;
    this.#sizes.delete(update.Key);
    this.#entries.delete(update.Key);
    this.#powers.delete(update.Key);
    if (update.Key === recoveryKey) this.#recovery = undefined;
    this.#forgetSenders(update.Key);
    if (update.Event === "Delete") return;
    this.#sizes.set(update.Key, octets);
    this.#octets += octets;
    const capability = capabilityOf(update);
    if (capability?.kind === "access") {
      this.#entries.set(update.Key, capability.value);
      for (const link of capability.value.LinkUdf) this.#known.add(link);
    } else if (capability?.kind === "power") this.#powers.set(update.Key, capability.power);
    else if (capability?.kind === "recovery") {
      if (update.Key === recoveryKey) this.#recovery = capability.value;
    } else if (capability) {
      this.#inbound.set(update.Key, capability.value);
      for (const sender of capability.value.Senders) this.#bySender.set(sender, (this.#bySender.get(sender) ?? new Set()).add(update.Key));
    }
  }

  /** What is said of an address that writes to the account. */
  inbound(sender: string): readonly CapabilityInbound[] {
    return [...(this.#bySender.get(sender) ?? [])].flatMap((key) => this.#inbound.get(key) ?? []);
  }

  /** What is granted under an id, active or not. */
  power(id: string): Power | undefined {
    return this.#powers.get(capabilityKey(id));
  }

  /** What is sealed for whoever recovers the account. */
  get recovery(): CapabilityRecover | undefined {
    return this.#recovery;
  }

  #forgetSenders(key: string): void {
    for (const sender of this.#inbound.get(key)?.Senders ?? []) {
      const keys = this.#bySender.get(sender);
      keys?.delete(key);
      if (keys?.size === 0) this.#bySender.delete(sender);
    }
    this.#inbound.delete(key);
  }

  /** True when a link key ever had a capability. */
  knows(linkUdf: string): boolean {
    return this.#known.has(linkUdf);
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

/** The capability inside an update of the Access catalog; undefined for one of a kind that means nothing here. ERR_SCHEMA. */
export function capabilityOf(update: CatalogUpdate): Capability | undefined {
  const { Capability: held } = entryOf(CatalogedCapability, update);
  if (held.unknown !== undefined) return undefined;
  if (held.tag === AccessCapability.tag) return { kind: "access", value: held.value as AccessCapability };
  if (powerTags.includes(held.tag)) return { kind: "power", power: { tag: held.tag, value: held.value } as Power };
  if (held.tag === CapabilityRecover.tag) return { kind: "recovery", value: held.value as CapabilityRecover };
  return held.tag === CapabilityInbound.tag ? { kind: "inbound", value: held.value as CapabilityInbound } : undefined;
}
