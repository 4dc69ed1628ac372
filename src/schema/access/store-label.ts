/**
 * The stores of an account by their labels on the wire. schema-08 §4; MMM_Place, MMM_State and MMM_Command: extensions §5. What hubs write has a
 * sequence for each of them, `MMM_State.HUB`, which is a catalog under the rights and keys of its store.
 */
import { MeshError } from "../../base/errors.ts";

/** The catalogs that version 0.1.0 made. */
export const firstCatalogs = [
  "MMM_Access",
  "MMM_Application",
  "MMM_Bookmark",
  "MMM_Contact",
  "MMM_Credential",
  "MMM_Device",
  "MMM_Network",
  "MMM_Place",
  "MMM_Publication",
  "MMM_State",
  "MMM_Task",
] as const;

/** Catalogs: entries with a key, of which the newest counts. An account that has one not yet gets it from an administrator. */
export const catalogLabels = [...firstCatalogs, "MMM_Joined", "MMM_Grant", "MMM_Automation"] as const;

/** Spools: messages in order of arrival; the service assigns their Index. */
export const spoolLabels = ["MMM_Inbound", "MMM_Outbound", "MMM_Local", "MMM_Command"] as const;

/** Written by the service alone: what it did with its shares of the account's keys. Begins with the first such operation. */
export const auditLabel = "MMM_Audit";

/** What one hub writes of MMM_State. */
export type StateSequence = `MMM_State.${string}`;
export type CatalogLabel = (typeof catalogLabels)[number] | StateSequence;
export type SpoolLabel = (typeof spoolLabels)[number];
export type StoreLabel = CatalogLabel | SpoolLabel | typeof auditLabel;

/** Catalogs that the service reads: their entries are sealed to it too, and their ids stand in the clear. */
export const serviceReadable: readonly StoreLabel[] = ["MMM_Access", "MMM_Publication", "MMM_Joined"];

/** Every store, catalogs first; sequences of writers are not among them. */
export const storeLabels: readonly StoreLabel[] = [...catalogLabels, ...spoolLabels, auditLabel];

export function isCatalog(label: string): label is CatalogLabel {
  return (catalogLabels as readonly string[]).includes(label) || isStateSequence(label);
}

/** A fingerprint with its groups: nothing else becomes part of a file's name. */
const statePattern = /^MMM_State\.[A-Z][A-Z2-7-]{8,159}$/;

export function isStateSequence(label: string): label is StateSequence {
  return statePattern.test(label);
}

/** The sequence that a hub alone writes. */
export function stateSequence(hubUdf: string): StateSequence {
  return `MMM_State.${hubUdf}`;
}

/** The store that a sequence is of: its rights and keys go by that. */
export function storeOf<L extends StoreLabel>(label: L): Exclude<L, StateSequence> | "MMM_State" {
  return isStateSequence(label) ? "MMM_State" : (label as Exclude<L, StateSequence>);
}

/** Says, of a service or a device, that it knows the sequences of single writers. */
export const writerExtension = "writer/1";

/** The one device that writes a sequence; undefined where every device writes that may. */
export function writerOf(label: string): string | undefined {
  return isStateSequence(label) ? label.slice("MMM_State.".length) : undefined;
}

export function isSpool(label: string): label is SpoolLabel {
  return (spoolLabels as readonly string[]).includes(label);
}

/** The label of a store, written in any case: the drafts have mmm_ in text and MMM_ on the wire. Errors: ERR_NOT_FOUND when there is none of that name. */
export function storeLabel(text: string): StoreLabel {
  if (isStateSequence(text)) return text;
  const found = storeLabels.find((label) => label.toLowerCase() === text.toLowerCase());
  if (found !== undefined) return found;
  throw new MeshError("ERR_NOT_FOUND", `no store is called ${JSON.stringify(text.slice(0, 64))}`);
}
