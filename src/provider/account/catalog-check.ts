/**
 * Checks an update of a catalog before anything is written (protocol-09 §6.4, extensions §5): place, payload and tree digest of every
 * frame, and an apex at its end that covers it. The apex's signature is the devices' to check: the service does not know their keys.
 */
import { equalBytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import { decodeObject } from "../../codec/index.ts";
import type { DareEnvelope, EncodedFrame, SequenceFrame, TreeFrontier } from "../../dare/index.ts";
import { checkFrame, frameOf, isEncrypted } from "../../dare/index.ts";
import type { CatalogLabel, StoreLabel } from "../../schema/index.ts";
import { auditLabel, isBegun, isCatalog, SequenceApex, storeLabel } from "../../schema/index.ts";
import { checkBegin } from "./begin-check.ts";

/** Frames that may be appended. */
export interface CheckedUpdate {
  readonly label: CatalogLabel;
  readonly epoch: number;
  readonly frames: readonly SequenceFrame[];
  readonly encoded: readonly EncodedFrame[];
}

/**
 * Checks the frames that are to follow `frontier`; the frontier is moved past them.
 * ERR_VERIFICATION, ERR_SCHEMA, ERR_CONFLICT (an Index that does not follow), ERR_USAGE (no frame).
 */
export function checkUpdate(options: {
  readonly label: CatalogLabel;
  /** The epoch in force. */
  readonly epoch: number;
  readonly accountUdf: string;
  readonly envelopes: readonly DareEnvelope[];
  readonly frontier: TreeFrontier;
  /** The device that brings it, where the service knows. */
  readonly bringer?: string | undefined;
}): CheckedUpdate {
  const { label, epoch, frontier } = options;
  const isNew = frontier.count === 0;
  const { frames, encoded } = checkFrames(options);
  if (isNew && isBegun(label, epoch)) checkBegin(options, frames[0]);
  else if (isNew) checkFirst(label, frames[0]);
  // Frame 0 alone creates the store; there is nothing yet that an apex could cover.
  if (!(isNew && frames.length === 1)) checkApex(options, frames.at(-1), encoded.at(-2)?.treeDigest);
  return { label, epoch, frames, encoded };
}

/** Place, payload and tree digest of frames that are to follow `frontier`, which is moved past them. Errors as checkUpdate. */
export function checkFrames(options: {
  readonly label: StoreLabel;
  readonly envelopes: readonly DareEnvelope[];
  readonly frontier: TreeFrontier;
}): Pick<CheckedUpdate, "frames" | "encoded"> {
  const { label, envelopes, frontier } = options;
  const frames = envelopes.map(frameOf);
  if (frames.length === 0) throw new MeshError("ERR_USAGE", `update of ${label} without frames`);
  return { frames, encoded: frames.map((frame) => checkFrame(frame, frontier)) };
}

function checkFirst(label: string, first: SequenceFrame | undefined): void {
  if (first === undefined || first.body.length > 0 || isEncrypted(first.header)) {
    throw new MeshError("ERR_SCHEMA", `frame 0 of ${label} must be empty and in clear`);
  }
}

/** What an apex is of. */
export interface Apexed {
  readonly label: string;
  readonly epoch: number;
  readonly accountUdf: string;
  /** The device whose name has to stand in it; absent where the service does not know, and of what was given back. */
  readonly bringer?: string | undefined;
}

/** Checks that the last frame of a group is an apex of the frame before it, in the name of who brings it. ERR_VERIFICATION, ERR_SCHEMA. */
export function checkApex({ label, epoch, accountUdf, bringer }: Apexed, last: SequenceFrame | undefined, covered: Uint8Array | undefined): void {
  const refusal = (what: string): MeshError => new MeshError("ERR_VERIFICATION", `the update of ${label} ends with ${what}`);
  if (last === undefined || !last.isMeta || isEncrypted(last.header)) throw refusal("no apex");
  const apex = decodeObject(SequenceApex, last.body);
  if (covered === undefined) throw refusal("an apex that covers nothing new");
  if (
    apex.Store !== label ||
    (apex.Epoch ?? 0) !== epoch ||
    apex.AccountUdf !== accountUdf ||
    apex.Index !== last.index - 1 ||
    !equalBytes(apex.TreeDigest, covered)
  ) {
    throw refusal("an apex of something else");
  }
  if (bringer !== undefined && apex.DeviceUdf !== bringer)
    throw refusal(`an apex in the name of ${apex.DeviceUdf.slice(0, 64)}, and ${bringer} brings it`);
}

/** The label of a catalog. ERR_NOT_FOUND, ERR_NOT_AUTHORIZED (the service's own), ERR_USAGE (a spool). */
export function catalogLabel(text: string): CatalogLabel {
  const label = storeLabel(text);
  if (label === auditLabel) throw new MeshError("ERR_NOT_AUTHORIZED", `${label} is written by the service alone`);
  if (!isCatalog(label)) throw new MeshError("ERR_USAGE", `${label} is a spool: send its messages, not its frames`);
  return label;
}
