/** Publications of an account and the claims on them, as its Publication catalog and Local spool tell. */

import { verificationError } from "../../base/errors.ts";
import { decodeOneOf } from "../../codec/index.ts";
import { envelopeId } from "../../crypto/index.ts";
import type { DareEnvelope, SequenceFrame } from "../../dare/index.ts";
import { parseEnvelope } from "../../dare/index.ts";
import type { CatalogUpdate } from "../../schema/index.ts";
import { CatalogedPublication, ClaimConfirm, MessageClaim, ProfileUser, publicKeyOf, verifyObject, verifyProfile } from "../../schema/index.ts";
import { entryOf } from "../account/entry.ts";
import type { SpoolEntry } from "../account/spool.ts";
import type { ClaimEvent } from "./claim-state.ts";
import { ClaimState } from "./claim-state.ts";

/** Origin that the service writes on claims it files, so that nothing else in Local passes for one. */
export const claimOrigin = "mmm:claim";

/** The publications of one account. */
export class ClaimBook {
  readonly #publications = new Map<string, CatalogedPublication>();
  readonly #states = new Map<string, ClaimState>();
  readonly #provisionalMs: number;

  constructor(provisionalMs: number) {
    this.#provisionalMs = provisionalMs;
  }

  /** Takes over an update of the Publication catalog; ERR_SCHEMA for an entry of another kind. */
  apply(update: CatalogUpdate): void {
    if (update.Event === "Delete") this.#publications.delete(update.Key);
    else this.#publications.set(update.Key, publicationOf(update));
  }

  /** Takes over a frame of the Local spool, when it is a claim that the service filed. */
  file(entry: SpoolEntry, frame: SequenceFrame): void {
    if (entry.origin !== claimOrigin) return;
    const found = decodeOneOf<MessageClaim | ClaimConfirm>([MessageClaim, ClaimConfirm], parseEnvelope(frame.body).body);
    const state = this.state(found.value.PublicationId);
    if (found.tag === ClaimConfirm.tag) state.applyConfirm(found.value as ClaimConfirm);
    else state.applyClaim(claimEvent(parseEnvelope(frame.body)), { index: entry.index, time: entry.received });
  }

  /** A publication that is in force at a time. */
  publication(id: string, now: number): CatalogedPublication | undefined {
    const found = this.#publications.get(id);
    return found?.NotOnOrAfter !== undefined && now >= Date.parse(found.NotOnOrAfter) ? undefined : found;
  }

  state(publicationId: string): ClaimState {
    const state = this.#states.get(publicationId) ?? new ClaimState(this.#provisionalMs);
    this.#states.set(publicationId, state);
    return state;
  }
}

/** The publication inside an update. ERR_SCHEMA. */
export function publicationOf(update: CatalogUpdate): CatalogedPublication {
  return entryOf(CatalogedPublication, update);
}

/** EnvelopeId under which claims of a publication are filed. ERR_ENCODING. */
export function claimEnvelopeId(publicationId: string): string {
  return envelopeId(publicationId);
}

/** Verifies a claim: signed by the account key of the profile inside, whose address is the sender. ERR_VERIFICATION, ERR_SCHEMA. */
export function claimEvent(envelope: DareEnvelope): ClaimEvent {
  const { value: stated } = decodeOneOf([MessageClaim], envelope.body);
  const profile = verifyProfile(ProfileUser, stated.EnvelopedProfileUser);
  const { value: claim } = verifyObject(MessageClaim, envelope, [publicKeyOf(profile.value.AccountSignature)]);
  if (profile.value.AccountAddress !== claim.Sender) throw verificationError("claim");
  return { claim, accountUdf: profile.signer.udf };
}

/** Verifies the device's confirmation under the key of the publication. ERR_VERIFICATION. */
export function claimConfirm(envelope: DareEnvelope, publication: CatalogedPublication): ClaimConfirm {
  if (publication.DeviceSignature === undefined) throw verificationError("confirmation");
  return verifyObject(ClaimConfirm, envelope, [publicKeyOf(publication.DeviceSignature)]).value;
}
