/**
 * What other revisions call by other names: compared by what it stands for. The names are those that our descriptors read (otherNames),
 * so a member that we would drop or take for another is still found.
 */
import type { Datum, DatumObject } from "../codec/index.ts";
import { isObject } from "../codec/index.ts";
import { meshObjects } from "../schema/object.ts";
import { type Difference, firstDifference } from "./compare.ts";

/** Present names of tags and members, by the names of other revisions. */
const presentNames: ReadonlyMap<string, ReadonlySet<string>> = collect();

function collect(): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>();
  const note = (other: string, name: string): void => void names.set(other, (names.get(other) ?? new Set()).add(name));
  for (const { tag, otherNames } of meshObjects) {
    for (const other of otherNames.tags ?? []) note(other, tag);
    for (const [name, others] of Object.entries(otherNames.fields ?? {})) for (const other of others ?? []) note(other, name);
  }
  // 2022 gave the name of the one activation to the other; which it is follows from the content.
  note("ActivationAccount", "ActivationDevice");
  return names;
}

/** Every name that may stand for a name, itself first. */
function namesFor(name: string): readonly string[] {
  return [name, ...(presentNames.get(name) ?? [])];
}

/** The first place where an object that was passed on differs from what it was, names of other revisions taken for those of today. */
export function differenceInSubstance(expected: Datum, came: Datum): Difference | undefined {
  return firstDifference(expected, underNamesOf(expected, came));
}

/** `came` with its members under the names that `expected` has for them. */
function underNamesOf(expected: Datum | undefined, came: Datum): Datum {
  if (Array.isArray(expected) && Array.isArray(came)) {
    return (came as readonly Datum[]).map((item, i) => underNamesOf((expected as readonly Datum[])[i], item));
  }
  if (!isObject(expected) || !isObject(came)) return came;
  const out: DatumObject = {};
  const rest = new Map(Object.entries(came));
  for (const [name, member] of Object.entries(expected)) {
    const found = namesFor(name).find((candidate) => rest.has(candidate) && (candidate === name || expected[candidate] === undefined));
    if (found === undefined) continue;
    out[name] = underNamesOf(member, rest.get(found) ?? null);
    rest.delete(found);
  }
  return { ...out, ...Object.fromEntries(rest) };
}

/** The member that a name of today stands for in an object of any revision. */
export function memberOf(object: DatumObject, name: string): Datum | undefined {
  const found = Object.keys(object).find((given) => namesFor(given).includes(name));
  return found === undefined ? undefined : object[found];
}
