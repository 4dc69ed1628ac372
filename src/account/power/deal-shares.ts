/**
 * Splits keys between a device and the account's service, afresh each time: the device's shares for its activation, the service's for the Access
 * catalog, sealed to it. Neither is anything alone, and shares of two deals do not fit together. schema-08 §7; threshold-06 §4; extensions §6.
 */
import type { Random } from "../../base/random.ts";
import type { PrivateKey, PublicKey } from "../../crypto/index.ts";
import { deal } from "../../crypto/index.ts";
import type { ActivationShare, CatalogedPower } from "../../schema/index.ts";
import { CapabilityDecryptServiced, CapabilitySignServiced, isCatalog, keyDataOf, sealServicedShare } from "../../schema/index.ts";
import { indexKeyOf } from "../store/catalog-update.ts";

/** A key that is to be shared. */
export interface SplitKey {
  readonly resource: string;
  readonly keyEpoch: number;
  readonly key: PrivateKey;
}

/** Whose shares these are. */
export interface DealOptions {
  readonly accountUdf: string;
  /** UDF of the device's X448 link key: what its sessions with the service show. */
  readonly granteeUdf: string;
  /** ServiceEncryption of the account's service. */
  readonly service: PublicKey;
  readonly random: Random;
}

/** Operations of one power: a device that somebody else uses asks for no more. */
const rates = { agree: { PerMinute: 600, PerDay: 20_000 }, sign: { PerMinute: 30, PerDay: 1_000 } } as const;

/** What a device may sign together with the service: messages between accounts, and its card. */
const signedTypes = ["RequestConfirmation", "ResponseConfirmation", "MessageContact", "ContactPerson", "MessageClaim"] as const;

/** Deals one key. @param id of the capability, a nonce UDF that nothing had before */
export function dealKey(
  { resource, keyEpoch, key }: SplitKey,
  id: string,
  { accountUdf, granteeUdf, service, random }: DealOptions,
): { readonly share: ActivationShare; readonly power: CatalogedPower } {
  const [own, counterpart] = deal({ secret: key, parties: 2, random }) as [PrivateKey, PrivateKey];
  const { crv, Private } = own.export();
  const share: ActivationShare = {
    Resource: resource,
    KeyEpoch: keyEpoch,
    Key: keyDataOf(key.public),
    ServiceId: id,
    Share: { Udf: id, PrivateParameters: { tag: "PrivateKeyECDH", value: { crv, Private } } },
    Counterpart: keyDataOf(counterpart.public),
    ...(isCatalog(resource) ? { IndexKey: indexKeyOf(key) } : {}),
  };
  const common = {
    Id: id,
    Active: true,
    GranteeUdf: granteeUdf,
    Resource: resource,
    KeyEpoch: keyEpoch,
    EnvelopedKeyShare: sealServicedShare({ share: counterpart, accountUdf, capabilityId: id, service, random }),
  };
  const isSigning = key.curve === "Ed448" || key.curve === "Ed25519";
  const power: CatalogedPower = isSigning
    ? {
        Capability: {
          tag: CapabilitySignServiced.tag as "CapabilitySignServiced",
          value: { ...common, ...rates.sign, Key: keyDataOf(key.public), Partial: keyDataOf(own.public), MessageTypes: signedTypes, Sealed: true },
        },
      }
    : { Capability: { tag: CapabilityDecryptServiced.tag as "CapabilityDecryptServiced", value: { ...common, ...rates.agree } } };
  own.wipe();
  counterpart.wipe();
  return { share, power };
}
