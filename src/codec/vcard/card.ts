/**
 * vCards: version 4 (RFC 6350) is read and written, version 3 (RFC 2426) is read; 2.1 is refused. A file holds one card after another. What
 * the properties mean is for whoever asks; values are not looked into. Everything is bounded.
 */
import { joinBytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import type { VcardProperty } from "./content-line.ts";
import { formatContentLine, parseContentLine } from "./content-line.ts";
import { fold, unfold } from "./fold.ts";

/** A card: its properties in their order, without BEGIN, VERSION and END. */
export interface Vcard {
  /** Line of its BEGIN, from 1. */
  readonly line: number;
  readonly properties: readonly VcardProperty[];
}

/** What a file may hold. */
export interface VcardLimits {
  readonly octets: number;
  readonly cards: number;
  /** Properties of one card. */
  readonly properties: number;
  /** Octets of one unfolded line. */
  readonly lineOctets: number;
}

/** Reads the cards of a file. Errors: ERR_TOO_LARGE with the figure; ERR_ENCODING with the line for what is no card, or not a whole one. */
export function readVcards(octets: Uint8Array, limits: VcardLimits): readonly Vcard[] {
  if (octets.length > limits.octets) throw new MeshError("ERR_TOO_LARGE", `cards of ${octets.length} octets, at most ${limits.octets} are taken`);
  const cards: Vcard[] = [];
  let begun: { readonly line: number; readonly properties: VcardProperty[]; version?: string } | undefined;
  for (const line of unfold(octets, limits.lineOctets)) {
    const property = parseContentLine(line);
    const { name, value } = property;
    const at = `line ${line.number}`;
    if (name === "BEGIN") {
      if (begun) throw new MeshError("ERR_ENCODING", `${at}: a card begins inside the one of line ${begun.line}`);
      if (value.trim().toUpperCase() !== "VCARD") throw new MeshError("ERR_ENCODING", `${at}: ${JSON.stringify(value.slice(0, 40))} is no vCard`);
      if (cards.length === limits.cards) throw new MeshError("ERR_TOO_LARGE", `more than ${limits.cards} cards in one file`);
      begun = { line: line.number, properties: [] };
    } else if (!begun) {
      throw new MeshError("ERR_ENCODING", `${at} stands outside of any card`, { hint: "a vCard begins with BEGIN:VCARD" });
    } else if (name === "END") {
      if (value.trim().toUpperCase() !== "VCARD") throw new MeshError("ERR_ENCODING", `${at}: the card of line ${begun.line} was cut off`);
      cards.push(finished(begun));
      begun = undefined;
    } else if (name === "VERSION") {
      begun.version = value.trim();
    } else {
      if (begun.properties.length === limits.properties)
        throw new MeshError("ERR_TOO_LARGE", `the card of line ${begun.line} has more than ${limits.properties} fields`);
      begun.properties.push(property);
    }
  }
  if (begun) throw new MeshError("ERR_ENCODING", `the card of line ${begun.line} has no end: the file was cut off`);
  return cards;
}

function finished({ line, properties, version }: { readonly line: number; readonly properties: VcardProperty[]; readonly version?: string }): Vcard {
  if (version !== "4.0" && version !== "3.0") {
    throw new MeshError(
      "ERR_ENCODING",
      `the card of line ${line} is of ${version === undefined ? "no version" : `version ${version.slice(0, 16)}`}`,
      {
        hint: "export it as vCard 4.0 or 3.0",
      },
    );
  }
  return { line, properties };
}

/** Writes cards of version 4. */
export function writeVcards(cards: readonly Pick<Vcard, "properties">[]): Uint8Array {
  const lines = cards.flatMap(({ properties }) => ["BEGIN:VCARD", "VERSION:4.0", ...properties.map(formatContentLine), "END:VCARD"]);
  return joinBytes(lines.map(fold));
}
