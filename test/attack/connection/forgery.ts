/** What can be forged by somebody who has only read a code, or has a device of their own. */
import type { AccountContext } from "../../../src/account/index.ts";
import { messageEnvelope } from "../../../src/account/index.ts";
import { encodeObject } from "../../../src/codec/index.ts";
import {
  deriveKey,
  deviceAuthenticate,
  deviceAuthenticator,
  generatePrivateKey,
  newNonce,
  parseConnectUri,
  serviceAuthenticate,
  serviceAuthenticator,
} from "../../../src/crypto/index.ts";
import type { DareEnvelope } from "../../../src/dare/index.ts";
import { encodeEnvelope, sealEnvelope } from "../../../src/dare/index.ts";
import { MeshClient } from "../../../src/protocol/index.ts";
import type { DevicePreconfigurationPrivate } from "../../../src/schema/index.ts";
import {
  CommittedDescription,
  claimMac,
  DeviceContribution,
  envelopeObject,
  keyDataOf,
  keyName,
  MessageClaim,
  openDescription,
} from "../../../src/schema/index.ts";
import { ports } from "../../kit/household.ts";

const { random } = ports;

/** A description of one device, sealed under the code of another, as somebody can make it who has read that code. */
export function sealedUnder(uri: string, device: { readonly uri: string; readonly image: DevicePreconfigurationPrivate }): Uint8Array {
  const { key } = parseConnectUri(uri);
  const own = parseConnectUri(device.uri);
  const { preconfiguration } = openDescription({ sealed: device.image.SealedDescription, key: own.key, account: own.account });
  const description: CommittedDescription = { CommitSalt: random.bytes(32), EnvelopedDevicePreconfigurationPublic: preconfiguration };
  return encodeEnvelope(sealEnvelope({ plaintext: encodeObject(CommittedDescription, description), symmetricKey: key, random }));
}

/** A contribution with keys of one's own, signed by the base key of a device. */
export function contributionOf(image: DevicePreconfigurationPrivate): DareEnvelope {
  const signer = deriveKey(image.PrivateKeyUDF, keyName.deviceSign, "Ed25519");
  const fresh = (): ReturnType<typeof keyDataOf> => keyDataOf(generatePrivateKey("Ed25519", random).public);
  const value: DeviceContribution = {
    DealEpoch: 0,
    Encryption: fresh(),
    Signature: fresh(),
    Link25519: keyDataOf(generatePrivateKey("X25519", random).public),
    Presence: false,
  };
  return envelopeObject({ struct: DeviceContribution, value, signers: [signer], random, compact: true });
}

/** A client of the account's own, as anybody can write one. */
export function clientOf({ identity, address }: AccountContext, url: string): MeshClient {
  return new MeshClient({ url, link: identity.base.link448, account: address, clock: ports.clock, random });
}

/** Claims at the maker with a key that may be that of the code. */
export async function claimWith(
  context: AccountContext,
  url: string,
  { id, key, maker }: { readonly id: string; readonly key: Uint8Array; readonly maker: string },
): Promise<void> {
  const { address, accountUdf, keys } = context;
  const messageId = newNonce(random);
  const value: MessageClaim = {
    MessageId: messageId,
    Sender: address,
    PublicationId: id,
    ServiceAuthenticate: serviceAuthenticate(serviceAuthenticator(key), address),
    DeviceAuthenticate: deviceAuthenticate(deviceAuthenticator(key), address),
    EnvelopedProfileUser: context.profileEnvelope,
    ClaimMac: claimMac(deviceAuthenticator(key), { address, accountUdf, messageId }),
  };
  if (!keys.accountSignature) throw new Error("no account key");
  const client = clientOf(context, url);
  try {
    await client.claim({
      TargetAccountAddress: maker,
      EnvelopedMessageClaim: messageEnvelope({ struct: MessageClaim, value, signer: keys.accountSignature, ports }),
    });
  } finally {
    client.close();
  }
}
