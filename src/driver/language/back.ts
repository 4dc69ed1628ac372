/**
 * "For ten minutes": what is done when the time is over. A switch is switched back, a number becomes what it was, and of a command that has a counterpart
 * that one is given; what heats is stopped. What it was has to be known: else nothing is done, and it is said so. Of several that are switched off those
 * are switched on again that were on: "lights out until six" makes no house full of light.
 */
import { riskOf } from "../../schema/device/device-class.ts";
import type { StateValue } from "../../schema/device/state.ts";
import { fitsProperty } from "../value.ts";
import type { KnownValue } from "./act.ts";
import { propertyOf } from "./act.ts";
import type { CommandTarget, SpokenOrder } from "./interpret.ts";
import type { NamedThing, NameIndex } from "./name-index.ts";
import { sayCommand } from "./reply.ts";

const counterparts: Readonly<Record<string, string>> = { Start: "Stop", Open: "Close", Close: "Open", Lock: "Unlock" };

/** True for orders that switch several off. */
export function switchesSeveralOff(orders: readonly SpokenOrder[]): boolean {
  return orders.some(({ command, targets }) => command === "Set" && targets.length > 1 && targets.some(isSwitchedOff));
}

function isSwitchedOff({ arguments: args }: CommandTarget): boolean {
  return args.length === 1 && args[0]?.Name === "On" && args[0].Value === false;
}

/** The orders that undo some orders; undefined when one of them cannot be undone, or nothing is left to be. */
export function backOf(orders: readonly SpokenOrder[], index: NameIndex, known: KnownValue | undefined): readonly SpokenOrder[] | undefined {
  const back: SpokenOrder[] = [];
  for (const { command, targets } of orders) {
    const isOffAlready = (target: CommandTarget): boolean => isSwitchedOff(target) && known?.(target.udf, "On") === false;
    const changed = targets.length > 1 ? targets.filter((target) => !isOffAlready(target)) : targets;
    if (changed.length === 0) continue;
    const undone = changed.map((target) => {
      const thing = index.things.find(({ udf }) => udf === target.udf);
      const order = thing && undo(thing, command, target, known);
      return thing && order && { thing, ...order };
    });
    const certain = undone.filter((order) => order !== undefined);
    const [first] = certain;
    if (first === undefined || certain.length < undone.length) return undefined;
    back.push({
      command: first.command,
      targets: certain.map(({ thing, arguments: args }) => ({ udf: thing.udf, arguments: args })),
      spoken: sayCommand(first.command, certain, index.vocabulary),
    });
  }
  return back.length === 0 ? undefined : back.reverse();
}

function undo(
  thing: NamedThing,
  command: string,
  { udf, arguments: args }: CommandTarget,
  known: KnownValue | undefined,
): { readonly command: string; readonly arguments: readonly StateValue[] } | undefined {
  if (command !== "Set") {
    const counterpart = counterparts[command];
    const has = args.length === 0 && thing.description.Commands.some(({ Name }) => Name === counterpart);
    return counterpart !== undefined && has ? { command: counterpart, arguments: [] } : undefined;
  }
  const [only, ...others] = args;
  if (only?.Name === "On" && typeof only.Value === "boolean" && others.length === 0)
    return { command, arguments: [{ Name: "On", Value: !only.Value }] };
  // What heats is stopped, and never set to what it was: nobody may be there then.
  const stops = thing.description.Commands.some(({ Name }) => Name === "Stop");
  if (stops && riskOf(thing.class, command) === "heat") return { command: "Stop", arguments: [] };
  // A light that is dimmed may have been off.
  const settable = thing.description.Commands.find(({ Name }) => Name === command)?.Arguments ?? [];
  const names = new Set([...args.map(({ Name }) => Name), ...(settable.includes("On") ? ["On"] : [])]);
  const before: StateValue[] = [];
  for (const Name of names) {
    const property = propertyOf(thing, Name);
    const value = known?.(udf, Name);
    const isValue = typeof value === "boolean" || typeof value === "number" || typeof value === "bigint" || typeof value === "string";
    if (property === undefined || !isValue || !fitsProperty(property, value)) return undefined;
    before.push({ Name, Value: value });
  }
  return { command, arguments: before };
}
