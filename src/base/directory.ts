/**
 * Directories that hold state: made level by level, for their owner alone (0700). The recursive mkdir of Node 20 asks for ever where
 * a directory exists and nothing can be made in it (/proc), and its errors do not tell which level was refused.
 */
import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileError } from "./atomic-file.ts";
import { MeshError } from "./errors.ts";

/**
 * Makes a directory and those above it that are missing; one that exists stays as it is.
 * @returns the uppermost directory that was made; undefined when all were there
 * Errors: ERR_PERMISSION, ERR_DISK_FULL, ERR_STORE (a file stands in the way, or nothing can be made there); each names the level.
 */
export async function makeDirectory(path: string): Promise<string | undefined> {
  const place = resolve(path);
  const first = await makeOne(place);
  if (first !== "orphan") return first === "made" ? place : undefined;
  const above = await makeDirectory(dirname(place));
  const second = await makeOne(place);
  if (second === "orphan") {
    throw new MeshError("ERR_STORE", `cannot make ${place}: nothing can be made in ${dirname(place)}`, { hint: "choose another directory" });
  }
  return above ?? (second === "made" ? place : undefined);
}

/** One level; "orphan" when the directory above is missing, or pretends to be. */
async function makeOne(place: string): Promise<"made" | "there" | "orphan"> {
  try {
    await mkdir(place, { mode: 0o700 });
    return "made";
  } catch (error) {
    // A directory that exists counts whatever mkdir says: a read-only file system may be asked first.
    const kind = await kindOf(place);
    if (kind === "directory") return "there";
    if (kind === "other")
      throw new MeshError("ERR_STORE", `${place} is not a directory`, { hint: "choose another one, or move it away", cause: error });
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return "orphan";
    throw fileError(error, `cannot make ${place}`);
  }
}

async function kindOf(place: string): Promise<"directory" | "other" | "unseen"> {
  try {
    return (await stat(place)).isDirectory() ? "directory" : "other";
  } catch {
    // What mkdir said of the same place tells why.
    return "unseen";
  }
}
