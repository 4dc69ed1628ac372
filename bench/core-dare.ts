/**
 * Envelopes and sequences against node:crypto doing the same primitive work, in turns within the same run: medians and ratios.
 * Run: npm run build && node --import tsx bench/core-dare.ts [--quick]. The raw side derives the same keys (HKDF as one extraction and one HMAC for each
 * key), ciphers, MACs and digests the same octets; it encodes, parses, frames and checks nothing.
 */
import { execFileSync } from "node:child_process";
import { createCipheriv, createDecipheriv, createHash, createHmac, randomFillSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EncodedFrame, SequenceFile } from "../src/dare/index.ts";

// What is measured is what is shipped: tsx wraps every closure to keep its name, which costs more than a digest.
const built = async <T>(path: string): Promise<T> => (await import(new URL(`../dist/src/${path}`, import.meta.url).href)) as T;
const { systemRandom: random } = await built<typeof import("../src/base/random.ts")>("base/random.js");
const { generatePrivateKey } = await built<typeof import("../src/crypto/key.ts")>("crypto/key.js");
const dare = await built<typeof import("../src/dare/index.ts")>("dare/index.js");

const isQuick = process.argv.includes("--quick");
const rounds = isQuick ? 15 : 41;
const directory = mkdtempSync(join(tmpdir(), "core-dare-"));

interface Row {
  readonly task: string;
  readonly "median us": string;
  readonly "raw us"?: string;
  readonly "ratio %"?: number;
  readonly "target %"?: number;
}
const rows: Row[] = [];

const median = (times: readonly number[]): number => [...times].sort((a, b) => a - b)[times.length >> 1] ?? 0;
const microseconds = (since: bigint): number => Number(process.hrtime.bigint() - since) / 1000;

/** Processor time of all threads of this process: what other processes take from a shared machine does not count. */
const processorTime = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/**
 * Times two tasks in turns, after a second of both to warm up. Each runs `count` times a round, and lets the event loop turn before its time is
 * taken: what the collector finds of Node's ciphers and MACs is freed there, which would else be paid by whoever waits for a file next.
 */
async function compare(task: string, work: { count: number; product: () => unknown; raw: () => unknown; target: number }): Promise<void> {
  const { count, product, raw, target } = work;
  const times: { product: number[]; raw: number[] } = { product: [], raw: [] };
  const warmUntil = process.hrtime.bigint() + 1_000_000_000n;
  for (let round = 0; round < rounds; ) {
    const isWarm = process.hrtime.bigint() > warmUntil;
    for (const side of round % 2 === 0 ? (["product", "raw"] as const) : (["raw", "product"] as const)) {
      const run = side === "product" ? product : raw;
      const start = processorTime();
      for (let i = 0; i < count; i++) {
        await run();
        await new Promise(setImmediate);
      }
      if (isWarm) times[side].push((processorTime() - start) / count);
    }
    if (isWarm) round++;
  }
  const [ours, theirs] = [median(times.product), median(times.raw)];
  rows.push({ task, "median us": ours.toFixed(1), "raw us": theirs.toFixed(1), "ratio %": Math.round((100 * theirs) / ours), "target %": target });
}

async function time(task: string, count: number, run: (i: number) => unknown): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = process.hrtime.bigint();
    await run(i);
    times.push(microseconds(start));
  }
  rows.push({ task, "median us": median(times).toFixed(1) });
}

const hmac256 = (key: Uint8Array, data: Uint8Array | string): Uint8Array => createHmac("sha256", key).update(data).digest();
const sha512 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash("sha512");
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const rawKeys = (seed: Uint8Array, salt: Uint8Array) => {
  const secret = hmac256(salt, seed);
  return { key: hmac256(secret, "encrypt\x01"), iv: hmac256(secret, "iv\x01").subarray(0, 16), secret };
};

// Envelopes of 1 MB, without key agreement, which has a bench of its own.
const large = random.bytes(1 << 20);
const symmetricKey = random.bytes(32);
const held = dare.newExchange({ symmetricKey, random });
const salt = random.bytes(16);
const sealed = dare.sealEnvelope({ plaintext: large, symmetricKey, random });
const ciphertext = sealed.body;
const rawEncrypt = () => {
  const { key, iv } = rawKeys(held.baseSeed, randomFillSync(new Uint8Array(16)));
  const cipher = createCipheriv("aes-256-cbc", key, iv);
  return [cipher.update(large), cipher.final()];
};
const rawDecrypt = () => {
  const { key, iv } = rawKeys(dare.exchangedSeed(sealed.header, { symmetricKey }), sealed.header.Salt ?? salt);
  const decipher = createDecipheriv("aes-256-cbc", key, iv);
  return [decipher.update(ciphertext), decipher.final()];
};
await compare("envelope: encrypt 1 MB", {
  count: 4,
  product: () => dare.sealEnvelope({ plaintext: large, symmetricKey, random }),
  raw: rawEncrypt,
  target: 80,
});
await compare("envelope: decrypt 1 MB", { count: 16, product: () => dare.openEnvelope(sealed, { symmetricKey }), raw: rawDecrypt, target: 80 });
const signer = generatePrivateKey("Ed448", random);
const small = random.bytes(400);
const signed = dare.sealEnvelope({ plaintext: small, signers: [signer], random });
await compare("envelope: sign 400 octets (Ed448)", {
  count: 20,
  product: () => dare.sealEnvelope({ plaintext: small, signers: [signer], random }),
  raw: () => signer.sign(sha512(small)),
  target: 80,
});
await time("envelope: verify 400 octets (Ed448)", isQuick ? 50 : 300, () => dare.verifyEnvelope(signed, [signer.public]));

// Sequences of 400-octet entries, appended in batches, no fsync.
const batch = 200;
const contentMeta = { UniqueId: "MCM2-KJVW-53WM-34MC-KA5N-WOUA-OTPO", Event: "New" };
const header = new Uint8Array(280);
const node = new Uint8Array(64);
let raws = 0;
/** T(n) takes two digests on average: one, and one more for every other frame. */
const rawTree = (payloadDigest: Uint8Array): Uint8Array => {
  let own = payloadDigest;
  for (let n = ++raws; n % 2 === 0; n /= 2) own = sha512(node, own);
  return sha512(node, own);
};
const rawSeal = () => {
  const { key, iv, secret } = rawKeys(held.baseSeed, randomFillSync(new Uint8Array(16)));
  const cipher = createCipheriv("aes-256-cbc", key, iv);
  const [body, last] = [cipher.update(small), cipher.final()];
  createHmac("sha512", hmac256(secret, "mac\x01")).update(header).update(body).update(last).update(node.subarray(0, 8)).digest();
  return rawTree(sha512(body, last));
};

async function openFile(name: string): Promise<SequenceFile> {
  const file = await dare.SequenceFile.open({ path: join(directory, name), create: true });
  if (file.count === 0) await file.append([dare.firstFrame({ contentType: "application/mmm-catalog", exchange: held, random })], { sync: false });
  return file;
}
const append = async (file: SequenceFile, encrypted: boolean, count = batch): Promise<void> => {
  const frontier = file.frontier();
  const frames: EncodedFrame[] = [];
  for (let i = 0; i < count; i++) {
    frames.push(dare.sealNext(frontier, { payload: small, contentMeta, random, ...(encrypted && { exchange: held, exchangePosition: 0 }) }));
  }
  await file.append(frames, { sync: false });
};
const repeat = (run: () => unknown) => () => {
  for (let i = 0; i < batch; i++) run();
};
const encrypted = await openFile("encrypted");
// Many batches a round: enough garbage that each side's is collected within its own time.
await compare(`sequence: append ${batch} encrypted entries`, { count: 16, product: () => append(encrypted, true), raw: repeat(rawSeal), target: 60 });
const clear = await openFile("clear");
await time(`sequence: append ${batch} entries in clear`, rounds, () => append(clear, false));
const bodies = encrypted.count;
const padded = random.bytes(416);
await compare(`sequence: verify digests of ${bodies} entries`, {
  count: 1,
  product: () => encrypted.verify(),
  raw: () => {
    readFileSync(encrypted.path);
    for (let i = 0; i < bodies; i++) rawTree(sha512(padded));
  },
  target: 60,
});
await time("sequence: random access by index", 500, (i) => encrypted.read((i * 7919) % encrypted.count));
const source = {
  payloadDigestAt: async (i: number) => dare.checkPayloadDigest(await encrypted.read(i)),
  treeDigestAt: (i: number) => encrypted.treeDigestAt(i),
};
await time("sequence: inclusion proof from the file", 100, (i) =>
  dare.proveInclusion({ source, index: (i * 7919) % encrypted.count, apex: encrypted.count - 1 }),
);
const apex = { index: encrypted.count - 1, digest: encrypted.lastTreeDigest ?? node };
const proof = await dare.proveInclusion({ source, index: 99, apex: apex.index });
const payloadDigest = await source.payloadDigestAt(99);
await time("sequence: check an inclusion proof", 300, () => dare.verifyInclusion({ proof, index: 99, payloadDigest, apex }));
await encrypted.close();
await clear.close();

// A store of many entries: opening from its index, and finding by identifier.
const many = isQuick ? 50_000 : 1_000_000;
const path = join(directory, "many");
const big = await dare.SequenceFile.open({ path, create: true });
await big.append([dare.firstFrame({ contentType: "application/mmm-catalog" })]);
const ids = new dare.IdIndex(big);
for (let made = 1; made < many; made += 4000) {
  const frontier = big.frontier();
  const frames: EncodedFrame[] = [];
  for (let i = made; i < Math.min(made + 4000, many); i++) {
    frames.push(dare.sealNext(frontier, { payload: small.subarray(0, 100), contentMeta: { UniqueId: `id-${i}` }, random }));
  }
  await big.append(frames, { sync: false });
  await ids.find("none");
}
await ids.close();
await big.close();
const before = process.memoryUsage().rss;
await time(`store of ${many} entries: open from its index`, 20, async () => (await dare.SequenceFile.open({ path })).close());
const file = await dare.SequenceFile.open({ path });
const index = new dare.IdIndex(file);
await time("store: first find by identifier", 1, () => index.find("id-77"));
await time("store: find by identifier", 300, async (i) => {
  const id = `id-${((i * 104_729) % (many - 1)) + 1}`;
  if ((await index.find(id)) === undefined) throw new Error(`${id} is missing`);
});
const grown = (process.memoryUsage().rss - before) / 2 ** 20;
await index.close();
await file.close();
truncateSync(path, statSync(path).size - 7);
await time("store: open with a torn tail", 1, async () => (await dare.SequenceFile.open({ path })).close());
rmSync(directory, { recursive: true });

console.table(rows);
console.log(`memory grown by opening and searching the store: ${grown.toFixed(1)} MiB`);
// From dist and without tsx, as it runs at its users'.
const stream = execFileSync(process.execPath, ["test/dare/streamer.mjs", "dist", isQuick ? "200000000" : "2147483648"], { encoding: "utf8" });
const { opened, seconds, maxRssMiB } = JSON.parse(stream) as { opened: number; seconds: number; maxRssMiB: number };
const verdict = maxRssMiB < 95 ? "met" : "MISSED";
console.log(
  `stream of ${opened} octets sealed and verified in ${seconds.toFixed(1)} s, peak memory ${maxRssMiB} MiB, under 95 MiB (100 MB): ${verdict}`,
);
