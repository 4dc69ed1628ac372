/**
 * A map that is kept in a journal: each change is one record, and the file is written anew when it has grown to twice what was in force, so
 * that it grows with what it holds and not with what it ever held.
 */
import { Journal } from "./journal.ts";

/** How keys and values stand in records of type R. */
export interface RecordFormat<V, R> {
  /** The key of a record with its value, given what the records before it said of the key; no value: the key is gone. */
  readonly read: (record: R, known: (key: string) => V | undefined) => readonly [key: string, value: V | undefined];
  /** The records that a value is made of. */
  readonly write: (key: string, value: V) => readonly R[];
  /** The record of a key that is gone; without one, what is deleted is erased at once by writing the file anew. */
  readonly gone?: (key: string) => R;
}

/** How a map is opened. */
export interface JournalMapOptions<V, R> {
  readonly path: string;
  readonly format: RecordFormat<V, R>;
  /** Records by which the file may outgrow twice those in force. */
  readonly spare?: number;
}

const defaultSpare = 512;

/** Values by key, in memory and in a file. One process uses it at a time. */
export class JournalMap<V, R> {
  readonly #journal: Journal<R>;
  readonly #format: RecordFormat<V, R>;
  readonly #spare: number;
  readonly #values = new Map<string, V>();
  /** Records in the file, and how many there may be before it is written anew. */
  #records = 0;
  #most = 0;

  private constructor(journal: Journal<R>, { format, spare = defaultSpare }: JournalMapOptions<V, R>) {
    this.#journal = journal;
    this.#format = format;
    this.#spare = spare;
  }

  /** Opens or makes the file. Errors: ERR_STORE_DAMAGED, ERR_STORE, ERR_PERMISSION, ERR_DISK_FULL. */
  static async open<V, R>(options: JournalMapOptions<V, R>): Promise<JournalMap<V, R>> {
    return Journal.read<R, JournalMap<V, R>>({ path: options.path }, (journal, records) => {
      const map = new JournalMap<V, R>(journal, options);
      map.#take(records);
      return map;
    });
  }

  get size(): number {
    return this.#values.size;
  }

  get(key: string): V | undefined {
    return this.#values.get(key);
  }

  values(): IterableIterator<V> {
    return this.#values.values();
  }

  /**
   * Sets a value, at once in memory; resolves when it is on the disk.
   * @param added the records that make the value out of the one before; by default all that it is made of
   * Errors: ERR_DISK_FULL, ERR_STORE, ERR_TOO_LARGE.
   */
  async set(key: string, value: V, added: readonly R[] = this.#format.write(key, value)): Promise<void> {
    this.#values.set(key, value);
    if (this.#records + added.length > this.#most) return this.#rewrite();
    this.#records += added.length;
    await Promise.all(added.map((record) => this.#journal.append(record)));
  }

  /** As set; where that fails the value is in memory what it was, unless another one has been set meanwhile. Errors: as of set. */
  async setOrLeave(key: string, value: V): Promise<void> {
    const before = this.#values.get(key);
    try {
      await this.set(key, value);
    } catch (error) {
      if (this.#values.get(key) === value) {
        if (before === undefined) this.#values.delete(key);
        else this.#values.set(key, before);
      }
      throw error;
    }
  }

  /** Sets a value and writes the file anew, so that what the key held before is gone from the disk. Errors: as of set. */
  async replace(key: string, value: V): Promise<void> {
    this.#values.set(key, value);
    await this.#rewrite();
  }

  /** Takes a key out, at once in memory; resolves when it is out on the disk. Errors: as of set. */
  async delete(key: string): Promise<void> {
    if (!this.#values.delete(key)) return;
    const record = this.#format.gone?.(key);
    if (record === undefined || this.#records >= this.#most) return this.#rewrite();
    this.#records += 1;
    await this.#journal.append(record);
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  #take(records: readonly R[]): void {
    this.#records = records.length;
    for (const record of records) {
      const [key, value] = this.#format.read(record, (name) => this.#values.get(name));
      if (value === undefined) this.#values.delete(key);
      else this.#values.set(key, value);
    }
    this.#most = this.#mostFor(this.#inForce().length);
  }

  #mostFor(inForce: number): number {
    return this.#spare + 2 * inForce;
  }

  #inForce(): R[] {
    return [...this.#values].flatMap(([key, value]) => this.#format.write(key, value));
  }

  async #rewrite(): Promise<void> {
    const records = this.#inForce();
    this.#records = records.length;
    this.#most = this.#mostFor(records.length);
    await this.#journal.rewrite(records);
  }
}
