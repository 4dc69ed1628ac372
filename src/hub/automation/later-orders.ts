/** What was ordered of devices lately, and by what: what is tried again must not undo what was said after it. */
import type { Clock } from "../../base/clock.ts";
import type { SpokenOrder } from "../../driver/index.ts";
import type { StateValue } from "../../schema/index.ts";
import type { Order } from "../command/order.ts";

type Target = SpokenOrder["targets"][number];

interface Noted {
  readonly udf: string;
  readonly command: string;
  readonly values: readonly StateValue[];
  /** Key of the automation; undefined for all others. */
  readonly by: string | undefined;
  /** When it was last told to the device, and when the device last did it: milliseconds since 1970. */
  readonly told: number;
  readonly done: number;
}

/** What is tried again. */
interface Tried {
  readonly key: string;
  /** When it was first given, milliseconds since 1970. */
  readonly at: number;
  readonly orders: readonly SpokenOrder[];
}

/** More than any hub orders while something is tried again. */
const mostNoted = 4096;
/** It makes itself known, and is as it was. */
const changesNothing = "Identify";

/** The orders of a hub, in memory. */
export class LaterOrders {
  readonly #clock: Pick<Clock, "now">;
  readonly #noted = new Map<string, Noted>();

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** Notes an order: when it is told to its device, and again when that has done it. */
  note({ deviceUdf: udf, command, arguments: values, automation: by }: Order, isDone: boolean): void {
    if (command === changesNothing) return;
    const key = JSON.stringify([udf, command, by, ...values.map(({ Name }) => Name)]);
    const told = this.#clock.now();
    const done = isDone ? told : (this.#noted.get(key)?.done ?? Number.NEGATIVE_INFINITY);
    this.#noted.delete(key);
    this.#noted.set(key, { udf, command, values, by, told, done });
    for (const oldest of this.#noted.keys()) {
      if (this.#noted.size <= mostNoted) return;
      this.#noted.delete(oldest);
    }
  }

  /** What of it nobody has ordered otherwise since. @param isSafe what ends harm, which only what was done takes the place of */
  leftOf({ key, at, orders }: Tried, isSafe: (command: string, target: Target) => boolean): readonly SpokenOrder[] {
    const others = [...this.#noted.values()].filter(({ by }) => by !== key);
    const isOver = (command: string, target: Target): boolean => {
      const [{ udf, arguments: wanted }, needsDone] = [target, isSafe(command, target)];
      return others.some(
        (other) =>
          other.udf === udf &&
          (needsDone ? other.done : other.told) >= at &&
          (other.command !== command || wanted.some((value) => other.values.some(isOtherwise(value)))),
      );
    };
    return orders
      .map((order) => ({ ...order, targets: order.targets.filter((target) => !isOver(order.command, target)) }))
      .filter(({ targets }) => targets.length > 0);
  }
}

function isOtherwise({ Name, Value }: StateValue): (other: StateValue) => boolean {
  return (other) => other.Name === Name && String(other.Value) !== String(Value);
}
