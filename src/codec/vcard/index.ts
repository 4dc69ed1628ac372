/** vCards. */
export { readVcards, type Vcard, type VcardLimits, writeVcards } from "./card.ts";
export type { VcardParameter, VcardProperty } from "./content-line.ts";
export { escapeText, splitValue, unescapeText } from "./text-value.ts";
