/** Orders of the owner that end a connection: ResetDevice and ReleaseDevice, sealed to the device and signed under the pinned key. extensions §4. */
import { equalBytes } from "../../../src/base/bytes.ts";
import { MeshError, verificationError } from "../../../src/base/errors.ts";
import type { Struct } from "../../../src/codec/index.ts";
import type { PrivateKey } from "../../../src/crypto/index.ts";
import { parseUdf } from "../../../src/crypto/index.ts";
import { parseEnvelope } from "../../../src/dare/index.ts";
import type { DevicePreconfigurationPrivate } from "../../../src/schema/index.ts";
import { publicKeyOf, ReleaseDevice, verifyObject } from "../../../src/schema/index.ts";
import type { Lock } from "../image/image-object.ts";
import { openSealed } from "./delivery.ts";

/** What an order is checked against. */
export interface OrderContext {
  readonly deviceUdf: string;
  readonly selected: { readonly HubUdf: string; readonly DealEpoch: number };
  readonly lock: Lock;
  /** The fresh link key. */
  readonly link: PrivateKey;
}

/** A verified order. Errors: ERR_NOT_AUTHORIZED without an owner, ERR_VERIFICATION, ERR_REPLAY for an order of an earlier epoch. */
export function openOrder<T extends { readonly DeviceUdf: string; readonly DealEpoch: number }>(
  descriptor: Struct<T>,
  sealed: Uint8Array,
  context: OrderContext,
): T {
  const { deviceUdf, selected, lock, link } = context;
  if (!lock.Administrator) throw new MeshError("ERR_NOT_AUTHORIZED", "the device has no owner who could order that");
  const epochs = [selected.DealEpoch, lock.DealEpoch];
  const octets = openSealed({ kind: descriptor.tag, sealed, recipient: link, deviceUdf, hubUdf: selected.HubUdf, epochs });
  const order = verifyObject(descriptor, parseEnvelope(octets), [publicKeyOf(lock.Administrator)]).value;
  if (order.DeviceUdf !== deviceUdf) throw verificationError(descriptor.tag);
  if (order.DealEpoch < lock.DealEpoch) throw new MeshError("ERR_REPLAY", `${descriptor.tag} of epoch ${order.DealEpoch}, now ${lock.DealEpoch}`);
  return order;
}

/** A verified release whose values make a usable factory slot. Errors as openOrder, and ERR_SCHEMA. */
export function openRelease(sealed: Uint8Array, context: OrderContext, factory: DevicePreconfigurationPrivate): ReleaseDevice {
  const release = openOrder(ReleaseDevice, sealed, context);
  for (const [name, key] of Object.entries({ KHail: release.KHail, KLink: release.KLink, Kd: release.Kd })) {
    if (key.length !== 32) throw new MeshError("ERR_SCHEMA", `${name} of ${key.length} octets`);
  }
  parseUdf(release.PublicationId);
  parseEnvelope(release.SealedDescription);
  if (equalBytes(release.KLink, factory.KLink)) throw new MeshError("ERR_SCHEMA", "the release keeps the old code");
  return release;
}
