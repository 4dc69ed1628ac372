/** threshold.json: FROST (RFC 9591 appendix E), and additive shares rewritten for it. */
import { equalBytes, toHex, utf8 } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import type { DatumObject } from "../codec/index.ts";
import { littleEndian, modOrder, readLittleEndian, scalarLength, scalarOctets } from "../crypto/curve.ts";
import { shake256Ed448 } from "../crypto/hash.ts";
import type { PublicKey } from "../crypto/index.ts";
import { addPublic, privateKeyFromScalar, publicKey, scalarOf, sha512, sumScalars } from "../crypto/index.ts";
import { multiplier, timesPoint } from "../crypto/multiplier.ts";
import { pointOf, publicKeyOfPoint } from "../crypto/public-key.ts";
import { taskChallenge, verifyTask } from "../crypto/threshold/equation.ts";
import type { FrostCommitment } from "../crypto/threshold/index.ts";
import {
  additiveFrostGroup,
  evaluatePolynomial,
  FrostSigner,
  frostAggregate,
  frostGroup,
  frostIdentifier,
  frostShareOf,
  frostShareOfAdditive,
  lagrange,
  recoverKey,
} from "../crypto/threshold/index.ts";
import { scalarKey } from "./threshold-key.ts";
import type { Checks, Members } from "./vector.ts";
import { remade, stated } from "./vector.ts";

type Curve = "Ed25519" | "Ed448";

function curveIn(entry: Members): Curve {
  const alg = entry.text("alg");
  if (alg !== "Ed25519" && alg !== "Ed448") throw new MeshError("ERR_KEY", `no FROST over ${alg}`);
  return alg;
}

/** Scalars of FROST messages have one octet more than those of keys on Ed448. */
function frostScalar(entry: Members, name: string): bigint {
  return readLittleEndian(entry.hex(name));
}

function scripted(...parts: readonly Uint8Array[]): Random {
  const queue = [...parts];
  return { bytes: (length) => queue.shift()?.slice(0, length) ?? new Uint8Array(length) };
}

/** H1 of the suite: hashes the input of a binding factor (RFC 9591 §6.1, §6.3). */
function bindingFactor(curve: Curve, input: Uint8Array): bigint {
  const octets = curve === "Ed25519" ? sha512(utf8("FROST-ED25519-SHA512-v1rho"), input) : shake256Ed448(utf8("FROST-ED448-SHAKE256-v1rho"), input);
  return modOrder(curve, readLittleEndian(octets));
}

const times = (curve: Curve, key: PublicKey, scalar: bigint): PublicKey =>
  publicKeyOfPoint(curve, timesPoint(multiplier(curve, scalar), pointOf(key)));

const rfc: Checks = {
  frost: (vector) => {
    const { entry } = vector;
    const curve = curveIn(entry);
    const width = entry.hex("groupSecretKey").length;
    const secret = scalarKey(curve, frostScalar(entry, "groupSecretKey"));
    const coefficients = [scalarOf(secret), frostScalar(entry, "coefficient1")];
    const names = Object.keys(entry.members("shares").value);
    const values = evaluatePolynomial(curve, coefficients, names.length) ?? [];
    const commitments = coefficients.map((coefficient) => scalarKey(curve, coefficient).public);
    const group = frostGroup({ commitments, parties: names.length, form: "plain" });
    const message = entry.hex("message");
    const signers = entry.each("signers").map((signer) => {
      const index = signer.number("identifier");
      const key = scalarKey(curve, values[index - 1] ?? 0n);
      const random = scripted(signer.hex("hidingRandomness"), signer.hex("bindingRandomness"));
      const party = new FrostSigner({ group, share: frostShareOf({ index, threshold: 2, key }), random });
      return { index, key, party, entry: signer, commitment: party.commit() };
    });
    const quorum = signers.map(({ index }) => index);
    const all: readonly FrostCommitment[] = signers.map(({ commitment }) => commitment);
    const factors = signers.map((signer) => bindingFactor(curve, signer.entry.hex("bindingFactorInput")));
    const groupKey = secret.public;
    const R = signers
      .map(({ commitment }, i) =>
        addPublic(publicKey(curve, commitment.hiding), times(curve, publicKey(curve, commitment.binding), factors[i] ?? 0n)),
      )
      .reduce(addPublic);
    const challenge = taskChallenge({ groupKey, message, form: "plain" }, R);
    const sigShares = signers.map(({ party }) => party.sign({ commitments: all, message }));
    const came = signers.map((signer, i): DatumObject => {
      const [hiding, binding] = [frostScalar(signer.entry, "hidingNonce"), frostScalar(signer.entry, "bindingNonce")];
      const matches = (nonce: bigint, octets: Uint8Array): boolean => equalBytes(scalarKey(curve, nonce).public.octets, octets);
      // Nonces and inputs of hashes are not given out; what they lead to tells whether the printed ones are right.
      const weight = lagrange(curve, quorum, signer.index) * scalarOf(signer.key) * challenge;
      const sum = sumScalars(curve, [hiding, binding * (factors[i] ?? 0n), weight]);
      const share = sigShares[i] ?? new Uint8Array();
      return {
        identifier: signer.index,
        hidingRandomness: signer.entry.datum("hidingRandomness"),
        bindingRandomness: signer.entry.datum("bindingRandomness"),
        hidingNonce: matches(hiding, signer.commitment.hiding) ? signer.entry.datum("hidingNonce") : "another nonce",
        bindingNonce: matches(binding, signer.commitment.binding) ? signer.entry.datum("bindingNonce") : "another nonce",
        hidingCommitment: toHex(signer.commitment.hiding),
        bindingCommitment: toHex(signer.commitment.binding),
        bindingFactorInput: sum === readLittleEndian(share) ? signer.entry.datum("bindingFactorInput") : "another input",
        bindingFactor: toHex(littleEndian(factors[i] ?? 0n, width)),
        sigShare: toHex(share),
      };
    });
    const byIdentifier = Object.fromEntries(signers.map(({ index }, i) => [frostIdentifier(curve, index), sigShares[i] ?? new Uint8Array()]));
    const signature = frostAggregate({ group, commitments: all, message, shares: byIdentifier });
    const shares = Object.fromEntries(names.map((name) => [name, toHex(littleEndian(values[Number(name) - 1] ?? 0n, width))]));
    const each =
      (...members: readonly string[]) =>
      () =>
        came.every((signer, i) => members.every((name) => entry.each("signers")[i]?.datum(name) === signer[name]));
    return remade(vector, ["alg", "groupSecretKey", "coefficient1", "message"], {
      groupPublicKey: toHex(groupKey.octets),
      shares,
      signers: came,
      signature: toHex(signature),
      verified: stated(entry.datum("verified"), {
        publicKey: () => entry.datum("groupPublicKey") === toHex(groupKey.octets),
        shares: () => names.every((name) => entry.members("shares").datum(name) === shares[name]),
        bindingFactors: each("bindingFactor", "bindingFactorInput"),
        commitments: each("hidingCommitment", "bindingCommitment"),
        nonces: each("hidingNonce", "bindingNonce"),
        sigShares: each("sigShare"),
        signature: () => entry.datum("signature") === toHex(signature),
        verifiesAsEdDSA: () => verifyTask({ groupKey, message, form: "plain" }, entry.hex("signature")),
        // Our signers are noble's.
        nobleAgrees: () => entry.datum("signature") === toHex(signature),
      }),
    });
  },
};

const additive: Checks = {
  additiveFrost: (vector) => {
    const { entry } = vector;
    const curve = curveIn(entry);
    const shares = entry.texts("additive").map((share) => scalarKey(curve, BigInt(share)));
    const parties = shares.length;
    const rewritten = shares.map((share, i) => frostShareOfAdditive({ share, index: i + 1, parties }).signingShare);
    const group = additiveFrostGroup(shares.map((share) => share.public));
    const [width] = entry.texts("shamirShares").map((text) => text.length / 2);
    const texts = rewritten.map((share) => toHex(share.subarray(0, width)));
    const groupKey = shares.map((share) => share.public).reduce(addPublic);
    const recovered = recoverKey(
      rewritten.map((share, i) => ({ index: i + 1, threshold: parties, key: privateKeyFromScalar(curve, share.subarray(0, scalarLength(curve))) })),
    );
    return remade(vector, ["alg", "additive"], {
      shamirShares: texts,
      groupPublicKey: toHex(group.commitments[0] ?? new Uint8Array()),
      verified: stated(entry.datum("verified"), {
        publicKey: () => entry.datum("groupPublicKey") === toHex(groupKey.octets),
        shamirShares: () => entry.texts("shamirShares").join() === texts.join(),
        interpolates: () => equalBytes(scalarOctets(curve, scalarOf(recovered)), scalarOctets(curve, sumScalars(curve, shares.map(scalarOf)))),
      }),
    });
  },
};

/** Kinds about FROST. */
export const frostChecks: Checks = { ...rfc, ...additive };
