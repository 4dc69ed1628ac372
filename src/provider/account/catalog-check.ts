/**
 * Checks an update of a catalog before anything is written (protocol-09 §6.4, extensions §5): place, payload and tree digest of every
 * frame, and an apex at its end that covers it. The apex's signature is the devices' to check: the service does not know their keys.
 */
import { equalBytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import { decodeObject } from "../../codec/index.ts";
import type { DareEnvelope, EncodedFrame, SequenceFrame, TreeFrontier } from "../../dare/index.ts";
import { checkFrame, frameOf, isEncrypted } from "../../dare/index.ts";
import type { CatalogLabel } from "../../schema/index.ts";
import { SequenceApex } from "../../schema/index.ts";

/** Frames that may be appended. */
export interface CheckedUpdate {
  readonly label: CatalogLabel;
  readonly frames: readonly SequenceFrame[];
  readonly encoded: readonly EncodedFrame[];
}

/**
 * Checks the frames that are to follow `frontier`; the frontier is moved past them.
 * ERR_VERIFICATION, ERR_SCHEMA, ERR_CONFLICT (an Index that does not follow), ERR_USAGE (no frame).
 */
export function checkUpdate(options: {
  readonly label: CatalogLabel;
  readonly accountUdf: string;
  readonly envelopes: readonly DareEnvelope[];
  readonly frontier: TreeFrontier;
}): CheckedUpdate {
  const { label, envelopes, frontier } = options;
  const isNew = frontier.count === 0;
  const frames = envelopes.map(frameOf);
  const last = frames.at(-1);
  if (last === undefined) throw new MeshError("ERR_USAGE", `update of ${label} without frames`);
  const encoded = frames.map((frame) => checkFrame(frame, frontier));
  if (isNew) checkFirst(label, frames[0]);
  // Frame 0 alone creates the store; there is nothing yet that an apex could cover.
  if (!(isNew && frames.length === 1)) checkApex(options, last, encoded.at(-2)?.treeDigest);
  return { label, frames, encoded };
}

function checkFirst(label: string, first: SequenceFrame | undefined): void {
  if (first === undefined || first.body.length > 0 || isEncrypted(first.header)) {
    throw new MeshError("ERR_SCHEMA", `frame 0 of ${label} must be empty and in clear`);
  }
}

function checkApex(options: { readonly label: string; readonly accountUdf: string }, last: SequenceFrame, covered: Uint8Array | undefined): void {
  const { label, accountUdf } = options;
  const refuse = (what: string): never => {
    throw new MeshError("ERR_VERIFICATION", `the update of ${label} ends with ${what}`);
  };
  if (!last.isMeta || isEncrypted(last.header)) refuse("no apex");
  const apex = decodeObject(SequenceApex, last.body);
  if (covered === undefined) refuse("an apex that covers nothing new");
  else if (apex.Store !== label || apex.AccountUdf !== accountUdf || apex.Index !== last.index - 1 || !equalBytes(apex.TreeDigest, covered)) {
    refuse("an apex of something else");
  }
}
