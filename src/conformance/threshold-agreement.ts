/** threshold.json: keys made together, keys split, agreement by shares, activation of devices, key encryption keys (threshold-06 §6). */
import { equalBytes, toHex } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";
import type { DatumObject } from "../codec/index.ts";
import { encodeBase64url } from "../codec/index.ts";
import { modOrder, scalarOctets } from "../crypto/curve.ts";
import type { Curve, PrivateKey, PublicKey } from "../crypto/index.ts";
import {
  addPrivate,
  addPublic,
  combineAgreements,
  curveOf,
  deriveKey,
  hkdfSha512,
  partialAgreement,
  plainKey,
  privateKeyFromSeed,
  publicKey,
  scalarOf,
  sumScalars,
} from "../crypto/index.ts";
import { curve448, curve25519 } from "../crypto/montgomery.ts";
import { unwrapBaseSeed } from "../dare/index.ts";
import { coordinates, isMontgomery, keyFlags, printedKey, scalarKey } from "./threshold-key.ts";
import type { Checks } from "./vector.ts";
import { isRefused, Members, remade, stated } from "./vector.ts";

/** The composite in scalar form; X keys without their sign, as the draft prints them. */
function composite(entry: Members, key: PrivateKey): DatumObject {
  return stated(entry.value, {
    scalar: () => scalarOf(key).toString(),
    encodedPrivate: () => toHex(key.export().Private),
    u: () => coordinates(key.public).u ?? null,
    v: () => coordinates(key.public).v ?? null,
    encodedPublic: () => toHex(plainKey(key.public).octets),
  }) as DatumObject;
}

const samePoint = (a: PublicKey, b: PublicKey): boolean => equalBytes(a.octets, b.octets);

const keygen: Checks = {
  keygen: (vector) => {
    const { entry } = vector;
    const curve = curveOf(entry.text("alg"));
    const entries = entry.each("keys");
    const [first, second] = entries.map((key) => printedKey(key, curve));
    if (!first || !second) throw new MeshError("ERR_SCHEMA", "fewer than two keys");
    const sum = addPrivate(first.key, second.key);
    const printed = entry.members("composite");
    const came = composite(printed, sum);
    const holds = (member: string) => () => printed.datum(member) === came[member];
    return remade(vector, ["alg"], {
      keys: [first.came, second.came],
      composite: came,
      verified: stated(entry.datum("verified"), {
        ...keyFlags(["key1", "key2"], entries, curve),
        "composite.scalar": holds("scalar"),
        "composite.private": holds("encodedPrivate"),
        "composite.public": holds("encodedPublic"),
        "composite.u": holds("u"),
        "composite.v": holds("v"),
        "composite.pointSum": () => samePoint(addPublic(first.point, second.point), sum.public),
      }),
    });
  },
};

/** x and z of the last ladder step: x/z is u of the multiple and of the next one, so each follows from the other printed one. */
function ladder(printed: Members, first: PrivateKey, ephemeral: PublicKey, curve: "X25519" | "X448"): DatumObject {
  const { Fp } = (curve === "X448" ? curve448 : curve25519).Point;
  const next = scalarKey(curve, modOrder(curve, scalarOf(first) + 1n));
  const uOf = (key: PrivateKey): bigint => BigInt(String(coordinates(partialAgreement(key, ephemeral)).u));
  return {
    x_2: Fp.mul(uOf(first), printed.integer("z_2")).toString(),
    z_2: printed.datum("z_2"),
    x_3: Fp.mul(uOf(next), printed.integer("z_3")).toString(),
    z_3: printed.datum("z_3"),
  };
}

const split: Checks = {
  /** The draft adds where it should subtract, and prints the ephemeral key in place of the contributions: checked as what it really is. */
  split: (vector) => {
    const { entry } = vector;
    const curve = curveOf(entry.text("alg"));
    if (!isMontgomery(curve)) throw new MeshError("ERR_SCHEMA", "no Montgomery curve");
    const [keys, printed] = [entry.members("keys"), entry.members("printed")];
    const names = Object.keys(keys.value);
    const [A, one, E] = ["KeyA", "Key1", "KeyE"].map((name) => printedKey(keys.members(name), curve));
    if (!A || !one || !E) throw new MeshError("ERR_SCHEMA", "a key is missing");
    const second = scalarKey(curve, sumScalars(curve, [scalarOf(A.key), -scalarOf(one.key)]));
    const wrong = scalarKey(curve, sumScalars(curve, [scalarOf(A.key), scalarOf(one.key)]));
    const parts = [partialAgreement(one.key, E.point), partialAgreement(second, E.point)] as const;
    const fromWrong = partialAgreement(wrong, E.point);
    const agreement = addPublic(parts[0], parts[1]);
    const ikm = combineAgreements(parts);
    const twice = addPublic(E.point, E.point);
    const plainE = toHex(plainKey(E.point).octets);
    const printedAgreement = printed.members("agreement");
    // Revisions before threshold-04 print neither the contributions nor the steps to them.
    const [printedFirst, printedSecond, printedSum] = ["contribution1", "contribution2", "sum"].map((name) =>
      printed.has(name) ? printed.members(name) : new Members({}, name),
    );
    if (!printedFirst || !printedSecond || !printedSum) throw new MeshError("ERR_SCHEMA", "a printed value is missing");
    const statesSign = printedAgreement.text("encoded").length > 2 * ikm.length;
    const computed = {
      share2: scalarOf(second).toString(),
      share2Encoded: toHex(second.export().Private),
      contribution1: toHex(parts[0].octets),
      contribution2: toHex(parts[1].octets),
      agreementExtended: toHex(agreement.octets),
      ikm: toHex(ikm),
      kekInfoEmpty: toHex(hkdfSha512({ ikm, length: 32 })),
      kekInfoMaster: toHex(hkdfSha512({ ikm, info: "master", length: 32 })),
    };
    const fixed = entry.members("computed");
    const share = printed.members("share2");
    const has = (member: Members, values: DatumObject) => () => Object.entries(values).every(([name, value]) => member.datum(name) === value);
    const steps = printedFirst.has("z_2") ? ladder(printedFirst, one.key, E.point, curve) : {};
    const step = (name: string) => () => printedFirst.datum(name) === steps[name];
    return remade(vector, ["alg"], {
      keys: Object.fromEntries(names.map((name) => [name, printedKey(keys.members(name), curve).came])),
      printed: {
        share2: { scalar: scalarOf(wrong).toString(), encodedPrivate: toHex(wrong.export().Private) },
        agreement: { u: coordinates(agreement).u, encoded: toHex(statesSign ? agreement.octets : ikm) },
        contribution1: { ...steps, ...coordinates(parts[0]), encoded: plainE },
        contribution2: { ...coordinates(fromWrong), encoded: plainE },
        sum: coordinates(twice),
      },
      computed,
      verified: stated(entry.datum("verified"), {
        ...keyFlags(
          names,
          names.map((name) => keys.members(name)),
          curve,
        ),
        "printed.share2": has(share, { scalar: computed.share2 }),
        "printed.share2IsSum": has(share, { scalar: scalarOf(wrong).toString() }),
        "printed.share2Encoding": () => toHex(scalarOctets(curve, share.integer("scalar"))) === share.datum("encodedPrivate"),
        "printed.agreement.u": has(printedAgreement, { u: coordinates(agreement).u }),
        "printed.agreement.encoding": has(printedAgreement, { encoded: toHex(ikm) }),
        "printed.agreement.encodingExtended": has(printedAgreement, { encoded: toHex(agreement.octets) }),
        "printed.ladder.x_2": step("x_2"),
        "printed.ladder.z_2": step("x_2"),
        "printed.ladder.x_3": step("x_3"),
        "printed.ladder.z_3": step("x_3"),
        "printed.contribution1": has(printedFirst, coordinates(parts[0])),
        "printed.contribution1.encoding": has(printedFirst, { encoded: toHex(plainKey(parts[0]).octets) }),
        "printed.contribution2": has(printedSecond, coordinates(parts[1])),
        "printed.contribution2FromPrintedShare": has(printedSecond, coordinates(fromWrong)),
        "printed.sum": has(printedSum, coordinates(agreement)),
        "printed.sumIsTwiceE": has(printedSum, coordinates(twice)),
        "computed.share2": has(fixed, { share2: computed.share2, share2Encoded: computed.share2Encoded }),
        "computed.contribution1": has(fixed, { contribution1: computed.contribution1 }),
        "computed.contribution2": has(fixed, { contribution2: computed.contribution2 }),
        "computed.agreement": () => equalBytes(A.key.agree(E.point), ikm) && fixed.datum("ikm") === computed.ikm,
        "computed.kek": has(fixed, { kekInfoEmpty: computed.kekInfoEmpty, kekInfoMaster: computed.kekInfoMaster }),
      }),
    });
  },
};

const uses = { encrypt: "Encrypt", authenticate: "Authenticate", sign: "Sign", profile: "Profile" } as const;

/** A use of a device key: derived from the base seed where that is given, overlaid where the activation seed is. */
function activated(entry: Members, name: keyof typeof uses): DatumObject {
  const use = entry.members(name);
  const curve: Curve = curveOf(use.text("crv"));
  const base = entry.has("baseSeed")
    ? deriveKey(entry.text("baseSeed"), `BaseDevice${uses[name]}`, curve).public
    : publicKey(curve, use.base64("base"));
  const isOverlaid = entry.has("activationSeed") && use.has("device");
  const activation = isOverlaid ? deriveKey(entry.text("activationSeed"), `ActivationDevice${uses[name]}`, curve) : undefined;
  const device = activation && addPublic(base, activation.public);
  // The scalar of the composite, little-endian: only where both seeds are given.
  const composite =
    activation && entry.has("baseSeed") ? addPrivate(deriveKey(entry.text("baseSeed"), `BaseDevice${uses[name]}`, curve), activation) : undefined;
  return {
    crv: use.datum("crv"),
    base: encodeBase64url(base.octets),
    baseUdf: base.udf,
    ...(device && { device: encodeBase64url(device.octets), deviceUdf: device.udf }),
    ...(composite && { compositeScalarLE: toHex(composite.export().Private) }),
  };
}

const activation: Checks = {
  activation: (vector) => {
    const { entry } = vector;
    const names = (Object.keys(uses) as (keyof typeof uses)[]).filter((name) => entry.has(name));
    const came = Object.fromEntries(names.map((name) => [name, activated(entry, name)]));
    const flag = (name: string, member: string) => () => entry.members(name).datum(member) === came[name]?.[member];
    const members = { base: "base", device: "device", compositePrivate: "compositeScalarLE" };
    const flags = names.flatMap((name) => Object.entries(members).map(([said, member]) => [`${name}.${said}`, flag(name, member)] as const));
    return remade(vector, ["baseSeed", "activationSeed"], { ...came, verified: stated(entry.datum("verified"), Object.fromEntries(flags)) });
  },
  kdf: (vector) => {
    const { entry } = vector;
    const curve = curveOf(entry.text("crv"));
    // A seed with the name of the key, or the key's own octets.
    const key = entry.has("privateIsSeedName")
      ? deriveKey(entry.text("private"), entry.text("privateIsSeedName"), curve)
      : privateKeyFromSeed(curve, entry.base64("private"));
    const ikm = key.agree(publicKey(curve, entry.base64("epk")));
    const info = entry.word("info", "", "master");
    const other = info === "" ? "master" : "";
    const came = {
      ikm: toHex(ikm),
      kek: toHex(hkdfSha512({ ikm, info, length: 32 })),
      masterKey: toHex(unwrapBaseSeed(ikm, entry.base64("wmk"), info)),
    };
    const holds = (name: keyof typeof came) => () => entry.datum(name) === came[name];
    return remade(vector, ["crv", "private", "privateIsSeedName", "epk", "wmk", "info"], {
      ...came,
      verified: stated(entry.datum("verified"), {
        ikm: holds("ikm"),
        kek: holds("kek"),
        unwrap: holds("masterKey"),
        otherInfoRejected: () => isRefused(() => unwrapBaseSeed(ikm, entry.base64("wmk"), other)),
      }),
    });
  },
};

/** Kinds about keys and agreements. */
export const agreementChecks: Checks = { ...keygen, ...split, ...activation };
