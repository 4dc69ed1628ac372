/** udf.json: fingerprints, keys derived from seeds, shares, strong names, PINs and locators. */
import { toHex, utf8 } from "../base/bytes.ts";
import { MeshError, verificationError } from "../base/errors.ts";
import { encodeBase64url } from "../codec/index.ts";
import { keyInfo } from "../crypto/fingerprint.ts";
import type { PrivateKey } from "../crypto/index.ts";
import {
  addPrivate,
  addPublic,
  authenticatorUdf,
  connectionWitness,
  connectKey,
  contentDigest,
  contentDigestUdf,
  curveOf,
  deviceAuthenticate,
  deviceAuthenticator,
  digestType,
  encryptionUdf,
  envelopeId,
  evaluateShares,
  formatConnectUri,
  formatUdfUri,
  hkdfSha3_512,
  hkdfSha512,
  hmacSha3_512,
  hmacSha512,
  locator,
  macUdf,
  oidUdf,
  parseShare,
  parseStrongName,
  parseUdf,
  pinId,
  pinWitness,
  presentWhole,
  privateKeyFromSeed,
  publicationId,
  publicKey,
  recoverSecret,
  resolutionPaths,
  responseId,
  saltedPin,
  serviceAuthenticate,
  serviceAuthenticator,
  sha3_512,
  sha256,
  sha512,
  shamirPrime,
  shareUdf,
  udfContentType,
  udfType,
} from "../crypto/index.ts";
import { printedCurveInteger, printedPrime, printedSeedOutput } from "../crypto/printed-example.ts";
import { seedOutput } from "../crypto/seed.ts";
import { openSealed } from "./sealed.ts";
import type { Checks, Members, Vector } from "./vector.ts";
import { made, stated } from "./vector.ts";

const inputOf = (vector: Vector): Members => vector.entry.members("input");

/** True for a published value that is wrong, whose note says how. */
const isBroken = (vector: Vector): boolean => vector.entry.datum("verified") === false;

/** Key of a seed of any length: the reference's tests use short ones, which deriveKey refuses. */
function seedKey(seed: string, keyName: string, alg: string): PrivateKey {
  const curve = curveOf(alg);
  return privateKeyFromSeed(curve, seedOutput(parseUdf(seed).data, keyName, curve));
}

/** True for SHA-3-512, false for SHA-2-512, which it is where nothing is said. */
function isSha3(input: Members, name = "alg"): boolean {
  const alg = input.has(name) ? input.text(name).toUpperCase().replaceAll("-", "") : "SHA2512";
  if (!/^SHA[23]512$/.test(alg) && alg !== "SHA512") throw new MeshError("ERR_SCHEMA", `${name}: no digest of fingerprints is called ${alg}`);
  return alg === "SHA3512";
}

/** The precision, where one is given. */
function bitsOf(input: Members): { readonly bits?: number } {
  return input.has("bits") ? { bits: input.number("bits") } : {};
}

/** Refuses what a note denies. */
function deny(holds: boolean, what: string): void {
  if (holds) throw verificationError(what);
}

const fingerprints: Checks = {
  "content-digest": (vector) => {
    const input = inputOf(vector);
    const [contentType, data, sha3] = [input.text("contentType"), input.octets("data"), isSha3(input)];
    const typed = contentDigest(contentType, { data }, sha3);
    return made(
      vector,
      stated(vector.entry.datum("expected"), {
        cdvHex: () => toHex((sha3 ? sha3_512 : sha512)(data)),
        tcdvHex: () => toHex(typed.subarray(1)),
        typeId: () => typed[0] ?? null,
        udf: () => contentDigestUdf({ contentType, data, sha3, ...bitsOf(input) }),
      }),
    );
  },
  authenticator: (vector) => {
    const input = inputOf(vector);
    const [key, contentType, data, sha3] = [input.text("key"), input.text("contentType"), input.octets("data"), isSha3(input)];
    const [hkdf, hmac, hash] = sha3 ? ([hkdfSha3_512, hmacSha3_512, sha3_512] as const) : ([hkdfSha512, hmacSha512, sha512] as const);
    const salt = utf8("KeyedUDFMaster");
    const okm = hkdf({ ikm: utf8(key), salt, info: "KeyedUDFExpand", length: 64 });
    return made(
      vector,
      stated(vector.entry.datum("expected"), {
        prkHex: () => toHex(hmac(salt, utf8(key))),
        okmHex: () => toHex(okm),
        avHex: () => toHex(hmac(okm, utf8(`${contentType}:`), hash(data))),
        udf: () => authenticatorUdf({ key, contentType, data, sha3, ...bitsOf(input) }),
      }),
    );
  },
  parse: (vector) => {
    const { type, data } = parseUdf(inputOf(vector).text("udf"));
    // The broken example has no type octet: its first octet of key stands in its place, and an E type is what was meant.
    if (isBroken(vector)) deny(type === udfType.encryption, "example without a type");
    return made(vector, { typeId: isBroken(vector) ? udfType.encryption : type, dataHex: toHex(data) });
  },
  present: (vector) => {
    const input = inputOf(vector);
    return made(vector, { udf: presentWhole(input.number("typeId"), input.hex("dataHex")) });
  },
  "compression-level": (vector) => {
    const input = inputOf(vector);
    return made(vector, { typeId: digestType(input.hex("tcdvHex"), isSha3(input) ? udfType.digestSha3 : udfType.digestSha2) });
  },
  "oid-udf": (vector) => {
    const key = publicKey(curveOf(inputOf(vector).text("alg")), inputOf(vector).hex("publicHex"));
    return made(vector, { derHex: toHex(keyInfo(key.curve, key.octets)), udf: oidUdf(key) });
  },
  "key-fingerprint": (vector) => {
    const input = inputOf(vector);
    const { curve, octets } = publicKey(curveOf(input.text("alg")), input.hex("publicHex"));
    const sha3 = input.has("digest") && isSha3(input, "digest");
    return made(vector, { udf: contentDigestUdf({ contentType: input.text("contentType"), data: keyInfo(curve, octets), sha3, ...bitsOf(input) }) });
  },
  "earl-locator": (vector) => {
    const input = inputOf(vector);
    const [key, domain] = [input.text("key"), input.text("domain")];
    const contentType = input.text("contentType");
    const literal = contentDigestUdf({ contentType, data: utf8(key), ...bitsOf(input) });
    // What the draft says literally does not give what it prints, which is the identifier under the content type that keys have.
    if (isBroken(vector)) deny(literal === locator(key), "identifier of the registered content type");
    // Revisions before October 2020 had another content type, and no key of today is published under it.
    const identifier = isBroken(vector) || contentType === udfContentType.encryption ? locator(key) : literal;
    return made(
      vector,
      stated(vector.entry.datum("expected"), {
        udfUri: () => formatUdfUri({ udf: key, domain }),
        identifier: () => identifier,
        targetUri: () => `https://${domain}${resolutionPaths(key)[1]?.replace(locator(key), identifier)}`,
      }),
    );
  },
  sin: (vector) => {
    const { form, label, address } = parseStrongName(inputOf(vector).text("address"));
    return made(vector, { form, udf: label ?? null, address });
  },
};

const shares: Checks = {
  "shamir-split": (vector) => {
    const input = inputOf(vector);
    const coefficients = input.texts("coefficients").map(BigInt);
    const parts = evaluateShares({ secret: input.hex("secretHex"), coefficients, shares: input.number("shares") }) ?? [];
    return made(vector, { values: parts.map(({ value }) => BigInt(`0x${toHex(value)}`).toString()), shares: parts.map(shareUdf) });
  },
  "shamir-recover": (vector) => {
    const texts = inputOf(vector).texts("shares");
    const first = parseShare(texts[0] ?? "");
    return made(vector, { secretHex: toHex(recoverSecret(texts)), threshold: first.threshold, shareOctets: first.value.length });
  },
  "shamir-prime": (vector) => {
    const octets = inputOf(vector).number("octets");
    return made(vector, { offset: Number(shamirPrime(octets) - (1n << BigInt(8 * octets))) });
  },
};

const derivations: Checks = {
  derive: (vector) => {
    const input = inputOf(vector);
    const key = seedKey(input.text("seed"), input.text("keyName"), input.text("alg")).public;
    return made(vector, stated(vector.entry.datum("expected"), { publicHex: () => toHex(key.octets), fingerprint: () => key.udf }));
  },
  "derive-activate": (vector) => {
    const input = inputOf(vector);
    const [use, alg] = [`${input.text("actor")}${input.text("operation")}`, input.text("alg")];
    const base = seedKey(input.text("baseSeed"), `Base${use}`, alg);
    const activation = seedKey(input.text("activationSeed"), `Activation${use}`, alg);
    const sum = addPrivate(base, activation).public;
    deny(addPublic(base.public, activation.public).udf !== sum.udf, "overlay");
    return made(vector, { fingerprint: sum.udf });
  },
  /** Printed values of udf-13 §4.4, which no live key is made by. */
  "derive-example": (vector) => {
    const input = inputOf(vector);
    const [seed, algorithm] = [input.text("seed"), input.number("algorithmId")];
    const output = (info?: string) => {
      const length = input.has("octets") ? input.number("octets") : undefined;
      return printedSeedOutput({ seed, algorithm, ...(info !== undefined && { info }), ...(length !== undefined && { length }) });
    };
    const integer = (modulus: "field" | "order"): string => printedCurveInteger(output().okm, algorithm, modulus).toString();
    // The group order does not give the printed number: the field prime does.
    if (isBroken(vector)) deny(integer("order") === integer("field"), "integer of the group order");
    const prime = (info: string): string => printedPrime(output(info).okm).toString();
    return made(
      vector,
      stated(vector.entry.datum("expected"), {
        prkHex: () => toHex(output().prk),
        okmHex: () => toHex(output().okm),
        d: () => integer("field"),
        okmPHex: () => toHex(output("p").okm),
        okmQHex: () => toHex(output("q").okm),
        p: () => prime("p"),
        q: () => prime("q"),
      }),
    );
  },
};

const messages: Checks = {
  "connect-pin": (vector) => {
    const input = inputOf(vector);
    const account = input.text("account");
    const code = connectKey({ seed: input.text("seed"), account, octets: input.number("bits") / 8 });
    return made(vector, { pin: code, uri: formatConnectUri({ account, code }) });
  },
  pin: (vector) => {
    const input = inputOf(vector);
    const [pin, account] = [input.text("pin"), input.text("account")];
    const salted = saltedPin(pin, input.word("action", "Device", "Contact"));
    // The broken example is keyed by the octets of the PIN before it is salted.
    const unsalted = (): string => macUdf(hmacSha512(parseUdf(pin).data, utf8(account)));
    if (isBroken(vector)) deny(unsalted() === pinId(salted, account), "PinId of the unsalted PIN");
    return made(
      vector,
      stated(vector.entry.datum("expected"), {
        saltedPin: () => salted,
        pinId: () => (isBroken(vector) ? unsalted() : pinId(salted, account)),
      }),
    );
  },
  "pin-witness": (vector) => {
    const input = inputOf(vector);
    const [clientNonce, payloadDigest] = [input.base64("clientNonce"), input.base64("payloadDigest")];
    const witness = pinWitness({ salted: input.text("saltedPin"), account: input.text("account"), clientNonce, payloadDigest });
    return made(vector, { witness: encodeBase64url(witness) });
  },
  "message-id": (vector) => {
    const id = inputOf(vector).text("messageId");
    return made(vector, stated(vector.entry.datum("expected"), { envelopeId: () => envelopeId(id), responseId: () => responseId(id) }));
  },
  "connection-witness": (vector) => {
    const input = inputOf(vector);
    const [accountKey, deviceKey] = [publicKey("Ed448", input.hex("accountPublicHex")), publicKey("Ed448", input.hex("devicePublicHex"))];
    const nonces = { serverNonce: input.base64("serverNonce"), clientNonce: input.base64("clientNonce") };
    return made(vector, { witness: connectionWitness({ accountKey, deviceKey, ...nonces }) });
  },
  "earl-claim": (vector) => {
    const [{ data }, claimant] = [parseUdf(inputOf(vector).text("key")), inputOf(vector).text("claimant")];
    const ks = serviceAuthenticator(data);
    return made(vector, {
      publicationId: publicationId(data),
      serviceAuthenticator: encryptionUdf(ks),
      serviceAuthenticate: serviceAuthenticate(ks, claimant),
      deviceAuthenticate: deviceAuthenticate(deviceAuthenticator(data), claimant),
    });
  },
  "earl-envelope": (vector) => {
    const input = inputOf(vector);
    const header = { enc: "A256CBC", Salt: input.datum("salt"), recipients: [{ wmk: input.datum("wmk") }] };
    const opened = openSealed({ header, ciphertext: input.base64("ciphertext"), symmetricKey: parseUdf(input.text("key")).data });
    return made(vector, {
      plaintextLength: opened.plaintext.length,
      plaintextSha256Hex: toHex(sha256(opened.plaintext)),
      innerEnvelopeId: opened.envelopeId,
    });
  },
};

/** Kinds of udf.json. */
export const udfChecks: Checks = { ...fingerprints, ...shares, ...derivations, ...messages };
