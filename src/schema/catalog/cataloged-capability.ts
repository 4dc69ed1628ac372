/** Entries of the Access catalog of any kind, ours and the drafts', for those who pass them on. schema-08 §7; CatalogedAccess, CatalogedInbound and CatalogedPower are the forms that we write. */
import type { Field, OpenTagged, Struct } from "../../codec/field.ts";
import { ofKind, openTagged, struct, tagged } from "../../codec/field.ts";
import type { CryptographicCapability } from "../access/capability.ts";
import { capabilityStructs } from "../access/capability.ts";
import { CapabilityInbound } from "../access/capability-inbound.ts";
import type { Power } from "../access/capability-serviced.ts";
import { CapabilityDecryptServiced, CapabilityKeyGenerate, CapabilitySignServiced, NullCapability } from "../access/capability-serviced.ts";
import { AccessCapability } from "./cataloged-access.ts";
import { CapabilityRecover } from "./cataloged-recovery.ts";

type AnyCapability = CryptographicCapability | CapabilityInbound | AccessCapability | CapabilityRecover | Power["value"] | NullCapability;

/** An entry with a capability of any kind; unknown kinds are kept. */
export interface CatalogedCapability {
  readonly Capability: OpenTagged<AnyCapability>;
}
export const CatalogedCapability: Struct<CatalogedCapability> = struct<CatalogedCapability>("CatalogedAccess", {
  Capability: openTagged<AnyCapability>(
    AccessCapability,
    CapabilityInbound,
    CapabilityRecover,
    CapabilityDecryptServiced,
    CapabilitySignServiced,
    CapabilityKeyGenerate,
    NullCapability,
    ...capabilityStructs,
  ),
});

/** Entry of the Access catalog for a power that the service exercises, or for one that was withdrawn. */
export interface CatalogedPower {
  readonly Capability: Power | { readonly tag: "NullCapability"; readonly value: NullCapability };
}
export const CatalogedPower: Struct<CatalogedPower> = ofKind(
  struct<CatalogedPower>("CatalogedAccess", {
    Capability: tagged<CatalogedPower["Capability"]["value"]>(
      CapabilityDecryptServiced,
      CapabilitySignServiced,
      CapabilityKeyGenerate,
      NullCapability,
    ) as Field<CatalogedPower["Capability"]>,
  }),
  "Capability",
  [CapabilityDecryptServiced.tag, CapabilitySignServiced.tag, CapabilityKeyGenerate.tag, NullCapability.tag],
);
