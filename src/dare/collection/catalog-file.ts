/**
 * Catalogs (dare-12 §7): a live set of entries by identifier, kept as a history of New, Update and Delete. Generic: what an entry means,
 * and whether the payload must agree with its header, is for the layer above. Lookups read about ten small pieces of the index.
 */
import { MeshError } from "../../base/errors.ts";
import { decodeContentMeta } from "../content-meta.ts";
import { SequenceFile } from "../sequence/sequence-file.ts";
import type { Entry, EntryFileOptions } from "./entry-file.ts";
import { EntryFile, lineage } from "./entry-file.ts";

/** Events of a catalog, case exact. */
export const catalogEvents = ["New", "Update", "Delete"] as const;
/** What a frame does to the entry of its identifier. */
export type CatalogEvent = (typeof catalogEvents)[number];

/** Content type of catalogs. */
export const catalogContentType = "application/mmm-catalog";

/**
 * State after an event: (New Update* Delete)*. With `strict`, for writers, a New of what exists and an Update of what does not are
 * refused; the reference writes both, so readers take them for what they must mean. ERR_CONFLICT, ERR_NOT_FOUND, ERR_SCHEMA.
 */
export function nextLife(options: {
  readonly id: string;
  readonly isLive: boolean;
  readonly event: string | undefined;
  readonly strict?: boolean;
}): boolean {
  const { id, isLive, event, strict = false } = options;
  if (event === "Delete" && !isLive) throw new MeshError("ERR_NOT_FOUND", `no entry ${id}`);
  if (strict && event === "New" && isLive) throw new MeshError("ERR_CONFLICT", `entry ${id} exists`);
  if (strict && event === "Update" && !isLive) throw new MeshError("ERR_NOT_FOUND", `no entry ${id}`);
  if (!catalogEvents.some((known) => known === event)) throw new MeshError("ERR_SCHEMA", `entry ${id} with event ${event?.slice(0, 32) ?? "none"}`);
  return event !== "Delete";
}

/** One change of a catalog. */
export interface CatalogChange {
  readonly id: string;
  readonly event: CatalogEvent;
  /** Absent in a Delete, unless the layer above puts something there. */
  readonly payload?: Uint8Array;
}

/** An open catalog. */
export class CatalogFile {
  readonly entries: EntryFile;

  private constructor(entries: EntryFile) {
    this.entries = entries;
  }

  static async open(options: EntryFileOptions & { readonly contentType?: string }): Promise<CatalogFile> {
    return new CatalogFile(await EntryFile.open({ contentType: catalogContentType, ...options }));
  }

  /** The live entry of an identifier; undefined when there is none. ERR_VERIFICATION, ERR_STORE_DAMAGED. */
  async get(id: string): Promise<Entry | undefined> {
    const newest = await this.entries.ids.find(id);
    if (newest === undefined || decodeContentMeta(newest.header.ContentMetaData).Event === "Delete") return undefined;
    return this.entries.openEntry(newest);
  }

  /** Live entries in the order of their last change. */
  async *list(): AsyncGenerator<Entry, void, undefined> {
    for await (const frame of this.entries.entryFrames()) {
      const { UniqueId, Event } = decodeContentMeta(frame.header.ContentMetaData);
      if (UniqueId === undefined || Event === "Delete") continue;
      for await (const newest of this.entries.ids.indexes(UniqueId)) {
        if (newest === frame.index) yield await this.entries.openEntry(frame);
        break;
      }
    }
  }

  /** All versions of an entry, newest first. */
  async *history(id: string): AsyncGenerator<Entry, void, undefined> {
    for await (const index of this.entries.ids.indexes(id)) yield await this.entries.openEntry(await this.entries.sequence.read(index));
  }

  /** Makes changes in one write. ERR_CONFLICT, ERR_NOT_FOUND when one does not follow from the state before; nothing is then written. */
  async apply(changes: readonly CatalogChange[]): Promise<void> {
    const pending = new Map<string, { readonly index: number; readonly isLive: boolean; readonly first: number }>();
    const contents = [];
    for (const [i, { id, event, payload = new Uint8Array() }] of changes.entries()) {
      const index = this.entries.sequence.count + i;
      const before = pending.get(id) ?? (await this.#newest(id));
      const isLive = nextLife({ id, isLive: before?.isLive ?? false, event, strict: true });
      const place = before && { First: before.first, Previous: before.index };
      contents.push({ payload, contentMeta: { UniqueId: id, Event: event, ...place } });
      pending.set(id, { index, isLive, first: before?.first ?? index });
    }
    if (contents.length > 0) await this.entries.append(contents);
  }

  /** Adds an entry. ERR_CONFLICT when it exists. */
  add(id: string, payload: Uint8Array): Promise<void> {
    return this.apply([{ id, event: "New", payload }]);
  }

  /** Replaces an entry. ERR_NOT_FOUND. */
  update(id: string, payload: Uint8Array): Promise<void> {
    return this.apply([{ id, event: "Update", payload }]);
  }

  /** Deletes an entry; its history stays until it is erased or left behind by a compaction. ERR_NOT_FOUND. */
  delete(id: string): Promise<void> {
    return this.apply([{ id, event: "Delete" }]);
  }

  /** Reads everything: digests, bodies, and that events follow one another. ERR_STORE_DAMAGED, ERR_VERIFICATION, ERR_NOT_FOUND, ERR_SCHEMA. */
  async verify(): Promise<void> {
    await this.entries.verify();
    const live = new Set<string>();
    for await (const frame of this.entries.entryFrames()) {
      const { UniqueId: id = "", Event: event } = decodeContentMeta(frame.header.ContentMetaData);
      if (nextLife({ id, isLive: live.has(id), event })) live.add(id);
      else live.delete(id);
    }
  }

  /**
   * Copies the live entries into a new file, sealed anew for `recipients`, with a history that begins there. ERR_CONFLICT when the
   * target has frames.
   */
  async compact(target: EntryFileOptions & { readonly contentType?: string }): Promise<number> {
    await requireEmpty(target.path);
    const copy = await CatalogFile.open({ ...target, create: true });
    let count = 0;
    try {
      for await (const { payload, contentMeta, cloakedMeta } of this.list()) {
        const { First: _first, Previous: _previous, ...kept } = contentMeta;
        await copy.entries.append([{ payload, contentMeta: { ...kept, Event: "New" }, ...(cloakedMeta && { cloakedMeta }) }]);
        count++;
      }
    } finally {
      await copy.close();
    }
    return count;
  }

  close(): Promise<void> {
    return this.entries.close();
  }

  async #newest(id: string): Promise<{ readonly index: number; readonly isLive: boolean; readonly first: number } | undefined> {
    const frame = await this.entries.ids.find(id);
    if (frame === undefined) return undefined;
    const contentMeta = decodeContentMeta(frame.header.ContentMetaData);
    return { index: frame.index, isLive: contentMeta.Event !== "Delete", first: lineage({ index: frame.index, contentMeta }).First ?? frame.index };
  }
}

/** ERR_CONFLICT when a file has frames already. */
export async function requireEmpty(path: string): Promise<void> {
  const file = await SequenceFile.open({ path, create: true });
  const { count } = file;
  await file.close();
  if (count > 0) throw new MeshError("ERR_CONFLICT", `${path} has ${count} frames already`);
}
