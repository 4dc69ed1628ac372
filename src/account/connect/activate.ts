/**
 * Makes a full-size device a member of an account: overlay keys, connection, activations, its catalog entry and its rights at the service.
 * schema-08 §3.4, §4.2-4.3, §9; protocol-09 §9. The administration device computes the public side only.
 */
import { dateTime } from "../../base/clock.ts";
import { encodeObject } from "../../codec/index.ts";
import type { PrivateKey, PublicKey } from "../../crypto/index.ts";
import { addPublic, deriveKey, newSeed, seedSpecifier, sha512 } from "../../crypto/index.ts";
import type { ActivationSummary, Enveloped, ProfileDevice, Role } from "../../schema/index.ts";
import {
  AccessCapability,
  ActivationAccount,
  ActivationDevice,
  type CatalogedAccess,
  CatalogedDevice,
  ConnectionDevice,
  ConnectionHub,
  envelopeObject,
  keyDataOf,
  keyName,
  publicKeyOf,
  rightsOf,
} from "../../schema/index.ts";
import type { Ports } from "../context/ports.ts";
import type { Authority } from "./grant.ts";
import { grantedKeys, heldKeys } from "./grant.ts";

/** Whom to connect and as what. */
export interface ActivateOptions {
  readonly authority: Authority;
  readonly profile: ProfileDevice;
  readonly profileEnvelope: Enveloped<ProfileDevice>;
  readonly roles: readonly Role[];
  readonly localName?: string;
  readonly ports: Pick<Ports, "clock" | "random">;
}

/** The entries of a new member. */
export interface Activated {
  readonly device: CatalogedDevice;
  readonly access: CatalogedAccess;
  readonly encryption: PublicKey;
}

/** How long a hub that nobody renews may give orders that carry a risk. */
export const hubLimitMs = 90 * 86_400_000;

/** The keys that a device's roles grant, sealed to it. */
export function activationAccount(options: {
  readonly authority: Authority;
  readonly roles: readonly Role[];
  readonly version: number;
  readonly encryption: PublicKey;
  readonly random: Ports["random"];
}): { readonly envelope: Enveloped<ActivationAccount>; readonly summary: ActivationSummary } {
  const { authority, roles, version, encryption, random } = options;
  const envelope = envelopeObject({
    struct: ActivationAccount,
    value: { Version: version, ...grantedKeys(authority, roles) },
    signers: [authority.administrator.signature],
    recipients: [encryption],
    random,
  });
  return { envelope, summary: { Version: version, Keys: heldKeys(authority, roles) } };
}

/** Makes the entries of a new member of an account. */
export function activateDevice(options: ActivateOptions): Activated {
  const { authority, profile, roles, ports } = options;
  const { signature } = authority.administrator;
  const seed = newSeed(ports.random, seedSpecifier.deviceActivation);
  const overlay = (base: PublicKey, name: string): PublicKey => addPublic(base, deriveKey(seed, name, base.curve).public);
  const encryption = overlay(publicKeyOf(profile.Encryption), keyName.activationEncrypt);
  const authentication = overlay(publicKeyOf(profile.Authentication), keyName.activationAuthenticate);
  const udf = profile.ProfileSignature.Udf;
  const connection: ConnectionDevice = {
    Subject: udf,
    Authority: authority.accountUdf,
    Account: authority.address,
    Roles: roles,
    Authentication: keyDataOf(authentication),
    Signature: keyDataOf(overlay(publicKeyOf(profile.Signature), keyName.activationSign)),
    Encryption: keyDataOf(encryption),
    ...(profile.Command25519 && !roles.includes("hub")
      ? { Command25519: keyDataOf(overlay(publicKeyOf(profile.Command25519), keyName.activationCommand25519)) }
      : {}),
    Link: profile.Link,
    ...commandCapability(roles),
  };
  const { random } = ports;
  const activation = activationAccount({ authority, roles, version: 1, encryption, random });
  const device: CatalogedDevice = {
    DeviceUdf: udf,
    Updated: dateTime(ports.clock.now()),
    ...(options.localName === undefined ? {} : { LocalName: options.localName }),
    EnvelopedProfileUser: authority.profileEnvelope,
    EnvelopedProfileDevice: options.profileEnvelope,
    EnvelopedConnectionDevice: envelopeObject({ struct: ConnectionDevice, value: connection, signers: [signature], random }),
    ...(roles.includes("hub") ? { EnvelopedConnectionHub: hubLimit(options) } : {}),
    EnvelopedActivationDevice: envelopeObject({
      struct: ActivationDevice,
      value: { ActivationKey: seed, AccountUdf: udf },
      signers: [signature],
      recipients: [publicKeyOf(profile.Encryption)],
      random,
    }),
    EnvelopedActivationAccount: activation.envelope,
  };
  return { device, access: accessOf({ device, connection, activation: activation.summary, signature, random }), encryption };
}

/** What the role `command` allows: all commands of all devices. */
export function commandCapability(roles: readonly Role[]): Pick<ConnectionDevice, "Capabilities"> {
  return roles.includes("command") ? { Capabilities: [{ tag: "CapabilityCommand", value: {} }] } : {};
}

/** The hub-wide ConnectionHub: its time limit begins with its connection. */
function hubLimit({ authority, profile, ports }: ActivateOptions): Enveloped<ConnectionHub> {
  const value: ConnectionHub = {
    Subject: profile.ProfileSignature.Udf,
    Authority: authority.accountUdf,
    LinkKeys: profile.Link,
    DeviceUdf: [],
    DealEpoch: 0,
    NotOnOrAfter: dateTime(ports.clock.now() + hubLimitMs),
  };
  return envelopeObject({ struct: ConnectionHub, value, signers: [authority.administrator.signature], random: ports.random });
}

/** A member's rights at the service, with its own entry sealed to it. */
export function accessOf(options: {
  readonly device: CatalogedDevice;
  readonly connection: ConnectionDevice;
  readonly activation: ActivationSummary;
  readonly signature: PrivateKey;
  readonly random: Ports["random"];
}): CatalogedAccess {
  const { device, connection, activation, signature, random } = options;
  const capability: AccessCapability = {
    Id: connection.Authentication.Udf,
    LinkUdf: connection.Link.map(({ Udf }) => Udf),
    Active: true,
    Rights: rightsOf(connection.Roles as readonly Role[]),
    DeviceUdf: device.DeviceUdf,
    EnvelopedCatalogedDevice: envelopeObject({
      struct: CatalogedDevice,
      value: device,
      signers: [signature],
      recipients: [publicKeyOf(connection.Encryption)],
      random,
    }),
    CatalogedDeviceDigest: sha512(encodeObject(CatalogedDevice, device)),
    Activation: activation,
  };
  return { Capability: { tag: AccessCapability.tag, value: capability } };
}
