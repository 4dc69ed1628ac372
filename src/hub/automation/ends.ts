/**
 * What ends "for ten minutes", when the same is said again before it is over: the time begins anew, and how it was before the first time counts. Whoever
 * spoke last is heard.
 */
import type { SpokenOrder } from "../../driver/index.ts";
import { isHarmless, isRisky } from "../../schema/index.ts";
import type { Automation } from "./automation-book.ts";
import { isEnd } from "./automation-book.ts";
import type { ClassOf } from "./check-automation.ts";

/** True for orders that, harmless themselves, end what can do harm: a valve that is shut, an oven that is stopped. */
export function calms(orders: Automation["orders"], classOf: ClassOf): boolean {
  const told = orders.flatMap(({ command, targets }) => targets.flatMap(({ udf }) => ({ command, kind: classOf(udf) ?? "" })));
  return told.some(({ kind }) => kind !== "" && !isHarmless(kind)) && told.every(({ command, kind }) => kind === "" || !isRisky(kind, command));
}

/** True for what ends, after a time, what can do harm: late is better than never. */
export function quells(automation: Pick<Automation, "ends" | "of" | "orders">, classOf: ClassOf): boolean {
  return isEnd(automation) && calms(automation.orders, classOf);
}

/** The orders that end something, with what those that wait already would put back in the place of what is now. */
export function asBefore(orders: readonly SpokenOrder[], waiting: readonly Automation[]): readonly SpokenOrder[] {
  const earlier = waiting.flatMap((automation) => automation.orders);
  return orders.map((order) => ({
    ...order,
    targets: order.targets.map((target) => {
      const same = earlier.filter(({ command }) => command === order.command).flatMap(({ targets }) => targets);
      return same.find((other) => isSame(other, target)) ?? target;
    }),
  }));
}

/** What is left of an automation when other orders end the same; undefined for nothing. */
export function withoutSame(automation: Automation, orders: readonly SpokenOrder[]): Automation | undefined {
  const left = automation.orders
    .map((order) => {
      const same = orders.filter(({ command }) => command === order.command).flatMap(({ targets }) => targets);
      return { ...order, targets: order.targets.filter((target) => !same.some((other) => isSame(other, target))) };
    })
    .filter(({ targets }) => targets.length > 0);
  return left.length === 0 ? undefined : { ...automation, orders: left };
}

type Target = SpokenOrder["targets"][number];

/** The same device, and the same of its properties. */
function isSame(one: Target, other: Target): boolean {
  const names = ({ arguments: args }: Target): string =>
    args
      .map(({ Name }) => Name)
      .sort()
      .join(" ");
  return one.udf === other.udf && names(one) === names(other);
}
