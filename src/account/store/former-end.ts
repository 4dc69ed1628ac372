/** Where an epoch that was begun from another carries on: the last head of the former one that its first apexes name (docs/extensions.md §5). */
import { decodeObject } from "../../codec/index.ts";
import type { SequenceFile } from "../../dare/index.ts";
import type { Head } from "../../schema/index.ts";
import { SequenceApex } from "../../schema/index.ts";

/** Undefined while no apex names one. Cost = the entries that were carried over. */
export async function formerEndIn(file: SequenceFile): Promise<Head | undefined> {
  let end: Head | undefined;
  for await (const { isMeta, body } of file.frames({ from: 1 })) {
    if (!isMeta) continue;
    const { Former: former } = decodeObject(SequenceApex, body);
    if (!former && end) break;
    end = former;
  }
  return end;
}
