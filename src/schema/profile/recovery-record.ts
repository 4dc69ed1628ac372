/**
 * What whoever recovers an account has to know beside the shares: published at its service under an EARL that is written on each share, and that the seed
 * gives again. extensions §6. Signed by ProfileSignature, sealed under the EARL's key.
 */
import type { Struct } from "../../codec/field.ts";
import { count, dateTime, list, optional, string, struct } from "../../codec/field.ts";
import { Head } from "../catalog/catalog-update.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";
import type { ProfileUser } from "./profile.ts";

/** One run of `account escrow`. */
export interface EscrowRun {
  readonly Quorum: number;
  readonly Shares: number;
  readonly Time: string;
}
const EscrowRun: Struct<EscrowRun> = struct<EscrowRun>("EscrowRun", { Quorum: count, Shares: count, Time: dateTime });

/** The record. */
export interface RecoveryRecord {
  readonly AccountAddress: string;
  /** Fingerprint of the account, which its ProfileSignature has. */
  readonly AccountUdf: string;
  readonly ServiceUrl: string;
  readonly ServiceUdf: string;
  /** Newest last, at most `mostRuns`: shares of each are good, those of two do not fit each other. */
  readonly Runs: readonly EscrowRun[];
  /** The profile of then: a service that shows one of a lower Version is put back. */
  readonly EnvelopedProfileUser: Enveloped<ProfileUser>;
  /** Of MMM_Device then: less, or something else in its place, is refused. */
  readonly Head?: Head;
  readonly Time: string;
}
export const RecoveryRecord: Struct<RecoveryRecord> = struct<RecoveryRecord>("RecoveryRecord", {
  AccountAddress: string,
  AccountUdf: string,
  ServiceUrl: string,
  ServiceUdf: string,
  Runs: list(EscrowRun),
  EnvelopedProfileUser: enveloped<ProfileUser>(),
  Head: optional(Head),
  Time: dateTime,
});

/** Runs that a record names. */
export const mostRuns = 8;
