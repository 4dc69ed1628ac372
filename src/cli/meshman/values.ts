/** Values of options, as people write them. */
import { MeshError } from "../../base/errors.ts";
import { notBuiltValue } from "../../base/not-built.ts";
import { nearest } from "../../config/nearest.ts";
import type { CatalogLabel, Role } from "../../schema/index.ts";
import { checkRoleSet, isRole, roles, sharedCatalogs, sharesKeys } from "../../schema/index.ts";

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const longestSeconds = 365 * 86_400;

/** Seconds of "90s", "10m", "2h", "1d" or a bare number in the unit given. Errors: ERR_USAGE. */
export function durationOf(text: string, bareUnit: "s" | "m" | "d"): number {
  const [, digits, unit = bareUnit] = /^(\d{1,6})\s*([smhd])?$/i.exec(text.trim()) ?? [];
  const seconds = Number(digits) * (unitSeconds[unit.toLowerCase()] ?? Number.NaN);
  if (seconds > longestSeconds) throw new MeshError("ERR_USAGE", `${JSON.stringify(text)} is too long`, { hint: "the longest time is 365d" });
  if (!(seconds > 0)) throw new MeshError("ERR_USAGE", `${JSON.stringify(text)} is no time`, { hint: "write it like 90s, 10m, 2h or 1d" });
  return seconds;
}

/** Roles of `--role web,command`, each once; undefined when none was given. Errors: ERR_USAGE with the nearest role. */
export function rolesOf(texts: readonly string[] | undefined): readonly Role[] | undefined {
  if (!texts || texts.length === 0) return undefined;
  const found = new Set<Role>();
  for (const text of texts.flatMap((list) => list.split(",")).map((name) => name.trim().toLowerCase())) {
    if (!isRole(text)) {
      const near = nearest(text, roles);
      throw (
        notBuiltValue(`--role ${text}`) ??
        new MeshError("ERR_USAGE", `there is no role ${JSON.stringify(text)}${near === undefined ? "" : `, nearest is ${near}`}`, {
          hint: `roles are ${roles.join(", ")}`,
        })
      );
    }
    found.add(text);
  }
  checkRoleSet([...found]);
  return [...found];
}

/** Roles, demanded. Errors: ERR_USAGE when none was given. */
export function someRoles(texts: readonly string[] | undefined): readonly Role[] {
  const found = rolesOf(texts);
  if (!found) {
    throw new MeshError("ERR_USAGE", "no role was given", {
      hint: "say what the device may do, for example --role web,command for a laptop or --role hub for a hub",
    });
  }
  return found;
}

/** A whole number in a range. Errors: ERR_USAGE. */
export function numberOf(text: string, range: { readonly name: string; readonly least: number; readonly most: number }): number {
  const number = Number(text);
  if (!/^\d{1,9}$/.test(text) || number < range.least || number > range.most) {
    throw new MeshError("ERR_USAGE", `${range.name} must be a number from ${range.least} to ${range.most}, not ${JSON.stringify(text)}`);
  }
  return number;
}

/**
 * Stores of `--share MMM_Task`, of whose keys a device of role `threshold` gets a share alone; undefined when none was given.
 * Errors: ERR_USAGE for one that a device reads at every turn, or with other roles.
 */
export function sharedStoresOf(texts: readonly string[] | undefined, roles: readonly Role[] | undefined): readonly CatalogLabel[] | undefined {
  if (!texts || texts.length === 0) return undefined;
  if (roles && !sharesKeys(roles)) throw new MeshError("ERR_USAGE", "--share goes with --role threshold: other roles get the keys of stores whole");
  return [...new Set(texts.flatMap((list) => list.split(",")).map(sharedStore))];
}

function sharedStore(text: string): CatalogLabel {
  const label = sharedCatalogs.find((known) => known.toLowerCase() === text.trim().toLowerCase());
  if (label) return label;
  throw new MeshError("ERR_USAGE", `no share is given of ${JSON.stringify(text.slice(0, 64))}`, { hint: `give one of ${sharedCatalogs.join(", ")}` });
}
