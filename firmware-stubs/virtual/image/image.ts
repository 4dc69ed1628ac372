/**
 * The image of a virtual device: everything it remembers without power, and the steps by which that may change. extensions §2-4.
 * - factory.jbcd: DevicePreconfigurationPrivate, as the maker wrote it; replaced only by a release
 * - slot-a, slot-b: the contribution and the connection; the one in force is that of the lock's generation and epoch
 * - lock: the owner; writing it is the one step that connects, resets or releases
 * - delegated: whose orders are obeyed; of another generation of the lock it is void, and erased
 * - memory, powered: own values, report numbers, hours of use
 * Every step is one decisive write; what comes after it is cleaning, which the next start repeats if need be.
 */
import { equalBytes } from "../../../src/base/bytes.ts";
import { MeshError } from "../../../src/base/errors.ts";
import type { Random } from "../../../src/base/random.ts";
import type { Struct } from "../../../src/codec/index.ts";
import { decodeObject, encodeObjectB, integer, struct } from "../../../src/codec/index.ts";
import { generatePrivateKey, scalarOf } from "../../../src/crypto/index.ts";
import { DevicePreconfigurationPrivate } from "../../../src/schema/index.ts";
import type { Flash } from "./flash.ts";
import type { SlotConnection } from "./image-object.ts";
import { Delegated, Lock, Memory, Powered, Slot } from "./image-object.ts";
import { scalarText } from "./own-key.ts";
import type { Bank } from "./record.ts";
import { BankPair, Cell } from "./record.ts";

const factoryFile = "factory.jbcd";

/** Powered seconds for which a lock is provisional, and for which a recovery has to wait. */
export const provisionalSeconds = 24 * 3600;

/** Replacement of the factory slot, on its way in. */
interface NextFactory {
  readonly Generation: number;
  readonly Factory: DevicePreconfigurationPrivate;
}
const NextFactory: Struct<NextFactory> = struct<NextFactory>("NextFactory", { Generation: integer, Factory: DevicePreconfigurationPrivate });

/** A slot with a stored connection. */
export type ConnectedSlot = Slot & { readonly Connection: SlotConnection };

function isConnected(slot: Slot | undefined): slot is ConnectedSlot {
  return slot?.Connection !== undefined;
}

/** Puts what a maker made into an empty image. */
export function writeFactory(flash: Flash, factory: DevicePreconfigurationPrivate): void {
  flash.write(factoryFile, encodeObjectB(DevicePreconfigurationPrivate, factory));
}

/** The memory of one device. */
export class DeviceImage {
  readonly #flash: Flash;
  readonly #slots: BankPair<Slot>;
  readonly #next: BankPair<NextFactory>;
  readonly #lock: Cell<Lock>;
  readonly #memory: Cell<Memory>;
  readonly #powered: Cell<Powered>;
  readonly #delegated: Cell<Delegated>;
  #factory: DevicePreconfigurationPrivate;
  #active: Bank<ConnectedSlot> | undefined;
  #spare: Bank<Slot> | undefined;

  /** Reads the image and finishes what a power failure left undone. Errors: ERR_NOT_FOUND without a factory slot, ERR_STORE, ERR_STORE_DAMAGED. */
  constructor(flash: Flash) {
    this.#flash = flash;
    if (flash.read("state-a") ?? flash.read("state-b"))
      throw new MeshError("ERR_STORE", "the image is in use by a device in C, whose memory this one cannot read", {
        hint: "'meshman device preconfig' makes an image for another device",
      });
    this.#slots = new BankPair(flash, ["slot-a", "slot-b"], Slot);
    this.#next = new BankPair(flash, ["factory-next-a", "factory-next-b"], NextFactory);
    this.#lock = new Cell(flash, "lock", Lock, { Generation: 0, Connected: false, DealEpoch: 0 });
    this.#memory = new Cell(flash, "memory", Memory, { SequenceLimit: 1, Values: [], Seen: [], AcceptedEpoch: 0 });
    this.#powered = new Cell(flash, "powered", Powered, { Seconds: 0 });
    this.#delegated = new Cell(flash, "delegated", Delegated, { Generation: 0, LockGeneration: -1, Delegation: new Uint8Array() });
    this.#factory = this.#readFactory();
    this.#readSlots();
    if (this.delegation === undefined) this.#delegated.erase();
    else this.#delegated.settle();
    if (!this.lock.Connected) this.#forget();
  }

  get factory(): DevicePreconfigurationPrivate {
    return this.#factory;
  }

  get lock(): Lock {
    return this.#lock.value;
  }

  /** The connection in force. */
  get active(): ConnectedSlot | undefined {
    return this.#active?.value;
  }

  /** A connection that is stored and not proven yet. */
  get stored(): ConnectedSlot | undefined {
    const spare = this.#spare?.value;
    return isConnected(spare) ? spare : undefined;
  }

  /** Highest DealEpoch that was stored. */
  get storedEpoch(): number {
    return Math.max(this.lock.DealEpoch, this.stored?.Connection.DealEpoch ?? 0);
  }

  /** The contribution in force, made at the first call and kept until the next reset or release. */
  contribution(random: Random): Slot {
    const slot = this.ownSlot;
    if (slot) return slot;
    const fresh: Slot = {
      Generation: this.lock.Generation,
      EncryptionScalar: scalarText(scalarOf(generatePrivateKey("Ed25519", random))),
      SignatureScalar: scalarText(scalarOf(generatePrivateKey("Ed25519", random))),
      Link: random.bytes(32),
    };
    this.#spare = this.#slots.write(fresh, undefined);
    return fresh;
  }

  /** The slot with the fresh keys in force, if there is one. */
  get ownSlot(): Slot | undefined {
    return this.#active?.value ?? this.#spare?.value;
  }

  /** Writes a verified connection into the spare slot. The old state stays in force. Error: ERR_INTERNAL without a contribution. */
  store(connection: SlotConnection): void {
    const own = this.ownSlot;
    if (!own) throw new MeshError("ERR_INTERNAL", "a connection without a contribution");
    const keep = this.#active ?? this.#spare;
    this.#spare = this.#slots.write({ ...own, Connection: connection }, keep?.name);
    if (!this.#active) this.#slots.eraseAllBut([this.#spare.name]);
  }

  /** The stored connection is proven: it is in force from here on, its owner pinned, and the old share erased. */
  flip(poweredSeconds: number): void {
    const spare = this.#spare;
    if (!spare || !isConnected(spare.value)) throw new MeshError("ERR_INTERNAL", "no stored connection to put into force");
    const { AccountUdf, Administrator, DealEpoch } = spare.value.Connection;
    const { Generation, PinnedAt, AccountUdf: before } = this.lock;
    const pinnedAt = before === AccountUdf && PinnedAt !== undefined ? PinnedAt : poweredSeconds;
    this.#lock.set({ Generation, Connected: true, DealEpoch, AccountUdf, Administrator, PinnedAt: pinnedAt });
    this.#active = { ...spare, value: spare.value };
    this.#spare = undefined;
    this.#slots.eraseAllBut([spare.name]);
  }

  /** Forgets contribution and connections. The lock stays unless `clearLock`. */
  reset(options: { readonly clearLock: boolean }): void {
    const { Generation, AccountUdf, Administrator, PinnedAt } = this.lock;
    const next = { Generation: Generation + 1, Connected: false, DealEpoch: this.storedEpoch };
    this.#lock.set(options.clearLock ? next : { ...next, AccountUdf, Administrator, PinnedAt });
    this.#clean();
  }

  /** A new code: its factory values replace the old ones, the lock is cleared, the epoch kept. */
  release(values: Pick<DevicePreconfigurationPrivate, "PublicationId" | "KHail" | "KLink" | "Kd" | "SealedDescription">): void {
    const { PublicationId, KHail, KLink, Kd, SealedDescription } = values;
    const generation = this.lock.Generation + 1;
    this.#next.write({ Generation: generation, Factory: { ...this.#factory, PublicationId, KHail, KLink, Kd, SealedDescription } }, undefined);
    this.#lock.set({ Generation: generation, Connected: false, DealEpoch: this.storedEpoch });
    this.#factory = this.#readFactory();
    this.#clean();
  }

  /** Notes when the slow recovery was begun, or that it was given up. */
  setRecovery(poweredSeconds: number | undefined): void {
    if (this.lock.RecoverFrom !== poweredSeconds) this.#lock.set({ ...this.lock, RecoverFrom: poweredSeconds });
  }

  get memory(): Memory {
    return this.#memory.value;
  }

  setMemory(changes: Partial<Memory>): void {
    this.#memory.set({ ...this.memory, ...changes });
  }

  /** The same, and nothing of what was there before is left. */
  setMemoryAlone(changes: Partial<Memory>): void {
    this.setMemory(changes);
    this.#memory.settle();
  }

  /** Octets of the delegation in force. */
  get delegation(): Uint8Array | undefined {
    const { LockGeneration, Delegation } = this.#delegated.value;
    return LockGeneration === this.lock.Generation ? Delegation : undefined;
  }

  /** Keeps a verified delegation. Error: ERR_REPLAY for an older one, or another one with the same number. */
  delegate({ Generation }: Pick<Delegated, "Generation">, octets: Uint8Array): void {
    const { Generation: known, LockGeneration, Delegation } = this.#delegated.value;
    if (LockGeneration === this.lock.Generation && known >= Generation) {
      if (known === Generation && equalBytes(Delegation, octets)) return;
      throw new MeshError("ERR_REPLAY", `delegation ${Generation} of this owner is not above ${known}`);
    }
    this.#delegated.set({ Generation, LockGeneration: this.lock.Generation, Delegation: octets });
    this.#delegated.settle();
  }

  get poweredSeconds(): number {
    return this.#powered.value.Seconds;
  }

  set poweredSeconds(seconds: number) {
    if (seconds !== this.poweredSeconds) this.#powered.set({ Seconds: seconds });
  }

  #clean(): void {
    this.#active = undefined;
    this.#spare = undefined;
    this.#slots.eraseAllBut([]);
    this.#delegated.erase();
    this.setMemory({ Seen: [], AcceptedEpoch: 0, Events: [] });
    this.#forget();
  }

  /** Of an owner who is none any more, of his Wi-Fi and of the names of his orders, nothing is left in either copy. */
  #forget(): void {
    const { Seen, AcceptedEpoch, Ssid } = this.memory;
    if (Seen.length > 0 || AcceptedEpoch !== 0) this.setMemory({ Seen: [], AcceptedEpoch: 0, Events: [] });
    // The radio goes on with it until its power is lost.
    if (this.lock.AccountUdf === undefined && Ssid !== undefined) this.setMemory({ Ssid: undefined, NetworkPassword: undefined });
    this.#lock.settle();
    this.#memory.settle();
  }

  /** A replacement of the lock's generation counts before factory.jbcd, which may be torn then, and is moved into it. */
  #readFactory(): DevicePreconfigurationPrivate {
    const next = this.#next.read().find(({ value }) => value.Generation === this.lock.Generation);
    if (next) this.#flash.write(factoryFile, encodeObjectB(DevicePreconfigurationPrivate, next.value.Factory));
    this.#next.eraseAllBut([]);
    const octets = this.#flash.read(factoryFile);
    if (octets === undefined) throw new MeshError("ERR_NOT_FOUND", "the image has no factory.jbcd");
    return decodeObject(DevicePreconfigurationPrivate, octets);
  }

  #readSlots(): void {
    const { Generation, Connected, DealEpoch } = this.lock;
    const valid = this.#slots.read().filter(({ value }) => value.Generation === Generation);
    if (Connected) {
      for (const { name, sequence, value } of valid) {
        if (!isConnected(value)) continue;
        if (value.Connection.DealEpoch === DealEpoch) this.#active = { name, sequence, value };
        else if (value.Connection.DealEpoch > DealEpoch) this.#spare = { name, sequence, value };
      }
      if (!this.#active) throw new MeshError("ERR_STORE_DAMAGED", `the slot of epoch ${DealEpoch} is damaged`);
    } else {
      this.#spare = valid[0];
    }
    this.#slots.eraseAllBut([this.#active?.name, this.#spare?.name]);
  }
}
