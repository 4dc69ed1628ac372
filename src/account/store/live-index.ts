/**
 * Which frames of a catalog's copy hold its live entries: a small file beside the copy, so that opening it costs what lives and not what ever
 * was. It is a hint: it counts only when it is whole (checksum), when its tree digest is that of the copy at the same place, and every frame it
 * names is opened and checked as always. It names no keys. Without it, or when it is wrong, the copy is read from its beginning.
 */

import { readFileIfExists, writeFileAtomic } from "../../base/atomic-file.ts";
import { concat, equalBytes, fromUtf8, utf8 } from "../../base/bytes.ts";
import { isMeshError } from "../../base/errors.ts";
import { decodeBase64url, encodeBase64url } from "../../codec/index.ts";
import { sha512 } from "../../crypto/index.ts";

/** What is alive after `count` frames. */
export interface LiveIndex {
  readonly count: number;
  /** Tree digest of frame count - 1. */
  readonly treeDigest: Uint8Array;
  /** Frames of the live entries, in the order in which their keys came. */
  readonly live: readonly number[];
  /** Deletes that said something: frame of the last entry, frame of the delete. */
  readonly removed: readonly (readonly [last: number, removal: number])[];
}

const version = "mesh-live 1";
const checksumOctets = 16;

/** Reads the file of a copy; undefined when there is none, or it is not whole. Errors: ERR_STORE, ERR_PERMISSION. */
export async function loadLiveIndex(path: string): Promise<LiveIndex | undefined> {
  const octets = await readFileIfExists(path);
  if (!octets) return undefined;
  try {
    const end = octets.length - checksumOctets;
    if (end < 0 || !equalBytes(checksum(octets.subarray(0, end)), octets.subarray(end))) return undefined;
    const value: unknown = JSON.parse(fromUtf8(octets.subarray(0, end)));
    if (!isFile(value)) return undefined;
    const { count, live, removed } = value;
    const treeDigest = decodeBase64url(value.treeDigest);
    return treeDigest && { count, treeDigest, live, removed };
  } catch (error) {
    if (error instanceof SyntaxError || isMeshError(error)) return undefined;
    throw error;
  }
}

/** Writes the file of a copy, all or nothing. A disk that refuses costs time at the next start, nothing else. */
export async function saveLiveIndex(path: string, { treeDigest, ...index }: LiveIndex): Promise<void> {
  try {
    const text = utf8(JSON.stringify({ version, ...index, treeDigest: encodeBase64url(treeDigest) }));
    await writeFileAtomic(path, concat(text, checksum(text)));
  } catch (error) {
    if (!isMeshError(error)) throw error;
  }
}

function checksum(octets: Uint8Array): Uint8Array {
  return sha512(octets).subarray(0, checksumOctets);
}

interface File extends Omit<LiveIndex, "treeDigest"> {
  readonly treeDigest: string;
}

function isFile(value: unknown): value is File {
  if (typeof value !== "object" || value === null) return false;
  const { version: told, count, treeDigest, live, removed } = value as Record<string, unknown>;
  if (told !== version || typeof treeDigest !== "string" || !isIndex(count, Number.MAX_SAFE_INTEGER)) return false;
  const isFrame = (index: unknown): index is number => isIndex(index, count - 1);
  const isPair = (pair: unknown): boolean => Array.isArray(pair) && pair.length === 2 && pair.every(isFrame);
  return Array.isArray(live) && live.every(isFrame) && Array.isArray(removed) && removed.every(isPair);
}

function isIndex(value: unknown, most: number): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= most;
}
