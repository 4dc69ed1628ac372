/**
 * threshold.json: signatures of several signers in the form of threshold-sigs-06 §3, and of a last signer (§3.3). The drafts print Ed25519
 * with the dom2 prefix (`mesh`), the entries compute it without (`plain`); the faults of the Ed448 numbers are checked as what they are,
 * and where nobody knows what went wrong, the entry says that a printed number is wrong and the computed one is judged in its place.
 */
import { concat, equalBytes, toHex } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";
import type { DatumObject } from "../codec/index.ts";
import type { SigningCurve } from "../crypto/challenge.ts";
import { littleEndian, modOrder, readLittleEndian } from "../crypto/curve.ts";
import type { PrivateKey, PublicKey } from "../crypto/index.ts";
import { addPrivate, addPublic, publicKey, scalarOf, sumScalars } from "../crypto/index.ts";
import { edwardsModel } from "../crypto/multiplier.ts";
import { checkPart, type SigningTask, shareOfSignature, taskChallenge, verifyTask } from "../crypto/threshold/equation.ts";
import { finalShareOf, lagrange, recoverKey } from "../crypto/threshold/index.ts";
import { keyFlags, printedKey, scalarKey } from "./threshold-key.ts";
import type { Checks, Members, Vector } from "./vector.ts";
import { remade, stated } from "./vector.ts";

function signingCurveOf(entry: Members): SigningCurve {
  const alg = entry.text("alg");
  if (alg !== "Ed25519" && alg !== "Ed448") throw new MeshError("ERR_KEY", `${alg} keys do not sign`);
  return alg;
}

/** Weight of a share: 1, or the Lagrange coefficient. */
interface Signer {
  readonly share: PrivateKey;
  readonly nonce: bigint;
}

/** R, k, S_i and S of signers whose shares add up to the key. */
function signed(task: SigningTask, signers: readonly Signer[]) {
  const { curve } = task.groupKey;
  const commitments = signers.map(({ nonce }) => scalarKey(curve, nonce).public);
  const R = commitments.reduce(addPublic);
  const shares = signers.map(({ share, nonce }) => readLittleEndian(shareOfSignature({ task, R, nonce, share })));
  const S = sumScalars(curve, shares);
  return { commitments, R, k: taskChallenge(task, R), shares, S, signature: concat(R.octets, littleEndian(S, R.octets.length)) };
}

/** x and y of S.B on Ed25519: for Ed448 the source took the low 255 bits of S there too, and 256 before threshold-sigs-05. */
function base25519(S: bigint, bits = 255n): readonly string[] {
  const { x, y } = edwardsModel("Ed25519")
    .BASE.multiply(modOrder("Ed25519", S & ((1n << bits) - 1n)))
    .toAffine();
  return [x.toString(), y.toString()];
}

/** Shares that the source printed and nobody reproduces, as the entry itself says; their sum has to be the printed S all the same. */
function unexplained(entry: Members, curve: SigningCurve, known: readonly (readonly bigint[])[]): readonly bigint[] | undefined {
  const shares = entry.members("printed").texts("S_i").map(BigInt);
  if (entry.members("verified").datum("printed.S_i") !== false || shares.length !== known[0]?.length) return undefined;
  const isReduced = shares.every((share) => share === modOrder(curve, share));
  return isReduced && !known.some((other) => other.join() === shares.join()) ? shares : undefined;
}

/** What both kinds print of a signature. `reduced` are shares reduced by the order of Ed25519, which the source did once. */
function signature(vector: Vector, options: { groupKey: PublicKey; message: Uint8Array; signers: readonly Signer[]; reduced: readonly Signer[] }) {
  const { groupKey, message, signers, reduced } = options;
  const { entry } = vector;
  const curve = signingCurveOf(entry);
  const [printed, computed] = [entry.members("printed"), entry.members("computed")];
  const [mesh, plain] = [signed({ groupKey, message, form: "mesh" }, signers), signed({ groupKey, message, form: "plain" }, signers)];
  const faulty = signed({ groupKey, message }, reduced);
  const isReduced = groupKey.curve === "Ed448" && printed.texts("S_i").join() === faulty.shares.join();
  const foreign = unexplained(entry, curve, [mesh.shares, faulty.shares]);
  const source = isReduced ? faulty : foreign ? { ...mesh, shares: foreign, S: sumScalars(curve, foreign) } : mesh;
  const decimals = (values: readonly bigint[]): string[] => values.map(String);
  const printedSignature = concat(printed.hex("R"), littleEndian(printed.integer("S"), mesh.R.octets.length));
  const is = (name: string, value: unknown) => () => JSON.stringify(printed.datum(name)) === JSON.stringify(value);
  const bases = (groupKey.curve === "Ed448" ? [255n, 256n] : [255n]).map((bits) => base25519(source.S, bits));
  const holds = (name: string, value: unknown) => () => JSON.stringify(computed.datum(name)) === JSON.stringify(value);
  return {
    printed: {
      R: toHex(source.R.octets),
      k: source.k.toString(),
      S_i: decimals(source.shares),
      S: source.S.toString(),
      R_i: source.commitments.map((key) => toHex(key.octets)),
      SB: bases.find((point) => is("SB", point)()) ?? bases[0] ?? [],
    },
    computed: { k: plain.k.toString(), S_i: decimals(plain.shares), signature: toHex(plain.signature) },
    flags: {
      "printed.R_i": is(
        "R_i",
        mesh.commitments.map((key) => toHex(key.octets)),
      ),
      "printed.R": is("R", toHex(mesh.R.octets)),
      "printed.kIsPlain": is("k", plain.k.toString()),
      "printed.kIsSourceVariant": is("k", mesh.k.toString()),
      "printed.S_i": is("S_i", decimals(mesh.shares)),
      "printed.S": is("S", mesh.S.toString()),
      "printed.SIsSumOfPrinted": () => sumScalars(groupKey.curve, printed.texts("S_i").map(BigInt)) === printed.integer("S"),
      "printed.S_iReducedByEd25519Order": () => isReduced,
      "printed.signatureVerifiesPlain": () => verifyTask({ groupKey, message, form: "plain" }, printedSignature),
      "printed.signatureVerifiesSourceVariant": () => verifyTask({ groupKey, message, form: "mesh" }, printedSignature),
      "printed.SB": () => groupKey.curve === "Ed25519" && is("SB", base25519(source.S))(),
      "printed.SBIsEd25519BaseTimesSTruncated255": () => groupKey.curve === "Ed448" && is("SB", base25519(printed.integer("S")))(),
      "computed.k": holds("k", plain.k.toString()),
      "computed.S_i": holds("S_i", decimals(plain.shares)),
      "computed.signature": holds("signature", toHex(plain.signature)),
      "computed.verifies": () => verifyTask({ groupKey, message, form: "plain" }, computed.hex("signature")),
    },
  };
}

/** Signers as the source had them once: weighted shares reduced by the order of the other group. */
function reducedSigners(curve: SigningCurve, signers: readonly Signer[], weighted: readonly bigint[]): readonly Signer[] {
  return signers.map(({ nonce }, i) => ({ share: scalarKey(curve, modOrder("Ed25519", weighted[i] ?? 0n)), nonce }));
}

const drafts: Checks = {
  signDirect: (vector) => {
    const { entry } = vector;
    const curve = signingCurveOf(entry);
    const [keys, printed] = [entry.members("keys"), entry.members("printed")];
    const [alice, bob, aggregate] = [keys.members("alice"), keys.members("bob"), keys.members("aggregate")];
    const [a, b] = [printedKey(alice, curve), printedKey(bob, curve)];
    const sum = addPrivate(a.key, b.key);
    const came: DatumObject = {
      // A sum has no seed.
      udf: "TBS",
      scalar: scalarOf(sum).toString(),
      encodedPrivate: toHex(sum.export().Private),
      encodedPublic: toHex(sum.public.octets),
    };
    const is = (name: string) => () => aggregate.datum(name) === came[name];
    const [nonceA = 0n, nonceB = 0n] = printed.texts("r").map(BigInt);
    const signers = [
      { share: a.key, nonce: nonceA },
      { share: b.key, nonce: nonceB },
    ];
    const parts = signature(vector, {
      groupKey: sum.public,
      message: entry.utf8("message"),
      signers,
      reduced: reducedSigners(
        curve,
        signers,
        signers.map(({ share }) => scalarOf(share)),
      ),
    });
    return remade(vector, ["alg", "message"], {
      keys: { alice: a.came, bob: b.came, aggregate: came },
      printed: { r: printed.datum("r"), ...parts.printed },
      computed: parts.computed,
      verified: stated(entry.datum("verified"), {
        ...keyFlags(["alice", "bob"], [alice, bob], curve),
        "aggregate.private": is("encodedPrivate"),
        "aggregate.public": is("encodedPublic"),
        "aggregate.scalar": is("scalar"),
        "aggregate.pointSum": () => equalBytes(addPublic(a.point, b.point).octets, sum.public.octets),
        ...parts.flags,
      }),
    });
  },
  signShamir: (vector) => {
    const { entry } = vector;
    const curve = signingCurveOf(entry);
    const [aggregate, printed] = [entry.members("keys").members("aggregate"), entry.members("printed")];
    const whole = printedKey(aggregate, curve);
    const a0 = scalarOf(whole.key);
    const value = (index: number): bigint => modOrder(curve, a0 + BigInt(index) * printed.integer("a1"));
    // Alice and Carol sign.
    const quorum = [1, 3] as const;
    const weights = quorum.map((index) => lagrange(curve, quorum, index));
    const weighted = quorum.map((index, i) => modOrder(curve, value(index) * (weights[i] ?? 0n)));
    const nonces = printed.texts("r").map(BigInt);
    const signers = weighted.map((share, i) => ({ share: scalarKey(curve, share), nonce: nonces[i] ?? 0n }));
    const parts = signature(vector, {
      groupKey: whole.point,
      message: entry.utf8("message"),
      signers,
      reduced: reducedSigners(
        curve,
        signers,
        quorum.map((index, i) => value(index) * (weights[i] ?? 0n)),
      ),
    });
    const came: DatumObject = {
      a0: printed.integer("a0") === a0 ? a0.toString() : (whole.came.scalar ?? null),
      a1: printed.datum("a1"),
      ya: value(1).toString(),
      yb: value(2).toString(),
      yc: value(3).toString(),
      lagrange: weights.map(String),
      weighted: weighted.map(String),
    };
    const is = (name: string) => () => JSON.stringify(printed.datum(name)) === JSON.stringify(came[name]);
    const shares = quorum.map((index) => ({ index, threshold: 2, key: scalarKey(curve, printed.integer(index === 1 ? "ya" : "yc")) }));
    return remade(vector, ["alg", "message"], {
      keys: { aggregate: whole.came },
      printed: { ...came, r: printed.datum("r"), ...parts.printed },
      computed: parts.computed,
      verified: stated(entry.datum("verified"), {
        ...keyFlags(["aggregate"], [aggregate], curve),
        "printed.a0": is("a0"),
        "printed.ya": is("ya"),
        "printed.yb": is("yb"),
        "printed.yc": is("yc"),
        "printed.lagrange": is("lagrange"),
        "printed.weightedShares": is("weighted"),
        recover: () => scalarOf(recoverKey(shares)) === a0,
        ...parts.flags,
      }),
    });
  },
};

const lastSigner: Checks = {
  finalSigner: (vector) => {
    const { entry } = vector;
    const curve = signingCurveOf(entry);
    const [device, hub] = [scalarKey(curve, entry.integer("deviceShare")), scalarKey(curve, entry.integer("hubShare"))];
    const hubNonce = entry.integer("hubNonce");
    const groupKey = addPublic(device.public, hub.public);
    const others = scalarKey(curve, hubNonce).public;
    const task: SigningTask = { groupKey, message: entry.hex("message"), form: formOf(entry, groupKey) };
    const final = finalShareOf({ task, others, share: device, nonce: entry.integer("deviceNonce") });
    const R = publicKey(curve, final.R);
    const own = shareOfSignature({ task, R, nonce: hubNonce, share: hub });
    const S = sumScalars(curve, [readLittleEndian(final.share), readLittleEndian(own)]);
    const signature = concat(final.R, littleEndian(S, final.R.length));
    const came: DatumObject = {
      publicKey: toHex(groupKey.octets),
      hubCommitment: toHex(others.octets),
      R: toHex(final.R),
      deviceContribution: toHex(final.share),
      signature: toHex(signature),
    };
    const commitment = scalarKey(curve, entry.integer("deviceNonce")).public;
    const part = { name: "device", commitment, share: final.share, partial: device.public };
    const is = (name: string) => () => entry.datum(name) === came[name];
    return remade(vector, ["alg", "message", "deviceShare", "hubShare", "deviceNonce", "hubNonce"], {
      ...came,
      verified: stated(entry.datum("verified"), {
        publicKey: is("publicKey"),
        hubCommitment: is("hubCommitment"),
        R: is("R"),
        deviceContribution: is("deviceContribution"),
        contributionCheck: () => checkPart(task, R, part),
        signature: is("signature"),
        verifies: () => verifyTask(task, entry.hex("signature")),
      }),
    });
  },
};

/** The form in which the entry's own signature verifies: the files have both. */
function formOf(entry: Members, groupKey: PublicKey): "mesh" | "plain" {
  return verifyTask({ groupKey, message: entry.hex("message"), form: "plain" }, entry.hex("signature")) ? "plain" : "mesh";
}

/** Kinds about signatures without FROST. */
export const signatureChecks: Checks = { ...drafts, ...lastSigner };
