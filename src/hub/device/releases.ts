/** Devices that have obeyed their release, kept until the account no longer names them: a released device cannot be asked again. extensions §4. */
import { join } from "node:path";
import type { RecordFormat } from "../../base/journal-map.ts";
import { JournalMap } from "../../base/journal-map.ts";
import type { OpenFile } from "../salvage.ts";
import { openAsItIs } from "../salvage.ts";

interface ReleaseRecord {
  readonly device: string;
  readonly epoch: number;
}

const lost = "a device whose release was not reported yet has to show once more that it has obeyed it";

const format: RecordFormat<number, ReleaseRecord> = {
  read: ({ device, epoch }) => [device, epoch],
  write: (device, epoch) => [{ device, epoch }],
};

/** Remembers releases in a journal, by device with the epoch of the deal that ended. One process uses it at a time. */
export class Releases {
  readonly #epochs: JournalMap<number, ReleaseRecord>;

  private constructor(epochs: JournalMap<number, ReleaseRecord>) {
    this.#epochs = epochs;
  }

  /** Opens the releases of a directory. Errors: ERR_STORE_DAMAGED, ERR_STORE, ERR_PERMISSION. */
  static async open(dir: string, openFile: OpenFile = openAsItIs): Promise<Releases> {
    const path = join(dir, "releases.journal");
    return new Releases(await openFile({ path, lost, open: () => JournalMap.open({ path, format }) }));
  }

  /** True when the device has obeyed its release from this deal. */
  has(device: string, epoch: number): boolean {
    return this.#epochs.get(device) === epoch;
  }

  /** Notes a release; resolves when it is on the disk. */
  note(device: string, epoch: number): Promise<void> {
    return this.#epochs.set(device, epoch);
  }

  /** Forgets a device that the account no longer names. */
  forget(device: string): Promise<void> {
    return this.#epochs.delete(device);
  }

  close(): Promise<void> {
    return this.#epochs.close();
  }
}
