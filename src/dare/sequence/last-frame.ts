/** What the end of a sequence file says, whatever its middle is like: for a file that can no longer be opened. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { readFully, reported } from "../../base/append-file.ts";
import { frameLengthBackward, maxFrameHead } from "../../codec/index.ts";
import { decodeFrame, payloadDigestOf, statedTreeDigest } from "./frame.ts";
import { maxFrameOctets } from "./frame-octets.ts";
import { isAboutContent } from "./survey.ts";

/** Index and stated tree digest of the last frame; undefined when the end of the file is no frame. The file is only read. */
export async function lastFrameStated(path: string): Promise<{ readonly index: number; readonly treeDigest: Uint8Array } | undefined> {
  const handle = await reported(() => open(path, constants.O_RDONLY));
  try {
    const { size } = await reported(() => handle.stat());
    const head = Math.min(size, maxFrameHead);
    const total = frameLengthBackward(await readFully(handle, size - head, head));
    if (total > Math.min(size, maxFrameOctets)) return undefined;
    const frame = decodeFrame(await readFully(handle, size - total, total));
    payloadDigestOf(frame);
    return { index: frame.index, treeDigest: statedTreeDigest(frame) };
  } catch (error) {
    if (isAboutContent(error)) return undefined;
    throw error;
  } finally {
    await handle.close();
  }
}
