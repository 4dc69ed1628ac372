/**
 * Entries of MMM_Joined, which the service reads: what was granted, what was stopped, and one entry for each number of a split, which has to stand
 * there before the service signs. docs/extensions.md §16.
 */
import type { Struct } from "../../codec/field.ts";
import { binary, boolean, count, dateTime, optional, string, struct } from "../../codec/field.ts";
import type { ActivationShare } from "../activation/activation.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";
import type { AdministratorSplit, SplitConnection, SplitEnded } from "../split/administrator-split.ts";
import type { CatalogedDevice } from "./cataloged-device.ts";

/** A split, written by administrators alone. Key: `split:ID`. */
export interface CatalogedSplit {
  readonly SplitId: string;
  readonly EnvelopedAdministratorSplit: Enveloped<AdministratorSplit>;
  /** The grantee's half, signed by an administrator, sealed to the grantee. */
  readonly EnvelopedShare?: Enveloped<ActivationShare>;
  /** There once it is over. */
  readonly EnvelopedSplitEnded?: Enveloped<SplitEnded>;
}
export const CatalogedSplit: Struct<CatalogedSplit> = struct<CatalogedSplit>("CatalogedSplit", {
  SplitId: string,
  EnvelopedAdministratorSplit: enveloped<AdministratorSplit>(),
  EnvelopedShare: optional(enveloped<ActivationShare>()),
  EnvelopedSplitEnded: optional(enveloped<SplitEnded>()),
});

/** Stops a split: any device of the owner may write it, administrators alone take it back. Key: `freeze:ID`. */
export interface SplitFreeze {
  readonly SplitId: string;
  readonly Frozen: boolean;
  readonly DeviceUdf: string;
  readonly Updated: string;
}
export const SplitFreeze: Struct<SplitFreeze> = struct<SplitFreeze>("SplitFreeze", {
  SplitId: string,
  Frozen: boolean,
  DeviceUdf: string,
  Updated: dateTime,
});

/** One number of a split and what it is used for. Key: `joined:ID:SERIAL`. The digest never changes. */
export interface CatalogedJoined {
  readonly SplitId: string;
  readonly Serial: number;
  /** SHA-512 of the body of SplitConnection. */
  readonly Digest: Uint8Array;
  readonly EnvelopedSplitConnection?: Enveloped<SplitConnection>;
  /** The device's entry, sealed to the key of MMM_Device; gone when an administrator has moved it there. */
  readonly EnvelopedDevice?: Enveloped<CatalogedDevice>;
  readonly Moved?: string;
}
export const CatalogedJoined: Struct<CatalogedJoined> = struct<CatalogedJoined>("CatalogedJoined", {
  SplitId: string,
  Serial: count,
  Digest: binary,
  EnvelopedSplitConnection: optional(enveloped<SplitConnection>()),
  EnvelopedDevice: optional(enveloped<CatalogedDevice>()),
  Moved: optional(dateTime),
});
