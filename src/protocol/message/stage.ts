/**
 * Stage: the sequence of a catalog's next epoch is sent in pages that nobody sees; a Transact then puts it, and those of other catalogs, in the
 * place of what is in force, all or nothing (docs/extensions.md, Stores). Ours: the drafts have no epochs.
 */
import type { Struct } from "../../codec/field.ts";
import { binary, boolean, count, list, optional, string, struct } from "../../codec/field.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { envelope } from "../../dare/index.ts";
import { ContainerStatus } from "./container.ts";
import { type Response, responseFields } from "./response.ts";

/** A page for the end of a staged sequence. What is there already changes nothing, so that a writer may go on after any interruption. */
export interface StageRequest {
  readonly Account: string;
  /** 1 to 64 characters, drawn by the writer. Another name drops what the same link key has staged for the catalog before. */
  readonly Stage: string;
  /** Label of a catalog. */
  readonly Container: string;
  /** One more than the epoch in force. */
  readonly Epoch: number;
  /** Index of the page's first frame. */
  readonly Index: number;
  /** TreeDigest of the staged frame before it. */
  readonly Digest?: Uint8Array;
  /** None only asks how far the staged sequence has come. */
  readonly Envelopes: readonly DareEnvelope[];
  /** The service has lost the frame that this epoch goes on from: an administrator gives it back an epoch that it had. */
  readonly GivenBack?: boolean;
}
export const StageRequest: Struct<StageRequest> = struct<StageRequest>("StageRequest", {
  Account: string,
  Stage: string,
  Container: string,
  Epoch: count,
  Index: count,
  Digest: optional(binary),
  Envelopes: list(envelope),
  GivenBack: optional(boolean),
});

/** How far the staged sequence has come: one entry. */
export interface StageResponse extends Response {
  readonly ContainerStatus: readonly ContainerStatus[];
}
export const StageResponse: Struct<StageResponse> = struct<StageResponse>("StageResponse", {
  ...responseFields,
  ContainerStatus: list(ContainerStatus),
});

/** Puts a staged sequence in the place of the epoch in force. */
export interface StageSwitch {
  readonly Container: string;
  readonly Stage: string;
  /** Where the epoch in force is expected to end. */
  readonly Former: ContainerStatus;
  readonly Epoch: number;
  /** Number of staged frames. */
  readonly Index: number;
  /** TreeDigest of the last of them. */
  readonly Digest: Uint8Array;
}
export const StageSwitch: Struct<StageSwitch> = struct<StageSwitch>("StageSwitch", {
  Container: string,
  Stage: string,
  Former: ContainerStatus,
  Epoch: count,
  Index: count,
  Digest: binary,
});
