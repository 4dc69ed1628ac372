/** Whose apexes a copy of a catalog believes (docs/extensions.md §5). */
import { equalBytes } from "../../base/bytes.ts";
import { MeshError, verificationError } from "../../base/errors.ts";
import { decodeObject } from "../../codec/index.ts";
import type { PublicKey } from "../../crypto/index.ts";
import type { SequenceFrame } from "../../dare/index.ts";
import { verifyEnvelope } from "../../dare/index.ts";
import type { CatalogLabel, Head, Position } from "../../schema/index.ts";
import { SequenceApex } from "../../schema/index.ts";
import type { CatalogChange } from "./catalog-group.ts";

/** Who may close a group of frames. Told of each group before its apex is judged, and again once it is believed. */
export interface ApexJudge {
  /** Called with the updates of a group that is not yet believed: an account's first device introduces itself in what it writes. */
  consider(changes: readonly CatalogChange[]): void;
  /** Keys of a device, one of which has to have signed the apex at a position. Errors: ERR_VERIFICATION when that device may not. */
  apexKeys(deviceUdf: string, at: Position): readonly PublicKey[];
  /** Called when the apex is signed as it has to be: whether that device may say this. Errors: ERR_VERIFICATION. */
  written?(changes: readonly CatalogChange[], apex: SequenceApex): void;
  /** Called when a group is believed and stored, before the next one is looked at: it may say who may write that. */
  believe(changes: readonly CatalogChange[]): void;
  /**
   * While an epoch is fetched: called for each group; its apex may say that the entries are those of the former one up to a head. True: nothing more is
   * taken in.
   */
  carried?(former: Head | undefined): Promise<boolean>;
  readonly accountUdf: string;
}

/** The apex that closes a group. Errors: ERR_VERIFICATION when it speaks of another place or history, or nobody signed it who may. */
export function checkApex(
  last: SequenceFrame | undefined,
  at: {
    readonly label: CatalogLabel;
    readonly epoch: number;
    readonly covered: Uint8Array | undefined;
    readonly judge: Pick<ApexJudge, "accountUdf" | "apexKeys">;
  },
): SequenceApex {
  const { label, epoch, covered, judge } = at;
  if (!last || !covered) throw verificationError(`the apex of ${label}`);
  const apex = decodeObject(SequenceApex, last.body);
  const isHere = apex.Store === label && (apex.Epoch ?? 0) === epoch && apex.AccountUdf === judge.accountUdf;
  if (!isHere || apex.Index !== last.index - 1 || !equalBytes(apex.TreeDigest, covered)) {
    throw new MeshError("ERR_VERIFICATION", `the apex of ${label} at ${last.index} speaks of another history`);
  }
  verifyEnvelope(last, judge.apexKeys(apex.DeviceUdf, { Epoch: epoch, Index: last.index }));
  return apex;
}
