/** One store of an account on the disk: the sequence file `MMM_X.dare` with its sidecars, the index of ids opened when it is first asked. */
import { join } from "node:path";
import type { Log } from "../../../base/log.ts";
import { Mutex } from "../../../base/mutex.ts";
import type { FrameOctets, SequenceFrame } from "../../../dare/index.ts";
import { IdIndex, SequenceFile } from "../../../dare/index.ts";
import type { StoreLabel } from "../../../schema/index.ts";
import type { StoreEnd } from "../service-store.ts";

const suffix = ".dare";

/** Descriptors of an open store: the file, its sidecar, and runs of its id index. */
export const storeWeight = 4;

/** The file of a store in an account's folder. */
export function storePath(dir: string, store: StoreLabel): string {
  return join(dir, `${store}${suffix}`);
}

/** An open store. */
export class StoreFile {
  readonly sequence: SequenceFile;
  readonly #ids: IdIndex;
  /** The id index wants one caller at a time. */
  readonly #turns = new Mutex();

  private constructor(sequence: SequenceFile) {
    this.sequence = sequence;
    this.#ids = new IdIndex(sequence);
  }

  /** Opens or makes the file; a torn tail is cut. ERR_STORE_DAMAGED names it. */
  static async open(path: string, log: Log): Promise<StoreFile> {
    return new StoreFile(await SequenceFile.open({ path, create: true, log }));
  }

  get end(): StoreEnd {
    const { count, byteLength, lastTreeDigest } = this.sequence;
    return { epoch: 0, count, octets: byteLength, ...(lastTreeDigest === undefined ? {} : { digest: lastTreeDigest }) };
  }

  /** Appends the frames that are not there yet, durably. ERR_CONFLICT when frames before them are missing. */
  async append(index: number, frames: readonly FrameOctets[]): Promise<void> {
    const have = this.sequence.count - index;
    if (have < frames.length) await this.sequence.append(have > 0 ? frames.slice(have) : frames);
  }

  /** Frames of an id, newest first. */
  find(id: string): Promise<SequenceFrame[]> {
    return this.#turns.run(async () => {
      const found: SequenceFrame[] = [];
      for await (const index of this.#ids.indexes(id)) found.push(await this.sequence.read(index));
      return found;
    });
  }

  close(): Promise<void> {
    return this.#turns.run(async () => {
      try {
        await this.#ids.close();
      } finally {
        await this.sequence.close();
      }
    });
  }
}
