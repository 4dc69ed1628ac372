/** The administrator's part of a group's key, in a catalog of the group's own account that the service cannot read. docs/extensions.md §17. */
import type { Struct } from "../../codec/field.ts";
import { optional, string, struct } from "../../codec/field.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";
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
  /** That it may be the group's key; absent in a part that was dealt. */
  readonly EnvelopedWord?: Enveloped<GroupKeyWord>;
}
export const CatalogedGroupKey: Struct<CatalogedGroupKey> = struct<CatalogedGroupKey>("CatalogedGroupKey", {
  DeviceUdf: optional(string),
  PowerId: string,
  Own: KeyData,
  Service: optional(KeyData),
  EnvelopedWord: optional(enveloped<GroupKeyWord>()),
});

/** What a machine says of a key that it makes: signed by the group's root key, without which no key takes the place of another. */
export interface GroupKeyWord {
  readonly GroupUdf: string;
  /** The key in force, whose place it takes. */
  readonly FormerUdf: string;
  readonly PowerId: string;
  /** Of the public halves of the two parts. */
  readonly OwnUdf: string;
  readonly ServiceUdf?: string;
}
export const GroupKeyWord: Struct<GroupKeyWord> = struct<GroupKeyWord>("GroupKeyWord", {
  GroupUdf: string,
  FormerUdf: string,
  PowerId: string,
  OwnUdf: string,
  ServiceUdf: optional(string),
});
