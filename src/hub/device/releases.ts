/** Devices that have obeyed their release, kept until the account no longer names them: a released device cannot be asked again. extensions §4. */
import { join } from "node:path";
import { Journal } from "../../base/journal.ts";

interface ReleaseRecord {
  readonly device: string;
  readonly epoch: number;
}

/** Remembers releases in a journal. One process uses it at a time. */
export class Releases {
  readonly #journal: Journal<ReleaseRecord>;
  readonly #epochs: Map<string, number>;

  private constructor(journal: Journal<ReleaseRecord>, records: readonly ReleaseRecord[]) {
    this.#journal = journal;
    this.#epochs = new Map(records.map(({ device, epoch }) => [device, epoch]));
  }

  /** Opens the releases of a directory. Errors: ERR_STORE_DAMAGED, ERR_STORE, ERR_PERMISSION. */
  static async open(dir: string): Promise<Releases> {
    const { journal, records } = await Journal.open<ReleaseRecord>({ path: join(dir, "releases.journal") });
    return new Releases(journal, records);
  }

  /** True when the device has obeyed its release from this deal. */
  has(device: string, epoch: number): boolean {
    return this.#epochs.get(device) === epoch;
  }

  /** Notes a release; resolves when it is on the disk. */
  async note(device: string, epoch: number): Promise<void> {
    this.#epochs.set(device, epoch);
    await this.#journal.append({ device, epoch });
  }

  /** Forgets a device that the account no longer names. */
  async forget(device: string): Promise<void> {
    if (this.#epochs.delete(device)) await this.#journal.rewrite([...this.#epochs].map(([name, epoch]) => ({ device: name, epoch })));
  }

  async close(): Promise<void> {
    await this.#journal.close();
  }
}
