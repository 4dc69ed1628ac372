/**
 * Every object of the schema by its tag: for those who look at, keep or pass on what others wrote. schema-08, all tables.
 * Fields are those of the strict descriptors, all optional, as the drafts' tables have them; objects and fields that are unknown stay as
 * they came. What an application acts on is decoded with the strict descriptor of its type.
 */
import type { DecodeOptions, OpenTagged, Struct } from "../codec/index.ts";
import { decodeJsonB, encodeJson, openTagged, partial } from "../codec/index.ts";
import * as audits from "./access/audit-entry.ts";
import * as capabilities from "./access/capability.ts";
import * as inbound from "./access/capability-inbound.ts";
import * as powers from "./access/capability-serviced.ts";
import * as activations from "./activation/activation.ts";
import * as catalogs from "./catalog/catalog.ts";
import * as connections from "./connection/connection.ts";
import * as recoveries from "./connection/recovered-device.ts";
import * as revocations from "./connection/revoked-device.ts";
import * as contacts from "./contact/contact.ts";
import * as people from "./contact/person.ts";
import * as joining from "./device/connection-objects.ts";
import * as delegations from "./device/delegation.ts";
import * as descriptions from "./device/device-description.ts";
import * as orders from "./device/device-order.ts";
import * as reports from "./device/device-report.ts";
import * as preconfigurations from "./device/preconfiguration.ts";
import * as states from "./device/state.ts";
import * as keys from "./key/key-data.ts";
import * as messages from "./message/message.ts";
import * as profiles from "./profile/profile.ts";
import * as records from "./profile/recovery-record.ts";
import * as splits from "./split/administrator-split.ts";

/** An object of a tag of the schema, or one of another tag as it came. */
export type MeshObject = OpenTagged<object>;

/** The form of CatalogedAccess that takes every capability stands for its kinds here. */
const { CatalogedAccess: _device, CatalogedInbound: _sender, CatalogedPower: _power, CatalogedRecovery: _recovery, ...others } = catalogs;
const modules = [
  capabilities,
  inbound,
  powers,
  audits,
  activations,
  others,
  connections,
  recoveries,
  revocations,
  contacts,
  people,
  joining,
  delegations,
  descriptions,
  orders,
  reports,
  preconfigurations,
  states,
  keys,
  messages,
  profiles,
  records,
  splits,
];

function isStruct(value: unknown): value is Struct<object> {
  return typeof value === "object" && value !== null && "tag" in value && "fields" in value;
}

/** Descriptors of all objects, every field optional. */
export const meshObjects: readonly Struct<object>[] = modules.flatMap((module) => Object.values<unknown>(module).filter(isStruct)).map(partial);

const anyObject = openTagged<object>(...meshObjects);

/**
 * Reads a tagged object of any type, in JSON or JSON-B. What 2022 calls ActivationAccount is read as the ActivationDevice that it is: the
 * name was given to another object, so the content decides. ERR_ENCODING, ERR_SCHEMA with the path, ERR_TOO_LARGE.
 */
export function decodeMeshObject(octets: Uint8Array, options?: DecodeOptions): MeshObject {
  const found = anyObject.decode(decodeJsonB(octets, options), "object");
  if (found.tag !== "ActivationAccount" || found.unknown !== undefined) return found;
  const names = Object.keys(found.value);
  const isDevice = names.includes("AccountUdf") && names.every((name) => name === "AccountUdf" || name === "ActivationKey");
  return isDevice ? { ...found, tag: "ActivationDevice" } : found;
}

/** Writes an object, unknown members and unknown types as they came, in JSON. */
export function encodeMeshObject(object: MeshObject): Uint8Array {
  return encodeJson(anyObject.encode(object));
}
