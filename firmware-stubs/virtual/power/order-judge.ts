/**
 * Judges an order that the owner sealed to the device (docs/device-link.md §7.1): who signed it, whether he may, for which device and deal, and
 * whether its nonce is out. The nonce is used up first. Whatever it refuses before that gets no signed answer: one order has one outcome.
 */
import { MeshError, verificationError } from "../../../src/base/errors.ts";
import { parseEnvelope } from "../../../src/dare/index.ts";
import type { CommandGrant } from "../../../src/schema/index.ts";
import { DeviceOrder, maxDeviceOrder, publicKeyOf, verifyObject } from "../../../src/schema/index.ts";
import type { SlotConnection } from "../image/image-object.ts";
import type { DelegationContext } from "./delegation.ts";
import { grantOf, openDelegation } from "./delegation.ts";
import type { NonceUse, OrderNonces } from "./nonces.ts";

/** What an order is judged by. */
export interface JudgeContext extends DelegationContext {
  readonly connection: SlotConnection;
  /** Octets of the delegation in force. */
  readonly delegation: Uint8Array | undefined;
  readonly nonces: OrderNonces;
  /** MessageIds that were carried out, over restarts. */
  readonly seen: readonly string[];
}

/** An order of somebody who may give orders, for this device and deal. */
export interface JudgedOrder {
  readonly order: DeviceOrder;
  readonly use: Exclude<NonceUse, "void">;
  /** Why it is not carried out all the same. */
  readonly refusal?: MeshError;
}

/** Opens what was sealed. Errors: ERR_NOT_AUTHORIZED without a delegation, ERR_VERIFICATION, ERR_REPLAY, ERR_TOO_LARGE, ERR_SCHEMA. */
export function judgeOrder(octets: Uint8Array, context: JudgeContext): JudgedOrder {
  const { deviceUdf, connection, delegation: stored, nonces, seen } = context;
  if (octets.length > maxDeviceOrder) throw new MeshError("ERR_TOO_LARGE", `an order of ${octets.length} octets; the most is ${maxDeviceOrder}`);
  if (!stored) throw new MeshError("ERR_NOT_AUTHORIZED", "nobody has told the device whose orders it is to obey");
  const delegation = openDelegation(stored, context);
  const keys = delegation.Grants.map(({ Command25519 }) => publicKeyOf(Command25519));
  const { value: order, signer } = verifyObject(DeviceOrder, parseEnvelope(octets), keys);
  if (order.DeviceUdf !== deviceUdf || order.AccountUdf !== connection.AccountUdf) throw verificationError(DeviceOrder.tag);
  if (order.DealEpoch !== connection.DealEpoch) throw new MeshError("ERR_REPLAY", `order of epoch ${order.DealEpoch}, now ${connection.DealEpoch}`);
  const use = nonces.use(order.Nonce, order.MessageId);
  if (use === "void") throw new MeshError("ERR_REPLAY", "the nonce of the order is over, was used, or is not the device's");
  if (use === "fresh" && seen.includes(order.MessageId)) throw new MeshError("ERR_REPLAY", "an order of this name was carried out before");
  const refusal = refusalOf(order, grantOf(delegation, signer.udf));
  return { order, use, ...(refusal ? { refusal } : {}) };
}

function refusalOf({ Command }: DeviceOrder, grant: CommandGrant | undefined): MeshError | undefined {
  if (grant?.Commands?.includes(Command) !== false && grant) return undefined;
  return new MeshError("ERR_NOT_AUTHORIZED", "the sender was not given this command");
}
