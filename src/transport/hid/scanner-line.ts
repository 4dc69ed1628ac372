/** What a scanner process says to its hub: one JSON object a line, checked when it comes. A code is a secret until its device is connected. */
import * as v from "valibot";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { Scanned } from "./scanners.ts";

const scanner = v.pipe(v.string(), v.maxLength(256));
const words = v.pipe(v.string(), v.maxLength(1024));
const line = v.variant("kind", [
  v.strictObject({ kind: v.literal("attached"), scanner }),
  v.strictObject({ kind: v.literal("gone"), scanner, reason: words }),
  v.strictObject({ kind: v.literal("code"), scanner, text: v.pipe(v.string(), v.maxLength(4096)) }),
  v.strictObject({ kind: v.literal("failed"), scanner, code: v.picklist(["ERR_CODE_DAMAGED", "ERR_ADAPTER"]), message: words, hint: words }),
  /** Nothing can be read, or nothing yet: the state in words; empty when all is well. */
  v.strictObject({ kind: v.literal("state"), detail: words }),
]);

/** A line, read. */
export type ScannerTold = Scanned | { readonly kind: "state"; readonly detail: string };

/** Writes a line. */
export function scannerLine(told: ScannerTold): string {
  if (told.kind !== "failed") return `${JSON.stringify(told)}\n`;
  const { code, message, hint } = asMeshError(told.error);
  return `${JSON.stringify({ kind: "failed", scanner: told.scanner, code, message: message.slice(0, 1024), hint: hint.slice(0, 1024) })}\n`;
}

/** Reads a line. Throws when it is none. */
export function readScannerLine(text: string): ScannerTold {
  const told = v.parse(line, JSON.parse(text));
  if (told.kind !== "failed") return told;
  const { code, message, hint } = told;
  return { kind: "failed", scanner: told.scanner, error: new MeshError(code, message, { hint }) };
}
