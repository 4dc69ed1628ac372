/**
 * What was ordered of devices lately, and by what: what is tried again must not undo what was said after it. Of devices of which something is under way or
 * tried again that is on the disk before the order is answered, so that a hub that is killed still knows it.
 */
import type { Clock } from "../../base/clock.ts";
import { asMeshError } from "../../base/errors.ts";
import { JournalMap } from "../../base/journal-map.ts";
import type { Log } from "../../base/log.ts";
import type { SpokenOrder } from "../../driver/index.ts";
import type { StateValue } from "../../schema/index.ts";
import type { Order } from "../command/order.ts";
import type { OpenFile } from "../salvage.ts";

type Target = SpokenOrder["targets"][number];

interface Noted {
  readonly udf: string;
  readonly command: string;
  /** As text: numbers may be of a kind that JSON has not. */
  readonly values: readonly { readonly Name: string; readonly Value: string }[];
  /** Key of the automation; undefined for all others. */
  readonly by?: string | undefined;
  /** When it was last told to the device, and when the device last did it: milliseconds since 1970. */
  readonly told: number;
  readonly done?: number | undefined;
}

type LaterRecord = Noted | { readonly gone: string };

/** What of it is on the disk. */
export type LaterBook = JournalMap<Noted, LaterRecord>;

/** Opens the file. Errors: as JournalMap.open. */
export function openLaterBook(path: string, openFile: OpenFile): Promise<LaterBook> {
  const format = {
    read: (record: LaterRecord): readonly [string, Noted | undefined] => ("gone" in record ? [record.gone, undefined] : [keyOf(record), record]),
    write: (_: string, noted: Noted): readonly LaterRecord[] => [noted],
    gone: (key: string): LaterRecord => ({ gone: key }),
  };
  const lost = "what was ordered after something that is tried again is not known any more: look at what the hub does in the next minutes";
  return openFile({ path, lost, open: () => JournalMap.open<Noted, LaterRecord>({ path, format }) });
}

/** What is tried again. */
interface Tried {
  readonly key: string;
  /** When it was first given, milliseconds since 1970. */
  readonly at: number;
  readonly orders: readonly SpokenOrder[];
}

/** What they work with. */
export interface LaterOrdersOptions {
  readonly later: LaterBook;
  /** Something is under way with a device, or is tried again. */
  readonly isPending: (deviceUdf: string) => boolean;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
}

/** More than any hub orders while something is tried again; and of them on the disk. */
const mostNoted = 4096;
const mostKept = 1024;
/** It makes itself known, and is as it was. */
const changesNothing = "Identify";

/** The orders of a hub. */
export class LaterOrders {
  readonly #options: LaterOrdersOptions;
  readonly #noted = new Map<string, Noted>();

  /** Those of before the start count on. */
  constructor(options: LaterOrdersOptions) {
    this.#options = options;
    for (const noted of [...options.later.values()]) {
      const key = keyOf(noted);
      if (options.isPending(noted.udf)) this.#noted.set(key, noted);
      else void this.#written(options.later.delete(key));
    }
  }

  /** Notes an order: when it is told to its device, and again when that has done it. @returns when it may be answered, where something has to be on the disk before */
  note({ deviceUdf: udf, command, arguments: values, automation: by }: Order, isDone: boolean): Promise<void> | undefined {
    if (command === changesNothing) return undefined;
    const told = this.#options.clock.now();
    const noted: Noted = { udf, command, values: values.map(({ Name, Value }) => ({ Name, Value: String(Value) })), by, told };
    const key = keyOf(noted);
    const done = isDone ? told : this.#noted.get(key)?.done;
    this.#noted.delete(key);
    this.#noted.set(key, { ...noted, done });
    for (const oldest of this.#noted.keys()) {
      if (this.#noted.size <= mostNoted) break;
      this.#noted.delete(oldest);
    }
    return this.#options.isPending(udf) ? this.#keep(key, { ...noted, done }) : undefined;
  }

  /** What of it nobody has ordered otherwise since. @param isSafe what ends harm, which only what was done takes the place of */
  leftOf({ key, at, orders }: Tried, isSafe: (command: string, target: Target) => boolean): readonly SpokenOrder[] {
    const others = [...this.#noted.values()].filter(({ by }) => by !== key);
    const isOver = (command: string, target: Target): boolean => {
      const [{ udf, arguments: wanted }, needsDone] = [target, isSafe(command, target)];
      return others.some(
        (other) =>
          other.udf === udf &&
          ((needsDone ? other.done : other.told) ?? Number.NEGATIVE_INFINITY) >= at &&
          (other.command !== command || wanted.some((value) => other.values.some(isOtherwise(value)))),
      );
    };
    return orders
      .map((order) => ({ ...order, targets: order.targets.filter((target) => !isOver(order.command, target)) }))
      .filter(({ targets }) => targets.length > 0);
  }

  async #keep(key: string, noted: Noted): Promise<void> {
    const { later } = this.#options;
    const [oldest] = later.values();
    if (later.size >= mostKept && oldest) await this.#written(later.delete(keyOf(oldest)));
    await this.#written(later.set(key, noted));
  }

  /** A disk that is full is told, and keeps no order from being given. */
  #written(writing: Promise<void>): Promise<void> {
    return writing.catch((error: unknown) => this.#options.log.error("automation.unkept", { reason: asMeshError(error).message }));
  }
}

function keyOf({ udf, command, by, values }: Pick<Noted, "udf" | "command" | "by" | "values">): string {
  return JSON.stringify([udf, command, by ?? null, ...values.map(({ Name }) => Name)]);
}

function isOtherwise({ Name, Value }: StateValue): (other: Noted["values"][number]) => boolean {
  return (other) => other.Name === Name && other.Value !== String(Value);
}
