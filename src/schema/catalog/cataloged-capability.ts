/** Entries of the Access catalog of any kind, ours and the drafts', for those who pass them on. schema-08 §7; CatalogedAccess and CatalogedInbound are the forms that we write. */
import type { OpenTagged, Struct } from "../../codec/field.ts";
import { openTagged, struct } from "../../codec/field.ts";
import type { CryptographicCapability } from "../access/capability.ts";
import { capabilityStructs } from "../access/capability.ts";
import { CapabilityInbound } from "../access/capability-inbound.ts";
import { AccessCapability } from "./cataloged-access.ts";

/** An entry with a capability of any kind; unknown kinds are kept. */
export interface CatalogedCapability {
  readonly Capability: OpenTagged<CryptographicCapability | CapabilityInbound | AccessCapability>;
}
export const CatalogedCapability: Struct<CatalogedCapability> = struct<CatalogedCapability>("CatalogedAccess", {
  Capability: openTagged<CryptographicCapability | CapabilityInbound | AccessCapability>(AccessCapability, CapabilityInbound, ...capabilityStructs),
});
