/**
 * What the hub has made for the devices behind its bridges: a seed for each, and how its offer stands. The seeds never leave this file; without it the
 * devices that the owner has accepted still work, and what their bridges say anew of what they are cannot be signed.
 */
import { join } from "node:path";
import { makeDirectory } from "../../base/directory.ts";
import type { RecordFormat } from "../../base/journal-map.ts";
import { JournalMap } from "../../base/journal-map.ts";
import type { OpenFile } from "../salvage.ts";
import { openAsItIs } from "../salvage.ts";

/** An offer that was made. */
export interface HostedOffer {
  readonly messageId: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
  /** Frames of MMM_Command when it was made: answers come after them. */
  readonly from: number;
  /** Digest of what was offered: description and wires. */
  readonly digest: string;
  /** Names of the wires that were offered; offers of before 0.3 have none. */
  readonly wires?: readonly string[];
  /** Topics where it is told, and the thing that it is a part of. */
  readonly told?: readonly string[];
  readonly whole?: string;
}

/** One device. */
export interface HostedRecord {
  readonly bridge: string;
  readonly foreignId: string;
  readonly seed: string;
  readonly deviceUdf: string;
  readonly offer?: HostedOffer;
  /** Digest of what the owner refused, or removed from the account: it is not offered again. */
  readonly refused?: string;
  /** It is, or was, in the account. */
  readonly accepted?: boolean;
  /** Names of the wires that the owner has accepted: by no others it is heard or told. */
  readonly wires?: readonly string[];
  /** Topics where it is told by these, which no other thing of the bridge gets, and the thing that it is a part of. */
  readonly told?: readonly string[];
  readonly whole?: string;
}

/** Names a device within the hub. */
export function hostedKey({ bridge, foreignId }: Pick<HostedRecord, "bridge" | "foreignId">): string {
  return `${bridge} ${foreignId}`;
}

const lost = "devices behind bridges that nobody has accepted are offered anew";
const format: RecordFormat<HostedRecord, HostedRecord> = {
  read: (record) => [hostedKey(record), record],
  write: (_key, record) => [record],
};

/** The devices of all bridges, in one journal. */
export class HostedBook {
  readonly #records: JournalMap<HostedRecord, HostedRecord>;

  private constructor(records: JournalMap<HostedRecord, HostedRecord>) {
    this.#records = records;
  }

  /** Opens the journal in a directory of the hub. Errors: ERR_STORE_DAMAGED, ERR_STORE, ERR_PERMISSION. */
  static async open(dir: string, openFile: OpenFile = openAsItIs): Promise<HostedBook> {
    const folder = join(dir, "hosted");
    await makeDirectory(folder);
    const path = join(folder, "hosted.journal");
    return new HostedBook(await openFile({ path, lost, open: () => JournalMap.open({ path, format }) }));
  }

  get(key: string): HostedRecord | undefined {
    return this.#records.get(key);
  }

  all(): readonly HostedRecord[] {
    return [...this.#records.values()];
  }

  get size(): number {
    return this.#records.size;
  }

  /** Resolves when the record is on the disk. */
  set(record: HostedRecord): Promise<void> {
    return this.#records.set(hostedKey(record), record);
  }

  /** Forgets devices, and erases their seeds. */
  forget(key: string): Promise<void> {
    return this.#records.delete(key);
  }

  close(): Promise<void> {
    return this.#records.close();
  }
}
