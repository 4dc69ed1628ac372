/**
 * The root key's word that a machine became a device of the account by recovery, when no device was there to let it in: so it may write its own entry
 * into MMM_Device, which nobody but the account's first device may otherwise. extensions §6. Signed by ProfileSignature.
 */
import { equalBytes } from "../../base/bytes.ts";
import type { Struct } from "../../codec/field.ts";
import { binary, dateTime, string, struct } from "../../codec/field.ts";
import type { PublicKey } from "../../crypto/index.ts";
import { sha512 } from "../../crypto/index.ts";
import type { Enveloped } from "../enveloped.ts";
import { verifyObject } from "../enveloped.ts";
import type { ConnectionDevice } from "./connection.ts";

/** Lets one machine in, under one connection. */
export interface RecoveredDevice {
  readonly AccountUdf: string;
  readonly DeviceUdf: string;
  /** SHA-512 of the body of the ConnectionDevice envelope. */
  readonly ConnectionDigest: Uint8Array;
  readonly Time: string;
}
export const RecoveredDevice: Struct<RecoveredDevice> = struct<RecoveredDevice>("RecoveredDevice", {
  AccountUdf: string,
  DeviceUdf: string,
  ConnectionDigest: binary,
  Time: dateTime,
});

/** True when the root key of the account lets this device in under this connection. Errors: ERR_VERIFICATION, ERR_SCHEMA for an envelope of another kind. */
export function isLetInByRoot(
  enveloped: Enveloped<RecoveredDevice>,
  device: { readonly DeviceUdf: string; readonly EnvelopedConnectionDevice: Enveloped<ConnectionDevice> },
  root: PublicKey,
): boolean {
  const { value } = verifyObject(RecoveredDevice, enveloped, [root]);
  return (
    value.AccountUdf === root.udf &&
    value.DeviceUdf === device.DeviceUdf &&
    equalBytes(value.ConnectionDigest, sha512(device.EnvelopedConnectionDevice.body))
  );
}
