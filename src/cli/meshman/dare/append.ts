/** `dare append`: a file into an archive, in place of one of the same name. */
import { basename } from "node:path";
import { appendIndexRecord, archivePath } from "../../../dare/index.ts";
import { report } from "../../term/output.ts";
import type { Invocation } from "../surroundings.ts";
import { appendTo } from "./archive-file.ts";
import type { SealingFlags } from "./sealing.ts";
import { sealingOf } from "./sealing.ts";

/** `dare append ARCHIVE FILE`: under the last part of its name unless --id says another. */
export async function dareAppend(
  call: Invocation,
  { archive: file, source }: { readonly archive: string; readonly source: string },
  flags: SealingFlags & { readonly id?: string; readonly index?: boolean },
): Promise<void> {
  const { output, ports } = call;
  const id = archivePath(flags.id ?? basename(source));
  const sealing = await sealingOf(call, flags);
  const index = await appendTo(call, { file, sealing }, async (archive) => {
    const { sequence } = archive.catalog.entries;
    await archive.addFile(source, id);
    const at = sequence.count - 1;
    if (flags.index) await appendIndexRecord({ file: sequence, random: ports.random });
    return at;
  });
  report(output, { file, id, record: index }, () => output.line(`${id}\t${index}`));
}
