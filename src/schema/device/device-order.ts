/**
 * An order that the device judges, not its hub. extensions §15. Signed with the sender's Command25519 (Ed25519ctx, compact envelope), then sealed
 * to the device's composite Encryption key (link, sealToComposite), so that the device reads it with its hub's part and the hub alone does not.
 */
import type { Struct } from "../../codec/field.ts";
import { binary, integer, list, string, struct } from "../../codec/field.ts";
import { sealedPrologue } from "./derive.ts";
import { StateValue } from "./state.ts";

/** What one of the owner's devices tells a constrained device. Its signer is the Command25519 of a grant. */
export interface DeviceOrder {
  readonly AccountUdf: string;
  readonly DeviceUdf: string;
  /** Of the deal in force at the device. */
  readonly DealEpoch: number;
  /** 16 octets that the device gave out for this order alone. */
  readonly Nonce: Uint8Array;
  /** Nonce UDF that names the order in the device's report. */
  readonly MessageId: string;
  readonly Command: string;
  readonly Arguments: readonly StateValue[];
}
export const DeviceOrder: Struct<DeviceOrder> = struct<DeviceOrder>("DeviceOrder", {
  AccountUdf: string,
  DeviceUdf: string,
  DealEpoch: integer,
  Nonce: binary,
  MessageId: string,
  Command: string,
  Arguments: list(StateValue),
});

/** Octets of a nonce that a device gives out, or that a reader asks it with. */
export const orderNonceLength = 16;
/** How long a nonce counts at the device, by its uptime: asked for in the house, and from afar. Seconds. */
export const orderNonceSeconds = { house: 10, afar: 30 } as const;
/** Octets of a signed order before sealing at most. */
export const maxDeviceOrder = 2048;

/** Prologue of the seal of an order: for which device, through which hub, under which deal. */
export function orderPrologue(names: { readonly deviceUdf: string; readonly hubUdf: string; readonly dealEpoch: number }): Uint8Array {
  return sealedPrologue(DeviceOrder.tag, names);
}
