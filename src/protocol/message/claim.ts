/** Claim and PollClaim (protocol-09 §6.7) with the confirmation and release of extensions §3.6. */
import type { Struct } from "../../codec/field.ts";
import { optional, string, struct } from "../../codec/field.ts";
import type { ClaimConfirm, Enveloped, MessageClaim } from "../../schema/index.ts";
import { CatalogedPublication, enveloped } from "../../schema/index.ts";
import { type Response, responseFields } from "./response.ts";

/** Claims a publication, confirms a claim, or both at once; a MessageClaim with Release gives it back. */
export interface ClaimRequest {
  /** Account that published it, as the code names it; publications of other accounts are not looked at. */
  readonly TargetAccountAddress?: string;
  readonly EnvelopedMessageClaim?: Enveloped<MessageClaim>;
  /** Signed by the device: outranks a provisional claim of somebody else. */
  readonly EnvelopedClaimConfirm?: Enveloped<ClaimConfirm>;
}
export const ClaimRequest: Struct<ClaimRequest> = struct<ClaimRequest>("ClaimRequest", {
  TargetAccountAddress: optional(string),
  EnvelopedMessageClaim: optional(enveloped<MessageClaim>()),
  EnvelopedClaimConfirm: optional(enveloped<ClaimConfirm>()),
});

/** The publication, for its claimant. */
export interface ClaimResponse extends Response {
  readonly CatalogedPublication?: CatalogedPublication;
}
export const ClaimResponse: Struct<ClaimResponse> = struct<ClaimResponse>("ClaimResponse", {
  ...responseFields,
  CatalogedPublication: optional(CatalogedPublication),
});

/** A published device asks who claimed it. */
export interface PollClaimRequest {
  readonly PublicationId: string;
  readonly TargetAccountAddress: string;
}
export const PollClaimRequest: Struct<PollClaimRequest> = struct<PollClaimRequest>("PollClaimRequest", {
  PublicationId: string,
  TargetAccountAddress: string,
});

/** The claim in force; absent while there is none. */
export interface PollClaimResponse extends Response {
  readonly EnvelopedMessage?: Enveloped<MessageClaim>;
}
export const PollClaimResponse: Struct<PollClaimResponse> = struct<PollClaimResponse>("PollClaimResponse", {
  ...responseFields,
  EnvelopedMessage: optional(enveloped<MessageClaim>()),
});
