/** A stranger's request to connect as a service of version 0.1.0 stored it: whatever keys its profile holds. */
import type { AccountContext } from "../../src/account/index.ts";
import type { Curve, PrivateKey } from "../../src/crypto/index.ts";
import { connectionWitness, envelopeId, generatePrivateKey, newNonce, pinId, pinWitness, saltedPin } from "../../src/crypto/index.ts";
import type { DareEnvelope } from "../../src/dare/index.ts";
import { eitherMember } from "../../src/dare/index.ts";
import type { KeyData } from "../../src/schema/index.ts";
import { AcknowledgeConnection, envelopeObject, keyDataOf, ProfileDevice, publicKeyOf, RequestConnection } from "../../src/schema/index.ts";
import { ports } from "./household.ts";

const { random } = ports;

/** A key of a curve, as it stands in a profile. */
export function freshKey(curve: Curve): KeyData {
  return keyDataOf(generatePrivateKey(curve, random).public);
}

/** What the service noted of a request. */
export interface StoredRequest {
  readonly witness: string;
  readonly value: AcknowledgeConnection;
  readonly envelope: DareEnvelope;
}

/** A request whose profile has the keys given in place of good ones. */
export function storedRequest(account: AccountContext, change: Partial<ProfileDevice> = {}, pin?: string): StoredRequest {
  const root: PrivateKey = generatePrivateKey("Ed448", random);
  const signature = generatePrivateKey("Ed448", random);
  const profile: ProfileDevice = {
    ProfileSignature: keyDataOf(root.public),
    Encryption: freshKey("X448"),
    Signature: keyDataOf(signature.public),
    Authentication: freshKey("X448"),
    Link: [freshKey("X448")],
    ...change,
  };
  const enveloped = envelopeObject({ struct: ProfileDevice, value: profile, signers: [root], envelopeId: root.public.udf, random });
  const clientNonce = random.bytes(16);
  const salted = pin === undefined ? undefined : saltedPin(pin, "Device");
  const request: RequestConnection = {
    MessageId: newNonce(random),
    AccountAddress: account.address,
    AuthenticatedData: enveloped,
    ClientNonce: clientNonce,
    ...(salted === undefined
      ? {}
      : {
          PinId: pinId(salted, account.address),
          PinWitness: pinWitness({
            salted,
            account: account.address,
            clientNonce,
            payloadDigest: eitherMember(enveloped, "PayloadDigest") ?? new Uint8Array(),
          }),
        }),
  };
  const serverNonce = random.bytes(16);
  const accountKey = publicKeyOf(account.profile.ProfileSignature);
  const witness = connectionWitness({ accountKey, deviceKey: root.public, serverNonce, clientNonce });
  const value: AcknowledgeConnection = {
    MessageId: witness,
    EnvelopedRequestConnection: envelopeObject({ struct: RequestConnection, value: request, signers: [signature], random }),
    ServerNonce: serverNonce,
    Witness: witness,
  };
  return { witness, value, envelope: envelopeObject({ struct: AcknowledgeConnection, value, envelopeId: envelopeId(witness), random }) };
}

/** Puts messages into the account's Inbound as they are. */
export async function store(account: AccountContext, envelopes: readonly DareEnvelope[]): Promise<void> {
  for (let from = 0; from < envelopes.length; from += 32) {
    await account.transact({ messages: envelopes.slice(from, from + 32).map((envelope) => ({ spool: "MMM_Inbound" as const, envelope })) });
  }
  await account.sync();
}
