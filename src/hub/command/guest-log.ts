/**
 * Orders of guests that this hub has taken, on disk before anything is done with one: none is carried out twice, whatever the power, the clock and the
 * service do. One is forgotten some time after its end; from then on everything that ends no later is refused. docs/extensions.md §18
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

type GuestRecord = { readonly order: TakenOrder } | { readonly gone: string } | { readonly floor: number };
type Value = TakenOrder | { readonly floor: number };

const floorKey = "floor";
/** The file was damaged: what it held ended before the first time that is known, and the longest life of an order. */
const unknownFloor = Number.MAX_SAFE_INTEGER;
const format: RecordFormat<Value, GuestRecord> = {
  read: (record) => ("order" in record ? [record.order.messageId, record.order] : "gone" in record ? [record.gone, undefined] : [floorKey, record]),
  write: (_, value) => ["floor" in value ? value : { order: value }],
  gone: (key) => ({ gone: key }),
};

/** Remembered this long beyond its end, for clocks that move in steps. */
const keepMs = 600_000;
/** Orders of one guest that are remembered at once. */
const mostEach = 256;

/** The journal. */
export class GuestLog {
  readonly #orders: JournalMap<Value, GuestRecord>;

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
    return this.#orders.get(messageId) !== undefined;
  }

  /** True for an order that ends so early that it may have been carried out and forgotten. @param lifeMs the longest life of one that ends later than now */
  async mayBeForgotten(expires: number, { now, lifeMs }: { readonly now: number; readonly lifeMs: number }): Promise<boolean> {
    if (this.#floor === unknownFloor) await this.#orders.set(floorKey, { floor: now + lifeMs });
    return expires <= this.#floor;
  }

  /** True while so many orders of a guest are remembered that none may be added. */
  isFull(grant: string): boolean {
    return this.#all().filter((order) => order.grant === grant).length >= mostEach;
  }

  /** Notes an order; resolves when it is on disk. Errors: ERR_STORE, ERR_DISK_FULL. */
  async take(order: TakenOrder, now: number): Promise<void> {
    await this.#forget(now);
    await this.#orders.set(order.messageId, order);
  }

  /** Notes that the guest's answer is on its way, or that nobody is left to be told. */
  async answered(messageId: string): Promise<void> {
    const order = this.#orders.get(messageId);
    if (order && !("floor" in order)) await this.#orders.set(messageId, { ...order, answered: true });
  }

  close(): Promise<void> {
    return this.#orders.close();
  }

  get #floor(): number {
    const value = this.#orders.get(floorKey);
    return value && "floor" in value ? value.floor : Number.NEGATIVE_INFINITY;
  }

  #all(): readonly TakenOrder[] {
    return [...this.#orders.values()].flatMap((value) => ("floor" in value ? [] : [value]));
  }

  async #forget(now: number): Promise<void> {
    const over = this.#all().filter(({ expires }) => expires + keepMs < now);
    if (over.length === 0) return;
    // Before anything is forgotten: a crash in between remembers too much.
    await this.#orders.set(floorKey, { floor: Math.max(this.#floor, now - keepMs) });
    for (const { messageId } of over) await this.#orders.delete(messageId);
  }
}
