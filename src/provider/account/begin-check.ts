/** Checks what frame 0 says of how a sequence begins (extensions §5): of this account, store and epoch, from what it goes on, and who begins it. */
import { MeshError } from "../../base/errors.ts";
import { decodeObject } from "../../codec/index.ts";
import type { SequenceFrame } from "../../dare/index.ts";
import { isEncrypted } from "../../dare/index.ts";
import type { CatalogLabel } from "../../schema/index.ts";
import { EpochBegin, storeOf } from "../../schema/index.ts";

/** Which sequence it is to be. */
export interface Beginning {
  readonly label: CatalogLabel;
  readonly epoch: number;
  readonly accountUdf: string;
  /** The device that brings it; absent where the service does not know, and of what is given back, which others began. */
  readonly bringer?: string | undefined;
}

/** A repair goes on from an earlier epoch than the last one where nobody can believe those between. */
function isBefore({ Former: { Epoch: former = 0 }, Reason: reason }: EpochBegin, epoch: number): boolean {
  return reason === "Repair" ? former >= 0 && former < epoch : former === epoch - 1;
}

/** Errors: ERR_SCHEMA, ERR_VERIFICATION. */
export function checkBegin({ label, epoch, accountUdf, bringer }: Beginning, first: SequenceFrame | undefined): EpochBegin {
  if (first === undefined || first.body.length === 0 || isEncrypted(first.header)) {
    throw new MeshError("ERR_SCHEMA", `frame 0 of epoch ${epoch} of ${label} must hold an EpochBegin in clear`);
  }
  const begin = decodeObject(EpochBegin, first.body);
  const { Former } = begin;
  const refuse = (what: string): never => {
    throw new MeshError("ERR_VERIFICATION", `frame 0 of epoch ${epoch} of ${label} is of ${what}`);
  };
  if (begin.AccountUdf !== accountUdf) refuse("another account");
  if (begin.Store !== label || begin.Epoch !== epoch) refuse(`epoch ${begin.Epoch} of ${begin.Store.slice(0, 64)}`);
  // A writer's first epoch goes on from what all share.
  const isOfBefore = epoch === 0 ? Former.Store === storeOf(label) : Former.Store === label && isBefore(begin, epoch);
  if (!isOfBefore || Former.Index < 0) refuse("no epoch that came before");
  if ((begin.Reason === "Writer") !== (epoch === 0)) refuse(`reason ${begin.Reason}`);
  if (bringer !== undefined && begin.DeviceUdf !== bringer) refuse(`${begin.DeviceUdf.slice(0, 64)}, and ${bringer} brings it`);
  if (begin.KeyEpoch < 0) refuse(`key epoch ${begin.KeyEpoch}`);
  return begin;
}
