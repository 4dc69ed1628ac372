/** Purge: the owner lets the service forget former epochs of stores, by an order that an administrator signed (docs/extensions.md §5). Ours. */
import type { Struct } from "../../codec/field.ts";
import { count, list, string, struct } from "../../codec/field.ts";
import type { Enveloped, PurgeEpochs } from "../../schema/index.ts";
import { enveloped } from "../../schema/index.ts";
import { type Response, responseFields } from "./response.ts";

/** An order for one account. */
export interface PurgeRequest {
  readonly Account: string;
  readonly EnvelopedPurgeEpochs: Enveloped<PurgeEpochs>;
}
export const PurgeRequest: Struct<PurgeRequest> = struct<PurgeRequest>("PurgeRequest", {
  Account: string,
  EnvelopedPurgeEpochs: enveloped<PurgeEpochs>(),
});

/** One epoch of one store. */
export interface EpochOfStore {
  readonly Container: string;
  readonly Epoch: number;
}
const EpochOfStore: Struct<EpochOfStore> = struct<EpochOfStore>("EpochOfStore", { Container: string, Epoch: count });

/** What became of the epochs that the order names and that were there. */
export interface PurgeResponse extends Response {
  readonly Purged: readonly EpochOfStore[];
  /** In force less than a day ago: devices may still ask for their ends. */
  readonly Kept: readonly EpochOfStore[];
}
export const PurgeResponse: Struct<PurgeResponse> = struct<PurgeResponse>("PurgeResponse", {
  ...responseFields,
  Purged: list(EpochOfStore),
  Kept: list(EpochOfStore),
});
