/**
 * A file that takes its name only when it is whole. Until then it grows beside it under a name of this process's own, so that two writers
 * of one name cannot mix; what a process that was killed left behind is removed by the next one that writes the same name.
 */
import type { FileHandle } from "node:fs/promises";
import { link, lstat, open, readdir, realpath, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { syncDirectory, writeFully } from "./append-file.ts";
import { fileError } from "./atomic-file.ts";
import { MeshError } from "./errors.ts";

/** Where a file goes, and how. */
export interface FreshFileOptions {
  readonly path: string;
  /** Take the place of a file that has the name; without it that is ERR_EXISTS. */
  readonly replace?: boolean;
  /** Permissions, before the umask; 0600 unless given. */
  readonly mode?: number;
}

/** Unfinished files of this process. */
const unfinished = new Set<string>();
let serial = 0;

/** A file on its way. */
export class FreshFile {
  readonly #part: string;
  readonly #path: string;
  readonly #replace: boolean;
  readonly #handle: FileHandle;
  #length = 0;
  #isOver = false;

  private constructor(parts: { readonly part: string; readonly path: string; readonly replace: boolean; readonly handle: FileHandle }) {
    this.#part = parts.part;
    this.#path = parts.path;
    this.#replace = parts.replace;
    this.#handle = parts.handle;
  }

  /** Begins a file. Errors: ERR_EXISTS, ERR_STORE where something stands that is no file, ERR_NOT_FOUND, ERR_PERMISSION, ERR_DISK_FULL. */
  static async create(options: FreshFileOptions): Promise<FreshFile> {
    const { replace = false, mode = 0o600 } = options;
    const path = await targetOf(options.path, replace);
    await removeAbandoned(path);
    const part = `${stemOf(path)}.${process.pid}-${++serial}.part`;
    unfinished.add(part);
    try {
      return new FreshFile({ part, path, replace, handle: await open(part, "wx", mode) });
    } catch (error) {
      unfinished.delete(part);
      throw named(error, path);
    }
  }

  /** Where the octets are until `commit`, for those who write it otherwise; what they make beside it, under longer names, does not stay. */
  get partPath(): string {
    return this.#part;
  }

  async write(piece: Uint8Array): Promise<void> {
    await writeFully(this.#handle, piece, this.#length);
    this.#length += piece.length;
  }

  /** Gives the file its name; when this resolves, it survives a power cut. Errors: ERR_EXISTS, and those of the disk; nothing is left then. */
  async commit(): Promise<void> {
    try {
      await this.#handle.sync();
      await this.#handle.close();
      await removeBeside(this.#part);
      if (this.#replace) await rename(this.#part, this.#path);
      else await nameFirst(this.#part, this.#path);
      await syncDirectory(dirname(this.#path));
      this.#end();
    } catch (error) {
      await this.discard();
      throw named(error, this.#path);
    }
  }

  /** Removes what was written, unless it was committed. */
  async discard(): Promise<void> {
    if (this.#isOver) return;
    await this.#handle.close().catch(() => undefined);
    await removeBeside(this.#part);
    await rm(this.#part, { force: true });
    this.#end();
  }

  #end(): void {
    this.#isOver = true;
    unfinished.delete(this.#part);
  }
}

/** What file systems say that have no links. */
const withoutLinks: ReadonlySet<string | undefined> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

/** A link fails where the name is taken; a rename does not. */
async function nameFirst(part: string, path: string): Promise<void> {
  try {
    await link(part, path);
    await rm(part);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw taken(path, error);
    if (!withoutLinks.has(code)) throw error;
    await targetOf(path, false);
    await rename(part, path);
  }
}

/** The path that is meant, behind links; demands that nothing but a file stands there, and without `replace` nothing at all. */
async function targetOf(path: string, replace: boolean): Promise<string> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? undefined : Promise.reject(named(error, path))));
  if (found === undefined) return path;
  if (!replace) throw taken(path);
  const target = found.isSymbolicLink() ? await realpath(path).catch((error: unknown) => Promise.reject(named(error, path))) : path;
  if (!(await lstat(target)).isFile()) throw new MeshError("ERR_STORE", `${path} is no file`, { hint: "give another name, or - for stdout" });
  return target;
}

function taken(path: string, cause?: unknown): MeshError {
  return new MeshError("ERR_EXISTS", `${path} exists already`, { hint: "give another name, or --force to replace it", cause });
}

async function removeBeside(part: string): Promise<void> {
  const prefix = `${basename(part)}.`;
  for (const name of await readdir(dirname(part))) if (name.startsWith(prefix)) await rm(join(dirname(part), name), { force: true });
}

/** Octets of a name that a part keeps: its own ending, and that of what is made beside it, have room in the 255 of a file system. */
const maxStemOctets = 160;

/** What the names of the parts of a path begin with: the path, or the beginning of one with a long name. */
function stemOf(path: string): string {
  let stem = "";
  let octets = 0;
  for (const letter of basename(path)) {
    octets += Buffer.byteLength(letter);
    if (octets > maxStemOctets) return join(dirname(path), stem);
    stem += letter;
  }
  return path;
}

/** Removes the unfinished files of processes that are gone. */
async function removeAbandoned(path: string): Promise<void> {
  const directory = dirname(path);
  const prefix = `${basename(stemOf(path))}.`;
  const names = await readdir(directory).catch((error: unknown) => Promise.reject(named(error, path)));
  for (const name of names) {
    const [, own, pid] = name.startsWith(prefix) ? (/^((\d{1,10})-\d+\.part)(\.|$)/.exec(name.slice(prefix.length)) ?? []) : [];
    if (pid === undefined) continue;
    const isAbandoned = Number(pid) === process.pid ? !unfinished.has(join(directory, `${prefix}${own}`)) : !isAlive(Number(pid));
    if (isAbandoned) await rm(join(directory, name), { force: true });
  }
}

/** A failure of the file system at a path that a person gave. */
function named(error: unknown, path: string): MeshError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new MeshError("ERR_NOT_FOUND", `there is no directory ${dirname(path)}`, { hint: "make it first, or give another path", cause: error });
  }
  return fileError(error, `cannot write ${path}`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
