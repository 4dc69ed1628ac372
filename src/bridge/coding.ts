/** How a value of another world stands for one of ours: a closed set of forms, each of which goes both ways. */
import type { Datum } from "../codec/index.ts";
import type { Scalar } from "./foreign-device.ts";

/** One form. */
export type Coding =
  /** The first of each list is what is sent. */
  | { readonly kind: "boolean"; readonly on: readonly Scalar[]; readonly off: readonly Scalar[] }
  /** Ours is theirs times `factor` plus `offset`, rounded to so many digits. */
  | { readonly kind: "number"; readonly factor: number; readonly offset?: number; readonly digits: number; readonly sentDigits?: number }
  /** Ours is in kelvin, theirs in mired. What lies a little beyond our bounds is at them. */
  | { readonly kind: "mired"; readonly least?: number | undefined; readonly most?: number | undefined }
  | { readonly kind: "choice"; readonly pairs: readonly (readonly [theirs: Scalar, ours: string])[] }
  /** What happened to a button: each message is one press, and counted. */
  | { readonly kind: "press"; readonly pairs: readonly (readonly [theirs: Scalar, ours: string])[] };

/** As they are. */
export const plainNumber: Coding = { kind: "number", factor: 1, digits: 3 };

/** true and false, in JSON or as text. */
export const trueFalse: Coding = { kind: "boolean", on: [true, "true"], off: [false, "false"] };

/** Our value of theirs; undefined for what stands for none. */
export function decode(coding: Coding, value: Datum | undefined): Scalar | undefined {
  switch (coding.kind) {
    case "boolean":
      return isOneOf(coding.on, value) ? true : isOneOf(coding.off, value) ? false : undefined;
    case "number": {
      const number = numberOf(value);
      return number === undefined ? undefined : rounded(number * coding.factor + (coding.offset ?? 0), coding.digits);
    }
    case "mired": {
      const mired = numberOf(value);
      if (mired === undefined || mired <= 0) return undefined;
      return Math.min(coding.most ?? Number.POSITIVE_INFINITY, Math.max(coding.least ?? 0, Math.round(1_000_000 / mired)));
    }
    case "choice":
    case "press":
      return coding.pairs.find(([theirs]) => theirs === value)?.[1];
  }
}

/** What is sent for our value; undefined for what cannot be said. */
export function encode(coding: Coding, value: Datum): Scalar | undefined {
  switch (coding.kind) {
    case "boolean":
      return typeof value === "boolean" ? (value ? coding.on : coding.off)[0] : undefined;
    case "number":
      return typeof value === "number" ? rounded((value - (coding.offset ?? 0)) / coding.factor, coding.sentDigits ?? 0) : undefined;
    case "mired":
      return typeof value === "number" && value > 0 ? Math.round(1_000_000 / value) : undefined;
    case "choice":
    case "press":
      return coding.pairs.find(([, ours]) => ours === value)?.[0];
  }
}

/** Whether what a device reports is what was asked of it, as exactly as it can be said there. */
export function agrees(coding: Coding, wanted: Datum, reported: Datum): boolean {
  if (wanted === reported) return true;
  if (coding.kind !== "number" && coding.kind !== "mired") return false;
  const sent = encode(coding, wanted);
  return sent !== undefined && decode(coding, sent) === reported;
}

function isOneOf(list: readonly Scalar[], value: Datum | undefined): boolean {
  return list.some((one) => one === value);
}

/** A number, also where it is written as text. */
export function numberOf(value: Datum | undefined): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value === "bigint") return Number(value);
  return typeof value === "string" && /^[+-]?\d{1,15}(\.\d{1,15})?$/.test(value) ? Number(value) : undefined;
}

function rounded(value: number, digits: number): number {
  const clean = Number(value.toFixed(digits));
  return clean === 0 ? 0 : clean;
}
