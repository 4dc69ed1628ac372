/**
 * Whole files that are either old or new after a crash: written beside the target, synced, renamed over it, directory synced.
 * One process writes a directory at a time (see directory-lock.ts); within the process, writes to one path take turns.
 */
import { constants } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { asMeshError, isMeshError, MeshError } from "./errors.ts";
import { Mutex } from "./mutex.ts";
import { openRegular } from "./regular-file.ts";

const writers = new Map<string, { readonly mutex: Mutex; users: number }>();

interface WriteOptions {
  readonly mode?: number;
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Replaces the file at `path`; when this resolves, the new content survives a power cut.
 * @param options.mode permissions of the new file, 0600 unless given
 * @param options.owner whose it is; whoever writes it, unless given
 * Errors: ERR_DISK_FULL, ERR_PERMISSION, ERR_STORE; the old file is then untouched.
 */
export async function writeFileAtomic(path: string, octets: Uint8Array, { mode = 0o600, owner }: WriteOptions = {}): Promise<void> {
  const writer = writers.get(path) ?? { mutex: new Mutex(), users: 0 };
  writers.set(path, writer);
  writer.users++;
  try {
    await writer.mutex.run(() => replace(path, octets, { mode, owner }));
  } catch (error) {
    throw fileError(error, `cannot write ${path}`);
  } finally {
    writer.users--;
    if (writer.users === 0) writers.delete(path);
  }
}

async function replace(path: string, octets: Uint8Array, { mode, owner }: WriteOptions & { readonly mode: number }): Promise<void> {
  const fresh = `${path}.new`;
  // What a crash left is removed, not reused: its mode may differ, and "wx" follows no link.
  await rm(fresh, { force: true });
  try {
    const file = await open(fresh, "wx", mode);
    try {
      await file.writeFile(octets);
      if (owner) await file.chown(owner.uid, owner.gid);
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Makes creations, renames and removals in a directory survive a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Content of a file; undefined when there is none. Errors: ERR_PERMISSION, ERR_STORE. */
export async function readFileIfExists(path: string): Promise<Uint8Array | undefined> {
  try {
    const file = await openRegular(path, constants.O_RDONLY);
    try {
      const octets = await file.readFile();
      return new Uint8Array(octets.buffer, octets.byteOffset, octets.byteLength);
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError(error, `cannot read ${path}`);
  }
}

/** True for the refusal of a file system that is mounted for reading only. */
export function isReadOnly(error: unknown): boolean {
  return isMeshError(error, "ERR_PERMISSION") && error.detail.system === "EROFS";
}

/** A failure of a file operation as a MeshError: full disk and permission keep their own codes, all else is ERR_STORE. */
export function fileError(error: unknown, what: string): MeshError {
  if (error instanceof MeshError) return error;
  const { code, message, hint, detail } = asMeshError(error);
  if (code === "ERR_INTERNAL") return new MeshError("ERR_STORE", `${what}: ${message}`, { cause: error });
  return new MeshError(code, `${what}: ${message}`, { hint, detail, cause: error });
}
