/**
 * What a bare machine that holds the account's seed needs besides: the keys that no seed gives. The entry stands in MMM_Access, so that the service,
 * to which it is ciphertext, hands it to whoever comes with a BindAuthorization.Recover of the root key. docs/extensions.md §6
 */
import type { Struct } from "../../codec/field.ts";
import { count, list, ofKind, string, struct, tagged } from "../../codec/field.ts";
import { HeldKey } from "../activation/activation.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";
import type { EscrowedKeys } from "./cataloged-escrow.ts";

/** The one entry of its kind. */
export interface CapabilityRecover {
  /** Always "recovery", which is also its key in the catalog. */
  readonly Id: string;
  /** Names what is sealed in it, for administrators, who cannot open it. */
  readonly Keys: readonly HeldKey[];
  /** Epoch of MMM_Device that its Heads are of. */
  readonly DeviceEpoch: number;
  /** Fingerprints of the administrators' keys that signed it: the one in force, and before that is replaced the next one as well. */
  readonly Signers: readonly string[];
  /** Sealed to EscrowEncryption alone. */
  readonly EnvelopedEscrowedKeys: Enveloped<EscrowedKeys>;
}
export const CapabilityRecover: Struct<CapabilityRecover> = struct<CapabilityRecover>("CapabilityRecover", {
  Id: string,
  Keys: list(HeldKey),
  DeviceEpoch: count,
  Signers: list(string),
  EnvelopedEscrowedKeys: enveloped<EscrowedKeys>(),
});

/** Entry of the Access catalog for whoever recovers the account. */
export interface CatalogedRecovery {
  readonly Capability: { readonly tag: string; readonly value: CapabilityRecover };
}
export const CatalogedRecovery: Struct<CatalogedRecovery> = ofKind(
  struct<CatalogedRecovery>("CatalogedAccess", { Capability: tagged(CapabilityRecover) }),
  "Capability",
  [CapabilityRecover.tag],
);

/** Key of that entry. */
export const recoveryKey = "recovery";
