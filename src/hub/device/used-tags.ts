/**
 * The tags that devices have logged in with at the broker: each is good once per device and deal (extensions §9), over restarts too.
 * Bounded per device; the oldest are forgotten first. A login only gives quotas: what it could replay opens no session.
 */
import { join } from "node:path";
import type { RecordFormat } from "../../base/journal-map.ts";
import { JournalMap } from "../../base/journal-map.ts";
import type { OpenFile } from "../salvage.ts";
import { openAsItIs } from "../salvage.ts";

interface TagRecord {
  readonly device: string;
  readonly epoch: number;
  readonly tag: string;
}

/** The tags of a device's deal in force, oldest first. Added to in place: a device logs in thousands of times. */
interface DealTags {
  readonly epoch: number;
  readonly tags: Set<string>;
}

/** A year of a device that connects every two hours. */
const mostPerDevice = 4096;

/** Devices that could log in no more until they are dealt anew would be the greater harm. */
const lost =
  "logins of devices at the broker that somebody overheard count once more each, for quotas and nothing else, until the devices are dealt anew";

const format: RecordFormat<DealTags, TagRecord> = {
  read: (record, known) => [record.device, withTag(known(record.device), record)],
  write: (device, { epoch, tags }) => [...tags].map((tag) => ({ device, epoch, tag })),
};

function withTag(known: DealTags | undefined, { epoch, tag }: TagRecord): DealTags {
  if (known?.epoch !== epoch) return { epoch, tags: new Set([tag]) };
  known.tags.add(tag);
  const [oldest] = known.tags.values();
  if (known.tags.size > mostPerDevice && oldest !== undefined) known.tags.delete(oldest);
  return known;
}

/** Remembers tags in a journal. One process uses it at a time. */
export class UsedTags {
  readonly #map: JournalMap<DealTags, TagRecord>;

  private constructor(map: JournalMap<DealTags, TagRecord>) {
    this.#map = map;
  }

  /** Opens the tags of a directory. Errors: ERR_STORE_DAMAGED, ERR_STORE, ERR_PERMISSION. */
  static async open(dir: string, openFile: OpenFile = openAsItIs): Promise<UsedTags> {
    const path = join(dir, "mqtt-tags.journal");
    return new UsedTags(await openFile({ path, lost, open: () => JournalMap.open({ path, format, spare: mostPerDevice }) }));
  }

  /** Notes a tag; false when it was used before in this deal or the deal is an older one. Resolves when it is on the disk. */
  async use(record: TagRecord): Promise<boolean> {
    const known = this.#map.get(record.device);
    if (known && (known.epoch > record.epoch || (known.epoch === record.epoch && known.tags.has(record.tag)))) return false;
    await this.#map.set(record.device, withTag(known, record), [record]);
    return true;
  }

  /** Forgets a device that left the account. */
  forget(device: string): Promise<void> {
    return this.#map.delete(device);
  }

  close(): Promise<void> {
    return this.#map.close();
  }
}
