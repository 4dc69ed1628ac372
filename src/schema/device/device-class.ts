/**
 * What may come of a command, by the class of the device that is told: drivers say it (`Risk`), the table beside this file is made from those of
 * the package, and every program of an account decides by it. A class or command that is not in the table counts as risky: what nobody has judged
 * is not given away. A room that is kept at a temperature is no harm up to `warmest`: what can be set above it heats, whatever its class says.
 */
import { classRisk } from "./class-risk.ts";
import type { StateValue } from "./state.ts";

/** What may come of a command: something opens or unlocks, heats, an alarm is set or silenced, or a motor that can hurt moves. */
export const risks = ["none", "open", "heat", "alarm", "move"] as const;
/** One kind of harm; "none" for what a stranger may do without harm. */
export type Risk = (typeof risks)[number];

/** A class with what its commands may do. */
export interface ClassRisk {
  readonly class: string;
  readonly commands: Readonly<Record<string, Risk>>;
}

/** °C. A setpoint up to here keeps a room comfortable; a driver that allows more says `Risk: heat`. */
export const warmest = 30;

/** What of a property tells whether it can be set too warm. */
interface Settable {
  readonly Name: string;
  readonly Unit?: string;
  readonly Writable?: boolean;
  readonly Maximum?: number;
}

const table = new Map(classRisk.map((row) => [classKey(row.class), new Map(Object.entries(row.commands))]));

/** Classes as they are compared: `Garage Door`, `garage-door` and `GARAGE_DOOR` are one. */
export function classKey(text: string): string {
  return text
    .slice(0, 64)
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");
}

/** What a command of a class may do; "unknown" for what no driver of the package declares. */
export function riskOf(deviceClass: string, command: string): Risk | "unknown" {
  return table.get(classKey(deviceClass))?.get(command) ?? "unknown";
}

/** What is told, and to what. */
export interface Told {
  /** Undefined, or a class that no driver of the package has: risky, whatever is told. */
  readonly class: string | undefined;
  readonly command: string;
  readonly arguments: readonly StateValue[];
  /** As the maker describes them; without them a temperature is known by its name alone. */
  readonly properties?: readonly Settable[] | undefined;
}

/** True unless a driver of the package says that the command does no harm, and none of its arguments is a temperature above `warmest`. */
export function isRiskyOrder({ class: deviceClass = "", command, arguments: values, properties = [] }: Told): boolean {
  return isRisky(deviceClass, command) || values.some((value) => heats(value, properties));
}

/** Numbers may come as text; what is no number is for nobody to call harmless. */
function heats({ Name, Value }: StateValue, properties: readonly Settable[]): boolean {
  const { Unit = "" } = properties.find((property) => property.Name === Name) ?? {};
  return isTooWarm({ Name, Unit, Writable: true }) && !(Number(Value) <= warmest);
}

/** True unless a driver of the package says that the command does no harm, as far as its name tells: see isRiskyOrder. */
export function isRisky(deviceClass: string, command: string): boolean {
  return riskOf(deviceClass, command) !== "none";
}

/** True for a class of which no command can do harm, as far as the package's drivers say; false for one that they do not know. */
export function isHarmless(deviceClass: string): boolean {
  const known = table.get(classKey(deviceClass));
  return known !== undefined && [...known.values()].every((risk) => risk === "none");
}

/** What of a description tells what its commands can do. */
interface Commanded {
  readonly Class: string;
  readonly Commands: readonly { readonly Name: string; readonly Arguments?: readonly string[] }[];
  readonly Properties?: readonly Settable[];
}

/** True for an order that a device judges itself: its hub's word is not enough for it. Without an order: whether it judges any; without values: by what it may set. */
export function judgesOrders(
  description: Commanded & { readonly Judges?: boolean },
  order?: { readonly command: string; readonly arguments?: readonly StateValue[] | undefined },
): boolean {
  if (description.Judges !== true) return false;
  if (order === undefined) return isGuarding(description);
  const { command, arguments: values } = order;
  if (values === undefined) return canHarm(description, command);
  return isRiskyOrder({ class: description.Class, command, arguments: values, properties: description.Properties });
}

/** True for a command that can do harm: by its class, or since it sets a temperature for which its maker allows too much. */
function canHarm({ Class, Commands, Properties = [] }: Commanded, command: string): boolean {
  const { Arguments = [] } = Commands.find(({ Name }) => Name === command) ?? {};
  return isRisky(Class, command) || Properties.some((property) => Arguments.includes(property.Name) && isTooWarm(property));
}

/**
 * True when a device can be told anything risky: by its class, whatever commands it declares, by one that it declares, or since its maker lets a
 * temperature be set that is too warm.
 */
export function isGuarding(description: Commanded): boolean {
  const { Class, Commands, Properties = [] } = description;
  const known = table.get(classKey(Class));
  if (known === undefined || [...known.values()].some((risk) => risk !== "none")) return true;
  return Commands.some(({ Name }) => isRisky(Class, Name)) || Properties.some(isTooWarm);
}

/** True for a temperature that can be set above `warmest`: Target in any unit, since a maker may leave it out, and whatever is in degrees. */
export function isTooWarm({ Name, Unit = "", Writable, Maximum = Number.POSITIVE_INFINITY }: Settable): boolean {
  return Writable === true && (Name === "Target" || /°|^[CF]$/i.test(Unit)) && !(Maximum <= warmest);
}
