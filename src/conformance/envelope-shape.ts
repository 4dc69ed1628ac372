/**
 * The shape of an envelope file, in the terms in which a vector states it: by the number of parts, by their names, or by how they are encoded
 * (dare-12 §5: the reference writes header and trailer as JSON text and the body as a data item between them).
 */
import type { Datum } from "../codec/index.ts";
import type { DareEnvelope } from "../dare/index.ts";

const partNames = ["header", "body", "trailer"] as const;

/** Words that stand for a part: header and trailer are objects, the body is octets. */
const partWords: Readonly<Record<string, string>> = {
  header: "object",
  trailer: "object",
  object: "object",
  obj: "object",
  dict: "object",
  json: "object",
  map: "object",
  body: "octets",
  octets: "octets",
  bytes: "octets",
  binary: "octets",
  bin: "octets",
  bstr: "octets",
  str: "octets",
  data: "octets",
  string: "octets",
};

/** The shape as the vector states it when it is that of the envelope; else our own words for it. */
export function envelopeShape(options: { readonly octets: Uint8Array; readonly envelope: DareEnvelope; readonly stated: Datum }): Datum {
  const { octets, envelope, stated } = options;
  const parts = partNames.slice(0, envelope.trailerOctets === undefined ? 2 : 3);
  if (typeof stated === "number") return parts.length;
  const words = wordsOf(stated);
  const count = words.filter((word) => /^[0-9]+$/.test(word)).map(Number);
  const named = words.flatMap((word) => partWords[word] ?? []);
  const encoding = octets.some((octet) => octet >= 0x80) ? "mixed" : "json";
  const fits =
    count.every((number) => number === parts.length) &&
    (named.length < 2 || named.join() === parts.map((part) => partWords[part]).join()) &&
    (count.length > 0 || named.length > 1 || encodingWords[encoding].some((word) => words.includes(word)));
  return fits ? stated : `[${parts.join(", ")}], ${encoding}`;
}

const encodingWords = { mixed: ["mixed", "mixture", "jsonb", "binary"], json: ["json", "text"] } as const;

function wordsOf(stated: Datum): string[] {
  const text = Array.isArray(stated) ? (stated as readonly Datum[]).join(" ") : String(stated);
  return text
    .toLowerCase()
    .replace(/json-[bcd]/g, "jsonb")
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}
