/** What catalog frames hold: updates, and the signed apex that covers them. extensions §5; dare-12 §4. */
import type { Datum } from "../../codec/datum.ts";
import type { Struct } from "../../codec/field.ts";
import { anything, binary, dateTime, integer, optional, string, struct, word } from "../../codec/field.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { envelope } from "../../dare/index.ts";

/** Payload of every catalog frame; header members are hints, only this counts. A delete has one too. */
export interface CatalogUpdate {
  readonly Store: string;
  readonly Event: "New" | "Update" | "Delete";
  readonly Key: string;
  /** Index of the frame before of that key. */
  readonly Previous?: number;
  /** The tagged entry; absent in a delete. */
  readonly Entry?: Datum;
}
export const CatalogUpdate: Struct<CatalogUpdate> = struct<CatalogUpdate>("CatalogUpdate", {
  Store: string,
  Event: word("New", "Update", "Delete"),
  Key: string,
  Previous: optional(integer),
  Entry: optional(anything),
});

/** The newest apex of a store that a device has seen. */
export interface Head {
  readonly Store: string;
  /** 0 when absent. */
  readonly Epoch?: number;
  readonly Index: number;
  readonly TreeDigest: Uint8Array;
  /** The signed apex of a catalog, for a device that has another history: what a device only says raises no alarm. */
  readonly Apex?: DareEnvelope;
}
export const Head: Struct<Head> = struct<Head>("Head", {
  Store: string,
  Epoch: optional(integer),
  Index: integer,
  TreeDigest: binary,
  Apex: optional(envelope),
});

/** Signed last frame of every Transact on a catalog: covers all frames up to Index. */
export interface SequenceApex {
  readonly AccountUdf: string;
  readonly Store: string;
  /** 0 when absent. */
  readonly Epoch?: number;
  /** Index of the last frame covered (the frame before this one). */
  readonly Index: number;
  readonly TreeDigest: Uint8Array;
  readonly Time: string;
  readonly DeviceUdf: string;
  /**
   * In an epoch that was begun from another: the entries up to here are those of the former epoch up to this head. The last such apex counts.
   * In MMM_Audit: the newest head of the epoch before, in every apex.
   */
  readonly Former?: Head;
}
export const SequenceApex: Struct<SequenceApex> = struct<SequenceApex>("SequenceApex", {
  AccountUdf: string,
  Store: string,
  Epoch: optional(integer),
  Index: integer,
  TreeDigest: binary,
  Time: dateTime,
  DeviceUdf: string,
  Former: optional(Head),
});
