/** The derivations of protocol.json: identifiers, PIN, witness, EARL, code URI. Its messages belong to the protocol. */
import { equalBytes } from "../../src/base/bytes.ts";
import { formatConnectUri, parseConnectUri } from "../../src/crypto/connect-uri.ts";
import { curveOf } from "../../src/crypto/curve.ts";
import {
  connectKey,
  deviceAuthenticate,
  deviceAuthenticator,
  publicationId,
  serviceAuthenticate,
  serviceAuthenticator,
} from "../../src/crypto/earl.ts";
import { fullFingerprint } from "../../src/crypto/fingerprint.ts";
import { envelopeId, responseId } from "../../src/crypto/identifier.ts";
import { pinId, pinWitness, saltedPin } from "../../src/crypto/pin.ts";
import { publicKey } from "../../src/crypto/public-key.ts";
import { encryptionUdf, parseUdf } from "../../src/crypto/udf.ts";
import { connectionWitness } from "../../src/crypto/witness.ts";
import { assert, describe } from "../harness/suite.ts";
import { b64, type Fields, loadVectors, need } from "./vector.ts";

interface ProtocolVector {
  readonly id: string;
  readonly kind: string;
  readonly verified: boolean | null;
  readonly input: Readonly<Record<string, unknown>>;
  readonly expected: string | Fields;
}

const { vectors } = loadVectors<{ vectors: ProtocolVector[] }>("protocol");

function keyIn(value: unknown) {
  const { crv, public: octets } = value as Fields;
  return publicKey(curveOf(need(crv)), b64(octets));
}

/** What our code makes of the input, in the form of the expected member. */
const makers: Record<string, (input: Fields, whole: ProtocolVector) => string | Fields> = {
  "pin.salted": (input) => saltedPin(need(input.pin), input.action as "Device" | "Contact"),
  "pin.id": (input) => pinId(need(input.saltedPin), need(input.account)),
  "pin.witness": (input) => {
    const parts = { salted: need(input.saltedPin), account: need(input.account) };
    const made = pinWitness({ ...parts, clientNonce: b64(input.clientNonce), payloadDigest: b64(input.payloadDigest) });
    return Buffer.from(made).toString("base64url");
  },
  "connect.witness": (input, { input: raw }) => {
    const [accountKey, deviceKey] = [keyIn(raw.accountProfileKey), keyIn(raw.deviceProfileKey)];
    assert.ok(equalBytes(fullFingerprint(accountKey), b64(input.accountFingerprintBinary)));
    assert.ok(equalBytes(fullFingerprint(deviceKey), b64(input.deviceFingerprintBinary)));
    return connectionWitness({ accountKey, deviceKey, serverNonce: b64(input.serverNonce), clientNonce: b64(input.clientNonce) });
  },
  "message.envelopeId": (input) => envelopeId(need(input.messageId)),
  "message.responseId": (input) => responseId(need(input.messageId)),
  "earl.connectKey": (input, { input: raw }) =>
    connectKey({ seed: need(input.deviceSeed), account: need(input.makerAccount), octets: raw.keyOctets as number }),
  "earl.publicationId": (input) => publicationId(parseUdf(need(input.key)).data),
  "earl.serviceAuthenticator": (input) => encryptionUdf(serviceAuthenticator(parseUdf(need(input.key)).data)),
  "earl.deviceAuthenticator": (input) => encryptionUdf(deviceAuthenticator(parseUdf(need(input.key)).data)),
  "earl.serviceAuthenticate": (input) => serviceAuthenticate(parseUdf(need(input.serviceAuthenticator)).data, need(input.claimant)),
  "earl.deviceAuthenticate": (input) => deviceAuthenticate(parseUdf(need(input.deviceAuthenticator)).data, need(input.claimant)),
  "uri.connect": (input) => {
    const { account, code } = parseConnectUri(need(input.uri));
    assert.is(formatConnectUri({ account, code }), input.uri);
    return { account, key: code };
  },
};

describe("vectors of protocol.json", (it) => {
  for (const vector of vectors) {
    it(`${vector.kind}: ${vector.id}`, () => {
      const made = need(makers[vector.kind])(vector.input as Fields, vector);
      if (vector.verified === false) assert.not.equal(made, vector.expected);
      else assert.equal(made, vector.expected);
    });
  }

  it("covers every kind", () => assert.equal([...new Set(vectors.map((v) => v.kind))].sort(), Object.keys(makers).sort()));
});
