/** The owner's order to forget former epochs of stores (docs/extensions.md §5). Signed by AdministratorSignature; given twice it does the same. */
import type { Struct } from "../../codec/field.ts";
import { count, dateTime, list, string, struct } from "../../codec/field.ts";

/** Epochs of one store that go. */
export interface PurgedStore {
  readonly Store: string;
  /** Every epoch below this one. */
  readonly Below: number;
}
export const PurgedStore: Struct<PurgedStore> = struct<PurgedStore>("PurgedStore", { Store: string, Below: count });

/** What the service is to forget. */
export interface PurgeEpochs {
  readonly AccountUdf: string;
  readonly Stores: readonly PurgedStore[];
  readonly Time: string;
  readonly DeviceUdf: string;
}
export const PurgeEpochs: Struct<PurgeEpochs> = struct<PurgeEpochs>("PurgeEpochs", {
  AccountUdf: string,
  Stores: list(PurgedStore),
  Time: dateTime,
  DeviceUdf: string,
});
