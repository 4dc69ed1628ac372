/**
 * Epochs of a catalog: a store can begin anew in another sequence, after a rekey, a compaction or a repair. docs/extensions.md, Stores.
 * Frame 0 of every epoch above 0 holds an EpochBegin in clear, so that tree and apex cover it; frame 0 of epoch 0 is empty, but for the sequence of
 * a single writer, which goes on from the sequence that all share.
 */
import type { Struct } from "../../codec/field.ts";
import { dateTime, integer, list, optional, string, struct, word } from "../../codec/field.ts";
import { writerOf } from "../access/store-label.ts";
import { Head } from "./catalog-update.ts";

/** Writer: a device begins a sequence that it alone writes. */
export type EpochReason = AnewReason | "Writer";
/** Why a sequence goes on in another one. */
export type AnewReason = "Rekey" | "Compact" | "Repair";

/** What an epoch goes on from, and why. Signed by the apex of the first group. */
export interface EpochBegin {
  readonly AccountUdf: string;
  readonly Store: string;
  readonly Epoch: number;
  /** Names the store key that seals and opens this epoch; it rises only on Rekey. */
  readonly KeyEpoch: number;
  /** Last frame of the former epoch that its writer knew; of a writer's first epoch, of the sequence that all share. */
  readonly Former: Head;
  readonly Reason: EpochReason;
  /** Of a Repair: ends of other histories that this one unites with the former one. Who has one of them goes on here. */
  readonly Others?: readonly Head[];
  /** Of MMM_Device alone: first heads of every catalog switched with it. Who has read it reads and writes nothing lower. */
  readonly Stores?: readonly Head[];
  readonly Time: string;
  readonly DeviceUdf: string;
}
export const EpochBegin: Struct<EpochBegin> = struct<EpochBegin>("EpochBegin", {
  AccountUdf: string,
  Store: string,
  Epoch: integer,
  KeyEpoch: integer,
  Former: Head,
  Reason: word("Rekey", "Compact", "Repair", "Writer"),
  Others: optional(list(Head)),
  Stores: optional(list(Head)),
  Time: dateTime,
  DeviceUdf: string,
});

/** True when frame 0 of an epoch says how it begins. */
export function isBegun(label: string, epoch: number): boolean {
  return epoch > 0 || writerOf(label) !== undefined;
}

/** A place in a store, whichever of its sequences it is in. */
export interface Position {
  readonly Epoch?: number;
  readonly Index: number;
}

/** Below 0 when `a` is before `b`, 0 when they are one, above 0 when it is after. */
export function comparePositions(a: Position, b: Position): number {
  return (a.Epoch ?? 0) - (b.Epoch ?? 0) || a.Index - b.Index;
}

/** The member Epoch as it is written: absent in epoch 0, as before stores could begin anew. */
export function epochMember(epoch: number): { readonly Epoch?: number } {
  return epoch === 0 ? {} : { Epoch: epoch };
}
