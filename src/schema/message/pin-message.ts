/** PINs that were issued. schema-08 §8.1; Roles and LocalName: 2022 and extensions §3; Contact: extensions §10. */
import type { Struct } from "../../codec/field.ts";
import { boolean, dateTime, list, optional, string, struct } from "../../codec/field.ts";

/** A PIN that was issued; MessageId = PinId. Signed, and sealed to AdministratorEncryption. */
export interface MessagePin {
  readonly MessageId: string;
  readonly Account: string;
  readonly Expires: string;
  readonly Automatic: boolean;
  readonly SaltedPin: string;
  readonly Action: string;
  readonly Roles?: readonly string[];
  /** Catalogs of which the role `threshold` is to get a share alone. */
  readonly SharedStores?: readonly string[];
  readonly LocalName?: string;
  /** Fingerprint of the account that was sent this PIN and alone may use it. */
  readonly Contact?: string;
}
export const MessagePin: Struct<MessagePin> = struct<MessagePin>("MessagePin", {
  MessageId: string,
  Account: string,
  Expires: dateTime,
  Automatic: boolean,
  SaltedPin: string,
  Action: string,
  Roles: optional(list(string)),
  SharedStores: optional(list(string)),
  LocalName: optional(string),
  Contact: optional(string),
});
