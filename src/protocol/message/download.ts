/** Download (protocol-09 §6.3): frames of stores, in pages. Left out and refused: selection by date, PageKey, partial bodies. */
import type { Struct } from "../../codec/field.ts";
import { binary, count, list, optional, string, struct } from "../../codec/field.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { envelope } from "../../dare/index.ts";
import { ConstraintsData } from "./hello.ts";
import { type Response, responseFields } from "./response.ts";

/** Which frames of a store. */
export interface ConstraintsSelect {
  readonly Container: string;
  /** The epoch in force when absent; a former one is there for as long as the service keeps it. */
  readonly Epoch?: number;
  /** First index wanted. */
  readonly IndexMin: number;
  /** Last index wanted; the end when absent or beyond it. */
  readonly IndexMax?: number;
  /** Members of the draft that no service of ours carries out. */
  readonly NotBefore?: string;
  readonly Before?: string;
  readonly PageKey?: string;
}
export const ConstraintsSelect: Struct<ConstraintsSelect> = struct<ConstraintsSelect>("ConstraintsSelect", {
  Container: string,
  Epoch: optional(count),
  IndexMin: count,
  IndexMax: optional(count),
  NotBefore: optional(string),
  Before: optional(string),
  PageKey: optional(string),
});

/** Asks for frames. */
export interface DownloadRequest {
  readonly Account: string;
  readonly Select: readonly ConstraintsSelect[];
  readonly ConstraintsPost?: ConstraintsData;
}
export const DownloadRequest: Struct<DownloadRequest> = struct<DownloadRequest>("DownloadRequest", {
  Account: string,
  Select: list(ConstraintsSelect),
  ConstraintsPost: optional(ConstraintsData),
});

/** Frames of one store: downloaded, or to be appended. */
export interface ContainerUpdate {
  readonly Container: string;
  /** Epoch of the frames: 0 when absent. */
  readonly Epoch?: number;
  /** Number of frames: of the store (download), or that the writer expects before its own (transact). */
  readonly Index: number;
  /** TreeDigest of the last of them. */
  readonly Digest?: Uint8Array;
  readonly Envelopes: readonly DareEnvelope[];
}
export const ContainerUpdate: Struct<ContainerUpdate> = struct<ContainerUpdate>("ContainerUpdate", {
  Container: string,
  Epoch: optional(count),
  Index: count,
  Digest: optional(binary),
  Envelopes: list(envelope),
});

/** Frames, header and trailer octets as they were written. A page may end early: ask again from the next index. */
export interface DownloadResponse extends Response {
  readonly Updates: readonly ContainerUpdate[];
}
export const DownloadResponse: Struct<DownloadResponse> = struct<DownloadResponse>("DownloadResponse", {
  ...responseFields,
  Updates: list(ContainerUpdate),
});
