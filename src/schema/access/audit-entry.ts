/**
 * What MMM_Audit holds: one entry for each operation that the service carried out with a share of the account's keys, written before the answer.
 * Entries stand in clear, since the service knows what they say; an apex under ServiceSignature covers them. docs/extensions.md, Powers.
 */
import type { Struct } from "../../codec/field.ts";
import { binary, dateTime, optional, string, struct } from "../../codec/field.ts";

/** What an entry is called that stands for what the service has lost of it. */
export const auditLost = "AuditLost";

/** One operation. */
export interface AuditEntry {
  readonly Time: string;
  /** Type tag of the operation. */
  readonly Operation: string;
  /** Id of the capability. */
  readonly KeyId: string;
  /** Link key of who asked. */
  readonly LinkUdf: string;
  /** Address of the account that it is a device of, where that is another. */
  readonly GranteeAccount?: string;
  /** SHA-512 of what is signed. Of an agreement nothing is told: it would say which file was opened. */
  readonly Digest?: Uint8Array;
}
export const AuditEntry: Struct<AuditEntry> = struct<AuditEntry>("AuditEntry", {
  Time: dateTime,
  Operation: string,
  KeyId: string,
  LinkUdf: string,
  GranteeAccount: optional(string),
  Digest: optional(binary),
});

/** Says that a device of an account may speak for it, for the service of another account. Signed by the ServiceSignature of the account's service. */
export interface Voucher {
  /** Link key of the device. */
  readonly LinkUdf: string;
  readonly AccountUdf: string;
  /** Folded address of the account. */
  readonly Account: string;
  /** UDF of the service that it is for. */
  readonly Audience: string;
  /** It counts for a minute from then. */
  readonly Time: string;
}
export const Voucher: Struct<Voucher> = struct<Voucher>("Voucher", {
  LinkUdf: string,
  AccountUdf: string,
  Account: string,
  Audience: string,
  Time: dateTime,
});
