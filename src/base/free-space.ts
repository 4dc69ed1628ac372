/** How much a disk has left for this process. */
import { statfs } from "node:fs/promises";
import { fileError } from "./atomic-file.ts";

/** Octets that may still be written to the file system of a path. Errors: ERR_STORE, ERR_PERMISSION. */
export async function freeOctets(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    throw fileError(error, `cannot look at the disk of ${path}`);
  }
}
