/** Append-only sequences (dare-12 §4): frames, tree digests, and the file that holds them. */
export * from "./frame.ts";
export * from "./open-frame.ts";
export type { SealFrameOptions } from "./seal-frame.ts";
export { firstFrame, sealFrame } from "./seal-frame.ts";
export type { OpenSequenceOptions } from "./sequence-file.ts";
export { SequenceFile } from "./sequence-file.ts";
export * from "./tree.ts";
