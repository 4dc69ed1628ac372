/**
 * Damaged files that their program can do without: moved into `kept/` beside their place, for a person to look at, so that the program goes on.
 * A disk that does this again and again is for that person, too: then nothing is moved, and the error stands.
 */
import { existsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileError, syncDirectory } from "./atomic-file.ts";
import { makeDirectory } from "./directory.ts";
import type { MeshError } from "./errors.ts";
import { isMeshError } from "./errors.ts";

/** Damaged files of one name that are kept. */
const mostKept = 8;

/** Where a damaged file would be kept; undefined when as many are kept as may be. */
export function keptPlace(path: string): string | undefined {
  const folder = join(dirname(path), "kept");
  return Array.from({ length: mostKept }, (_, n) => join(folder, `${basename(path)}-${n + 1}`)).find((place) => !existsSync(place));
}

/** Moves a damaged file to the place that `keptPlace` gave. Errors: ERR_STORE, ERR_PERMISSION, ERR_DISK_FULL; nothing is moved then. */
export async function moveAside(path: string, place: string): Promise<void> {
  try {
    await makeDirectory(dirname(place));
    await rename(path, place);
    await syncDirectory(dirname(place));
    await syncDirectory(dirname(path));
  } catch (failure) {
    throw fileError(failure, `cannot move ${path} to ${place}`);
  }
}

/** True for an error that says of this very file that it is damaged. */
export function isDamageOf(path: string, error: unknown): error is MeshError {
  return isMeshError(error, "ERR_STORE_DAMAGED") && error.detail.path === path;
}
