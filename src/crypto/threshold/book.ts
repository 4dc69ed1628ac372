/**
 * The book of signing sessions in a journal file: what it promises holds after kill -9 and power cuts. One process at a time
 * (base/directory-lock.ts); hubs that hold the same share must not exist. Nonces are not in it: after a restart a session blocks its
 * key until it expires or is given up, and nobody can answer it any more.
 */
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { Journal } from "../../base/journal.ts";
import type { SessionRecord, SigningBook } from "./session.ts";

type Entry = { readonly open: SessionRecord } | { readonly burned: Pick<SessionRecord, "key" | "session"> };

/** Entries after which the journal is written anew. */
const maxEntries = 1024;

/** Sessions, at most one for each key, on the disk before anybody hears of them. */
export class JournalSigningBook implements SigningBook {
  readonly #journal: Journal<Entry>;
  readonly #clock: Clock;
  readonly #sessions = new Map<string, SessionRecord>();
  #entries: number;

  private constructor(journal: Journal<Entry>, records: readonly Entry[], clock: Clock) {
    this.#journal = journal;
    this.#clock = clock;
    this.#entries = records.length;
    for (const entry of records) {
      if ("open" in entry) this.#sessions.set(entry.open.key, entry.open);
      else if (this.#sessions.get(entry.burned.key)?.session === entry.burned.session) this.#sessions.delete(entry.burned.key);
    }
  }

  /** Opens or creates the book at `path`. Errors as Journal.open. */
  static async at(input: { readonly path: string; readonly clock: Clock }): Promise<JournalSigningBook> {
    const { journal, records } = await Journal.open<Entry>({ path: input.path });
    return new JournalSigningBook(journal, records, input.clock);
  }

  /** Sessions that block their keys now, those of earlier processes among them. */
  get sessions(): readonly SessionRecord[] {
    return [...this.#sessions.values()].filter((record) => record.expires > this.#clock.now());
  }

  async open(record: SessionRecord): Promise<void> {
    const before = this.#sessions.get(record.key);
    if (before && before.expires > this.#clock.now()) {
      throw new MeshError("ERR_CONFLICT", "a signing session is open for this key", {
        hint: "finish it, give it up, or wait until it expires",
        detail: { key: record.key, session: before.session, expires: before.expires },
      });
    }
    // Taken before the disk is asked, so that two calls at once cannot both pass; when the disk fails, it stays taken until it expires.
    this.#sessions.set(record.key, record);
    await this.#append({ open: record });
  }

  async burn({ key, session }: Pick<SessionRecord, "key" | "session">): Promise<void> {
    const open = this.#sessions.get(key);
    if (open?.session !== session || open.expires <= this.#clock.now()) throw new MeshError("ERR_REPLAY", "this signing session is not open");
    // Out of reach for a second call at once; the key stays blocked until the disk has it.
    const burning = { ...open, session: "" };
    this.#sessions.set(key, burning);
    await this.#append({ burned: { key, session } });
    // Should it have expired meanwhile, the key may have a new session.
    if (this.#sessions.get(key) === burning) this.#sessions.delete(key);
  }

  /** Closes the file. */
  close(): Promise<void> {
    return this.#journal.close();
  }

  async #append(entry: Entry): Promise<void> {
    if (this.#entries >= maxEntries) {
      const open = this.sessions.filter((record) => record.session !== "" && !("open" in entry && record === entry.open));
      this.#entries = open.length;
      await this.#journal.rewrite(open.map((record) => ({ open: record })));
    }
    this.#entries++;
    await this.#journal.append(entry);
  }
}
