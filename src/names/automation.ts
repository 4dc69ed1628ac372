/**
 * Automations as they stand in the account and as they are understood (docs/extensions.md §22): from what a sentence means to an entry, and back from an
 * entry, which is another machine's word: what is not well formed, or more than it may be, is none.
 */
import type { Interpretation, NameIndex, SpokenOrder, Trigger, When } from "../driver/index.ts";
import { mostTests, ordersOf, sayAutomation } from "../driver/index.ts";
import type { AutomationTime, AutomationTrigger, CatalogedAutomation, DayTime, SceneOrder } from "../schema/index.ts";
import { isScene, mostSaid, mostSpanSeconds } from "../schema/index.ts";

type TimedOrRule = Extract<Interpretation, { readonly kind: "timed" | "rule" }>;

/** An automation of the account, as programs work with it. */
export interface KnownAutomation {
  readonly key: string;
  readonly said: string;
  readonly when?: When;
  readonly trigger?: Trigger;
  readonly orders: readonly PlainOrder[];
  readonly back?: { readonly seconds: number; readonly orders: readonly PlainOrder[] };
  readonly paused: boolean;
  /** Tells one state of the entry from another. */
  readonly version: string;
}
type PlainOrder = Pick<SpokenOrder, "command" | "targets">;

/** The members of the entries that say what a sentence means, two of one with two times; undefined for what does not come again, which no account keeps. */
export function storedAutomations(meant: TimedOrRule): readonly Omit<CatalogedAutomation, "Key" | "Said">[] | undefined {
  const next = meant.kind === "timed" ? meant.next : undefined;
  const stored = [meant, ...(next === undefined ? [] : [{ kind: "timed" as const, ...next }])].flatMap((one) => storedAutomation(one) ?? []);
  return stored.length === (next === undefined ? 1 : 2) ? stored : undefined;
}

function storedAutomation(meant: TimedOrRule): Omit<CatalogedAutomation, "Key" | "Said"> | undefined {
  const Orders = meant.orders.map(storedOrder);
  if (meant.kind === "rule") {
    const { trigger, back } = meant;
    return {
      If: storedTrigger(trigger),
      Orders,
      ...(back === undefined ? {} : { AfterSeconds: back.seconds, After: back.orders.map(storedOrder) }),
    };
  }
  const Time = storedTime(meant.when);
  return Time && { Time, Orders };
}

/** An entry as it is understood; undefined when it is none, whoever wrote it. */
export function knownAutomation(entry: CatalogedAutomation): KnownAutomation | undefined {
  const { Key, Said, Time, If, Orders, AfterSeconds, After, Paused = false, Updated = "" } = entry;
  if (Said.length > mostSaid || !isScene({ Orders }) || (Time === undefined) === (If === undefined)) return undefined;
  const when = Time && whenOf(Time);
  const trigger = If && triggerOf(If);
  if (when === undefined && trigger === undefined) return undefined;
  const isBack = AfterSeconds !== undefined && After !== undefined;
  if (isBack && !(isSpan(AfterSeconds) && isScene({ Orders: After }))) return undefined;
  return {
    key: Key,
    said: Said,
    ...(when === undefined ? {} : { when }),
    ...(trigger === undefined ? {} : { trigger }),
    orders: Orders.map(plainOrder),
    ...(isBack ? { back: { seconds: AfterSeconds, orders: After.map(plainOrder) } } : {}),
    paused: Paused,
    version: `${Updated} ${Paused}`,
  };
}

/** In the words of a language: when, and what. */
export function explainAutomation(
  { when, trigger, orders, back }: Omit<KnownAutomation, "key" | "said" | "paused" | "version">,
  index: NameIndex,
): string {
  const spoken = (list: readonly PlainOrder[]): readonly SpokenOrder[] => ordersOf({ orders: list }, index);
  return sayAutomation(
    { when, trigger, orders: spoken(orders), ...(back === undefined ? {} : { back: { seconds: back.seconds, orders: spoken(back.orders) } }) },
    index,
  );
}

/** Fingerprints of all devices that it looks at or orders. */
export function devicesOf({ trigger, orders, back }: Pick<KnownAutomation, "trigger" | "orders" | "back">): readonly string[] {
  const told = [...orders, ...(back?.orders ?? [])].flatMap(({ targets }) => targets.map(({ udf }) => udf));
  return [...new Set([...(trigger?.tests ?? []).map(({ udf }) => udf), ...told])];
}

function storedOrder({ command, targets }: SpokenOrder): SceneOrder {
  return { Command: command, Targets: targets.map(({ udf, arguments: args }) => ({ DeviceUdf: udf, Arguments: args })) };
}

function plainOrder({ Command, Targets }: SceneOrder): PlainOrder {
  return { command: Command, targets: Targets.map(({ DeviceUdf, Arguments }) => ({ udf: DeviceUdf, arguments: Arguments })) };
}

function storedTime(when: When): AutomationTime | undefined {
  if (when.kind === "every") return { At: { Minutes: when.minutes }, Days: when.days };
  if (when.kind !== "sun" || when.days === undefined) return undefined;
  return { At: { Event: when.event }, ...(when.offsetMinutes === 0 ? {} : { OffsetMinutes: when.offsetMinutes }), Days: when.days };
}

function storedTrigger({ tests, every, heldSeconds, within }: Trigger): AutomationTrigger {
  const point = (of: NonNullable<typeof within>["from"]): DayTime | undefined =>
    of === undefined ? undefined : "minutes" in of ? { Minutes: of.minutes } : { Event: of.event };
  const From = point(within?.from);
  const Until = point(within?.until);
  return {
    Tests: tests.map(({ udf, property, test, value }) => ({ DeviceUdf: udf, Property: property, Test: test, Value: value })),
    ...(every === undefined ? {} : { Every: every }),
    ...(heldSeconds === undefined ? {} : { HeldSeconds: heldSeconds }),
    ...(From === undefined ? {} : { From }),
    ...(Until === undefined ? {} : { Until }),
    ...(within?.days === undefined ? {} : { Days: within.days }),
  };
}

type Point = NonNullable<NonNullable<Trigger["within"]>["from"]>;

function pointOf({ Minutes, Event }: DayTime): Point | undefined {
  if ((Minutes === undefined) === (Event === undefined)) return undefined;
  if (Minutes !== undefined) return isWhole(Minutes, 0, 1439) ? { minutes: Minutes } : undefined;
  return Event === "sunrise" || Event === "sunset" ? { event: Event } : undefined;
}

function whenOf({ At, OffsetMinutes = 0, Days }: AutomationTime): When | undefined {
  const at = pointOf(At);
  if (at === undefined || !areDays(Days) || !isWhole(OffsetMinutes, -360, 360)) return undefined;
  if ("event" in at) return { kind: "sun", event: at.event, offsetMinutes: OffsetMinutes, days: Days };
  return OffsetMinutes === 0 ? { kind: "every", minutes: at.minutes, days: Days } : undefined;
}

function triggerOf({ Tests, Every, HeldSeconds, From, Until, Days }: AutomationTrigger): Trigger | undefined {
  if (Tests.length === 0 || Tests.length > mostTests) return undefined;
  if (HeldSeconds !== undefined && !isSpan(HeldSeconds)) return undefined;
  const from = From && pointOf(From);
  const until = Until && pointOf(Until);
  if ((From && !from) || (Until && !until) || (Days && !areDays(Days))) return undefined;
  const tests = Tests.flatMap(({ DeviceUdf, Property, Test, Value }) => {
    const value = typeof Value === "bigint" ? Number(Value) : Value;
    if (Test !== "is" && Test !== "above" && Test !== "below" && Test !== "changes") return [];
    if (typeof value !== "boolean" && typeof value !== "string" && !(typeof value === "number" && Number.isFinite(value))) return [];
    if ((Test === "above" || Test === "below") && typeof value !== "number") return [];
    return [{ udf: DeviceUdf, property: Property, test: Test, value } as const];
  });
  // A rule is understood whole, or it is none.
  if (tests.length < Tests.length) return undefined;
  const within = { ...(from ? { from } : {}), ...(until ? { until } : {}), ...(Days ? { days: Days } : {}) };
  return {
    tests,
    ...(Every === true ? { every: true } : {}),
    ...(HeldSeconds === undefined ? {} : { heldSeconds: HeldSeconds }),
    ...(Object.keys(within).length > 0 ? { within } : {}),
  };
}

function areDays(days: readonly number[]): boolean {
  return days.length > 0 && days.length <= 7 && days.every((day) => isWhole(day, 0, 6));
}

function isSpan(seconds: number): boolean {
  return isWhole(seconds, 1, mostSpanSeconds);
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
