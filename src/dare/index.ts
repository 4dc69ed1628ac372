/** DARE (draft-hallambaker-mesh-dare-12): envelopes, key exchange, signatures, and append-only sequences. */

export { blockParts, decryptBlock, encryptBlock, isEncrypted } from "./content.ts";
export * from "./content-meta.ts";
export * from "./envelope.ts";
export * from "./envelope-stream.ts";
export * from "./exchange.ts";
export * from "./header.ts";
export * from "./key-schedule.ts";
export type { EnvelopeContent, OpenOptions } from "./open.ts";
export { openEnvelope, openVerified, readEnvelope } from "./open.ts";
export * from "./open-stream.ts";
export * from "./public-key-ecdh.ts";
export type { SealingOptions, SealOptions } from "./seal.ts";
export { sealEnvelope } from "./seal.ts";
export * from "./seal-stream.ts";
export * from "./sequence/index.ts";
export { checkStatedDigest, eitherMember, verifyDigests, verifyEnvelope } from "./signature.ts";
