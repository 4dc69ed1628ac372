/** Home Assistant: shapes of the hub's interface, version 1. For the owner of the machine alone. */
import * as v from "valibot";

const text = (limit: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(limit));

/** POST /v1/home-assistant/connect: `password` is shown this once. */
export const haConnected = v.object({
  /** Addresses of the hub; one of them. */
  hosts: v.array(v.string()),
  port: v.number(),
  username: v.string(),
  password: v.string(),
  /** The same broker with TLS, where it has that. */
  tls: v.optional(
    v.object({
      port: v.number(),
      /** SHA-256 of the authority, or of a certificate of the owner's. */
      fingerprint: v.string(),
      /** PEM of the hub's own authority, and the name that it vouches for beside the hub's addresses; absent with a certificate of the owner's. */
      authority: v.optional(v.string()),
      name: v.optional(v.string()),
    }),
  ),
  /** Devices that it sees now. */
  devices: v.number(),
});
export type HaConnected = v.InferOutput<typeof haConnected>;

/** POST /v1/home-assistant/disconnect */
export const haDisconnected = v.object({});

/** A device and whether Home Assistant sees it: by the list of this hub, by a grant of the account, or not. */
export const haDevice = v.object({ udf: v.string(), name: v.string(), class: v.string(), seen: v.picklist(["list", "grant", "no"]) });
export type HaDevice = v.InferOutput<typeof haDevice>;

/** GET /v1/home-assistant/devices: `username` of the login, where there is one. */
export const haDevices = v.object({ username: v.optional(v.string()), devices: v.array(haDevice) });
export type HaDevices = v.InferOutput<typeof haDevices>;

/** POST /v1/home-assistant/share: devices by name or fingerprint. */
export const haShareRequest = v.strictObject({ devices: v.pipe(v.array(text(128)), v.minLength(1), v.maxLength(256)), shared: v.boolean() });
export const haShared = v.object({ devices: v.array(haDevice) });
