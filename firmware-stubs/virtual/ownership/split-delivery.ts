/**
 * A delivery that a split has signed (docs/extensions.md §16): the device holds it against the limits itself, under the administrators' key that it then
 * pins. It counts for a device without an owner alone, and never for what can do harm; a device has no clock and knows no other devices' numbers.
 */
import { equalBytes } from "../../../src/base/bytes.ts";
import { MeshError, verificationError } from "../../../src/base/errors.ts";
import { decodeObject } from "../../../src/codec/index.ts";
import type { PublicKey } from "../../../src/crypto/index.ts";
import { sha512 } from "../../../src/crypto/index.ts";
import type { ConnectionDevice, ConnectionHub, RespondSplit } from "../../../src/schema/index.ts";
import {
  AdministratorSplit,
  classKey,
  publicKeyOf,
  RespondDevice,
  requireWithin,
  SplitConnection,
  verifyObject,
  vouchedConnectionDevice,
  vouchedConnectionHub,
} from "../../../src/schema/index.ts";
import type { Lock } from "../image/image-object.ts";

/** A delivery whose signatures hold. */
export interface OpenedRespond {
  readonly respond: RespondDevice;
  /** The administrators' key that the device goes by. */
  readonly signer: PublicKey;
  readonly device: ConnectionDevice;
  readonly hub: ConnectionHub;
  readonly isSplit: boolean;
}

/**
 * @param owner the administrators' key, once the owner has shown that he knows the code
 * Errors: ERR_OWNED, ERR_NOT_AUTHORIZED beyond the limits, ERR_VERIFICATION, ERR_SCHEMA, ERR_KEY.
 */
export function openSplitDelivery(
  { EnvelopedAdministratorSplit, EnvelopedSplitConnection, Respond }: RespondSplit,
  context: { readonly deviceUdf: string; readonly deviceClass: string; readonly lock: Lock },
  owner: (respond: RespondDevice) => PublicKey,
): OpenedRespond {
  if (context.lock.AccountUdf !== undefined) throw new MeshError("ERR_OWNED", "a split connects no device that has an owner");
  const respond = decodeObject(RespondDevice, Respond);
  const signer = owner(respond);
  const split = verifyObject(AdministratorSplit, EnvelopedAdministratorSplit, [signer]).value;
  const connection = verifyObject(SplitConnection, EnvelopedSplitConnection, [publicKeyOf(split.Key)]).value;
  requireWithin(split, connection);
  const device = vouchedConnectionDevice(respond.EnvelopedConnectionDevice);
  const agrees =
    respond.NewAdministrator === undefined &&
    split.AccountUdf === respond.AccountUdf &&
    connection.DeviceUdf === context.deviceUdf &&
    classKey(connection.Class) === classKey(context.deviceClass) &&
    connection.HubUdf === respond.HubUdf &&
    connection.DealEpoch === respond.DealEpoch &&
    device.Roles.length === 0 &&
    equalBytes(connection.RespondDigest, sha512(Respond)) &&
    equalBytes(connection.ConnectionDigest, sha512(respond.EnvelopedConnectionDevice.body));
  if (!agrees) throw verificationError("RespondSplit");
  return { respond, signer, device, hub: vouchedConnectionHub(respond.EnvelopedConnectionHub), isSplit: true };
}
