/** DARE (draft-hallambaker-mesh-dare-12): envelopes, key exchange, signatures, and append-only sequences. */

export { attachSignature } from "./attach.ts";
export * from "./collection/archive-file.ts";
export { archivePath } from "./collection/archive-path.ts";
export type { CatalogChange, CatalogEvent } from "./collection/catalog-file.ts";
export { CatalogFile, catalogContentType, catalogEvents, nextLife } from "./collection/catalog-file.ts";
export type { Entry, EntryFileOptions } from "./collection/entry-file.ts";
export { EntryFile } from "./collection/entry-file.ts";
export { LegacyCatalog } from "./collection/legacy-catalog.ts";
export * from "./collection/spool-file.ts";
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
export * from "./policy.ts";
export * from "./public-key-ecdh.ts";
export type { SealingOptions, SealOptions } from "./seal.ts";
export { sealEnvelope } from "./seal.ts";
export * from "./seal-stream.ts";
export * from "./sequence/index.ts";
export { checkStatedDigest, eitherMember, judgeSignatures, verifyDigests, verifyEnvelope } from "./signature.ts";
