/**
 * Store keys that no seed gives, sealed to the account's EscrowEncryption: whoever recovers the account by its seed or its shares finds them here
 * (docs/extensions.md §5). The entry stands in MMM_Device, which administrators write.
 */
import type { Struct } from "../../codec/field.ts";
import { dateTime, list, string, struct } from "../../codec/field.ts";
import { ActivationEntry, HeldKey } from "../activation/activation.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";

/** Keys that were drawn together. */
export interface EscrowedKeys {
  readonly Entries: readonly ActivationEntry[];
}
export const EscrowedKeys: Struct<EscrowedKeys> = struct<EscrowedKeys>("EscrowedKeys", { Entries: list(ActivationEntry) });

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
