/** Frames of the Access catalog, read into a table. */
import type { SequenceFrame } from "../../dare/index.ts";
import type { ServiceReader } from "../account/service-reader.ts";
import type { AccessTable } from "./access-table.ts";

/** Takes over frames in their order; `taken` is told of each. ERR_VERIFICATION, ERR_SCHEMA. */
export async function takeOver(
  table: AccessTable,
  frames: AsyncIterable<SequenceFrame>,
  options: { readonly reader: ServiceReader; readonly taken?: (frame: SequenceFrame) => void },
): Promise<void> {
  for await (const frame of frames) {
    const update = await options.reader.read(frame);
    if (update !== undefined) table.apply(update, frame.body.length);
    options.taken?.(frame);
  }
}
