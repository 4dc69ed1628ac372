/** Frames of a catalog's copy as they are read back: they were believed when they were stored. */
import { MeshError } from "../../base/errors.ts";
import type { DareHeader, SequenceFile, SequenceFrame } from "../../dare/index.ts";
import { damagedFile, isAboutContent } from "../../dare/index.ts";
import type { CatalogLabel } from "../../schema/index.ts";
import type { CatalogChange } from "./catalog-group.ts";
import type { EpochKeys } from "./epoch-keys.ts";

/**
 * The update in a frame; undefined for frame 0 and apexes. One that cannot be opened has changed on the disk, unless the service had its part in
 * opening it. Errors: ERR_STORE_DAMAGED, ERR_VERIFICATION.
 */
export async function openStoredFrame(
  frame: SequenceFrame,
  { keys, file, label }: { readonly keys: EpochKeys; readonly file: SequenceFile; readonly label: CatalogLabel },
): Promise<CatalogChange | undefined> {
  try {
    return await keys.opener.openStored(frame, file);
  } catch (error) {
    if (!isAboutContent(error)) throw error;
    if (!keys.shared) throw damagedFile({ path: file.path, index: frame.index, cause: error });
    throw new MeshError("ERR_VERIFICATION", `frame ${frame.index} of ${label} does not open with what the service answered`, {
      hint: "its share may be of another deal: synchronise and try again; if it goes on, have this device's shares dealt anew by 'meshman device auth'",
      cause: error,
    });
  }
}

/** The headers that carry the key exchanges of the frames from an index on. Cost: those frames. */
export async function exchangesFrom(file: SequenceFile, from: number): Promise<readonly DareHeader[]> {
  const headers: DareHeader[] = [];
  const earlier = new Set<number>();
  for await (const { header } of file.frames({ from })) {
    const position = header.SequenceInfo?.ExchangePosition ?? from;
    if (header.recipients) headers.push(header);
    else if (position < from) earlier.add(position);
  }
  for (const position of earlier) headers.push((await file.read(position)).header);
  return headers;
}
