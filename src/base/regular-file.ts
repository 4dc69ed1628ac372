/**
 * Opens files and nothing else. Where a pipe or a device stands in the place of a file, reading would wait for ever, or never end; and a process that
 * waits so cannot be told to stop.
 */
import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { MeshError } from "./errors.ts";

/** Opens what has to be a file. Errors: ERR_STORE for anything else, and those of the system as they are. */
export async function openRegular(path: string, flags: number): Promise<FileHandle> {
  const handle = await open(path, flags | constants.O_NONBLOCK);
  try {
    if ((await handle.stat()).isFile()) return handle;
    throw new MeshError("ERR_STORE", `${path} is no file`, { hint: "it is a pipe, a device or a directory: move it away" });
  } catch (error) {
    await handle.close();
    throw error;
  }
}
