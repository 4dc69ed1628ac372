/**
 * What is left on a device that its owner removed: the signed evidence, and how far the erasure has come. extensions §4.
 * The note is on the disk before the first key is erased, and each step can be done twice: a device that dies on the way goes on at its next
 * start. Files with keys are overwritten first; a flash disk may keep old blocks all the same.
 */
import { constants } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileError, readFileIfExists, syncDirectory, writeFileAtomic } from "../../base/atomic-file.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { openRegular } from "../../base/regular-file.ts";
import type { Struct } from "../../codec/index.ts";
import { boolean, encodeObject, list, string, struct } from "../../codec/index.ts";
import type { Enveloped } from "../../schema/index.ts";
import { enveloped, peekObject, RevokedDevice } from "../../schema/index.ts";
import { readObjectFile } from "./object-file.ts";

/** Content of removed.json. */
interface RemovalFile {
  readonly AccountAddress: string;
  readonly EnvelopedRevokedDevice: Enveloped<RevokedDevice>;
  /** What is to be erased beside the account's own files, relative to its directory. */
  readonly Rooms: readonly string[];
  readonly Erased: boolean;
}
const RemovalFile: Struct<RemovalFile> = struct<RemovalFile>("RemovalFile", {
  AccountAddress: string,
  EnvelopedRevokedDevice: enveloped<RevokedDevice>(),
  Rooms: list(string),
  Erased: boolean,
});

/** Called after each step of an erasure; does nothing outside tests. */
export type ErasureHook = (step: string) => void;

const fileName = "removed.json";
/** Below the account's directory: a folder for each group, with the account of one that this machine administers. */
export const groupsFolder = "groups";
/** Files that hold or unseal keys, the seed first: without it the others open no more. */
const keyFiles = ["device.json", "account.json", "installed.json", "pending.json", "new-account.json", "recovery.json"] as const;
/** What tells of the account, those of the book of names (`src/names`) among it. */
const otherFiles = [
  "claim.json",
  "window.json",
  "agent.cursor",
  "notices.json",
  "seen-time.json",
  "audit.json",
  "repair-alone",
  "command-key.offered",
  "described",
  "reported",
  "kept",
] as const;

/** Notes that a device was removed; what follows is resumed after a crash. Errors: ERR_DISK_FULL, ERR_PERMISSION, ERR_STORE. */
export async function noteRemoval(
  dir: string,
  removal: { readonly address: string; readonly evidence: Enveloped<RevokedDevice>; readonly rooms?: readonly string[] },
): Promise<void> {
  const { address, evidence, rooms = [] } = removal;
  await save(dir, { AccountAddress: address, EnvelopedRevokedDevice: evidence, Rooms: rooms, Erased: false });
}

/**
 * Makes room for a note that a full disk did not take: what can be had again goes first. The keys stay until the note is there, so that a device
 * that dies in between meets its removal again. Errors: ERR_STORE, ERR_PERMISSION.
 */
export async function makeRoomForRemoval(dir: string, rooms: readonly string[] = []): Promise<void> {
  for (const name of ["stores", ...rooms]) await remove(join(dir, name));
  await syncDirectory(dir);
}

/** Erases the keys and stores of a noted removal, or goes on erasing them. @returns what to tell; undefined when nothing was noted */
export async function finishErasure(dir: string, hook: ErasureHook = () => undefined): Promise<MeshError | undefined> {
  const file = await load(dir);
  if (!file) return undefined;
  if (!file.Erased) {
    await overwriteKeys(dir, hook);
    for (const name of await foldersIn(join(dir, groupsFolder))) {
      await overwriteKeys(join(dir, groupsFolder, name), (step) => hook(`${name} ${step}`));
    }
    for (const name of ["stores", groupsFolder, ...otherFiles, ...file.Rooms]) {
      await remove(join(dir, name));
      await remove(join(dir, `${name}.new`));
      hook(name);
    }
    await syncDirectory(dir);
    await save(dir, { ...file, Erased: true });
    hook("erased");
  }
  return removedError(file);
}

async function overwriteKeys(dir: string, hook: ErasureHook): Promise<void> {
  for (const name of keyFiles) {
    for (const path of [join(dir, name), join(dir, `${name}.new`)]) await overwrite(path);
    hook(name);
  }
  await syncDirectory(dir);
}

async function foldersIn(dir: string): Promise<readonly string[]> {
  try {
    return (await readdir(dir, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw fileError(error, `cannot read ${dir}`);
  }
}

/**
 * Lets a directory be used that was never removed, or has joined anew since; goes on with an erasure first.
 * Errors: ERR_REVOKED, with who removed it and when.
 */
export async function refuseRemoved(dir: string): Promise<void> {
  const error = await finishErasure(dir);
  if (!error) return;
  if (!(await exists(join(dir, "account.json")))) throw error;
  await remove(join(dir, fileName));
  await syncDirectory(dir);
}

function removedError({ AccountAddress, EnvelopedRevokedDevice }: RemovalFile): MeshError {
  const { RemovedBy, Updated } = peekObject(RevokedDevice, EnvelopedRevokedDevice);
  const by = RemovedBy === undefined ? "" : ` by ${RemovedBy}`;
  return new MeshError("ERR_REVOKED", `removed from the account ${AccountAddress}${by} on ${Updated.slice(0, 10)}; its keys were erased`);
}

function load(dir: string): Promise<RemovalFile | undefined> {
  return readObjectFile(join(dir, fileName), RemovalFile);
}

async function save(dir: string, file: RemovalFile): Promise<void> {
  await writeFileAtomic(join(dir, fileName), encodeObject(RemovalFile, file));
}

async function exists(path: string): Promise<boolean> {
  return (await readFileIfExists(path)) !== undefined;
}

async function remove(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw fileError(error, `cannot erase ${path}`);
  }
}

async function overwrite(path: string): Promise<void> {
  try {
    const { size } = await stat(path);
    const file = await openRegular(path, constants.O_RDWR);
    try {
      await file.write(new Uint8Array(size), 0, size, 0);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    // What is no file holds no key of ours.
    const isNone = (error as NodeJS.ErrnoException).code === "ENOENT" || isMeshError(error, "ERR_STORE");
    if (!isNone) throw fileError(error, `cannot erase ${path}`);
  }
  await remove(path);
}
