/** A bulb behind a hub without a link: its code, its contribution, its hub's offer, and its own word that it is connected. */
import type { AccountContext, Preconfigured } from "../../src/account/index.ts";
import { messageEnvelope, preconfigureDevice } from "../../src/account/index.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { dateTime } from "../../src/base/clock.ts";
import { encodeObject } from "../../src/codec/index.ts";
import type { PrivateKey } from "../../src/crypto/index.ts";
import { deriveKey, generatePrivateKey, newNonce, sha512 } from "../../src/crypto/index.ts";
import { parseEnvelope, sealEnvelope } from "../../src/dare/index.ts";
import { openOneWay } from "../../src/link/index.ts";
import type { CatalogedDevice } from "../../src/schema/index.ts";
import {
  AcceptConnection,
  acceptMac,
  DeviceContribution,
  envelopeObject,
  ForwardAccept,
  keyDataOf,
  keyName,
  OfferConnection,
  publicKeyOf,
  RespondDevice,
  sealedPrologue,
  verifyObject,
} from "../../src/schema/index.ts";
import { assert } from "../harness/suite.ts";
import { ports } from "./household.ts";

const { random } = ports;

/** The part of a bulb that takes part in its connection. */
export interface Bulb {
  readonly made: Preconfigured;
  readonly base: { readonly encryption: PrivateKey; readonly signature: PrivateKey };
  readonly fresh: { readonly encryption: PrivateKey; readonly signature: PrivateKey; readonly link: PrivateKey };
  contribution(dealEpoch?: number): DeviceContribution;
}

function bulbOf(made: Preconfigured): Bulb {
  const seed = made.image.PrivateKeyUDF;
  const fresh = {
    encryption: generatePrivateKey("Ed25519", random),
    signature: generatePrivateKey("Ed25519", random),
    link: generatePrivateKey("X25519", random),
  };
  return {
    made,
    base: { encryption: deriveKey(seed, keyName.deviceEncrypt, "Ed25519"), signature: deriveKey(seed, keyName.deviceSign, "Ed25519") },
    fresh,
    contribution: (dealEpoch = 0) => ({
      DealEpoch: dealEpoch,
      Encryption: keyDataOf(fresh.encryption.public),
      Signature: keyDataOf(fresh.signature.public),
      Link25519: keyDataOf(fresh.link.public),
      Presence: false,
    }),
  };
}

/** What a hub offers, with changes of the offer and of the contribution inside. */
export function offerOf(
  hub: AccountContext,
  bulb: Bulb,
  change: Partial<OfferConnection> = {},
  contribution: Partial<DeviceContribution> = {},
): OfferConnection {
  return {
    MessageId: newNonce(random),
    Sender: hub.deviceUdf,
    HubUdf: hub.deviceUdf,
    SealedUri: sealEnvelope({ plaintext: utf8(bulb.made.uri), recipients: [publicKeyOf(hub.profile.AdministratorEncryption)], random }),
    Described: bulb.made.image.SealedDescription,
    EnvelopedDeviceContribution: envelopeObject({
      struct: DeviceContribution,
      value: { ...bulb.contribution(), ...contribution },
      signers: [bulb.base.signature],
      random,
      compact: true,
    }),
    Expires: dateTime(ports.clock.now() + 600_000),
    ...change,
  };
}

/** Puts an offer into the account's Inbound; gives its MessageId. */
export async function offer(
  hub: AccountContext,
  bulb: Bulb,
  change: Partial<OfferConnection> = {},
  contribution: Partial<DeviceContribution> = {},
): Promise<string> {
  const value = offerOf(hub, bulb, change, contribution);
  const recipients = [publicKeyOf(hub.profile.AdministratorEncryption)];
  const envelope = messageEnvelope({ struct: OfferConnection, value, signer: hub.keys.signature, recipients, ports });
  await hub.transact({ messages: [{ spool: "MMM_Inbound", envelope }] });
  return value.MessageId;
}

export function deliver(bulb: Bulb, entry: CatalogedDevice, administrator: AccountContext): RespondDevice {
  const names = { deviceUdf: bulb.made.deviceUdf, hubUdf: entry.HubUdf ?? "", dealEpoch: entry.DealEpoch ?? 0 };
  const opened = openOneWay({
    recipient: bulb.fresh.link,
    prologue: sealedPrologue(RespondDevice.tag, names),
    sealed: entry.SealedRespondDevice ?? new Uint8Array(),
  });
  assert.ok(opened.length <= 3072, `${opened.length} octets`);
  return verifyObject(RespondDevice, parseEnvelope(opened), [publicKeyOf(administrator.profile.AdministratorSignature25519)]).value;
}

/** The bulb's word that it is connected, as its hub carries it. */
function acceptOf(hub: AccountContext, bulb: Bulb, respond: RespondDevice): ForwardAccept {
  const fields = {
    DeviceUdf: bulb.made.deviceUdf,
    AccountUdf: respond.AccountUdf,
    HubUdf: respond.HubUdf,
    DealEpoch: respond.DealEpoch,
    ConnectionDigest: sha512(respond.EnvelopedConnectionDevice.body),
  };
  const accept = encodeObject(AcceptConnection, { ...fields, Mac: acceptMac(respond.LinkRoot, fields) });
  return { MessageId: newNonce(random), HubUdf: hub.deviceUdf, DeviceUdf: bulb.made.deviceUdf, Accept: accept };
}

export async function forwardAccept(hub: AccountContext, bulb: Bulb, respond: RespondDevice): Promise<void> {
  const envelope = messageEnvelope({
    struct: ForwardAccept,
    value: acceptOf(hub, bulb, respond),
    signer: hub.keys.signature,
    recipients: [publicKeyOf(hub.profile.AdministratorEncryption)],
    ports,
  });
  await hub.transact({ messages: [{ spool: "MMM_Command", envelope }] });
}

/** A lock of a maker: it judges orders itself. */
export async function makeLock(maker: AccountContext): Promise<Bulb> {
  return bulbOf(
    await preconfigureDevice(maker, {
      description: {
        Manufacturer: "Bolt",
        Model: "L1",
        Version: "1",
        Class: "lock",
        Properties: [{ Name: "Locked", Type: "boolean", Event: true }],
        Commands: [{ Name: "Lock" }, { Name: "Unlock" }],
        Judges: true,
      },
      hailing: ["mqtt"],
    }),
  );
}

/** A light bulb of a maker. */
export async function makeBulb(maker: AccountContext): Promise<Bulb> {
  return bulbOf(
    await preconfigureDevice(maker, {
      description: {
        Manufacturer: "Lumen",
        Model: "B1",
        Version: "1",
        Class: "light",
        Properties: [{ Name: "On", Type: "boolean", Writable: true }],
        Commands: [{ Name: "Set" }],
      },
      hailing: ["mqtt"],
    }),
  );
}
