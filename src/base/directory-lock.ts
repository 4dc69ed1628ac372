/**
 * Keeps two processes from writing one directory.
 * The lock is the file `.lock`, linked into place complete with its owner's process id, start time and boot id, so a reader never
 * sees half of it. A lock whose owner is dead (kill -9, power cut) is taken over; the takeover itself is guarded by a lock of the
 * same kind, or two heirs could remove each other's lock. The owner is sought among the processes that this one can see: containers
 * that share a directory but not their process ids must not both use it.
 */
import { link, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "./atomic-file.ts";
import { explainRefusal } from "./directory.ts";
import { MeshError } from "./errors.ts";
import { readRegular } from "./regular-file.ts";

/** A held lock. */
export interface DirectoryLock {
  /** Gives the directory free; further calls do nothing. */
  release(): Promise<void>;
}

interface Owner {
  readonly pid: number;
  readonly purpose: string;
  /** Start of the process in clock ticks since boot; absent where there is no /proc. */
  readonly start?: string;
  readonly boot?: string;
}

const maxTakeovers = 4;
let serial = 0;
/** Of this process, which lives only once. */
let ownLife: Promise<Life> | undefined;

/**
 * Locks a directory until `release()` or the end of this process.
 * @param options.purpose what the holder does, for the message that others get
 * Errors: ERR_LOCKED names the holder's process id and purpose; ERR_STORE, ERR_PERMISSION and ERR_DISK_FULL of the file system.
 */
export async function lockDirectory(directory: string, options: { readonly purpose: string }): Promise<DirectoryLock> {
  ownLife ??= lifeOf(process.pid);
  const { boot, start } = await ownLife;
  const path = join(directory, ".lock");
  // The serial tells apart two locks of one process.
  const text = JSON.stringify({ pid: process.pid, purpose: options.purpose, start, boot, serial: ++serial });
  try {
    await acquire(path, text, 0);
  } catch (error) {
    throw await explainRefusal(fileError(error, `cannot lock ${directory}`), directory);
  }
  let released: Promise<void> | undefined;
  return {
    release: () => {
      released ??= releaseOwn(path, text);
      return released;
    },
  };
}

async function releaseOwn(path: string, text: string): Promise<void> {
  if ((await readText(path)) === text) await rm(path, { force: true });
}

async function acquire(path: string, text: string, depth: number): Promise<void> {
  for (;;) {
    if (await create(path, text)) return;
    const found = await readText(path);
    if (found === undefined) continue;
    const owner = parseOwner(found);
    if (depth === maxTakeovers || (owner !== undefined && (await isAlive(owner)))) throw lockedBy(path, owner);
    const guard = `${path}.takeover`;
    await acquire(guard, text, depth + 1);
    try {
      // Only the holder of the guard removes a dead lock, and only the very one it judged.
      if ((await readText(path)) === found) await rm(path, { force: true });
    } finally {
      await rm(guard, { force: true });
    }
  }
}

async function create(path: string, text: string): Promise<boolean> {
  const draft = `${path}.${process.pid}.${++serial}`;
  await rm(draft, { force: true });
  try {
    await writeFile(draft, text, { mode: 0o600, flag: "wx" });
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Some hundred octets; what the kernel says of a process has a few thousand. */
const mostOctets = 1 << 16;

async function readText(path: string): Promise<string | undefined> {
  try {
    return Buffer.from(await readRegular(path, mostOctets)).toString("utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Undefined for text that no process can have linked: a power cut lost the content of the file. */
function parseOwner(text: string): Owner | undefined {
  try {
    const owner = JSON.parse(text) as Owner;
    return Number.isInteger(owner.pid) && owner.pid > 0 ? owner : undefined;
  } catch {
    return undefined;
  }
}

async function isAlive(owner: Owner): Promise<boolean> {
  const now = await lifeOf(owner.pid);
  if (owner.boot !== undefined && now.boot !== undefined && owner.boot !== now.boot) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  if (now.isZombie) return false;
  // Unknown on either side counts as the same process: better a lock to remove by hand than two writers.
  return owner.start === undefined || now.start === undefined || owner.start === now.start;
}

interface Life {
  readonly boot?: string;
  readonly start?: string;
  readonly isZombie: boolean;
}

/** What /proc tells of a process; nothing where it is missing or hidden. */
async function lifeOf(pid: number): Promise<Life> {
  const boot = (await readText("/proc/sys/kernel/random/boot_id").catch(() => undefined))?.trim();
  const stat = await readText(`/proc/${pid}/stat`).catch(() => undefined);
  // The second field is the command in parentheses and may hold blanks: count from its end. State is field 3, start field 22.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? [];
  const start = fields[19];
  return {
    isZombie: fields[0] === "Z" || fields[0] === "X",
    ...(boot === undefined ? {} : { boot }),
    ...(start === undefined ? {} : { start }),
  };
}

function lockedBy(path: string, owner: Owner | undefined): MeshError {
  const holder = owner === undefined ? "an unknown process" : `process ${owner.pid} (${owner.purpose})`;
  return new MeshError("ERR_LOCKED", `${path} is held by ${holder}`, { detail: { pid: owner?.pid, purpose: owner?.purpose } });
}
