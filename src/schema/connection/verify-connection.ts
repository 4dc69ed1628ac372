/** A connection is valid under the administrators' keys, and when every key in it can be used as its member says. schema-08 §4.2; extensions §1, §3. */

import type { PublicKey } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import type { Verified } from "../enveloped.ts";
import { peekObject, verifyObject } from "../enveloped.ts";
import type { KeyUses } from "../key/check-keys.ts";
import { checkKeys, uses448, uses25519 } from "../key/check-keys.ts";
import { ConnectionDevice, ConnectionHub } from "./connection.ts";

const fullDevice: KeyUses = {
  Authentication: uses448.agree,
  Signature: uses448.sign,
  Encryption: uses448.agree,
  Command25519: uses25519.sign,
  Link: { curves: ["X448", "X25519"], least: "X448" },
};

/** Of a constrained device the fresh link key stands for Authentication, too. */
const constrainedDevice: KeyUses = {
  Authentication: uses25519.link,
  Signature: uses25519.sign,
  Encryption: uses25519.point,
  Link: { ...uses25519.link, least: "X25519", same: "Authentication" },
};

const hub: KeyUses = { LinkKeys: { ...uses25519.link, least: "X25519" } };

/** Verifies a device's connection. Errors: ERR_VERIFICATION, ERR_SCHEMA, ERR_KEY with the member that holds an unusable key. */
export function verifyConnectionDevice(enveloped: DareEnvelope, administrators: readonly PublicKey[]): Verified<ConnectionDevice> {
  const verified = verifyObject(ConnectionDevice, enveloped, administrators);
  const isConstrained = verified.value.Signature.PublicParameters?.value.crv === "Ed25519";
  checkKeys(ConnectionDevice.tag, verified.value, isConstrained ? constrainedDevice : fullDevice);
  return verified;
}

/** A constrained device's connection whose octets somebody has vouched for elsewhere, as a split does. Errors: ERR_SCHEMA, ERR_KEY. */
export function vouchedConnectionDevice(enveloped: DareEnvelope): ConnectionDevice {
  const value = peekObject(ConnectionDevice, enveloped);
  checkKeys(ConnectionDevice.tag, value, constrainedDevice);
  return value;
}

/** The same of a hub's. */
export function vouchedConnectionHub(enveloped: DareEnvelope): ConnectionHub {
  const value = peekObject(ConnectionHub, enveloped);
  checkKeys(ConnectionHub.tag, value, hub);
  return value;
}

/** Verifies a hub's connection with one device. Errors: as verifyConnectionDevice. */
export function verifyConnectionHub(enveloped: DareEnvelope, administrators: readonly PublicKey[]): Verified<ConnectionHub> {
  const verified = verifyObject(ConnectionHub, enveloped, administrators);
  checkKeys(ConnectionHub.tag, verified.value, hub);
  return verified;
}
