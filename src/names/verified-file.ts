/**
 * Digests of the descriptions that this device has verified, in a file of its state directory: a command that ends in a second need not verify a
 * house anew. Whoever can write there holds the device's keys already. Lost or damaged, it is made again.
 */
import { join } from "node:path";
import { readFileIfExists, writeFileAtomic } from "../base/atomic-file.ts";
import { fromUtf8, utf8 } from "../base/bytes.ts";
import type { Log } from "../base/log.ts";

const nameOf = (dir: string): string => join(dir, "described");

/** The digests of earlier commands. */
export async function loadVerified(dir: string): Promise<ReadonlySet<string>> {
  const octets = await readFileIfExists(nameOf(dir)).catch(() => undefined);
  const lines = octets === undefined ? [] : fromUtf8(octets).split("\n");
  return new Set(lines.filter((line) => /^[0-9a-f]{64}$/.test(line)));
}

/** Keeps the digests that count now. A directory that cannot be written costs the next command its time and nothing else. */
export async function saveVerified(dir: string, digests: ReadonlySet<string>, log: Log): Promise<void> {
  try {
    await writeFileAtomic(nameOf(dir), utf8([...digests].sort().join("\n")));
  } catch (error) {
    log.debug("names.verified.unsaved", { reason: (error as Error).message });
  }
}
