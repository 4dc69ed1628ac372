/** Payloads of bridges as they are read: bounded, and hostile until every part that is used has been looked at. */
import { fromUtf8 } from "../base/bytes.ts";
import { isMeshError, MeshError } from "../base/errors.ts";
import type { Datum, DatumObject } from "../codec/index.ts";
import { isObject, parseJson } from "../codec/index.ts";
import type { Path } from "./foreign-device.ts";

/** Octets of one payload. */
export const mostPayload = 1024 * 1024;
/** Values in one announcement: a list of some hundred devices has fewer. */
const mostValues = 200_000;
const mostDepth = 32;
/** Octets of a payload that tells a state. */
const mostState = 64 * 1024;
/** UTF-16 units of a topic. */
const mostTopic = 256;

/** The JSON value of an announcement. Errors: ERR_ENCODING, ERR_TOO_LARGE. */
export function parseAnnouncement(payload: Uint8Array): Datum {
  return parseJson(payload, { maxOctets: mostPayload, maxItems: mostValues, maxDepth: mostDepth });
}

/** A payload that tells a state: its text, and its JSON value where it is an object. Undefined when it is neither. */
export function parseState(payload: Uint8Array): { readonly text: string; readonly object: DatumObject | undefined } | undefined {
  if (payload.length === 0 || payload.length > mostState) return undefined;
  try {
    const text = fromUtf8(payload);
    const value = text.trimStart().startsWith("{") ? parseJson(payload, { maxOctets: mostState, maxDepth: mostDepth }) : undefined;
    return { text, object: isObject(value) ? value : undefined };
  } catch (error) {
    if (!isMeshError(error)) throw error;
    return undefined;
  }
}

/** The value at a path. */
export function valueAt(object: Datum | undefined, path: Path): Datum | undefined {
  let value = object;
  for (const name of path) value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return value;
}

/** A member that is text, or nothing. */
export function textOf(value: Datum | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Text of somebody else as it goes into a signed description: one line, bounded, never empty. */
export function label(value: Datum | undefined, fallback: string): string {
  const text =
    textOf(value)
      ?.slice(0, 256)
      .normalize("NFC")
      .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "")
      .replace(/\s+/g, " ")
      .trim() ?? "";
  return text === "" ? fallback : [...text].slice(0, 64).join("");
}

/** What people call a device elsewhere, as it may be wanted here: signs that a name must not have become blanks. */
export function wantedName(value: Datum | undefined): string | undefined {
  const text = label(value, "")
    .replace(/[/+#$_]+/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return text === "" ? undefined : text;
}

/** A topic that a device of a bridge may have: it names one place, and neither the broker's own nor the house's. */
export function isForeignTopic(topic: string): boolean {
  return topic.length > 0 && topic.length <= mostTopic && !/[+#\p{Cc}\p{Cs}]/u.test(topic) && !topic.startsWith("$") && !/^mesh(\/|$)/.test(topic);
}

/** A topic. Errors: ERR_SCHEMA for one that is not a device's. */
export function foreignTopic(topic: string): string {
  if (!isForeignTopic(topic)) throw new MeshError("ERR_SCHEMA", `${JSON.stringify(topic.slice(0, 80))} is no topic of a device`);
  return topic;
}

/** A list of values; empty for what is none. */
export function listOf(value: Datum | undefined): readonly Datum[] {
  return Array.isArray(value) ? (value as readonly Datum[]) : [];
}
