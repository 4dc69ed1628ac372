/** Deals a constrained device's activation between the device and its hub, as an administrator: signs what each of them is given, and seals it. extensions §3-4. */
import { MeshError } from "../../base/errors.ts";
import { encodeJsonB } from "../../codec/index.ts";
import type { PrivateKey, PublicKey } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { envelope as envelopeField } from "../../dare/index.ts";
import { sealOneWay } from "../../link/index.ts";
import type { DeviceContribution, Enveloped, ProfileDevice } from "../../schema/index.ts";
import {
  ActivationDeal,
  ActivationHub,
  ConnectionDevice,
  ConnectionHub,
  envelopeObject,
  keyDataOf,
  publicKeyOf,
  RespondDevice,
  sealedPrologue,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import type { DealHub } from "./deal-parts.ts";
import { dealtParts } from "./deal-parts.ts";

/** One deal. */
export interface DealOptions {
  readonly context: AccountContext;
  readonly profile: ProfileDevice;
  readonly contribution: DeviceContribution;
  readonly hub: DealHub;
  readonly activation: ActivationDeal;
  /** Epochs under which the device may still hail, when it was dealt before; that of the deal it is known to have taken first. */
  readonly previousEpochs?: readonly number[];
  readonly claimMessageId?: string;
  /** The administrators' key that the device goes by, where that was replaced since: it vouches for the one in force. */
  readonly pinned?: PrivateKey;
}

/** What a deal gives to the device catalog. */
export interface Deal {
  readonly EnvelopedConnectionDevice: Enveloped<ConnectionDevice>;
  readonly EnvelopedActivationHub: readonly Enveloped<ActivationHub>[];
  readonly EnvelopedActivationDeal: Enveloped<ActivationDeal>;
  readonly SealedRespondDevice: Uint8Array;
  readonly HubUdf: string;
  readonly DealEpoch: number;
}

/** Most octets of what is sealed to a small device, before sealing. Three signed objects in one take 2.7 kB. */
export const maxForDevice = 3072;

/** Deals a device. Errors: ERR_NOT_AUTHORIZED, ERR_TOO_LARGE when the result would not fit the device. */
export function dealDevice(options: DealOptions): Deal {
  const { context, profile, contribution, hub, activation } = options;
  const { ports, accountUdf, address } = context;
  const { random } = ports;
  const administrator = administratorOf(context);
  const signers = [administrator.signature25519];
  const known = options.pinned ?? administrator.signature25519;
  const { previousEpochs, claimMessageId } = options;
  const { connection, connectionHub, hubPart, respond } = dealtParts({
    accountUdf,
    address,
    profile,
    contribution,
    hub,
    activation,
    administrator: known.public,
    random,
    ...(previousEpochs ? { previousEpochs } : {}),
    ...(claimMessageId === undefined ? {} : { claimMessageId }),
  });
  const connectionEnvelope = envelopeObject({ struct: ConnectionDevice, value: connection, signers, random, compact: true });
  const value: RespondDevice = {
    ...respond,
    EnvelopedConnectionDevice: connectionEnvelope,
    EnvelopedConnectionHub: envelopeObject({ struct: ConnectionHub, value: connectionHub, signers, random, compact: true }),
    ...(options.pinned ? { NewAdministrator: keyDataOf(administrator.signature25519.public) } : {}),
  };
  return {
    EnvelopedConnectionDevice: connectionEnvelope,
    EnvelopedActivationHub: [
      envelopeObject({ struct: ActivationHub, value: hubPart, signers: [administrator.signature], recipients: [hub.encryption], random }),
    ],
    EnvelopedActivationDeal: envelopeObject({
      struct: ActivationDeal,
      value: activation,
      signers: [administrator.signature],
      recipients: [administrator.encryption.public],
      random,
    }),
    SealedRespondDevice: sealForDevice({
      context,
      tag: RespondDevice.tag,
      envelope: envelopeObject({ struct: RespondDevice, value, signers: [known], random, compact: true }),
      to: publicKeyOf(contribution.Link25519),
      deviceUdf: profile.ProfileSignature.Udf,
      hubUdf: hub.udf,
      dealEpoch: activation.DealEpoch,
    }),
    HubUdf: hub.udf,
    DealEpoch: activation.DealEpoch,
  };
}

/** Seals a signed object to a device by the one-way pattern. Errors: ERR_TOO_LARGE. */
export function sealForDevice(options: {
  readonly context: AccountContext;
  readonly tag: string;
  readonly envelope: DareEnvelope;
  readonly to: PublicKey;
  readonly deviceUdf: string;
  readonly hubUdf: string;
  readonly dealEpoch: number;
  readonly limit?: number;
}): Uint8Array {
  const { limit = maxForDevice } = options;
  const plaintext = encodeJsonB(envelopeField.encode(options.envelope));
  if (plaintext.length > limit) throw new MeshError("ERR_TOO_LARGE", `${options.tag} has ${plaintext.length} octets, a device takes ${limit}`);
  return sealOneWay({ recipient: options.to, prologue: sealedPrologue(options.tag, options), plaintext, random: options.context.ports.random });
}
