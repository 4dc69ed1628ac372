/** The administrator's part of a group's key, in a catalog of the group's own account that the service cannot read. docs/extensions.md §17. */
import type { Struct } from "../../codec/field.ts";
import { optional, string, struct } from "../../codec/field.ts";
import { KeyData } from "../key/key-data.ts";

/** With the service's part it is the key; alone it opens nothing. */
export interface CatalogedGroupKey {
  /** The machine that it is dealt to, beside the one that made the key; absent: the one that made it. */
  readonly DeviceUdf?: string;
  /** CapabilityKeyGenerate that the service's part stands in. */
  readonly PowerId: string;
  /** The administrator's part, in scalar form. */
  readonly Own: KeyData;
  /** Public half of the service's part; absent until the two have made the key. */
  readonly Service?: KeyData;
}
export const CatalogedGroupKey: Struct<CatalogedGroupKey> = struct<CatalogedGroupKey>("CatalogedGroupKey", {
  DeviceUdf: optional(string),
  PowerId: string,
  Own: KeyData,
  Service: optional(KeyData),
});
