/** Deliveries of fixed keys, right and wrong in one thing each: what an owner makes for a device, and what the device has to know to judge it. */
import { toHex } from "../../../src/base/bytes.ts";
import type { Random } from "../../../src/base/random.ts";
import type { Struct } from "../../../src/codec/index.ts";
import { encodeObjectB } from "../../../src/codec/index.ts";
import { addPublic, fullFingerprint, newSeed, type PrivateKey, privateKeyFromScalar, privateKeyFromSeed, seedSpecifier } from "../../../src/crypto/index.ts";
import { encodeEnvelopeB, sealEnvelope } from "../../../src/dare/index.ts";
import { sealOneWay } from "../../../src/link/index.ts";
import { ConnectionDevice, ConnectionHub, keyDataOf, ownerAuthenticate, RespondDevice, sealedPrologue } from "../../../src/schema/index.ts";
import { baseKeys } from "../../../firmware-stubs/virtual/image/own-key.ts";
import type { Fields } from "./run.ts";

const equal = (value: number): Random => ({ bytes: (length) => new Uint8Array(length).fill(value) });
const seedOf = (value: number): Uint8Array => equal(value).bytes(32);
const scalar = (value: number): Uint8Array => Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? value : 0));
const ed = (value: number): PrivateKey => privateKeyFromSeed("Ed25519", seedOf(value));

const seed = newSeed(equal(0x31), seedSpecifier.device);
const base = baseKeys(seed);
const fresh = { encryption: 5, signature: 6 } as const;
const shares = { encryption: 7, signature: 8 } as const;
const hubShares = { encryption: 9, signature: 10 } as const;
const link = privateKeyFromSeed("X25519", seedOf(2));
const hub = { udf: ed(0x43).public.udf, link: privateKeyFromSeed("X25519", seedOf(1)) };
const account = { udf: ed(0x42).public.udf, address: "alice@example.com", administrator: ed(0x41) };
const kd = seedOf(0x21);
const stated = 3;

/** The scalar that hub and device would hold together, besides the device's own: 7 + 9. */
export const activation = scalar(shares.encryption + hubShares.encryption);

/** What is otherwise than in a delivery that is right. */
export interface Change {
  readonly signer?: PrivateKey;
  readonly connectionSigner?: PrivateKey;
  readonly respond?: (respond: RespondDevice) => RespondDevice;
  readonly device?: (device: ConnectionDevice) => ConnectionDevice;
  readonly hub?: (hub: ConnectionHub) => ConnectionHub;
  /** What the device knows. */
  readonly known?: Fields;
}

/** A key of somebody else. */
export const other = ed(0x51);
export const otherLink = privateKeyFromSeed("X25519", seedOf(0x52)).public;

/** The device's part of a key: base, fresh and dealt scalar together. */
export const partOf = (use: "encryption" | "signature") =>
  addPublic(addPublic(base[use].public, privateKeyFromScalar("Ed25519", scalar(fresh[use])).public), privateKeyFromScalar("Ed25519", scalar(shares[use])).public);
const wholeOf = (use: "encryption" | "signature") => addPublic(partOf(use), privateKeyFromScalar("Ed25519", scalar(hubShares[use])).public);

/** Input of a vector of kind "delivery". */
export function delivery({ signer = account.administrator, connectionSigner = account.administrator, ...change }: Change = {}): Fields {
  const same = <T>(value: T): T => value;
  const sign = <T>(struct: Struct<T>, value: T, by: PrivateKey) =>
    sealEnvelope({ plaintext: encodeObjectB(struct, value), contentMeta: { MessageType: struct.tag }, signers: [by], random: equal(0) });
  const own = keyDataOf(link.public);
  const respond: RespondDevice = {
    DeviceUdf: base.deviceUdf,
    HubUdf: hub.udf,
    AccountUdf: account.udf,
    DealEpoch: stated + 1,
    EncryptShare: scalar(shares.encryption),
    SignatureShare: scalar(shares.signature),
    PartialEncryption: partOf("encryption").octets,
    PartialSignature: partOf("signature").octets,
    LinkRoot: seedOf(0x11),
    EnvelopedConnectionDevice: sign(
      ConnectionDevice,
      (change.device ?? same)({
        Subject: base.deviceUdf,
        Authority: account.udf,
        Account: account.address,
        Roles: [],
        Authentication: own,
        Signature: keyDataOf(wholeOf("signature")),
        Encryption: keyDataOf(wholeOf("encryption")),
        Link: [own],
      }),
      connectionSigner,
    ),
    EnvelopedConnectionHub: sign(
      ConnectionHub,
      (change.hub ?? same)({
        Subject: hub.udf,
        Authority: account.udf,
        LinkKeys: [keyDataOf(hub.link.public)],
        DeviceUdf: [base.deviceUdf],
        DealEpoch: stated + 1,
      }),
      connectionSigner,
    ),
    AdministratorSignature25519: keyDataOf(account.administrator.public),
    AccountAddress: account.address,
    OwnerAuthenticate: ownerAuthenticate(kd, {
      address: account.address,
      accountUdf: account.udf,
      administratorFingerprint: fullFingerprint(account.administrator.public),
    }),
  };
  const sealed = sealOneWay({
    recipient: link.public,
    prologue: sealedPrologue(RespondDevice.tag, { deviceUdf: base.deviceUdf, hubUdf: hub.udf, dealEpoch: stated + 1 }),
    plaintext: encodeEnvelopeB(sign(RespondDevice, (change.respond ?? same)(respond), signer)),
    random: equal(0x0d),
  });
  return {
    PrivateKeyUDF: seed,
    encryption_scalar: toHex(scalar(fresh.encryption)),
    signature_scalar: toHex(scalar(fresh.signature)),
    link: toHex(seedOf(2)),
    Kd: toHex(kd),
    DealEpoch: stated,
    HubUdf: hub.udf,
    hub: toHex(hub.link.public.octets),
    ...change.known,
    sealed: toHex(sealed),
  };
}

/** A device that has this owner already. */
export const owned: Fields = { AccountUdf: account.udf, administrator: toHex(account.administrator.public.octets) };
/** One that has another. */
export const ownedByOther: Fields = { AccountUdf: other.public.udf, administrator: toHex(other.public.octets) };
