/**
 * Checks the arguments of a command against a description, and shows values.
 * A description comes from a device: its ranges bind, but nothing here trusts it to be sane.
 */
import { MeshError } from "../base/errors.ts";
import type { Datum } from "../codec/datum.ts";
import { nearest } from "../config/nearest.ts";
import type { DeviceDescription, DeviceProperty } from "../schema/device/device-description.ts";
import type { StateValue } from "../schema/device/state.ts";

/** Longest text that a property of type string takes. */
const textLimit = 256;

/**
 * Arguments of a command as they are sent: of the right type, in range, each property once.
 * Numbers may come as text ("40"); booleans and names must be exact.
 * @throws ERR_COMMAND naming the property, its range and unit
 */
export function checkArguments(description: DeviceDescription, command: string, args: readonly StateValue[]): StateValue[] {
  const known = description.Commands.find(({ Name }) => Name === command);
  if (known === undefined) throw refuse(`a ${description.Class} has no command ${show(command)}`, command, description.Commands);
  const names = known.Arguments ?? [];
  if (args.length === 0 && names.length > 0) throw new MeshError("ERR_COMMAND", `${command} needs one of ${names.join(", ")}`);
  const seen = new Set<string>();
  return args.map(({ Name, Value }) => {
    const property = description.Properties.find((candidate) => candidate.Name === Name);
    if (property === undefined || !names.includes(Name)) {
      const why = property === undefined ? `a ${description.Class} has no property ${show(Name)}` : `${Name} cannot be given to ${command}`;
      throw refuse(
        why,
        Name,
        names.map((name) => ({ Name: name })),
      );
    }
    if (seen.has(Name)) throw new MeshError("ERR_COMMAND", `${Name} is given twice`);
    seen.add(Name);
    return { Name, Value: checkValue(property, Value) };
  });
}

/** Value as it is sent; @throws ERR_COMMAND naming the property, its range and unit */
export function checkValue(property: DeviceProperty, value: Datum): boolean | number | string {
  switch (property.Type) {
    case "boolean":
      if (typeof value === "boolean") return value;
      break;
    case "number": {
      const number = toNumber(value);
      if (number !== undefined && isInRange(property, number)) return toStep(property, number);
      break;
    }
    case "enum":
      if (typeof value === "string" && property.Values?.includes(value)) return value;
      break;
    case "string":
      if (typeof value === "string" && value.length <= textLimit) return value;
  }
  throw new MeshError("ERR_COMMAND", `${property.Name} must be ${rangeText(property)}, not ${show(value)}`, { detail: { property: property.Name } });
}

/** True for a value that a device of this property can have: of its type, in its range. A device writes numbers as numbers, and owes no step. */
export function fitsProperty(property: DeviceProperty, value: Datum): boolean {
  switch (property.Type) {
    case "boolean":
      return typeof value === "boolean";
    case "number": {
      const number = typeof value === "string" ? undefined : toNumber(value);
      return number !== undefined && isInRange(property, number);
    }
    case "enum":
      return typeof value === "string" && property.Values?.includes(value) === true;
    case "string":
      return typeof value === "string" && value.length <= textLimit;
  }
}

/** What a property takes, in words: `0 to 100 %`. */
export function rangeText(property: DeviceProperty): string {
  const unit = property.Unit === undefined ? "" : ` ${property.Unit}`;
  switch (property.Type) {
    case "boolean":
      return "true or false";
    case "enum":
      return `one of ${(property.Values ?? []).join(", ")}`;
    case "string":
      return `text of at most ${textLimit} characters`;
    case "number":
      if (property.Minimum !== undefined && property.Maximum !== undefined) return `${property.Minimum} to ${property.Maximum}${unit}`;
      if (property.Minimum !== undefined) return `${property.Minimum}${unit} or more`;
      if (property.Maximum !== undefined) return `${property.Maximum}${unit} or less`;
      return `a number${unit === "" ? "" : ` in${unit}`}`;
  }
}

/** Words for true and false. */
export interface BooleanWords {
  readonly True?: string | undefined;
  readonly False?: string | undefined;
}

/** Value as people read it: `on`, `40 %`, `21.5 °C`. A value of another type than the property's is shown as it is. */
export function formatValue(property: DeviceProperty, value: Datum, words: BooleanWords = {}): string {
  if (property.Type === "boolean" && typeof value === "boolean") return value ? (words.True ?? "on") : (words.False ?? "off");
  const number = property.Type === "number" ? toNumber(value) : undefined;
  if (number === undefined) return typeof value === "string" ? value : show(value);
  const digits = decimals(property.Step);
  const rounded = digits === undefined ? String(number) : number.toFixed(digits);
  return property.Unit === undefined ? rounded : `${rounded} ${property.Unit}`;
}

function isInRange({ Minimum = -Infinity, Maximum = Infinity }: DeviceProperty, number: number): boolean {
  return number >= Minimum && number <= Maximum;
}

function toNumber(value: Datum): number | undefined {
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "string") return /^[+-]?\d{1,15}(\.\d{1,15})?$/.test(value) ? Number(value) : undefined;
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** Nearest multiple of the step, counted from the minimum and never beyond the maximum. */
function toStep(property: DeviceProperty, number: number): number {
  if (property.Step === undefined || !(property.Step > 0)) return number;
  const base = property.Minimum ?? 0;
  const stepped = base + Math.round((number - base) / property.Step) * property.Step;
  const digits = Math.max(decimals(property.Step) ?? 0, decimals(base) ?? 0);
  const clean = Number(stepped.toFixed(digits));
  return Number.isFinite(clean) && clean <= (property.Maximum ?? Infinity) ? clean : number;
}

/** Decimal places of a step; undefined when there is none. */
function decimals(step: number | undefined): number | undefined {
  if (step === undefined || !Number.isFinite(step)) return undefined;
  const [, exponent] = step.toExponential().split("e");
  const digits = step
    .toExponential()
    .replace(/e.*/, "")
    .replace(/^-?\d\.?/, "").length;
  return Math.min(15, Math.max(0, digits - Number(exponent)));
}

/** Any value in one short line. */
function show(value: Datum): string {
  const text = JSON.stringify(value, (_, member: unknown) => (typeof member === "bigint" ? String(member) : member)) ?? "nothing";
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

function refuse(why: string, name: string, known: readonly { readonly Name: string }[]): MeshError {
  const near = nearest(
    name,
    known.map(({ Name }) => Name),
  );
  return new MeshError("ERR_COMMAND", near === undefined ? why : `${why}, nearest is ${near}`, { detail: { name } });
}
