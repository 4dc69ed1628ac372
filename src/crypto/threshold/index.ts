/** Threshold cryptography (threshold-06, threshold-sigs-06, RFC 9591): shares, joint keys, signing sessions, FROST. Agreement is in ../partial-agreement.ts. */
export { JournalSigningBook } from "./book.ts";
export { checkPart, combineSignature, type SignaturePart, type SigningTask, shareOfSignature, taskChallenge, verifyTask } from "./equation.ts";
export { type FinalInput, type FinalShare, finalPart, finalShare, finalShareOf } from "./final.ts";
export { type FrostCommitment, FrostSigner, frostAggregate, frostVerifyShare } from "./frost.ts";
export {
  additiveFrostGroup,
  type FrostGroup,
  type FrostShare,
  frostGroup,
  frostIdentifier,
  frostShareOf,
  frostShareOfAdditive,
} from "./frost-group.ts";
export { type Contribution, type DealtContribution, dealContribution, joinShares, jointKey } from "./joint.ts";
export { coefficientOctets, lagrange, parseCoefficient } from "./lagrange.ts";
export { provePossession, verifyPossession } from "./possession.ts";
export { type OpenedSession, type SessionRecord, type SigningBook, ThresholdSigner } from "./session.ts";
export { evaluatePolynomial, type KeyShare, publicShare, recoverKey, type SharedKey, shareKey, verifyShare, weightedShare } from "./share.ts";
export { VolatileSigningBook } from "./volatile-book.ts";
