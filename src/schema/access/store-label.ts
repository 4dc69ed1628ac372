/** The stores of an account by their labels on the wire. schema-08 §4; MMM_Place, MMM_State and MMM_Command: extensions §5. */
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
export const catalogLabels = [...firstCatalogs, "MMM_Joined"] as const;

/** Spools: messages in order of arrival; the service assigns their Index. */
export const spoolLabels = ["MMM_Inbound", "MMM_Outbound", "MMM_Local", "MMM_Command"] as const;

/** Written by the service alone: what it did with its shares of the account's keys. Begins with the first such operation. */
export const auditLabel = "MMM_Audit";

export type CatalogLabel = (typeof catalogLabels)[number];
export type SpoolLabel = (typeof spoolLabels)[number];
export type StoreLabel = CatalogLabel | SpoolLabel | typeof auditLabel;

/** Catalogs that the service reads: their entries are sealed to it too, and their ids stand in the clear. */
export const serviceReadable: readonly StoreLabel[] = ["MMM_Access", "MMM_Publication", "MMM_Joined"];

/** Every store, catalogs first. */
export const storeLabels: readonly StoreLabel[] = [...catalogLabels, ...spoolLabels, auditLabel];

export function isCatalog(label: string): label is CatalogLabel {
  return (catalogLabels as readonly string[]).includes(label);
}

export function isSpool(label: string): label is SpoolLabel {
  return (spoolLabels as readonly string[]).includes(label);
}

/** The label of a store, written in any case: the drafts have mmm_ in text and MMM_ on the wire. Errors: ERR_NOT_FOUND when there is none of that name. */
export function storeLabel(text: string): StoreLabel {
  const found = storeLabels.find((label) => label.toLowerCase() === text.toLowerCase());
  if (found !== undefined) return found;
  throw new MeshError("ERR_NOT_FOUND", `no store is called ${JSON.stringify(text.slice(0, 64))}`);
}
