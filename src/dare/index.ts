/** DARE (draft-hallambaker-mesh-dare-12): envelopes, key exchange, signatures, and append-only sequences. */

export { blockParts, decryptBlock, encryptBlock, isEncrypted } from "./content.ts";
export * from "./content-meta.ts";
export * from "./envelope.ts";
export * from "./exchange.ts";
export * from "./header.ts";
export * from "./key-schedule.ts";
export type { OpenOptions } from "./open.ts";
export { openEnvelope, openVerified } from "./open.ts";
export * from "./public-key-ecdh.ts";
export * from "./seal.ts";
export * from "./sequence/index.ts";
export { eitherMember, verifyEnvelope } from "./signature.ts";
