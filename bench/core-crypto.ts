/**
 * Keys, agreement, signatures and fingerprints against node:crypto doing the same primitive work in the same run.
 * Run: node --import tsx bench/core-crypto.ts. The ratio is raw time / our time of the medians: 100 % is the speed of the bare call.
 */
import { createHash, createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { Bench } from "tinybench";
import { utf8 } from "../src/base/bytes.ts";
import { systemRandom } from "../src/base/random.ts";
import { keyInfo, keyUdf } from "../src/crypto/fingerprint.ts";
import {
  additiveFrostGroup,
  addPrivate,
  combineAgreements,
  deal,
  extendedPublic,
  FrostSigner,
  finalPart,
  finalShare,
  frostAggregate,
  frostShareOfAdditive,
  generatePrivateKey,
  newNonce,
  parseUdf,
  partialAgreement,
  publicKey,
  verifySignature,
} from "../src/crypto/index.ts";

/** One line of the table. */
export interface BenchRow {
  readonly name: string;
  readonly ours: number;
  readonly raw: number;
  /** Raw time / our time. */
  readonly ratio: number;
  /** Least ratio that we promise, where we promise one. */
  readonly target?: number;
}

interface Pair {
  readonly name: string;
  readonly ours: () => unknown;
  readonly raw: () => unknown;
  readonly target?: number;
}

const message = utf8("turn off the kitchen light".padEnd(400, "."));

function nativePair(type: "x448" | "x25519" | "ed448" | "ed25519"): { privateKey: KeyObject; publicKey: KeyObject } {
  switch (type) {
    case "x448":
      return generateKeyPairSync("x448");
    case "x25519":
      return generateKeyPairSync("x25519");
    case "ed448":
      return generateKeyPairSync("ed448");
    case "ed25519":
      return generateKeyPairSync("ed25519");
  }
}

function agreementPairs(curve: "X448" | "X25519"): Pair[] {
  const [key, peer] = [generatePrivateKey(curve, systemRandom), extendedPublic(generatePrivateKey(curve, systemRandom))];
  const [a, b] = [nativePair(curve === "X448" ? "x448" : "x25519"), nativePair(curve === "X448" ? "x448" : "x25519")];
  const raw = () => diffieHellman({ privateKey: a.privateKey, publicKey: b.publicKey });
  const twice = () => [raw(), raw()];
  const shares = deal({ secret: key, parties: 2, random: systemRandom });
  const [share] = shares;
  const sum = addPrivate(key, key);
  if (!share) throw new Error("no share");
  // Fresh keys each time, so that no key is known already; the raw side imports them as well.
  const fresh = Array.from({ length: 4096 }, () => nativePair(curve === "X448" ? "x448" : "x25519").publicKey.export({ format: "jwk" }));
  const octets = fresh.map((jwk) => new Uint8Array(Buffer.from(jwk.x ?? "", "base64url")));
  let [at, rawAt] = [0, 0];
  return [
    { name: `${curve} agreement`, ours: () => key.agree(peer), raw, ...(curve === "X448" && { target: 0.9 }) },
    { name: `${curve} agreement of a key that is a sum`, ours: () => sum.agree(peer), raw },
    {
      name: `${curve} agreement with a new key, checked to be on the curve`,
      ours: () => key.agree(publicKey(curve, octets[at++ % octets.length] ?? new Uint8Array())),
      raw: () => {
        const jwk = fresh[rawAt++ % fresh.length] ?? {};
        return diffieHellman({ privateKey: a.privateKey, publicKey: createPublicKey({ key: jwk, format: "jwk" }) });
      },
    },
    {
      name: `${curve} threshold agreement, one share : two agreements`,
      ours: () => partialAgreement(share, peer),
      raw: twice,
      ...(curve === "X448" && { target: 0.45 }),
    },
    {
      name: `${curve} threshold agreement, 2 of 2, combined : four agreements`,
      ours: () => combineAgreements(shares.map((one) => partialAgreement(one, peer))),
      raw: () => [twice(), twice()],
      ...(curve === "X448" && { target: 0.45 }),
    },
    {
      name: `${curve} new key with its signed public half : two new keys`,
      ours: () => extendedPublic(generatePrivateKey(curve, systemRandom)),
      raw: () => [nativePair(curve === "X448" ? "x448" : "x25519"), nativePair(curve === "X448" ? "x448" : "x25519")],
    },
  ];
}

function signaturePairs(curve: "Ed448" | "Ed25519"): Pair[] {
  const key = generatePrivateKey(curve, systemRandom);
  const signature = key.sign(message);
  const { octets } = key.public;
  const raw = nativePair(curve === "Ed448" ? "ed448" : "ed25519");
  const rawSignature = sign(null, message, raw.privateKey);
  const jwk = raw.publicKey.export({ format: "jwk" });
  const form = curve === "Ed25519" ? " (ctx; raw: plain)" : "";
  const parts = deal({ secret: key, parties: 2, random: systemRandom });
  const [hub, device] = parts;
  if (!hub || !device) throw new Error("no shares");
  const group = additiveFrostGroup(parts.map((part) => part.public));
  const signers = parts.map(
    (share, i) => new FrostSigner({ group, share: frostShareOfAdditive({ share, index: i + 1, parties: 2 }), random: systemRandom }),
  );
  const others = generatePrivateKey(curve, systemRandom).public;
  const task = { groupKey: key.public, message };
  const target = curve === "Ed448" ? { target: 0.9 } : {};
  const signRaw = () => sign(null, message, raw.privateKey);
  return [
    {
      name: `${curve} verification${form}`,
      ours: () => verifySignature(key.public, message, signature),
      raw: () => verify(null, message, raw.publicKey, rawSignature),
      ...target,
    },
    {
      name: `${curve} verification, key from its octets${form}`,
      ours: () => verifySignature(publicKey(curve, octets), message, signature),
      raw: () => verify(null, message, createPublicKey({ key: jwk, format: "jwk" }), rawSignature),
      ...target,
    },
    { name: `${curve} signature${form}`, ours: () => key.sign(message), raw: signRaw },
    {
      name: `${curve} share of the last signer : signature`,
      ours: () => finalShare({ task, others, share: device, random: systemRandom }),
      raw: signRaw,
    },
    {
      name: `${curve} commitment of the last signer, from its answer : signature`,
      ours: () => finalPart({ others, answer: { R: key.public.octets, share: octets }, partial: device.public, name: "device" }),
      raw: signRaw,
    },
    {
      name: `${curve} FROST 2 of 2, both rounds : two signatures`,
      ours: () => {
        const commitments = signers.map((signer) => signer.commit());
        const shares = Object.fromEntries(signers.map((signer, i) => [commitments[i]?.identifier ?? "", signer.sign({ commitments, message })]));
        return frostAggregate({ group, commitments, message, shares });
      },
      raw: () => [signRaw(), signRaw()],
    },
  ];
}

function fingerprintPairs(): Pair[] {
  const { octets } = generatePrivateKey("Ed448", systemRandom).public;
  const info = keyInfo("Ed448", octets);
  const nonce = newNonce(systemRandom);
  const plain = nonce.replaceAll("-", "");
  return [
    {
      name: "fingerprint of a key : two digests",
      ours: () => keyUdf("Ed448", octets),
      raw: () => createHash("sha512").update("PKIXKey:").update(createHash("sha512").update(info).digest()).digest(),
    },
    { name: "fingerprint read : base64 read", ours: () => parseUdf(nonce), raw: () => Buffer.from(plain, "base64") },
  ];
}

/** Runs all pairs and gives their table. */
export async function benchCrypto(timeMs = 300): Promise<BenchRow[]> {
  const pairs = [
    ...agreementPairs("X448"),
    ...agreementPairs("X25519"),
    ...signaturePairs("Ed448"),
    ...signaturePairs("Ed25519"),
    ...fingerprintPairs(),
  ];
  const rows: BenchRow[] = [];
  for (const { name, ours, raw, target } of pairs) {
    const bench = new Bench({ time: timeMs, warmupTime: 100 });
    bench.add("ours", () => void ours());
    bench.add("raw", () => void raw());
    await bench.run();
    const [mine, bare] = bench.tasks.map((task) => (task.result && "latency" in task.result ? task.result.latency.p50 * 1000 : Number.NaN));
    if (mine === undefined || bare === undefined || !(mine > 0)) throw new Error(`${name} did not run`);
    rows.push({ name, ours: mine, raw: bare, ratio: bare / mine, ...(target !== undefined && { target }) });
  }
  return rows;
}

function printed({ name, ours, raw, ratio, target }: BenchRow): Record<string, string> {
  const percent = (value: number): string => `${Math.round(100 * value)} %`;
  return {
    name,
    "ours µs": ours.toFixed(1),
    "raw µs": raw.toFixed(1),
    ratio: percent(ratio),
    target: target === undefined ? "" : `${percent(target)} ${ratio >= target ? "met" : "MISSED"}`,
  };
}

if (import.meta.filename === process.argv[1]) console.table((await benchCrypto()).map(printed));
