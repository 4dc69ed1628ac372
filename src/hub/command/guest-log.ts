/**
 * Orders of guests that this hub has taken, on disk before anything is done with one: none is carried out twice, whatever the power, the clock and the
 * service do. One is forgotten some time after its end; from then on everything that ends no later is refused, and so is what ended while the hub ran
 * and comes after its next start. With them the newest profile that each guest has shown. docs/extensions.md §18
 */
import { JournalMap, type RecordFormat } from "../../base/journal-map.ts";
import type { OpenFile } from "../salvage.ts";
import { openAsItIs } from "../salvage.ts";

/** An order that was taken. */
export interface TakenOrder {
  readonly messageId: string;
  /** Key of the guest's grant. */
  readonly grant: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
  /** SHA-512 of its envelope, Base64url: the answer names it. */
  readonly digest: string;
  readonly answered: boolean;
}

/** A profile of a guest that is newer than the one in his grant. */
interface ShownProfile {
  /** Key of the grant. */
  readonly holder: string;
  /** Its envelope, as it was shown. */
  readonly profile: string;
}

type GuestRecord =
  | { readonly order: TakenOrder }
  | { readonly gone: string }
  | { readonly floor: number }
  | (Partial<ShownProfile> & { readonly holder: string });
type Value = TakenOrder | { readonly floor: number } | ShownProfile;

const floorKey = "floor";
const profiles = "profile ";
/** Guests name their orders as they like: no name is that of something else. */
const orderKey = (messageId: string): string => `order ${messageId}`;
const profileKey = (grant: string): string => `${profiles}${grant}`;
/** The file was damaged: what it held ended before the first time that is known, and the longest life of an order. */
const unknownFloor = Number.MAX_SAFE_INTEGER;
const format: RecordFormat<Value, GuestRecord> = {
  read: (record) => {
    if ("order" in record) return [orderKey(record.order.messageId), record.order];
    if ("gone" in record) return [orderKey(record.gone), undefined];
    if ("floor" in record) return [floorKey, record];
    const { holder, profile } = record;
    return [profileKey(holder), profile === undefined ? undefined : { holder, profile }];
  },
  write: (_, value) => ["messageId" in value ? { order: value } : value],
  gone: (key) => (key.startsWith(profiles) ? { holder: key.slice(profiles.length) } : { gone: key.slice(orderKey("").length) }),
};

/** Remembered this long beyond its end, for clocks that move in steps. */
const keepMs = 600_000;
/** Orders of one guest that are remembered at once. */
const mostEach = 256;

/** The journal. */
export class GuestLog {
  readonly #orders: JournalMap<Value, GuestRecord>;
  #passed = Number.NEGATIVE_INFINITY;

  private constructor(orders: JournalMap<Value, GuestRecord>) {
    this.#orders = orders;
  }

  /** Errors: ERR_STORE_DAMAGED, ERR_STORE, ERR_PERMISSION, ERR_DISK_FULL. */
  static open({ path, openFile = openAsItIs }: { readonly path: string; readonly openFile?: OpenFile }): Promise<GuestLog> {
    return openFile({
      path,
      lost: "orders that guests sent before are neither carried out nor answered",
      open: async () => new GuestLog(await JournalMap.open({ path, format })),
      anew: (log) => log.#orders.set(floorKey, { floor: unknownFloor }),
    });
  }

  /** Orders that nobody was answered. */
  open(): readonly TakenOrder[] {
    return this.#all().filter(({ answered }) => !answered);
  }

  has(messageId: string): boolean {
    return this.#orders.get(orderKey(messageId)) !== undefined;
  }

  /** True for an order that ends so early that it may have been carried out and forgotten. @param lifeMs the longest life of one that ends later than now */
  async mayBeForgotten(expires: number, { now, lifeMs }: { readonly now: number; readonly lifeMs: number }): Promise<boolean> {
    if (this.#floor === unknownFloor) await this.#orders.set(floorKey, { floor: Math.max(now + lifeMs, this.#passed) });
    return expires <= this.#floor;
  }

  /** True while so many orders of a guest are remembered that none may be added. */
  isFull(grant: string): boolean {
    return this.#all().filter((order) => order.grant === grant).length >= mostEach;
  }

  /** Notes an order; resolves when it is on disk. Errors: ERR_STORE, ERR_DISK_FULL. */
  async take(order: TakenOrder, now: number): Promise<void> {
    await this.#forget(now);
    await this.#orders.set(orderKey(order.messageId), order);
  }

  /** Notes that the guest's answer is on its way, or that nobody is left to be told. */
  async answered(messageId: string): Promise<void> {
    const order = this.#orders.get(orderKey(messageId));
    if (order && "messageId" in order) await this.#orders.set(orderKey(messageId), { ...order, answered: true });
  }

  /** Notes a time that has passed: what ends no later is refused from now on. Errors: ERR_STORE, ERR_DISK_FULL. */
  async pass(time: number): Promise<void> {
    this.#passed = Math.max(this.#passed, time);
    if (time > this.#floor) await this.#orders.set(floorKey, { floor: time });
  }

  /** The envelope of the newest profile that the holder of a grant has shown. */
  profileOf(grant: string): string | undefined {
    const value = this.#orders.get(profileKey(grant));
    return value && "profile" in value ? value.profile : undefined;
  }

  /** Notes a guest's newer profile; those of grants that are there no more go. Errors: ERR_STORE, ERR_DISK_FULL. */
  async keepProfile(grant: string, profile: string, grants: ReadonlySet<string>): Promise<void> {
    for (const value of [...this.#orders.values()])
      if ("profile" in value && !grants.has(value.holder)) await this.#orders.delete(profileKey(value.holder));
    await this.#orders.set(profileKey(grant), { holder: grant, profile });
  }

  close(): Promise<void> {
    return this.#orders.close();
  }

  get #floor(): number {
    const value = this.#orders.get(floorKey);
    return value && "floor" in value ? value.floor : Number.NEGATIVE_INFINITY;
  }

  #all(): readonly TakenOrder[] {
    return [...this.#orders.values()].flatMap((value) => ("messageId" in value ? [value] : []));
  }

  async #forget(now: number): Promise<void> {
    const over = this.#all().filter(({ expires }) => expires + keepMs < now);
    if (over.length === 0) return;
    // Before anything is forgotten: a crash in between remembers too much.
    await this.#orders.set(floorKey, { floor: Math.max(this.#floor, now - keepMs) });
    for (const { messageId } of over) await this.#orders.delete(orderKey(messageId));
  }
}
