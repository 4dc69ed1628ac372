/**
 * The tags that devices have logged in with at the broker: each is good once per device and deal (extensions §9), over restarts too.
 * Bounded per device; the oldest are forgotten first. A login only gives quotas: what it could replay opens no session.
 */
import { join } from "node:path";
import { Journal } from "../../base/journal.ts";

interface TagRecord {
  readonly device: string;
  readonly epoch: number;
  readonly tag: string;
}

/** A year of a device that connects every two hours. */
const mostPerDevice = 4096;

/** Remembers tags in a journal. One process uses it at a time. */
export class UsedTags {
  readonly #journal: Journal<TagRecord>;
  readonly #tags = new Map<string, { epoch: number; readonly tags: Set<string> }>();
  /** Records in the file that are in force no more. */
  #stale = 0;

  private constructor(journal: Journal<TagRecord>) {
    this.#journal = journal;
  }

  /** Opens the tags of a directory. Errors: ERR_STORE_DAMAGED, ERR_STORE, ERR_PERMISSION. */
  static async open(dir: string): Promise<UsedTags> {
    const { journal, records } = await Journal.open<TagRecord>({ path: join(dir, "mqtt-tags.journal") });
    const used = new UsedTags(journal);
    for (const record of records) used.#note(record);
    return used;
  }

  /** Notes a tag; false when it was used before in this deal or the deal is an older one. Resolves when it is on the disk. */
  async use(record: TagRecord): Promise<boolean> {
    const known = this.#tags.get(record.device);
    if (known && (known.epoch > record.epoch || (known.epoch === record.epoch && known.tags.has(record.tag)))) return false;
    this.#note(record);
    if (this.#stale > mostPerDevice) {
      this.#stale = 0;
      await this.#journal.rewrite(this.#records());
    } else {
      await this.#journal.append(record);
    }
    return true;
  }

  /** Forgets a device that left the account. */
  async forget(device: string): Promise<void> {
    if (this.#tags.delete(device)) await this.#journal.rewrite(this.#records());
  }

  async close(): Promise<void> {
    await this.#journal.close();
  }

  #note({ device, epoch, tag }: TagRecord): void {
    const known = this.#tags.get(device);
    if (known?.epoch !== epoch) {
      this.#stale += known?.tags.size ?? 0;
      this.#tags.set(device, { epoch, tags: new Set([tag]) });
      return;
    }
    known.tags.add(tag);
    if (known.tags.size <= mostPerDevice) return;
    for (const oldest of known.tags) {
      known.tags.delete(oldest);
      this.#stale += 1;
      break;
    }
  }

  #records(): TagRecord[] {
    return [...this.#tags].flatMap(([device, { epoch, tags }]) => [...tags].map((tag) => ({ device, epoch, tag })));
  }
}
