/**
 * Cryptographic capabilities that somebody holds himself, as the drafts have them: keys and shares of keys. What a service exercises for him is
 * in capability-serviced.ts. schema-08 §7, protocol-09 §7.6.
 * `KeyData.Udf` of a share is a nonce and no fingerprint: it is not to be checked against the share.
 */
import type { Struct } from "../../codec/field.ts";
import { boolean, list, optional, string, struct } from "../../codec/field.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { envelope } from "../../dare/index.ts";
import { KeyData } from "../key/key-data.ts";

/** What all kinds have; which fields count depends on the kind. */
export interface CryptographicCapability {
  readonly Id?: string;
  readonly Active?: boolean;
  readonly KeyData?: KeyData;
  readonly EnvelopedKeyShares?: readonly DareEnvelope[];
  readonly SubjectId?: string;
  readonly SubjectAddress?: string;
  /** Of a partial capability: the service's part, and the address of the account whose service holds it. */
  readonly ServiceId?: string;
  readonly ServiceAddress?: string;
}

/** 2022 writes one share where 2021 writes a list. */
const shares = {
  decode: (value: Parameters<typeof envelope.decode>[0], path: string): readonly DareEnvelope[] =>
    Array.isArray(value) && value.length > 0 && !Array.isArray(value[0]) ? [envelope.decode(value, path)] : list(envelope).decode(value, path),
  encode: list(envelope).encode,
};

function capability(tag: string): Struct<CryptographicCapability> {
  return struct<CryptographicCapability>(
    tag,
    {
      Id: optional(string),
      Active: optional(boolean),
      KeyData: optional(KeyData),
      EnvelopedKeyShares: optional(shares),
      SubjectId: optional(string),
      SubjectAddress: optional(string),
      ServiceId: optional(string),
      ServiceAddress: optional(string),
    },
    { fields: { EnvelopedKeyShares: ["EnvelopedKeyShare"], SubjectId: ["GranteeUdf"], SubjectAddress: ["GranteeAccount"] } },
  );
}

/** Decrypts with a whole key. */
export const CapabilityDecrypt: Struct<CryptographicCapability> = capability("CapabilityDecrypt");
/** The member's part of a shared decryption key. */
export const CapabilityDecryptPartial: Struct<CryptographicCapability> = capability("CapabilityDecryptPartial");
/** Signs. */
export const CapabilitySign: Struct<CryptographicCapability> = capability("CapabilitySign");
/** Takes part in fair exchange. */
export const CapabilityFairExchange: Struct<CryptographicCapability> = capability("CapabilityFairExchange");

/** Descriptors of all kinds. */
export const capabilityStructs: readonly Struct<CryptographicCapability>[] = [
  CapabilityDecrypt,
  CapabilityDecryptPartial,
  CapabilitySign,
  CapabilityFairExchange,
];
