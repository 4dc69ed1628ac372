/**
 * Lines of the audit and how each holds to the one before it: digest = SHA-512("mmm/hub/audit", digest before, line), 32 octets of it. Whoever changes,
 * drops or adds a line has to make all later digests anew, and the newest is told to the account from time to time (docs/extensions.md §20).
 */
import { concat, utf8 } from "../../base/bytes.ts";
import { decodeBase64url, encodeBase64url } from "../../codec/index.ts";
import { sha512 } from "../../crypto/index.ts";

/** One order, asked for or carried out, in the short names of its file. */
export interface AuditLine {
  /** Number of the line, from 1. */
  readonly n: number;
  /** Milliseconds since 1970, by the hub's clock. */
  readonly t: number;
  /** Who: name, kind, and what names it for good. */
  readonly p: string;
  readonly k: string;
  readonly i: string;
  /** "house" or "afar". */
  readonly f: string;
  /** Which device, and what it was called then. */
  readonly d: string;
  readonly m: string;
  readonly c: string;
  /** What the device answered, or the code of the refusal. */
  readonly o: string;
  /** So many refusals alike came since the last line of them and have none of their own. */
  readonly x?: number;
  /** Digest of the chain with this line. */
  readonly h: string;
}

/** Where a chain stands: after so many lines, with this digest. */
export interface AuditEnd {
  readonly count: number;
  readonly digest: Uint8Array;
}

/** The chain before its first line. */
export const emptyChain: AuditEnd = { count: 0, digest: new Uint8Array(32) };

const label = utf8("mmm/hub/audit\0");

/** The next line of a chain, and its end. */
export function chainLine(end: AuditEnd, said: Omit<AuditLine, "n" | "h">): { readonly line: AuditLine; readonly end: AuditEnd } {
  const bare = { n: end.count + 1, ...said };
  const digest = digestOf(end.digest, bare);
  return { line: { ...bare, h: encodeBase64url(digest) }, end: { count: bare.n, digest } };
}

/** The end of a chain after a line; undefined when the line does not follow. */
export function follow(end: AuditEnd, { h, ...bare }: AuditLine): AuditEnd | undefined {
  const digest = digestOf(end.digest, bare);
  return bare.n === end.count + 1 && encodeBase64url(digest) === h ? { count: bare.n, digest } : undefined;
}

function digestOf(before: Uint8Array, bare: Omit<AuditLine, "h">): Uint8Array {
  return sha512(concat(label, before, utf8(JSON.stringify(bare)))).subarray(0, 32);
}

/** What a part of the chain begins with, as it stands in its file. */
export interface AuditBegin {
  readonly count: number;
  readonly digest: string;
}

export function beginOf({ count, digest }: AuditEnd): AuditBegin {
  return { count, digest: encodeBase64url(digest) };
}

/** Undefined for what is none. */
export function endOf({ count, digest }: AuditBegin): AuditEnd | undefined {
  const octets = decodeBase64url(digest);
  return octets?.length === 32 && Number.isSafeInteger(count) && count >= 0 ? { count, digest: octets } : undefined;
}
