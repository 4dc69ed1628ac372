/** A device of the account names its command key, which its connection lacks: those of 0.2.0 and before. extensions §15. */
import type { Struct } from "../../codec/field.ts";
import { string, struct } from "../../codec/field.ts";
import { KeyData } from "../key/key-data.ts";

/** Signed with the device's Signature key, sealed to AdministratorEncryption, in MMM_Command. */
export interface OfferCommandKey {
  readonly MessageId: string;
  readonly DeviceUdf: string;
  readonly Command25519: KeyData;
}
export const OfferCommandKey: Struct<OfferCommandKey> = struct<OfferCommandKey>("OfferCommandKey", {
  MessageId: string,
  DeviceUdf: string,
  Command25519: KeyData,
});
