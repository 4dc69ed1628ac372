/** Files of a state directory that hold one object and cannot be made again: one that is damaged is named, left as it is, and nothing is guessed. */
import { readFileIfExists } from "../../base/atomic-file.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { Struct } from "../../codec/index.ts";
import { decodeObject } from "../../codec/index.ts";

/** The object of a file; undefined when there is none. Errors: ERR_STORE_DAMAGED, ERR_STORE, ERR_PERMISSION. */
export async function readObjectFile<T>(path: string, object: Struct<T>): Promise<T | undefined> {
  const octets = await readFileIfExists(path);
  try {
    return octets && decodeObject(object, octets);
  } catch (cause) {
    throw new MeshError("ERR_STORE_DAMAGED", `${path} cannot be read: ${asMeshError(cause).message}`, {
      hint: "it was left as it is: put a copy of it back, or move its directory away and join the account anew",
      detail: { path },
      cause,
    });
  }
}
