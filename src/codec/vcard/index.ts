/** vCards. */
export { readVcards, type Vcard, writeVcards } from "./card.ts";
export type { VcardProperty } from "./content-line.ts";
export { escapeText, splitValue, unescapeText } from "./text-value.ts";
