/** Append-only sequences (dare-12 §4): frames, tree digests, and the file that holds them. */
export * from "./apex.ts";
export * from "./container-type.ts";
export * from "./frame.ts";
export { frameId, IdIndex } from "./id-index.ts";
export * from "./index-record.ts";
export * from "./legacy.ts";
export * from "./open-frame.ts";
export * from "./proof.ts";
export { redactFrame } from "./redact.ts";
export type { FirstFrameOptions, FrameContent, SealFrameOptions } from "./seal-frame.ts";
export { firstFrame, sealFrame, sealNext } from "./seal-frame.ts";
export type { OpenSequenceOptions } from "./sequence-file.ts";
export { SequenceFile } from "./sequence-file.ts";
export type { PlacedFrame, SequenceReaderOptions, SequenceReport, SurveyReport } from "./sequence-reader.ts";
export { SequenceReader, withSequenceReader } from "./sequence-reader.ts";
export type { EntryContent, SequenceWriterOptions } from "./sequence-writer.ts";
export { SequenceWriter } from "./sequence-writer.ts";
export * from "./tree.ts";
