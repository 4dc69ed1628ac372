/** `mesh-hub/threshold`: keys of several holders (threshold-06, threshold-sigs-06, RFC 9591): shares, overlay, agreement, signatures. */
export { type DealInput, deal, sumScalars } from "../crypto/deal.ts";
export * from "../crypto/key.ts";
export { combineAgreements, partialAgreement } from "../crypto/partial-agreement.ts";
export * from "../crypto/threshold/index.ts";
