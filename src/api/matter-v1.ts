/** Matter: shapes of the hub's interface, version 1. For the owner of the machine alone. */
import * as v from "valibot";

const text = (limit: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(limit));

/** GET /v1/matter */
export const matterStatus = v.object({
  state: v.picklist(["off", "up", "down", "unavailable"]),
  /** Why it is not up. */
  detail: v.optional(v.string()),
  /** Devices that go out now. */
  devices: v.number(),
  /** Those that the bridge was added to: the vendor's number, and what the ecosystem calls itself. */
  ecosystems: v.array(v.object({ vendor: v.number(), label: v.string() })),
  /** Until when whoever has the code is let in. */
  pairingUntil: v.optional(v.string()),
});
export type MatterStatus = v.InferOutput<typeof matterStatus>;

/** POST /v1/matter/pair: the code is shown this once. */
export const matterPaired = v.object({
  /** Digits to type. */
  manual: v.string(),
  /** Text of a QR code. */
  qr: v.string(),
  minutes: v.number(),
  devices: v.number(),
});
export type MatterPaired = v.InferOutput<typeof matterPaired>;

/** POST /v1/matter/disconnect: `untold` says why the ecosystems could not be told, where they could not. */
export const matterDisconnected = v.object({ ecosystems: v.number(), untold: v.optional(v.string()) });
export type MatterDisconnected = v.InferOutput<typeof matterDisconnected>;

/** A device: what it is to Matter (nothing when it has no counterpart), and whether it goes out: by the list of this hub, by a grant of the account, or not. */
export const matterDevice = v.object({
  udf: v.string(),
  name: v.string(),
  class: v.string(),
  as: v.array(v.string()),
  seen: v.picklist(["list", "grant", "no"]),
});
export type MatterDevice = v.InferOutput<typeof matterDevice>;

/** GET /v1/matter/devices */
export const matterDevices = v.object({ devices: v.array(matterDevice) });
export type MatterDevices = v.InferOutput<typeof matterDevices>;

/** POST /v1/matter/share: devices by name or fingerprint. */
export const matterShareRequest = v.strictObject({ devices: v.pipe(v.array(text(128)), v.minLength(1), v.maxLength(256)), shared: v.boolean() });
export const matterShared = v.object({ devices: v.array(matterDevice) });
