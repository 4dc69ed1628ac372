/**
 * Keys that no seed gives, sealed to the account's EscrowEncryption and to its administrators (docs/extensions.md §5). The entry stands in MMM_Device,
 * which administrators write; what a bare machine gets of them is CapabilityRecover in MMM_Access.
 */
import type { Struct } from "../../codec/field.ts";
import { dateTime, list, optional, string, struct } from "../../codec/field.ts";
import { ActivationEntry, HeldKey } from "../activation/activation.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";
import { Head } from "./catalog-update.ts";

/** Keys that were drawn together; in CapabilityRecover all that there are. */
export interface EscrowedKeys {
  readonly Entries: readonly ActivationEntry[];
  /** In CapabilityRecover: of MMM_Device, as a joiner is told it. */
  readonly Heads?: readonly Head[];
}
export const EscrowedKeys: Struct<EscrowedKeys> = struct<EscrowedKeys>("EscrowedKeys", {
  Entries: list(ActivationEntry),
  Heads: optional(list(Head)),
});

/** The one entry of its kind. It also tells administrators which keys were drawn, so that two of them who change keys at once do not draw the same ones. */
export interface CatalogedEscrow {
  readonly Key: string;
  /** When keys were drawn last. */
  readonly Updated: string;
  /** Names all keys that were drawn. */
  readonly Keys: readonly HeldKey[];
  /** Each signed by AdministratorSignature; none where the account has no EscrowEncryption. */
  readonly EnvelopedEscrowedKeys: readonly Enveloped<EscrowedKeys>[];
}
export const CatalogedEscrow: Struct<CatalogedEscrow> = struct<CatalogedEscrow>("CatalogedEscrow", {
  Key: string,
  Updated: dateTime,
  Keys: list(HeldKey),
  EnvelopedEscrowedKeys: list(enveloped<EscrowedKeys>()),
});
