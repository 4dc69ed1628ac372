/** What devices may do at the service. extensions §6; the cryptographic capabilities of schema-08 are in access/capability.ts. */
import type { Struct } from "../../codec/field.ts";
import { binary, boolean, list, ofKind, optional, string, struct, tagged } from "../../codec/field.ts";
import { CapabilityInbound } from "../access/capability-inbound.ts";
import { ActivationSummary, HeldKey } from "../activation/activation.ts";
import type { RevokedDevice } from "../connection/revoked-device.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";
import type { CatalogedDevice } from "./cataloged-device.ts";

/** What a device may do at the service. extensions §6. */
export interface AccessCapability {
  /** UDF of ConnectionDevice.Authentication. */
  readonly Id: string;
  readonly LinkUdf: readonly string[];
  readonly Active: boolean;
  readonly Rights: readonly string[];
  readonly DeviceUdf?: string;
  /** The device's catalog entry, sealed to it alone. */
  readonly EnvelopedCatalogedDevice?: Enveloped<CatalogedDevice>;
  readonly CatalogedDeviceDigest?: Uint8Array;
  /** Absent in entries of 0.1.0 and 0.2.0. */
  readonly Activation?: ActivationSummary;
  /** Keys that it was given under roles of before, and may have kept. */
  readonly EndedKeys?: readonly HeldKey[];
  /** Of an inactive entry: what the service hands to the device with its refusal. */
  readonly EnvelopedRevokedDevice?: Enveloped<RevokedDevice>;
}
export const AccessCapability: Struct<AccessCapability> = struct<AccessCapability>("AccessCapability", {
  Id: string,
  LinkUdf: list(string),
  Active: boolean,
  Rights: list(string),
  DeviceUdf: optional(string),
  EnvelopedCatalogedDevice: optional(enveloped<CatalogedDevice>()),
  CatalogedDeviceDigest: optional(binary),
  Activation: optional(ActivationSummary),
  EndedKeys: optional(list(HeldKey)),
  EnvelopedRevokedDevice: optional(enveloped<RevokedDevice>()),
});

/** Entry of the Access catalog for a device. */
export interface CatalogedAccess {
  readonly Capability: { readonly tag: string; readonly value: AccessCapability };
}
export const CatalogedAccess: Struct<CatalogedAccess> = ofKind(
  struct<CatalogedAccess>("CatalogedAccess", { Capability: tagged(AccessCapability) }),
  "Capability",
  [AccessCapability.tag],
);

/** Entry of the Access catalog for somebody who may write to the account, or may not. */
export interface CatalogedInbound {
  readonly Capability: { readonly tag: string; readonly value: CapabilityInbound };
}
export const CatalogedInbound: Struct<CatalogedInbound> = ofKind(
  struct<CatalogedInbound>("CatalogedAccess", { Capability: tagged(CapabilityInbound) }),
  "Capability",
  [CapabilityInbound.tag],
);
