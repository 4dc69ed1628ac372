/**
 * Opens files and nothing else. Where a pipe or a device stands in the place of a file, reading would wait for ever, or never end; and a process that
 * waits so cannot be told to stop.
 */
import type { Stats } from "node:fs";
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { MeshError } from "./errors.ts";

/** Opens what has to be a file. Errors: ERR_STORE for anything else, and those of the system as they are. */
export async function openRegular(path: string, flags: number): Promise<FileHandle> {
  const handle = await open(path, flags | constants.O_NONBLOCK);
  try {
    demandFile(path, await handle.stat());
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** All of a file. Errors: ERR_STORE for what is none, ERR_TOO_LARGE beyond `most` octets, and those of the system as they are. */
export async function readRegular(path: string, most: number): Promise<Uint8Array> {
  const handle = await openRegular(path, constants.O_RDONLY);
  try {
    demandSize(path, await handle.stat(), most);
    return new Uint8Array(await handle.readFile());
  } finally {
    await handle.close();
  }
}

/** The same while nothing else runs, at the start of a program. */
export function readRegularSync(path: string, most: number): Uint8Array {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    demandFile(path, stats);
    demandSize(path, stats, most);
    return new Uint8Array(readFileSync(fd));
  } finally {
    closeSync(fd);
  }
}

function demandFile(path: string, stats: Stats): void {
  if (!stats.isFile()) throw new MeshError("ERR_STORE", `${path} is no file`, { hint: "it is a pipe, a device or a directory: move it away" });
}

function demandSize(path: string, { size }: Stats, most: number): void {
  if (size > most) throw new MeshError("ERR_TOO_LARGE", `${path} has ${size} octets, at most ${most} are read`);
}
