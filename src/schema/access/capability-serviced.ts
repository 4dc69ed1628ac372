/**
 * Powers that an account has its service exercise for somebody (schema-08 §7, protocol-09 §7.6): entries of MMM_Access, each with a share of a
 * key that is sealed to the service. Whoever holds the other share uses the key only while the entry is there. docs/extensions.md, Powers.
 */
import type { Struct } from "../../codec/field.ts";
import { boolean, count, dateTime, list, optional, string, struct, word } from "../../codec/field.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";
import { KeyData } from "../key/key-data.ts";
import type { AdministratorSplit } from "../split/administrator-split.ts";

/** A share as the service opens it: bound to one entry of one account, so that nobody has it used under another. */
export interface ServicedShare {
  readonly AccountUdf: string;
  /** Id of the capability that it is for. */
  readonly CapabilityId: string;
  /** `PrivateParameters` alone, in scalar form ("X448z"); Udf is the capability's Id, as in every share of the drafts. */
  readonly Key: KeyData;
}
export const ServicedShare: Struct<ServicedShare> = struct<ServicedShare>("ServicedShare", {
  AccountUdf: string,
  CapabilityId: string,
  Key: KeyData,
});

/** What every power at the service has: whose it is, and how far it goes. */
export interface ServicedCapability {
  /** A random nonce UDF; its entry stands under `capability:ID`. Also the KeyId of operations. */
  readonly Id: string;
  /** False: refused, as if it were not there. */
  readonly Active: boolean;
  /** UDF of the link key of a device of the account; with GranteeAccount the UDF of that account, any device of which may use it that speaks for it. */
  readonly GranteeUdf: string;
  /** Folded address of an account of this service or another. */
  readonly GranteeAccount?: string;
  /** What the key is, for people: a store label or a member of ActivationAccount. */
  readonly Resource?: string;
  readonly KeyEpoch?: number;
  /** Operations in any minute and in any day; the service's own bounds when absent. */
  readonly PerMinute?: number;
  readonly PerDay?: number;
  readonly NotOnOrAfter?: string;
}

const servicedFields = {
  Id: string,
  Active: boolean,
  GranteeUdf: string,
  GranteeAccount: optional(string),
  Resource: optional(string),
  KeyEpoch: optional(count),
  PerMinute: optional(count),
  PerDay: optional(count),
  NotOnOrAfter: optional(dateTime),
};

/** The service agrees with its share of a decryption key. */
export interface CapabilityDecryptServiced extends ServicedCapability {
  readonly EnvelopedKeyShare: Enveloped<ServicedShare>;
}
export const CapabilityDecryptServiced: Struct<CapabilityDecryptServiced> = struct<CapabilityDecryptServiced>("CapabilityDecryptServiced", {
  ...servicedFields,
  EnvelopedKeyShare: enveloped<ServicedShare>(),
});

/** The service signs with its additive share: the grantee is participant 1 of FROST, the service participant 2. */
export interface CapabilitySignServiced extends ServicedCapability {
  readonly EnvelopedKeyShare: Enveloped<ServicedShare>;
  /** The whole key, public; Ed448 or Ed25519. */
  readonly Key: KeyData;
  /** The grantee's public half; the service's is the rest. */
  readonly Partial: KeyData;
  /** Tags of the objects that may be signed in clear. None when empty. */
  readonly MessageTypes: readonly string[];
  /** May bodies be signed that are no object in clear: such as are sealed to others? */
  readonly Sealed?: boolean;
  /** Of a split administration: what is signed are its connections alone, within these limits. */
  readonly EnvelopedAdministratorSplit?: Enveloped<AdministratorSplit>;
}
export const CapabilitySignServiced: Struct<CapabilitySignServiced> = struct<CapabilitySignServiced>("CapabilitySignServiced", {
  ...servicedFields,
  EnvelopedKeyShare: enveloped<ServicedShare>(),
  Key: KeyData,
  Partial: KeyData,
  MessageTypes: list(string),
  Sealed: optional(boolean),
  EnvelopedAdministratorSplit: optional(enveloped<AdministratorSplit>()),
});

/** The service makes keys together with the grantee, and deals shares of one that it has a part of. */
export interface CapabilityKeyGenerate extends ServicedCapability {
  /** Curves of the keys. */
  readonly Curves: readonly ("X25519" | "X448" | "Ed25519" | "Ed448")[];
  /** Of the joint key that shares may be dealt of; without it new keys can be made and nothing else. */
  readonly EnvelopedKeyShare?: Enveloped<ServicedShare>;
}
export const CapabilityKeyGenerate: Struct<CapabilityKeyGenerate> = struct<CapabilityKeyGenerate>("CapabilityKeyGenerate", {
  ...servicedFields,
  Curves: list(word("X25519", "X448", "Ed25519", "Ed448")),
  EnvelopedKeyShare: optional(enveloped<ServicedShare>()),
});

/** Stands where a power was withdrawn. */
export interface NullCapability {
  readonly Id: string;
}
export const NullCapability: Struct<NullCapability> = struct<NullCapability>("NullCapability", { Id: string });

/** Powers that the service exercises. */
export type Power =
  | { readonly tag: "CapabilityDecryptServiced"; readonly value: CapabilityDecryptServiced }
  | { readonly tag: "CapabilitySignServiced"; readonly value: CapabilitySignServiced }
  | { readonly tag: "CapabilityKeyGenerate"; readonly value: CapabilityKeyGenerate };

/** The key of a power's entry in MMM_Access. */
export function capabilityKey(id: string): string {
  return `capability:${id}`;
}
