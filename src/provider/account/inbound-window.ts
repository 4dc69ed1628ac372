/** What other accounts left in a spool within a time, as its quotas count it: read from the end of the spool when it is first asked for. */
import type { SequenceFrame } from "../../dare/index.ts";
import type { SpoolEntry } from "./spool.ts";
import { spoolEntry } from "./spool.ts";

/** The spools that other accounts write to: orders of guests go to the hubs, everything else to the owner. */
export type StrangerSpool = "MMM_Inbound" | "MMM_Command";

/** A stranger's message, without its octets. */
export type StrangerEntry = Omit<SpoolEntry, "octets">;

/** Reads frames of the spool. */
export type ReadFrames = (range: { readonly from: number; readonly to: number }) => AsyncIterable<SequenceFrame>;

const readAtOnce = 64;

/** Newest messages of one spool. Calls take turns by the caller's care. */
export class InboundWindow {
  readonly #read: ReadFrames;
  /** Oldest first. */
  #entries: StrangerEntry[] = [];
  /** Where reading goes on; undefined before the first time. */
  #next: number | undefined;

  constructor(read: ReadFrames) {
    this.#read = read;
  }

  /** Messages of strangers that came since a time, oldest first, of a spool that has so many frames. */
  async since(time: number, count: number): Promise<readonly StrangerEntry[]> {
    if (this.#next === undefined) this.#entries = await this.#lookBack(time, count);
    else for await (const entry of this.#entriesOf(this.#next, count)) if (entry.origin !== undefined) this.#entries.push(entry);
    this.#next = count;
    const first = this.#entries.findIndex(({ received }) => received >= time);
    this.#entries = first < 0 ? [] : this.#entries.slice(first);
    return this.#entries;
  }

  async #lookBack(time: number, count: number): Promise<StrangerEntry[]> {
    const blocks: StrangerEntry[][] = [];
    for (let to = count; to > 0; to -= readAtOnce) {
      const block: StrangerEntry[] = [];
      let isPast = false;
      for await (const entry of this.#entriesOf(Math.max(0, to - readAtOnce), to)) {
        isPast ||= entry.received < time;
        if (entry.origin !== undefined) block.push(entry);
      }
      blocks.push(block);
      if (isPast) break;
    }
    return blocks.reverse().flat();
  }

  async *#entriesOf(from: number, to: number): AsyncGenerator<StrangerEntry, void, undefined> {
    for await (const frame of this.#read({ from, to })) {
      const entry = spoolEntry(frame);
      if (entry === undefined) continue;
      const { octets: _, ...rest } = entry;
      yield rest;
    }
  }
}

/** A window for each spool. */
export function strangerWindows(
  read: (label: StrangerSpool, range: Parameters<ReadFrames>[0]) => ReturnType<ReadFrames>,
): Readonly<Record<StrangerSpool, InboundWindow>> {
  const window = (label: StrangerSpool): InboundWindow => new InboundWindow((range) => read(label, range));
  return { MMM_Inbound: window("MMM_Inbound"), MMM_Command: window("MMM_Command") };
}
