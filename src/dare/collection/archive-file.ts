/**
 * Archives (dare-12 §7): a catalog of files by relative path. Entries are at most as large as a frame may be (16 MiB); larger files are
 * envelopes of their own (seal-stream.ts). Links and special files are neither stored nor followed; permissions are not restored.
 */
import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { basename } from "node:path";
import { makeDirectory } from "../../base/directory.ts";
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import { openRegular } from "../../base/regular-file.ts";
import type { DatumObject } from "../../codec/index.ts";
import type { ContentMeta } from "../content-meta.ts";
import { decodeContentMeta } from "../content-meta.ts";
import { archivePath } from "./archive-path.ts";
import { CatalogFile } from "./catalog-file.ts";
import type { Entry, EntryFileOptions } from "./entry-file.ts";
import { writeBelow } from "./write-below.ts";

/** Content type of archives. */
export const archiveContentType = "application/dare-archive";

/** Largest content of one entry, so that its frame has room for the rest. */
export const maxArchiveEntry = 0xf00000;

/** What is known of a stored file. */
export interface ArchiveEntry {
  readonly path: string;
  /** Frame index of its newest version. */
  readonly index: number;
  /** Octets of content. */
  readonly length: number;
  /** RFC 3339, as the writer stated it. */
  readonly modified?: string;
}

/** An open archive. */
export class ArchiveFile {
  readonly catalog: CatalogFile;

  private constructor(catalog: CatalogFile) {
    this.catalog = catalog;
  }

  static async open(options: EntryFileOptions): Promise<ArchiveFile> {
    return new ArchiveFile(await CatalogFile.open({ ...options, contentType: archiveContentType }));
  }

  /** The archive in a catalog that is open; closing either closes both. */
  static over(catalog: CatalogFile): ArchiveFile {
    return new ArchiveFile(catalog);
  }

  /** Stores content under a path, in place of what was there. ERR_NAME, ERR_TOO_LARGE. */
  async add(path: string, content: Uint8Array, options: { readonly modified?: string; readonly sync?: boolean } = {}): Promise<void> {
    const { modified, sync = true } = options;
    const name = archivePath(path);
    if (content.length > maxArchiveEntry)
      throw new MeshError("ERR_TOO_LARGE", `${name} has ${content.length} octets, the limit is ${maxArchiveEntry}`);
    const newest = await this.#newest(name);
    const FileEntry: DatumObject = { Path: name, ...(modified !== undefined && { LastWriteTime: modified }) };
    const contentMeta: ContentMeta = {
      UniqueId: name,
      Filename: basename(name),
      Event: newest?.isLive ? "Update" : "New",
      ...(newest && { First: newest.first, Previous: newest.index }),
      ...(modified !== undefined && { Modified: modified }),
      FileEntry,
    };
    await this.catalog.entries.append([{ payload: content, contentMeta }], { sync });
  }

  /** Stores a file of the disk under a path; returns how many octets it has. Only regular files: ERR_NAME for links and all else, ERR_NOT_FOUND, ERR_TOO_LARGE. */
  async addFile(source: string, path: string, options: { readonly sync?: boolean } = {}): Promise<number> {
    archivePath(path);
    const handle = await openSource(source);
    try {
      const { size, mtime } = await handle.stat();
      if (size > maxArchiveEntry) throw new MeshError("ERR_TOO_LARGE", `${source} has ${size} octets, the limit is ${maxArchiveEntry}`);
      await this.add(path, new Uint8Array(await handle.readFile()), { modified: mtime.toISOString(), ...options });
      return size;
    } finally {
      await handle.close();
    }
  }

  /** Takes a path out of the archive. ERR_NOT_FOUND, ERR_NAME. */
  remove(path: string): Promise<void> {
    return this.catalog.delete(archivePath(path));
  }

  /** Stored files. ERR_NAME when the archive holds a path that is refused. */
  async *list(): AsyncGenerator<ArchiveEntry, void, undefined> {
    for await (const entry of this.catalog.list()) yield describe(entry);
  }

  /** Content of a path. ERR_NOT_FOUND, ERR_NAME, ERR_VERIFICATION. */
  async extract(path: string): Promise<Uint8Array> {
    const name = archivePath(path);
    const entry = await this.catalog.get(name);
    if (entry === undefined) throw new MeshError("ERR_NOT_FOUND", `no ${name} in the archive`);
    return entry.payload;
  }

  /**
   * Writes stored files below a directory, over files of the same names, each complete or not at all (writeBelow). Returns the paths
   * written. ERR_NAME, ERR_VERIFICATION, ERR_PERMISSION, ERR_DISK_FULL.
   */
  async extractAll(directory: string): Promise<readonly string[]> {
    const written: string[] = [];
    await makeDirectory(directory);
    for await (const entry of this.catalog.list()) {
      const { path, modified } = describe(entry);
      await writeBelow({ directory, path, content: entry.payload, modified });
      written.push(path);
    }
    return written;
  }

  /** Reads everything: digests, bodies, events, and that every path is one that can be extracted. */
  async verify(): Promise<void> {
    await this.catalog.verify();
    for await (const _ of this.list());
  }

  /** Copies what is stored now into a new file; what was removed or replaced is left behind. ERR_CONFLICT. */
  compact(target: EntryFileOptions): Promise<number> {
    return this.catalog.compact({ ...target, contentType: archiveContentType });
  }

  close(): Promise<void> {
    return this.catalog.close();
  }

  async #newest(id: string): Promise<{ readonly index: number; readonly first: number; readonly isLive: boolean } | undefined> {
    const frame = await this.catalog.entries.ids.find(id);
    if (frame === undefined) return undefined;
    const { First, Event } = decodeContentMeta(frame.header.ContentMetaData);
    return { index: frame.index, first: First ?? frame.index, isLive: Event !== "Delete" };
  }
}

function describe({ index, payload, contentMeta }: Entry): ArchiveEntry {
  const { UniqueId = "", Modified: modified } = contentMeta;
  return { path: archivePath(UniqueId), index, length: payload.length, ...(modified !== undefined && { modified }) };
}

async function openSource(path: string): Promise<FileHandle> {
  try {
    return await openRegular(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new MeshError("ERR_NOT_FOUND", `no file ${path}`, { cause: error });
    const isOther = isMeshError(error, "ERR_STORE") || code === "ELOOP" || code === "ENXIO";
    if (!isOther) throw asMeshError(error);
    throw new MeshError("ERR_NAME", `${path} is not a regular file`, { hint: "archives hold regular files only", cause: error });
  }
}
