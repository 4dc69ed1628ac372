/** Publications of an account and the claims on them, as its Publication catalog and Local spool tell, each found by its id. */
import { firstOf } from "../../base/async-list.ts";
import { verificationError } from "../../base/errors.ts";
import { decodeOneOf } from "../../codec/index.ts";
import { envelopeId } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { parseEnvelope } from "../../dare/index.ts";
import type { CatalogUpdate } from "../../schema/index.ts";
import {
  CatalogedPublication,
  ClaimConfirm,
  MessageClaim,
  ProfileUser,
  peekObject,
  publicKeyOf,
  verifyObject,
  verifyProfile,
} from "../../schema/index.ts";
import type { Account } from "../account/account.ts";
import { entryOf } from "../account/entry.ts";
import type { SpoolEntry } from "../account/spool.ts";
import type { ClaimEvent, FiledClaim } from "./claim-state.ts";
import { ClaimState } from "./claim-state.ts";

/** Origin that the service writes on claims it files, so that nothing else in Local passes for one. */
export const claimOrigin = "mmm:claim";

/** The publications of one account. */
export class ClaimBook {
  readonly #account: Pick<Account, "find" | "messages" | "reader">;
  readonly #provisionalMs: number;

  constructor(options: { readonly account: Pick<Account, "find" | "messages" | "reader">; readonly provisionalMs: number }) {
    this.#account = options.account;
    this.#provisionalMs = options.provisionalMs;
  }

  /** A publication that is in force at a time. */
  async publication(id: string, now: number): Promise<CatalogedPublication | undefined> {
    const frame = await firstOf(this.#account.find("MMM_Publication", id));
    const reader = this.#account.reader("MMM_Publication");
    try {
      const update = frame && (await reader.read(frame));
      if (update === undefined || update.Event === "Delete") return undefined;
      const found = publicationOf(update);
      return found.NotOnOrAfter !== undefined && now >= Date.parse(found.NotOnOrAfter) ? undefined : found;
    } finally {
      reader.wipe();
    }
  }

  /** The claims on a publication. */
  async state(publicationId: string): Promise<ClaimState> {
    const state = new ClaimState(this.#provisionalMs);
    const newestFirst: Filed[] = [];
    for await (const entry of this.#account.messages("MMM_Local", claimEnvelopeId(publicationId))) {
      if (entry.origin === claimOrigin) newestFirst.push(filed(entry));
    }
    for (const { claim, confirm, place } of newestFirst.reverse()) {
      if (claim !== undefined) state.applyClaim(claim, place);
      if (confirm !== undefined) state.applyConfirm(confirm);
    }
    return state;
  }
}

/** A claim or a confirmation that the service verified and filed, without what was needed for that alone. */
interface Filed {
  readonly claim?: FiledClaim;
  readonly confirm?: Pick<ClaimConfirm, "MessageId">;
  readonly place: { readonly index: number; readonly time: number };
}

function filed({ index, received: time, octets }: SpoolEntry): Filed {
  const { tag, value } = decodeOneOf<MessageClaim | ClaimConfirm>([MessageClaim, ClaimConfirm], parseEnvelope(octets).body);
  const place = { index, time };
  if (tag === ClaimConfirm.tag) return { confirm: { MessageId: value.MessageId }, place };
  const { MessageId: messageId, Release, EnvelopedProfileUser } = value as MessageClaim;
  return { claim: { messageId, isRelease: Release === true, accountUdf: peekObject(ProfileUser, EnvelopedProfileUser).ProfileSignature.Udf }, place };
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
