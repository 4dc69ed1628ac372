/** protocol.json: identifiers, PINs, witnesses, EARLs and codes of the service protocol, and the envelopes in its example messages. */
import { equalBytes, utf8 } from "../base/bytes.ts";
import { MeshError, verificationError } from "../base/errors.ts";
import type { Datum } from "../codec/index.ts";
import { encodeBase64url, isObject } from "../codec/index.ts";
import type { PublicKey } from "../crypto/index.ts";
import {
  connectionWitness,
  connectKey,
  curveOf,
  deviceAuthenticate,
  deviceAuthenticator,
  encryptionUdf,
  envelopeId,
  formatConnectUri,
  fullFingerprint,
  hmacSha512,
  macUdf,
  parseConnectUri,
  parseUdf,
  pinId,
  pinWitness,
  publicationId,
  publicKey,
  responseId,
  saltedPin,
  serviceAuthenticate,
  serviceAuthenticator,
  sha512,
} from "../crypto/index.ts";
import { findEnvelopes, keysIn, reportOf } from "./envelope-report.ts";
import { inFormOf, openSealed } from "./sealed.ts";
import type { Checks, Made, Vector } from "./vector.ts";
import { Members, made, stated } from "./vector.ts";

const inputOf = (vector: Vector): Members => vector.entry.members("input");

function keyIn(input: Members, name: string): PublicKey {
  const key = input.members(name);
  return publicKey(curveOf(key.text("crv")), key.base64("public"));
}

/** The PIN that another entry of the file salts to the value given. */
function pinOf(salted: string, file: Datum): string | undefined {
  const entries = isObject(file) && Array.isArray(file.vectors) ? (file.vectors as readonly Datum[]) : [];
  const found = entries.find((entry) => isObject(entry) && entry.kind === "pin.salted" && entry.expected === salted);
  return found === undefined ? undefined : new Members(found, "vectors").members("input").text("pin");
}

const pins: Checks = {
  "pin.salted": (vector) => made(vector, saltedPin(inputOf(vector).text("pin"), inputOf(vector).word("action", "Device", "Contact"))),
  "pin.id": (vector): Made => {
    const input = inputOf(vector);
    const [salted, account] = [input.text("saltedPin"), input.text("account")];
    const id = pinId(salted, account);
    if (vector.entry.datum("verified") !== false) return made(vector, id);
    // The misprint was keyed by the octets of the PIN before it is salted; the note names the right value.
    const pin = pinOf(salted, vector.file);
    if (pin === undefined) return { skip: "the value is wrong as its note says, and the PIN that it was made with is not in the file" };
    const unsalted = macUdf(hmacSha512(parseUdf(pin).data, utf8(account.toLowerCase())));
    if (!vector.entry.text("note").includes(id) || unsalted === id) throw verificationError("right value in the note");
    return made(vector, unsalted);
  },
  "pin.witness": (vector) => {
    const input = inputOf(vector);
    const [clientNonce, payloadDigest] = [input.base64("clientNonce"), input.base64("payloadDigest")];
    return made(vector, encodeBase64url(pinWitness({ salted: input.text("saltedPin"), account: input.text("account"), clientNonce, payloadDigest })));
  },
};

const identifiers: Checks = {
  "connect.witness": (vector) => {
    const input = inputOf(vector);
    const [accountKey, deviceKey] = [keyIn(input, "accountProfileKey"), keyIn(input, "deviceProfileKey")];
    const prints = [
      [accountKey, input.base64("accountFingerprintBinary")],
      [deviceKey, input.base64("deviceFingerprintBinary")],
    ] as const;
    for (const [key, print] of prints) if (!equalBytes(fullFingerprint(key), print)) throw verificationError("fingerprint");
    const nonces = { serverNonce: input.base64("serverNonce"), clientNonce: input.base64("clientNonce") };
    return made(vector, connectionWitness({ accountKey, deviceKey, ...nonces }));
  },
  "message.envelopeId": (vector) => made(vector, envelopeId(inputOf(vector).text("messageId"))),
  "message.responseId": (vector) => made(vector, responseId(inputOf(vector).text("messageId"))),
  "uri.connect": (vector) => {
    const { account, code } = parseConnectUri(inputOf(vector).text("uri"));
    if (formatConnectUri({ account, code }) !== inputOf(vector).text("uri")) throw verificationError("code written again");
    return made(vector, { account, key: code });
  },
};

const earl: Checks = {
  "earl.connectKey": (vector) => {
    const input = inputOf(vector);
    return made(vector, connectKey({ seed: input.text("deviceSeed"), account: input.text("makerAccount"), octets: input.number("keyOctets") }));
  },
  "earl.publicationId": (vector) => made(vector, publicationId(parseUdf(inputOf(vector).text("key")).data)),
  "earl.serviceAuthenticator": (vector) => made(vector, encryptionUdf(serviceAuthenticator(parseUdf(inputOf(vector).text("key")).data))),
  "earl.deviceAuthenticator": (vector) => made(vector, encryptionUdf(deviceAuthenticator(parseUdf(inputOf(vector).text("key")).data))),
  "earl.serviceAuthenticate": (vector) => {
    const input = inputOf(vector);
    return made(vector, serviceAuthenticate(parseUdf(input.text("serviceAuthenticator")).data, input.text("claimant")));
  },
  "earl.deviceAuthenticate": (vector) => {
    const input = inputOf(vector);
    return made(vector, deviceAuthenticate(parseUdf(input.text("deviceAuthenticator")).data, input.text("claimant")));
  },
  "earl.decrypt": (vector) => {
    const input = inputOf(vector);
    const symmetricKey = parseUdf(input.text("key")).data;
    const opened = openSealed({ header: input.datum("header"), ciphertext: input.base64("ciphertext"), symmetricKey });
    const expected = vector.entry.members("expected");
    return made(
      vector,
      stated(expected.value, {
        cek: () => inFormOf(expected.datum("cek"), opened.baseSeed),
        plaintextSha512: () => inFormOf(expected.datum("plaintextSha512"), sha512(opened.plaintext)),
        plaintextLength: () => opened.plaintext.length,
        envelopeId: () => opened.envelopeId,
      }),
    );
  },
};

const keysOfFile = new WeakMap<object, Map<string, PublicKey>>();

/** Public keys in all messages of a file and in their payloads. */
function keysOf(file: Datum): Map<string, PublicKey> {
  if (!isObject(file)) return new Map();
  let keys = keysOfFile.get(file);
  if (!keys) {
    keys = new Map();
    for (const message of Array.isArray(file.messages) ? (file.messages as readonly Datum[]) : []) {
      if (!isObject(message)) continue;
      for (const { payload } of findEnvelopes(message.body ?? null, "")) keysIn(payload ?? null, keys);
    }
    keysOfFile.set(file, keys);
  }
  return keys;
}

/** Sections of protocol.json whose entries have no kind. */
export const protocolSections: Checks = {
  messages: ({ entry, file }) => {
    const body = entry.members("body");
    const [tag, ...others] = Object.keys(body.value);
    if (tag === undefined || others.length > 0) throw new MeshError("ERR_SCHEMA", "body: expected an object with one type tag");
    const keys = keysOf(file);
    return {
      came: { type: tag, envelopes: findEnvelopes(body.value, "").map((found) => reportOf(found, keys)) },
      expected: { type: entry.datum("type"), envelopes: entry.datum("envelopes") },
    };
  },
  broken: ({ entry }) => ({ skip: `a fault of the draft, nothing to recompute: ${entry.text("where")}, ${entry.text("what")}` }),
};

/** Kinds of protocol.json. */
export const protocolChecks: Checks = { ...pins, ...identifiers, ...earl };
