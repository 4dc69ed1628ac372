/**
 * Operate (protocol-09 §7.6, §10.15): the service uses its shares of an account's keys for whom the account's Access catalog names. Fields that
 * the printed tables lost are those of the May 2022 example; signing in two rounds, joint keys, vouching and the head of the audit are ours
 * (docs/extensions.md, Powers). Every operation has an answer of its own.
 */
import type { Datum } from "../../codec/datum.ts";
import type { Field, Struct } from "../../codec/field.ts";
import { binary, list, openTagged, optional, string, struct, tagged, word } from "../../codec/field.ts";
import type { Enveloped, ProfileService, ServicedShare, Voucher } from "../../schema/index.ts";
import { enveloped, Head, KeyData, PublicKeyECDH } from "../../schema/index.ts";
import { type Response, responseFields } from "./response.ts";

/** Agrees with the share of a CapabilityDecryptServiced. */
export interface OperationKeyAgreement {
  /** Id of the capability. */
  readonly KeyId: string;
  /** Lagrange coefficient, where the shares are Shamir's: a little-endian scalar; 1 when absent. */
  readonly KeyCoefficient?: Uint8Array;
  /** The ephemeral key, in its signed form (X448: 57 octets). */
  readonly PublicKey: { readonly tag: string; readonly value: PublicKeyECDH };
}
export const OperationKeyAgreement: Struct<OperationKeyAgreement> = struct<OperationKeyAgreement>("CryptographicOperationKeyAgreement", {
  KeyId: string,
  KeyCoefficient: optional(binary),
  PublicKey: tagged(PublicKeyECDH),
});

/** A partial agreement: a point that is added to the others. */
export interface KeyAgreementECDH {
  readonly Curve: string;
  /** In its signed form. */
  readonly Result: Uint8Array;
}
export const KeyAgreementECDH: Struct<KeyAgreementECDH> = struct<KeyAgreementECDH>("KeyAgreementECDH", { Curve: string, Result: binary });

/** Share times ephemeral key. */
export interface ResultKeyAgreement {
  readonly KeyAgreement: { readonly tag: string; readonly value: KeyAgreementECDH };
}
export const ResultKeyAgreement: Struct<ResultKeyAgreement> = struct<ResultKeyAgreement>("CryptographicResultKeyAgreement", {
  KeyAgreement: tagged(KeyAgreementECDH),
});

/** First round of a FROST signature (RFC 9591): shows the whole body that is to be signed as DARE signs it, by its SHA-512. */
export interface OperationSignCommit {
  readonly KeyId: string;
  readonly Body: Uint8Array;
}
export const OperationSignCommit: Struct<OperationSignCommit> = struct<OperationSignCommit>("CryptographicOperationSignCommit", {
  KeyId: string,
  Body: binary,
});

/** The service's commitments, for one signature of that body. */
export interface ResultSignCommit {
  /** Random; ends with the first SignShare, the next SignCommit of the capability, 30 s, or the process. */
  readonly Session: string;
  readonly Hiding: Uint8Array;
  readonly Binding: Uint8Array;
}
export const ResultSignCommit: Struct<ResultSignCommit> = struct<ResultSignCommit>("CryptographicResultSignCommit", {
  Session: string,
  Hiding: binary,
  Binding: binary,
});

/** Second round: the caller's commitments. */
export interface OperationSignShare {
  readonly KeyId: string;
  readonly Session: string;
  /** SHA-512 of the body of the first round. */
  readonly Digest: Uint8Array;
  readonly Hiding: Uint8Array;
  readonly Binding: Uint8Array;
}
export const OperationSignShare: Struct<OperationSignShare> = struct<OperationSignShare>("CryptographicOperationSignShare", {
  KeyId: string,
  Session: string,
  Digest: binary,
  Hiding: binary,
  Binding: binary,
});

/** The service's share of the signature: 57 octets for Ed448, 32 for Ed25519. */
export interface ResultSignShare {
  readonly Share: Uint8Array;
}
export const ResultSignShare: Struct<ResultSignShare> = struct<ResultSignShare>("CryptographicResultSignShare", { Share: binary });

/** Makes a key jointly (threshold-06 §4.4): the caller shows its contribution first, and proves that it has it. */
export interface OperationGenerate {
  readonly KeyId: string;
  readonly Curve: "X25519" | "X448" | "Ed25519" | "Ed448";
  /** Id of the capability that the service's share is going to be used under. */
  readonly ShareId: string;
  /** In its signed form. */
  readonly Contribution: KeyData;
  readonly Proof: Uint8Array;
}
export const OperationGenerate: Struct<OperationGenerate> = struct<OperationGenerate>("CryptographicOperationGenerate", {
  KeyId: string,
  Curve: word("X25519", "X448", "Ed25519", "Ed448"),
  ShareId: string,
  Contribution: KeyData,
  Proof: binary,
});

/** The service's contribution, and its secret half for the entry of ShareId: the service itself keeps nothing. */
export interface ResultGenerate {
  readonly Contribution: KeyData;
  readonly Proof: Uint8Array;
  readonly EnvelopedKeyShare: Enveloped<ServicedShare>;
}
export const ResultGenerate: Struct<ResultGenerate> = struct<ResultGenerate>("CryptographicResultGenerate", {
  Contribution: KeyData,
  Proof: binary,
  EnvelopedKeyShare: enveloped<ServicedShare>(),
});

/** Deals one more share of a joint key: the service's becomes its own plus Delta, so that another's may be the caller's less Delta. */
export interface OperationShare {
  /** Id of a CapabilityKeyGenerate that has a share. */
  readonly KeyId: string;
  readonly ShareId: string;
  /** A little-endian scalar below the order, not zero. */
  readonly Delta: Uint8Array;
}
export const OperationShare: Struct<OperationShare> = struct<OperationShare>("CryptographicOperationShare", {
  KeyId: string,
  ShareId: string,
  Delta: binary,
});

/** The service's new share, for the entry of ShareId. */
export interface ResultShare {
  readonly EnvelopedKeyShare: Enveloped<ServicedShare>;
}
export const ResultShare: Struct<ResultShare> = struct<ResultShare>("CryptographicResultShare", { EnvelopedKeyShare: enveloped<ServicedShare>() });

/** Asks the caller's own service to vouch for it to the service of another account. */
export interface OperationVouch {
  /** UDF of that service. */
  readonly Audience: string;
}
export const OperationVouch: Struct<OperationVouch> = struct<OperationVouch>("CryptographicOperationVouch", { Audience: string });

/** Good for a minute. */
export interface ResultVouch {
  readonly EnvelopedVoucher: Enveloped<Voucher>;
}
export const ResultVouch: Struct<ResultVouch> = struct<ResultVouch>("CryptographicResultVouch", { EnvelopedVoucher: enveloped<Voucher>() });

/** Why one operation was not carried out. */
export interface ResultError {
  /** Of the error catalogue. */
  readonly ErrorCode: string;
  readonly ErrorReport: string;
}
export const ResultError: Struct<ResultError> = struct<ResultError>("CryptographicResultError", { ErrorCode: string, ErrorReport: string });

/** An operation with its type. */
export type CryptographicOperation =
  | { readonly tag: "CryptographicOperationKeyAgreement"; readonly value: OperationKeyAgreement; readonly unknown?: undefined }
  | { readonly tag: "CryptographicOperationSignCommit"; readonly value: OperationSignCommit; readonly unknown?: undefined }
  | { readonly tag: "CryptographicOperationSignShare"; readonly value: OperationSignShare; readonly unknown?: undefined }
  | { readonly tag: "CryptographicOperationGenerate"; readonly value: OperationGenerate; readonly unknown?: undefined }
  | { readonly tag: "CryptographicOperationShare"; readonly value: OperationShare; readonly unknown?: undefined }
  | { readonly tag: "CryptographicOperationVouch"; readonly value: OperationVouch; readonly unknown?: undefined };
/** A result with its type. */
export type CryptographicResult =
  | { readonly tag: "CryptographicResultKeyAgreement"; readonly value: ResultKeyAgreement }
  | { readonly tag: "CryptographicResultSignCommit"; readonly value: ResultSignCommit }
  | { readonly tag: "CryptographicResultSignShare"; readonly value: ResultSignShare }
  | { readonly tag: "CryptographicResultGenerate"; readonly value: ResultGenerate }
  | { readonly tag: "CryptographicResultShare"; readonly value: ResultShare }
  | { readonly tag: "CryptographicResultVouch"; readonly value: ResultVouch }
  | { readonly tag: "CryptographicResultError"; readonly value: ResultError };

/** An operation of a known type, or another as it came. */
export type AnyOperation = CryptographicOperation | { readonly tag: string; readonly unknown: Datum };

const operation = openTagged<CryptographicOperation["value"]>(
  OperationKeyAgreement,
  OperationSignCommit,
  OperationSignShare,
  OperationGenerate,
  OperationShare,
  OperationVouch,
) as Field<AnyOperation>;
const result = tagged<CryptographicResult["value"]>(
  ResultKeyAgreement,
  ResultSignCommit,
  ResultSignShare,
  ResultGenerate,
  ResultShare,
  ResultVouch,
  ResultError,
) as Field<CryptographicResult>;

/** Operations with shares of one account's keys. */
export interface OperateRequest {
  readonly Account: string;
  /** Carried out in their order; those of an unknown type get an error. */
  readonly Operations: readonly AnyOperation[];
  /** Of a device of an account of another service: who it is, and the profile of the service that says so. */
  readonly EnvelopedVoucher?: Enveloped<Voucher>;
  readonly EnvelopedProfileService?: Enveloped<ProfileService>;
  /** The newest apex of MMM_Audit that the caller was shown, as the service signed it: one that has lost it goes on after it. */
  readonly AuditHead?: Head;
}
export const OperateRequest: Struct<OperateRequest> = struct<OperateRequest>(
  "OperateRequest",
  {
    Account: string,
    Operations: list(operation),
    EnvelopedVoucher: optional(enveloped<Voucher>()),
    EnvelopedProfileService: optional(enveloped<ProfileService>()),
    AuditHead: optional(Head),
  },
  { fields: { Account: ["AccountAddress"] } },
);

/** One result for each operation, in their order. Never kept: whoever lost an answer asks again. */
export interface OperateResponse extends Response {
  readonly Results: readonly CryptographicResult[];
  /** Newest apex of MMM_Audit, which covers these operations; absent while nothing was ever carried out. `Apex` is the envelope that the service signed. */
  readonly AuditHead?: Head;
}
export const OperateResponse: Struct<OperateResponse> = struct<OperateResponse>("OperateResponse", {
  ...responseFields,
  Results: list(result),
  AuditHead: optional(Head),
});
