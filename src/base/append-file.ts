/**
 * Files that are appended to and must survive a crash: opened for their owner alone, written and read in full, made durable with
 * their directory entry. Locking is the caller's affair. Errors are MeshErrors (ERR_NOT_FOUND, ERR_PERMISSION, ERR_DISK_FULL, ERR_STORE).
 */
import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { makeDirectory } from "./directory.ts";
import { asMeshError, MeshError } from "./errors.ts";
import { openRegular } from "./regular-file.ts";

/**
 * Opens a file for reading and writing, mode 0600; `create` makes it and its directories (0700) durably when they are absent. On a file system that
 * is mounted read-only a file that is there can be read, and writing to it says why it is refused.
 */
export async function openAppendFile(options: { readonly path: string; readonly create: boolean }): Promise<FileHandle> {
  const { path, create } = options;
  try {
    return await openRegular(path, constants.O_RDWR);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EROFS") return reported(() => openRegular(path, constants.O_RDONLY));
    if (code !== "ENOENT") throw asMeshError(error);
    if (!create) throw new MeshError("ERR_NOT_FOUND", `no file ${path}`, { cause: error });
  }
  return reported(async () => {
    const directory = resolve(dirname(path));
    const made = await makeDirectory(directory);
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      await handle.sync();
      await syncDirectory(directory);
      // The entry of each directory up to the uppermost one made is new as well.
      for (let child = directory; made !== undefined && child.length >= made.length; child = dirname(child)) await syncDirectory(dirname(child));
    } catch (error) {
      await handle.close();
      throw error;
    }
    return handle;
  });
}

/** Writes all octets at a position. After an error some of them may be there. */
export function writeFully(handle: FileHandle, octets: Uint8Array, position: number): Promise<void> {
  return reported(async () => {
    for (let done = 0; done < octets.length; ) {
      const { bytesWritten } = await handle.write(octets, done, octets.length - done, position + done).catch(notForWriting);
      done += bytesWritten;
    }
  });
}

/** A handle that only reads is one of a read-only file system. */
function notForWriting(error: NodeJS.ErrnoException): never {
  throw error.code === "EBADF" ? Object.assign(new Error("the file system is read-only", { cause: error }), { code: "EROFS" }) : error;
}

/** Reads up to `length` octets at a position; fewer only at the end of the file. */
export function readFully(handle: FileHandle, position: number, length: number): Promise<Uint8Array> {
  return reported(async () => {
    const octets = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await handle.read(octets, done, length - done, position + done);
      if (bytesRead === 0) return octets.subarray(0, done);
      done += bytesRead;
    }
    return octets;
  });
}

/** Makes the entries of a directory durable: files created, renamed or removed in it. */
export function syncDirectory(path: string): Promise<void> {
  return reported(async () => {
    const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

/** Runs a task of the file system and names its errors. */
export async function reported<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw asMeshError(error);
  }
}
