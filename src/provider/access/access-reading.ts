/** Frames of a catalog that the service reads, read into a table. */
import type { SequenceFrame } from "../../dare/index.ts";
import type { CatalogUpdate } from "../../schema/index.ts";
import type { ServiceReader } from "../account/service-reader.ts";

/** Reads frames from one index up to, not including, another, as far as there are any. */
export type ReadFrames = (range: { readonly from: number; readonly to: number }) => AsyncIterable<SequenceFrame>;

/** What is fed with updates. */
export interface FedTable {
  /** @param octets of the frame that it came in */
  apply(update: CatalogUpdate, octets: number): void;
}

/** Frames that are held between reading and opening them. */
const readAtOnce = 64;

/**
 * Takes over frames in their order; `taken` is told of each. They are opened after they were read, because an opener asks the store for the
 * frames that they refer to. ERR_VERIFICATION, ERR_SCHEMA.
 */
export async function takeOver(
  table: FedTable,
  read: ReadFrames,
  options: { readonly from?: number; readonly reader: ServiceReader; readonly taken?: (frame: SequenceFrame) => void },
): Promise<void> {
  for (let next = options.from ?? 0; ; ) {
    const frames: SequenceFrame[] = [];
    for await (const frame of read({ from: next, to: next + readAtOnce })) frames.push(frame);
    if (frames.length === 0) return;
    for (const frame of frames) {
      const update = await options.reader.read(frame);
      if (update !== undefined) table.apply(update, frame.body.length);
      options.taken?.(frame);
      next = frame.index + 1;
    }
  }
}
