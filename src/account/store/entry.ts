/** Catalog entries between their two forms: the tagged value tree of a payload, and the object that it holds. */
import { isMeshError, type MeshError } from "../../base/errors.ts";
import type { Datum, Struct } from "../../codec/index.ts";
import { untag } from "../../codec/index.ts";
import type { Head } from "../../schema/index.ts";
import { DeviceRemoved } from "../../schema/index.ts";

/**
 * The value of a tagged entry; undefined when it is of another type or kind (kept, not understood), and when it is malformed: one bad entry of a device
 * that may write the catalog hides itself and no other. `onFault` is told of that once, when the entry is read first.
 */
export function decodeEntry<T>(struct: Struct<T>, entry: Datum, onFault?: (error: MeshError) => void): T | undefined {
  if (typeof entry !== "object" || entry === null) return readEntry(struct, entry, onFault);
  // Copies of a store keep their entries until they change, and the parts of a program ask for the same ones again and again.
  const known = decoded.get(entry);
  if (known?.struct === struct) return known.value as T | undefined;
  const value = readEntry(struct, entry, onFault);
  decoded.set(entry, { struct, value });
  return value;
}

/** The value of an entry as it was decoded last; values are never changed in place. */
const decoded = new WeakMap<object, { readonly struct: unknown; readonly value: unknown }>();

function readEntry<T>(struct: Struct<T>, entry: Datum, onFault: ((error: MeshError) => void) | undefined): T | undefined {
  try {
    const [name, value] = untag(entry, "Entry");
    return name === struct.tag && (struct.takes?.(value) ?? true) ? struct.decode(value, name) : undefined;
  } catch (error) {
    if (!isMeshError(error)) throw error;
    onFault?.(error);
    return undefined;
  }
}

/** The heads in what the delete of a device carried; none when it carried nothing. */
export function removalHeads(removal: Datum | undefined): readonly Head[] {
  const removed = removal === undefined ? undefined : decodeEntry(DeviceRemoved, removal);
  return removed?.Heads ?? [];
}
