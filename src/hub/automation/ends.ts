/**
 * What ends something. What ends harm and does none itself (a valve is shut, an oven stopped) is better done late than never, whoever ordered it and for
 * what reason; all else is not. And what ends "for ten minutes", when the same is said again before it is over: the time begins anew, and how it was before
 * the first time counts. Whoever spoke last is heard.
 */
import type { SpokenOrder } from "../../driver/index.ts";
import type { StateValue } from "../../schema/index.ts";
import { isHarmless, isRisky } from "../../schema/index.ts";
import type { Automation } from "./automation-book.ts";
import { isEnd } from "./automation-book.ts";
import type { ClassOf } from "./check-automation.ts";

/** True for an order that, harmless itself, ends what can do harm. */
export function endsHarm(command: string, { udf, arguments: values }: Target, classOf: ClassOf): boolean {
  return ofHarm(classOf(udf), command, values) === "ends";
}

/** Of orders those that do. */
export function calming(orders: readonly SpokenOrder[], classOf: ClassOf): readonly SpokenOrder[] {
  return orders
    .map((order) => ({ ...order, targets: order.targets.filter((target) => endsHarm(order.command, target, classOf)) }))
    .filter(({ targets }) => targets.length > 0);
}

/** True for orders that end what can do harm, and begin none. */
export function calms(orders: readonly SpokenOrder[], classOf: ClassOf): boolean {
  const all = orders.flatMap(({ command, targets }) => targets.map(({ udf, arguments: values }) => ofHarm(classOf(udf), command, values)));
  return all.includes("ends") && !all.includes("begins");
}

/** True for what ends, after a time, what can do harm. What has its time of the day is done then or not at all. */
export function quells({ ends, of, when, orders }: Pick<Automation, "ends" | "of" | "when" | "orders">, classOf: ClassOf): boolean {
  return (isEnd({ ends, of }) || when?.kind === "after") && calms(orders, classOf);
}

/** What of an automation is given however late. */
export function evenLate({ ends, of, when, orders }: Pick<Automation, "ends" | "of" | "when" | "orders">, classOf: ClassOf): readonly SpokenOrder[] {
  return isEnd({ ends, of }) || when?.kind === "after" ? calming(orders, classOf) : [];
}

/** How many devices are told something. */
export function targetsOf(orders: readonly SpokenOrder[]): number {
  return orders.reduce((sum, { targets }) => sum + targets.length, 0);
}

/** What ends a run in which less was ordered than its automation has: of a device that was left out somebody else may have the say by now. */
export function endOfPart(
  end: readonly SpokenOrder[],
  { all, now }: { readonly all: readonly SpokenOrder[]; readonly now: readonly SpokenOrder[] },
): readonly SpokenOrder[] {
  const devicesOf = (orders: readonly SpokenOrder[]): Set<string> => new Set(orders.flatMap(({ targets }) => targets.map(({ udf }) => udf)));
  const [ordered, told] = [devicesOf(all), devicesOf(now)];
  return end
    .map((order) => ({ ...order, targets: order.targets.filter(({ udf }) => told.has(udf) || !ordered.has(udf)) }))
    .filter(({ targets }) => targets.length > 0);
}

/** What an order has to do with harm; nothing for a device that is not of this hub any more, for one that makes itself known, and for one that is set: what ends takes no values. */
function ofHarm(deviceClass: string | undefined, command: string, values: readonly StateValue[]): "ends" | "begins" | undefined {
  if (deviceClass === undefined) return undefined;
  if (isRisky(deviceClass, command)) return "begins";
  return isHarmless(deviceClass) || command === "Identify" || values.length > 0 ? undefined : "ends";
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
