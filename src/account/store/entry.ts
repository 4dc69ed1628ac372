/** Catalog entries between their two forms: the tagged value tree of a payload, and the object that it holds. */
import type { Datum, Struct } from "../../codec/index.ts";
import { untag } from "../../codec/index.ts";
import type { Head } from "../../schema/index.ts";
import { DeviceRemoved } from "../../schema/index.ts";

/** The value of a tagged entry; undefined when it is of another type (kept, not understood). */
export function decodeEntry<T>(struct: Struct<T>, entry: Datum): T | undefined {
  if (typeof entry !== "object" || entry === null) return readEntry(struct, entry);
  // Copies of a store keep their entries until they change, and the parts of a program ask for the same ones again and again.
  const known = decoded.get(entry);
  if (known?.struct === struct) return known.value as T | undefined;
  const value = readEntry(struct, entry);
  decoded.set(entry, { struct, value });
  return value;
}

/** The value of an entry as it was decoded last; values are never changed in place. */
const decoded = new WeakMap<object, { readonly struct: unknown; readonly value: unknown }>();

function readEntry<T>(struct: Struct<T>, entry: Datum): T | undefined {
  const [name, value] = untag(entry, "Entry");
  return name === struct.tag ? struct.decode(value, name) : undefined;
}

/** The heads in what the delete of a device carried; none when it carried nothing. */
export function removalHeads(removal: Datum | undefined): readonly Head[] {
  const removed = removal === undefined ? undefined : decodeEntry(DeviceRemoved, removal);
  return removed?.Heads ?? [];
}
