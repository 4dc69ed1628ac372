/** Powers in an account of the provider's tests: entries, shares, and what a device does to use them. */
import type { Datum } from "../../src/codec/datum.ts";
import { tag } from "../../src/codec/field.ts";
import type { Curve, PrivateKey, PublicKey } from "../../src/crypto/index.ts";
import {
  additiveFrostGroup,
  deal,
  FrostSigner,
  frostAggregate,
  frostIdentifier,
  frostShareOfAdditive,
  generatePrivateKey,
  generateScalarKey,
  newNonce,
  sha512,
} from "../../src/crypto/index.ts";
import type { AnyOperation, CryptographicResult, MeshClient, OperateRequest } from "../../src/protocol/index.ts";
import type { CapabilityDecryptServiced, CapabilityKeyGenerate, CapabilitySignServiced, Power } from "../../src/schema/index.ts";
import { CatalogedPower, capabilityKey, keyDataOf, sealServicedShare } from "../../src/schema/index.ts";
import type { Person } from "./service.ts";
import { clientOf, random } from "./service.ts";

export type Device = { readonly link: PrivateKey; readonly client: MeshClient };

/** A device of a person's account, with rights. */
export async function joinedDevice(person: Person, rights: readonly string[] = ["a:MMM_Outbound"]): Promise<Device> {
  const link = generatePrivateKey("X448", random);
  await person.grant(link, rights);
  return { link, client: clientOf(person.url, link, person.address) };
}

/** An entry of MMM_Access. */
export function powerEntry(power: Power | { readonly tag: "NullCapability"; readonly value: { readonly Id: string } }): {
  key: string;
  entry: Datum;
} {
  return { key: capabilityKey(power.value.Id), entry: tag(CatalogedPower, { Capability: power }) };
}

export interface Dealt<T> {
  readonly capability: T;
  /** The whole key, the caller's part, the service's. */
  readonly whole: PrivateKey;
  readonly own: PrivateKey;
  readonly theirs: PrivateKey;
}

function shares(whole: PrivateKey): [PrivateKey, PrivateKey] {
  const [own, theirs] = deal({ secret: whole, parties: 2, random });
  return [own!, theirs!];
}

/** A key split between a device and the service, and the entry for it. */
export async function dealDecrypt(
  person: Person,
  link: PrivateKey,
  { curve = "X448", ...change }: Partial<CapabilityDecryptServiced> & { readonly curve?: Curve } = {},
): Promise<Dealt<CapabilityDecryptServiced>> {
  const whole = generatePrivateKey(curve, random);
  const [own, theirs] = shares(whole);
  const Id = newNonce(random);
  const EnvelopedKeyShare = sealServicedShare({ share: theirs, accountUdf: person.udf, capabilityId: Id, service: person.serviceEncryption, random });
  const capability = { Id, Active: true, GranteeUdf: link.public.udf, EnvelopedKeyShare, ...change };
  await person.write("MMM_Access", [powerEntry({ tag: "CapabilityDecryptServiced", value: capability })]);
  return { capability, whole, own, theirs };
}

export async function dealSign(
  person: Person,
  link: PrivateKey,
  { curve = "Ed448", ...change }: Partial<CapabilitySignServiced> & { readonly curve?: "Ed448" | "Ed25519" } = {},
): Promise<Dealt<CapabilitySignServiced>> {
  const whole = generatePrivateKey(curve, random);
  const [own, theirs] = shares(whole);
  const Id = newNonce(random);
  const capability: CapabilitySignServiced = {
    Id,
    Active: true,
    GranteeUdf: link.public.udf,
    EnvelopedKeyShare: sealServicedShare({ share: theirs, accountUdf: person.udf, capabilityId: Id, service: person.serviceEncryption, random }),
    Key: keyDataOf(whole.public),
    Partial: keyDataOf(own.public),
    MessageTypes: ["MessageContact"],
    ...change,
  };
  await person.write("MMM_Access", [powerEntry({ tag: "CapabilitySignServiced", value: capability })]);
  return { capability, whole, own, theirs };
}

export async function grantGenerate(person: Person, link: PrivateKey, change: Partial<CapabilityKeyGenerate> = {}): Promise<CapabilityKeyGenerate> {
  const capability: CapabilityKeyGenerate = { Id: newNonce(random), Active: true, GranteeUdf: link.public.udf, Curves: ["X448"], ...change };
  await person.write("MMM_Access", [powerEntry({ tag: "CapabilityKeyGenerate", value: capability })]);
  return capability;
}

export function agreement(keyId: string, ephemeral: PublicKey, keyCoefficient?: Uint8Array): AnyOperation {
  return {
    tag: "CryptographicOperationKeyAgreement",
    value: {
      KeyId: keyId,
      ...(keyCoefficient && { KeyCoefficient: keyCoefficient }),
      PublicKey: { tag: "PublicKeyECDH", value: { crv: ephemeral.curve, Public: ephemeral.octets } },
    },
  };
}

export const ephemeralKey = (curve: Curve = "X448"): PublicKey => generateScalarKey(curve, random).public;

/** Runs operations and gives their results. */
export async function operate(
  client: MeshClient,
  account: string,
  operations: readonly AnyOperation[],
  more: Partial<OperateRequest> = {},
): Promise<readonly CryptographicResult[]> {
  return (await client.operate({ Account: account, Operations: operations, ...more })).Results;
}

/** Codes of what failed, "ok" for what did not. */
export function codes(results: readonly CryptographicResult[]): string {
  return results.map((result) => (result.tag === "CryptographicResultError" ? result.value.ErrorCode : "ok")).join(" ");
}

export function commitOf(keyId: string, body: Uint8Array): AnyOperation {
  return { tag: "CryptographicOperationSignCommit", value: { KeyId: keyId, Body: body } };
}

const groups = new WeakMap<object, ReturnType<typeof additiveFrostGroup>>();

function groupOf(dealt: Dealt<CapabilitySignServiced>): ReturnType<typeof additiveFrostGroup> {
  const group = groups.get(dealt) ?? additiveFrostGroup([dealt.own.public, dealt.theirs.public]);
  groups.set(dealt, group);
  return group;
}

/** The device's side of one signature. */
export class Signing {
  readonly #group;
  readonly #signer: FrostSigner;
  readonly #commitment;
  readonly #body: Uint8Array;
  readonly #keyId: string;
  #theirs: { identifier: string; hiding: Uint8Array; binding: Uint8Array } | undefined;
  session = "";

  constructor(dealt: Dealt<CapabilitySignServiced>, body: Uint8Array) {
    const { capability, own } = dealt;
    this.#group = groupOf(dealt);
    this.#signer = new FrostSigner({ group: this.#group, share: frostShareOfAdditive({ share: own, index: 1, parties: 2 }), random });
    this.#commitment = this.#signer.commit();
    this.#body = body;
    this.#keyId = capability.Id;
  }

  get commit(): AnyOperation {
    return commitOf(this.#keyId, this.#body);
  }

  committed(result: CryptographicResult | undefined): this {
    if (result?.tag !== "CryptographicResultSignCommit") throw new Error(`no commitments: ${JSON.stringify(result)}`);
    this.session = result.value.Session;
    this.#theirs = { identifier: frostIdentifier(this.#group.curve, 2), hiding: result.value.Hiding, binding: result.value.Binding };
    return this;
  }

  share(change: { readonly session?: string; readonly digest?: Uint8Array; readonly hiding?: Uint8Array } = {}): AnyOperation {
    return {
      tag: "CryptographicOperationSignShare",
      value: {
        KeyId: this.#keyId,
        Session: change.session ?? this.session,
        Digest: change.digest ?? sha512(this.#body),
        Hiding: change.hiding ?? this.#commitment.hiding,
        Binding: this.#commitment.binding,
      },
    };
  }

  /** The signature of the body's digest. */
  finish(result: CryptographicResult | undefined): Uint8Array {
    if (result?.tag !== "CryptographicResultSignShare" || this.#theirs === undefined) throw new Error(`no share: ${JSON.stringify(result)}`);
    const message = sha512(this.#body);
    const commitments = [this.#commitment, this.#theirs];
    const own = this.#signer.sign({ commitments, message });
    const shares = { [this.#commitment.identifier]: own, [this.#theirs.identifier]: result.value.Share };
    return frostAggregate({ group: this.#group, commitments, message, shares });
  }
}
