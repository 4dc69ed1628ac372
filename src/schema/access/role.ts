/** What each role may do at the service and which keys it is given. extensions §6; schema-08 §9. */
import { MeshError } from "../../base/errors.ts";
import type { CatalogLabel, StoreLabel } from "./store-label.ts";
import { auditLabel, catalogLabels, spoolLabels, storeOf } from "./store-label.ts";

/** Roles that an administration device grants. */
export const roles = ["admin", "super", "hub", "web", "threshold", "message", "device", "command"] as const;
export type Role = (typeof roles)[number];

export function isRole(text: string): text is Role {
  return (roles as readonly string[]).includes(text);
}

const read = (...labels: readonly StoreLabel[]): string[] => labels.map((label) => `r:${label}`);
const append = (...labels: readonly StoreLabel[]): string[] => labels.map((label) => `a:${label}`);
const both = (...labels: readonly StoreLabel[]): string[] => [...read(...labels), ...append(...labels)];

const everything = both(...catalogLabels, ...spoolLabels);
/** Whoever uses devices may stop a split; what else it writes into MMM_Joined counts only as far as it is signed. */
const device = [...read("MMM_Device", "MMM_Place", "MMM_State", "MMM_Automation"), ...both("MMM_Network", "MMM_Application", "MMM_Joined")];
/** What comes to Inbound is the service's and the hubs' to put there; a device closes what it has dealt with. */
const closing = [...read("MMM_Inbound"), "a:MMM_Inbound:MessageComplete"];
const message = [...device, ...both("MMM_Contact", "MMM_Publication", "MMM_Outbound"), ...closing];
const web = [...message, ...both("MMM_Credential", "MMM_Task", "MMM_Bookmark")];

const rightsOfRole: Readonly<Record<Role, readonly string[]>> = {
  admin: everything,
  super: everything,
  hub: [
    ...read("MMM_Device", "MMM_Place", "MMM_Network", "MMM_Publication", "MMM_Joined", "MMM_Grant", "MMM_Automation"),
    ...both("MMM_State", "MMM_Command"),
    ...["OfferConnection", "OfferHosted", "ConfirmOrder", "RequestEdit", "DeviceAlert"].map((type) => `a:MMM_Inbound:${type}`),
    // The answer to a guest goes to another account.
    "a:MMM_Outbound:GuestAnswer",
  ],
  web,
  threshold: web,
  message,
  device,
  command: both("MMM_Command"),
};

const holders: readonly string[] = ["admin", "super", "web", "message"];

/** True for roles whose devices get the account's own keys, whole or as shares: they write in its name, and open what is written to it. schema-08 §9 */
export function speaksForAccount(granted: readonly string[]): boolean {
  return granted.includes("threshold") || holders.some((role) => granted.includes(role));
}

/** True for roles that get these keys as shares alone. */
export function sharesKeys(granted: readonly string[]): boolean {
  return granted.includes("threshold") && !holders.some((role) => granted.includes(role));
}

/**
 * Catalogs whose keys a device of role `threshold` may be given as shares: those that it reads when somebody asks, and not at every turn.
 * The first is always shared.
 */
export const sharedCatalogs: readonly CatalogLabel[] = ["MMM_Credential", "MMM_Task", "MMM_Bookmark", "MMM_Application"];

/**
 * Errors: ERR_USAGE for roles that contradict each other: what `threshold` gives as shares another one would give whole, and a hub, which stands
 * unguarded in a house, gets the rights of a hub and no other (extensions §8).
 */
export function checkRoleSet(granted: readonly Role[]): void {
  if (granted.includes("hub") && granted.length > 1)
    throw new MeshError("ERR_USAGE", "a hub has the role hub and no other", { hint: "say --role hub alone" });
  const whole = granted.filter((role) => holders.includes(role));
  if (granted.includes("threshold") && whole.length > 0)
    throw new MeshError("ERR_USAGE", `the role ${whole.join(" and ")} gives whole what threshold gives as shares`, {
      hint: "say --role threshold, or --role threshold,command",
    });
}

/** Role of a device that a hub speaks for in another protocol: it stands in the signed connection, and grants nothing. docs/design.md §3 */
export const hostedRole = "hosted";

/** Rights by roles: every frame that somebody writes asks for them. */
const known = new Map<string, readonly string[]>();
const mostKnown = 64;

/** Rights of a set of roles: `r:STORE`, `a:STORE` or `a:STORE:MessageType`, sorted, each once. */
export function rightsOf(granted: readonly Role[]): readonly string[] {
  const name = granted.join();
  const before = known.get(name);
  if (before) return before;
  const rights = [...new Set(granted.flatMap((role) => rightsOfRole[role]))].sort();
  if (known.size >= mostKnown) known.clear();
  known.set(name, rights);
  return rights;
}

/** True when the rights allow reading the store; the audit is read by those who grant what it tells of. */
export function mayRead(rights: readonly string[], label: StoreLabel): boolean {
  return label === auditLabel ? rights.includes("a:MMM_Access") : rights.includes(`r:${storeOf(label)}`);
}

/** True when the rights allow appending to the store; a message type narrows what is asked. */
export function mayAppend(rights: readonly string[], label: StoreLabel, messageType?: string): boolean {
  const store = storeOf(label);
  return rights.includes(`a:${store}`) || (messageType !== undefined && rights.includes(`a:${store}:${messageType}`));
}

/** Catalogs whose keys a set of roles is given: those it may read or append to. */
export function catalogKeysOf(granted: readonly Role[]): readonly CatalogLabel[] {
  const rights = rightsOf(granted);
  return catalogLabels.filter((label) => mayRead(rights, label) || mayAppend(rights, label));
}

/** True when a device with these roles may write catalog entries of that store (whose apex others believe). */
export function mayWriteCatalog(granted: readonly string[], label: CatalogLabel): boolean {
  return mayAppend(rightsOf(granted.filter(isRole)), label);
}

/**
 * True when a device with these roles may begin an epoch of that store (docs/extensions.md §5): administrators all, a hub that of the states that it
 * and others have grown, and only to drop what is over.
 */
export function mayBeginEpoch(granted: readonly string[], label: CatalogLabel, reason: string): boolean {
  const held = granted.filter(isRole);
  return held.includes("admin") || held.includes("super") || (held.includes("hub") && storeOf(label) === "MMM_State" && reason === "Compact");
}

/** The same as the service tells it, by rights: whoever writes MMM_Access, and of MMM_State whoever appends to it. */
export function mayStageEpoch(rights: readonly string[], label: CatalogLabel, reason?: string): boolean {
  if (!mayAppend(rights, label)) return false;
  return mayAppend(rights, "MMM_Access") || (storeOf(label) === "MMM_State" && (reason === undefined || reason === "Compact"));
}
