/** Frames of a catalog's copy as they are read back: they were believed when they were stored. */
import { equalBytes } from "../../base/bytes.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import type { DareHeader, SequenceFile, SequenceFrame } from "../../dare/index.ts";
import { damagedFile, isAboutContent } from "../../dare/index.ts";
import type { CatalogLabel, CatalogUpdate, EpochBegin } from "../../schema/index.ts";
import type { CatalogChange } from "./catalog-group.ts";
import type { EpochKeys } from "./epoch-keys.ts";
import { readFirst } from "./frame-opener.ts";
import { LiveEntries } from "./live-entries.ts";
import type { LiveIndex } from "./live-index.ts";

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

/** How a stored epoch begins. Errors: ERR_STORE_DAMAGED. */
export async function readStoredBegin(
  file: SequenceFile,
  { label, epoch }: { readonly label: CatalogLabel; readonly epoch: number },
): Promise<EpochBegin | undefined> {
  try {
    return readFirst(label, epoch, await file.read(0));
  } catch (error) {
    throw isAboutContent(error) ? damagedFile({ path: file.path, index: 0, cause: error }) : error;
  }
}

/** What a live index speaks of; undefined when it does not fit the file: nothing it said is to be used. */
export async function restoreEntries(
  index: LiveIndex,
  { file, read }: { readonly file: SequenceFile; readonly read: (index: number) => Promise<CatalogUpdate | undefined> },
): Promise<LiveEntries | undefined> {
  try {
    if (!equalBytes(await file.treeDigestAt(index.count - 1), index.treeDigest)) return undefined;
    await read(0);
    return await LiveEntries.restore(index, read);
  } catch (error) {
    // Reading the whole file tells what is wrong, if anything is.
    if (isMeshError(error)) return undefined;
    throw error;
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
