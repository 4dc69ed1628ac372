/**
 * Files that are opened when they are used and stay open while there is room: the least recently used are closed for others, so that
 * descriptors are bounded however many accounts there are. A file in use is never closed; many in use at once may exceed the bound.
 */
import { isMeshError } from "../../../base/errors.ts";
import type { Log } from "../../../base/log.ts";

/** What can be kept open. */
export interface Openable {
  close(): Promise<void>;
}

interface Entry {
  readonly key: string;
  /** Descriptors that it takes. */
  readonly weight: number;
  readonly opened: Promise<Openable>;
  users: number;
  closing: Promise<void> | undefined;
  /** Called when nobody uses it any more. */
  idle: (() => void)[];
}

/** What to open, and what to do with it. */
export interface Use<T extends Openable> {
  /** Names it; closeAll() goes by how keys begin. */
  readonly key: string;
  readonly weight: number;
  readonly open: () => Promise<T>;
}

/** Open files, least recently used first. */
export class OpenFiles {
  readonly #limit: number;
  readonly #log: Log;
  readonly #entries = new Map<string, Entry>();

  /** @param options.limit descriptors that may stay open */
  constructor(options: { readonly limit: number; readonly log: Log }) {
    this.#limit = options.limit;
    this.#log = options.log;
  }

  /** Descriptors in use and kept. */
  get weight(): number {
    let sum = 0;
    for (const { weight } of this.#entries.values()) sum += weight;
    return sum;
  }

  /** Runs a task with an open file. Errors: those of opening and of the task. */
  async use<T extends Openable, R>(what: Use<T>, task: (file: T) => Promise<R>): Promise<R> {
    const { file, release } = await this.take(what);
    try {
      return await task(file);
    } finally {
      release();
    }
  }

  /** An open file that stays open until it is released. */
  async take<T extends Openable>(what: Use<T>): Promise<{ readonly file: T; readonly release: () => void }> {
    const entry = await this.#enter(what);
    try {
      return { file: (await entry.opened) as T, release: () => this.#leave(entry) };
    } catch (error) {
      if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
      this.#leave(entry);
      throw error;
    }
  }

  /** Closes a file when those who use it now have done; whoever comes meanwhile waits, and opens it anew. Not for one who uses it himself. */
  async close(key: string): Promise<void> {
    const entry = this.#entries.get(key);
    if (entry !== undefined) await this.#close(entry);
  }

  /** The same for everything whose key begins so, and what its users open meanwhile. The caller sees to it that no newcomers go on opening. */
  async closeAll(prefix = ""): Promise<void> {
    for (;;) {
      const found = [...this.#entries.values()].filter(({ key }) => key.startsWith(prefix));
      if (found.length === 0) return;
      await Promise.all(found.map((entry) => this.#close(entry)));
    }
  }

  async #enter<T extends Openable>({ key, weight, open }: Use<T>): Promise<Entry> {
    for (;;) {
      const known = this.#entries.get(key);
      if (known?.closing !== undefined) {
        await known.closing;
        continue;
      }
      if (known !== undefined) {
        known.users += 1;
        // The map's order is that of last use.
        this.#entries.delete(key);
        this.#entries.set(key, known);
        return known;
      }
      const closings = this.#makeRoom(weight);
      if (closings.length > 0) {
        await Promise.all(closings);
        continue;
      }
      const entry: Entry = { key, weight, opened: this.#opened(open), users: 1, closing: undefined, idle: [] };
      this.#entries.set(key, entry);
      return entry;
    }
  }

  /** A machine that has fewer descriptors than the bound: all that is idle is closed for this one. */
  async #opened<T extends Openable>(open: () => Promise<T>): Promise<T> {
    try {
      return await open();
    } catch (error) {
      if (!isMeshError(error, "ERR_BUSY")) throw error;
      await Promise.all(this.#makeRoom(Number.POSITIVE_INFINITY));
      return await open();
    }
  }

  #leave(entry: Entry): void {
    entry.users -= 1;
    if (entry.users > 0) return;
    for (const resolve of entry.idle.splice(0)) resolve();
    void Promise.all(this.#makeRoom(0));
  }

  /** Begins to close what is idle until `weight` more fits. */
  #makeRoom(weight: number): Promise<void>[] {
    let over = this.weight + weight - this.#limit;
    const closings: Promise<void>[] = [];
    for (const entry of this.#entries.values()) {
      if (over <= 0) break;
      if (entry.users > 0) continue;
      closings.push(this.#close(entry));
      over -= entry.weight;
    }
    return closings;
  }

  #close(entry: Entry): Promise<void> {
    entry.closing ??= this.#unused(entry)
      .then(() => entry.opened)
      .then((file) => file.close())
      .catch((error: unknown) => this.#log.warn("store.close-failed", { reason: String(error) }))
      .finally(() => {
        if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
      });
    return entry.closing;
  }

  async #unused(entry: Entry): Promise<void> {
    while (entry.users > 0) await new Promise<void>((resolve) => entry.idle.push(resolve));
  }
}
