/**
 * Catalogs and archives that the reference implementation wrote from 2018 to 2023: what is in them now, and their contents. Read only,
 * from a SequenceReader in legacy mode. Digests of such files chain nothing: an entry that was removed or an older one that was put in
 * its place does not show. Encryption before 2018 (header members Protected and IV) is not read.
 */
import { makeDirectory } from "../../base/directory.ts";
import { MeshError } from "../../base/errors.ts";
import type { ContentMeta } from "../content-meta.ts";
import { decodeContentMeta } from "../content-meta.ts";
import type { OpeningKeys } from "../exchange.ts";
import type { SequenceFrame } from "../sequence/frame.ts";
import { FrameOpener } from "../sequence/open-frame.ts";
import type { SequenceReader } from "../sequence/sequence-reader.ts";
import { archivePath } from "./archive-path.ts";
import { nextLife } from "./catalog-file.ts";
import type { Entry } from "./entry-file.ts";
import { writeBelow } from "./write-below.ts";

/** The live entries of a legacy file. */
export class LegacyCatalog {
  readonly #reader: SequenceReader;
  readonly #live: ReadonlyMap<string, number>;
  readonly #held: OpeningKeys;

  private constructor(reader: SequenceReader, options: { readonly live: ReadonlyMap<string, number>; readonly held: OpeningKeys }) {
    this.#reader = reader;
    this.#live = options.live;
    this.#held = options.held;
  }

  /**
   * Reads which entries there are. Payloads are opened when asked for, with the keys given. Errors as SequenceReader.frames;
   * ERR_NOT_FOUND for a Delete of what is not there, ERR_SCHEMA for an event that is none.
   */
  static async read(reader: SequenceReader, held: OpeningKeys = {}): Promise<LegacyCatalog> {
    const live = new Map<string, number>();
    for await (const { frame } of reader.frames()) {
      const meta = decodeContentMeta(frame.header.ContentMetaData);
      const id = frame.index === 0 ? undefined : idOf(meta);
      if (id === undefined) continue;
      const isLive = nextLife({ id, isLive: live.has(id), event: meta.Event ?? "New" });
      live.delete(id);
      if (isLive) live.set(id, frame.index);
    }
    return new LegacyCatalog(reader, { live, held });
  }

  /** Identifiers of the live entries, in the order of their last change. */
  get ids(): readonly string[] {
    return [...this.#live.keys()];
  }

  /** Live entries with their payloads, in the order of their last change. ERR_VERIFICATION when a body cannot be opened, ERR_SCHEMA. */
  async *list(): AsyncGenerator<Entry, void, undefined> {
    for (const index of this.#live.values()) yield await this.open(index);
  }

  /** The live entry of an identifier; undefined when there is none. Errors as list. */
  async get(id: string): Promise<Entry | undefined> {
    const index = this.#live.get(id);
    return index === undefined ? undefined : this.open(index);
  }

  /** What the frame of an index holds, entry or not. ERR_NOT_FOUND, and errors as list. */
  async open(index: number): Promise<Entry> {
    const frame = await this.#frame(index);
    const opener = new FrameOpener({ ...this.#held, foreign: true, read: (other) => this.#frame(other) });
    try {
      return { ...(await opener.open(frame)), index, frame };
    } finally {
      opener.wipe();
    }
  }

  /** Writes the files of an archive below a directory (writeBelow). Returns the paths written. ERR_NAME for an identifier that is no path. */
  async extractAll(directory: string): Promise<readonly string[]> {
    const written: string[] = [];
    await makeDirectory(directory);
    for await (const { payload, contentMeta } of this.list()) {
      const path = archivePath(idOf(contentMeta) ?? "");
      await writeBelow({ directory, path, content: payload, modified: contentMeta.Modified });
      written.push(path);
    }
    return written;
  }

  /** A frame whose recipients can be tried: early revisions name keys by fingerprints of a form that was given up, and nothing covers names. */
  async #frame(index: number): Promise<SequenceFrame> {
    const { frame } = await this.#reader.read(index);
    const { header } = frame;
    const members = header as Readonly<Record<string, unknown>>;
    if (header.enc === undefined && (members.Protected !== undefined || members.Recipients !== undefined)) {
      throw new MeshError("ERR_SCHEMA", `frame ${index} is encrypted in the form of 2017, which is not read`);
    }
    const named = new Set((this.#held.keys ?? []).map((key) => key.public.udf));
    if (header.recipients === undefined || header.recipients.some(({ kid }) => kid !== undefined && named.has(kid))) return frame;
    return { ...frame, header: { ...header, recipients: header.recipients.map((recipient) => ({ ...recipient, kid: undefined })) } };
  }
}

/** What names an entry: archives of 2018 and 2019 have paths in place of identifiers. */
function idOf({ UniqueId, Filename, Paths = [] }: ContentMeta): string | undefined {
  return UniqueId ?? Filename ?? Paths[0];
}
