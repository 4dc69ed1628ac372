/**
 * The values that devices report. What comes from a device is bounded here, so that one that is broken or hostile fills neither the account nor
 * the hub, and writes nothing that somebody who shows the whole house cannot read.
 */
import { equalBytes } from "../../base/bytes.ts";
import type { Datum } from "../../codec/index.ts";
import { encodeJson } from "../../codec/index.ts";
import { fitsProperty } from "../../driver/index.ts";
import type { DeviceDescription, StateValue } from "../../schema/index.ts";
import type { Shadow } from "./shadow-book.ts";

const mostValues = 64;
const mostName = 64;
const mostText = 256;
/** A u64 or the negative of one, as devices write them (device-link §11); readers show them as numbers. */
const integerBits = 65;

/** The values that a device of this description can have: each name once, and of each value nothing but name and value. */
export function trustedValues(values: readonly StateValue[], description: DeviceDescription | undefined): readonly StateValue[] {
  const kept = new Map<string, Datum>();
  for (const value of values) if (isTrusted(value, description)) kept.set(value.Name, value.Value);
  return [...kept].slice(0, mostValues).map(([Name, Value]) => ({ Name, Value }));
}

function isTrusted({ Name, Value }: StateValue, description: DeviceDescription | undefined): boolean {
  if (Name.length === 0 || Name.length > mostName || !isPlain(Value)) return false;
  if (!description) return true;
  const property = description.Properties.find((candidate) => candidate.Name === Name);
  return property !== undefined && fitsProperty(property, Value);
}

/** True for what a property can hold. */
function isPlain(value: Datum): boolean {
  if (typeof value === "string") return value.length <= mostText && !/\p{Surrogate}/u.test(value);
  if (typeof value === "bigint") return value === BigInt.asIntN(integerBits, value);
  return typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
}

/** The value of a name. */
export function valueIn(values: readonly StateValue[] | undefined, name: string): Datum | undefined {
  return values?.find(({ Name }) => Name === name)?.Value;
}

/** True when two values are one in the encoding in which they are published. */
export function same(a: Datum | undefined, b: Datum | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(encodeJson(a), encodeJson(b));
}

/** Values with newer ones in place of those of the same name; names beyond the most that a device has are left out. */
export function merge(old: readonly StateValue[], fresh: readonly StateValue[]): readonly StateValue[] {
  const merged = [
    ...old.map((value) => fresh.find(({ Name }) => Name === value.Name) ?? value),
    ...fresh.filter(({ Name }) => old.every((value) => value.Name !== Name)),
  ];
  return merged.slice(0, mostValues);
}

/** What was asked for and is not there yet after a report. */
export function stillWanted(before: Pick<Shadow, "desired"> | undefined, reported: readonly StateValue[]): Shadow["desired"] {
  if (!before?.desired) return undefined;
  // Whatever the device says of a property settles what was asked of it: the wish came true, or the device went its own way.
  const left = before.desired.Values.filter(({ Name }) => reported.every((value) => value.Name !== Name));
  return left.length === 0 ? undefined : { ...before.desired, Values: left };
}
