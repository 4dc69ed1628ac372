/** What devices have reported, for programs. */
import type { StateValue } from "../../schema/index.ts";

/** Values as JSON carries them: a keeper's values are booleans, numbers and text. */
export function plainValues(values: readonly StateValue[]): { name: string; value: boolean | number | string }[] {
  return values.flatMap(({ Name, Value }) => {
    const value = typeof Value === "bigint" ? Number(Value) : Value;
    const isCarried = typeof value === "boolean" || typeof value === "string" || (typeof value === "number" && Number.isFinite(value));
    return isCarried ? [{ name: Name, value }] : [];
  });
}
