/** The catalogs of an account, each with the type of its entries and the key that an entry stands under. schema-08 §4; extensions §5. */
import type { Struct } from "../../codec/field.ts";
import { capabilityKey } from "../access/capability-serviced.ts";
import type { CatalogLabel } from "../access/store-label.ts";
import { CatalogedAccess, CatalogedInbound } from "./cataloged-access.ts";
import { CatalogedGroup } from "./cataloged-application.ts";
import { CatalogedAutomation } from "./cataloged-automation.ts";
import { CatalogedBookmark } from "./cataloged-bookmark.ts";
import { CatalogedPower } from "./cataloged-capability.ts";
import { CatalogedConflict } from "./cataloged-conflict.ts";
import { CatalogedContact } from "./cataloged-contact.ts";
import { CatalogedCredential, CatalogedNetwork } from "./cataloged-credential.ts";
import { CatalogedDevice } from "./cataloged-device.ts";
import { CatalogedDeviceGroup } from "./cataloged-device-group.ts";
import { CatalogedEscrow } from "./cataloged-escrow.ts";
import { CatalogedGrant } from "./cataloged-grant.ts";
import { CatalogedGroupKey } from "./cataloged-group-key.ts";
import { CatalogedJoined, CatalogedSplit, SplitFreeze } from "./cataloged-joined.ts";
import { CatalogedMember } from "./cataloged-member.ts";
import { CatalogedPlace } from "./cataloged-place.ts";
import { CatalogedPublication } from "./cataloged-publication.ts";
import { CatalogedRecipe } from "./cataloged-recipe.ts";
import { CatalogedRecovery } from "./cataloged-recovery.ts";
import { CatalogedScene } from "./cataloged-scene.ts";
import { CatalogedState } from "./cataloged-state.ts";
import { CatalogedTask } from "./cataloged-task.ts";

/** A catalog whose entries are of one type; entries of other types in the same store are kept and not understood. */
export interface Catalog<T> {
  readonly label: CatalogLabel;
  readonly entry: Struct<T>;
  readonly keyOf: (entry: T) => string;
  /**
   * Members that people change. What two machines make of them at once is merged, and what loses is kept (docs/extensions.md §5). Absent where
   * programs alone write: there a change is applied to the newer entry, and nothing else.
   */
  readonly byHand?: readonly (keyof T & string)[];
}

export const accessCatalog: Catalog<CatalogedAccess> = {
  label: "MMM_Access",
  entry: CatalogedAccess,
  keyOf: ({ Capability }) => Capability.value.Id,
};
/** Other kinds of entries in the same catalog: who may write to the account, what its service does for whom, and what it hands to whoever recovers it. */
export const inboundCatalog: Catalog<CatalogedInbound> = {
  label: "MMM_Access",
  entry: CatalogedInbound,
  keyOf: ({ Capability }) => Capability.value.Id,
};
export const powerCatalog: Catalog<CatalogedPower> = {
  label: "MMM_Access",
  entry: CatalogedPower,
  keyOf: ({ Capability }) => capabilityKey(Capability.value.Id),
};
export const recoveryCatalog: Catalog<CatalogedRecovery> = {
  label: "MMM_Access",
  entry: CatalogedRecovery,
  keyOf: ({ Capability }) => Capability.value.Id,
};
export const contactCatalog: Catalog<CatalogedContact> = {
  label: "MMM_Contact",
  entry: CatalogedContact,
  keyOf: ({ Key }) => Key ?? "",
  byHand: ["LocalName", "Labels"],
};
export const deviceCatalog: Catalog<CatalogedDevice> = {
  label: "MMM_Device",
  entry: CatalogedDevice,
  keyOf: ({ DeviceUdf }) => DeviceUdf,
  byHand: ["LocalName", "LocalNames", "Place", "Labels"],
};
export const placeCatalog: Catalog<CatalogedPlace> = {
  label: "MMM_Place",
  entry: CatalogedPlace,
  keyOf: ({ Key }) => Key,
  byHand: ["LocalName", "LocalNames", "Parent"],
};
export const publicationCatalog: Catalog<CatalogedPublication> = { label: "MMM_Publication", entry: CatalogedPublication, keyOf: ({ Id }) => Id };
export const stateCatalog: Catalog<CatalogedState> = { label: "MMM_State", entry: CatalogedState, keyOf: ({ DeviceUdf }) => DeviceUdf };
/** Stands in the device catalog, beside the devices. */
export const escrowCatalog: Catalog<CatalogedEscrow> = { label: "MMM_Device", entry: CatalogedEscrow, keyOf: ({ Key }) => Key };

/** Groups of an account; in the group's own account its key and its members. */
export const groupCatalog: Catalog<CatalogedGroup> = { label: "MMM_Application", entry: CatalogedGroup, keyOf: ({ Key }) => Key ?? "" };
export const groupKeyCatalog: Catalog<CatalogedGroupKey> = { label: "MMM_Application", entry: CatalogedGroupKey, keyOf: groupKeyName };
/** The key that is being made to take its place. */
export const nextGroupKeyCatalog: Catalog<CatalogedGroupKey> = { label: "MMM_Application", entry: CatalogedGroupKey, keyOf: () => nextGroupKeyEntry };
export const memberCatalog: Catalog<CatalogedMember> = {
  label: "MMM_Application",
  entry: CatalogedMember,
  keyOf: ({ ContactAddress }) => memberKey(ContactAddress ?? ""),
};

/** The entry of a machine's part of a group's key; without one: of the machine that made the key. */
export function groupKeyName({ DeviceUdf }: Pick<CatalogedGroupKey, "DeviceUdf">): string {
  return DeviceUdf === undefined ? groupKeyEntry : `${groupKeyEntry}:${DeviceUdf}`;
}

/** Keys of these entries, by the address of the group or member. schema-08 §1.7 */
export const groupKeyEntry = "group-key";
export const nextGroupKeyEntry = "group-key-next";
export const groupKey = (address: string): string => `mmm/CatalogedGroup/${address}`;
export const memberKey = (address: string): string => `member:${address}`;

/** What people keep: passwords, networks, bookmarks, appointments. schema-08 §5 has their keys. */
export const credentialCatalog: Catalog<CatalogedCredential> = {
  label: "MMM_Credential",
  entry: CatalogedCredential,
  keyOf: ({ Protocol = "", Service = "" }) => `${Protocol}:${Service}`,
  byHand: ["Username", "Password", "Labels"],
};
export const networkCatalog: Catalog<CatalogedNetwork> = {
  label: "MMM_Network",
  entry: CatalogedNetwork,
  keyOf: ({ Protocol = "", Service }) => `${Protocol}:${Service}`,
  byHand: ["Username", "Password", "Labels"],
};
export const bookmarkCatalog: Catalog<CatalogedBookmark> = {
  label: "MMM_Bookmark",
  entry: CatalogedBookmark,
  keyOf: ({ Path, Uid }) => Path ?? Uid ?? "",
  byHand: ["Uri", "Title", "Labels"],
};
export const taskCatalog: Catalog<CatalogedTask> = {
  label: "MMM_Task",
  entry: CatalogedTask,
  keyOf: ({ Key }) => Key ?? "",
  byHand: ["EnvelopedTask", "Title", "Labels"],
};

/** Split administration: what was granted, what was stopped, and what was connected. */
export const splitCatalog: Catalog<CatalogedSplit> = { label: "MMM_Joined", entry: CatalogedSplit, keyOf: ({ SplitId }) => `split:${SplitId}` };
export const freezeCatalog: Catalog<SplitFreeze> = { label: "MMM_Joined", entry: SplitFreeze, keyOf: ({ SplitId }) => `freeze:${SplitId}` };
export const joinedCatalog: Catalog<CatalogedJoined> = {
  label: "MMM_Joined",
  entry: CatalogedJoined,
  keyOf: ({ SplitId, Serial }) => `joined:${SplitId}:${Serial}`,
};

/** Who may do what besides the owner's devices. */
export const grantCatalog: Catalog<CatalogedGrant> = {
  label: "MMM_Grant",
  entry: CatalogedGrant,
  keyOf: ({ Key }) => Key,
  byHand: ["LocalName", "Rights", "NotBefore", "NotOnOrAfter"],
};

/** What is done by one name: scenes. */
export const sceneCatalog: Catalog<CatalogedScene> = {
  label: "MMM_Automation",
  entry: CatalogedScene,
  keyOf: ({ Key }) => Key,
  byHand: ["LocalName", "LocalNames", "Orders"],
};

/** Groups of devices, beside them. */
export const deviceGroupCatalog: Catalog<CatalogedDeviceGroup> = {
  label: "MMM_Automation",
  entry: CatalogedDeviceGroup,
  keyOf: ({ Key }) => Key,
  byHand: ["LocalName", "LocalNames", "Devices"],
};

/** What appliances do for a meal, beside them. */
export const recipeCatalog: Catalog<CatalogedRecipe> = {
  label: "MMM_Automation",
  entry: CatalogedRecipe,
  keyOf: ({ Key }) => Key,
  byHand: ["LocalName", "LocalNames", "Programmes"],
};

/** What is done by itself, beside them. */
export const automationCatalog: Catalog<CatalogedAutomation> = {
  label: "MMM_Automation",
  entry: CatalogedAutomation,
  keyOf: ({ Key }) => Key,
  byHand: ["Paused"],
};

/** Changes that lost, which stand in the catalog that they are of. */
export function conflictCatalog(label: CatalogLabel): Catalog<CatalogedConflict> {
  return { label, entry: CatalogedConflict, keyOf: ({ Key }) => Key };
}
