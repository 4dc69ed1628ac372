/** Sequence files: exact octets, recovery of torn tails, damage in the middle, the sidecar. */
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { concat, equalBytes, utf8 } from "../../src/base/bytes.ts";
import { systemRandom } from "../../src/base/random.ts";
import type { EncodedFrame, SequenceFrame } from "../../src/dare/index.ts";
import { encodeFrame, firstFrame, SequenceFile, sealFrame, TreeFrontier } from "../../src/dare/index.ts";
import { assert, describe, onCleanup, tempDirectory, throwsMesh } from "../harness/suite.ts";

const random = systemRandom;

function makeFrames(count: number, payload: (index: number) => Uint8Array = (index) => utf8(`payload ${index}`)): EncodedFrame[] {
  const frontier = new TreeFrontier();
  const frames: EncodedFrame[] = [];
  for (let index = 0; index < count; index++) {
    const frame =
      index === 0
        ? firstFrame({ contentType: "application/mmm-catalog" })
        : sealFrame({ index, payload: payload(index), lookup: frontier.lookup, random });
    frontier.push(frame.treeDigest);
    frames.push(frame);
  }
  return frames;
}

async function opened(path: string, create = false): Promise<SequenceFile> {
  const file = await SequenceFile.open({ path, create });
  onCleanup(() => file.close());
  return file;
}

/** A file with the frames given, closed. */
async function written(frames: readonly EncodedFrame[], name = "store.dseq"): Promise<string> {
  const path = join(tempDirectory(), name);
  const file = await SequenceFile.open({ path, create: true });
  await file.append(frames);
  await file.close();
  return path;
}

function same(read: SequenceFrame, frame: EncodedFrame): boolean {
  return equalBytes(encodeFrame(read), encodeFrame(frame));
}

async function checkAll(file: SequenceFile, frames: readonly EncodedFrame[]): Promise<void> {
  assert.is(file.count, frames.length);
  assert.equal(file.lastTreeDigest, frames.at(-1)?.treeDigest);
  assert.is(
    file.byteLength,
    frames.reduce((sum, frame) => sum + encodeFrame(frame).length, 0),
  );
  for (const [i, frame] of frames.entries()) assert.ok(same(await file.read(i), frame), `frame ${i}`);
  let next = 0;
  for await (const read of file.frames()) assert.ok(same(read, frames[next++]!));
  assert.is(next, frames.length);
  await file.verify();
}

const asides = (path: string): string[] =>
  readdirSync(join(path, ".."))
    .filter((name) => name.includes(".torn-"))
    .sort();

describe("sequence file", (it) => {
  it("is made for its owner alone, holds what is appended, and opens again", async () => {
    const path = join(tempDirectory(), "accounts", "alice", "MMM_Device.dseq");
    await throwsMesh(SequenceFile.open({ path }), "ERR_NOT_FOUND");
    const file = await opened(path, true);
    assert.is(file.lastTreeDigest, undefined);
    const frames = makeFrames(40, (index) => random.bytes(index * 37));
    await file.append(frames.slice(0, 1));
    await file.append(frames.slice(1, 20));
    await file.append(frames.slice(20), { sync: false });
    await file.sync();
    await checkAll(file, frames);
    assert.equal(new Uint8Array(readFileSync(path)), concat(...frames.map(encodeFrame)));
    for (const suffix of ["", ".idx"]) assert.is(statSync(path + suffix).mode & 0o777, 0o600);
    for (const up of ["..", "../.."]) assert.is(statSync(join(path, up)).mode & 0o777, 0o700);
    await file.close();
    await file.close();
    await throwsMesh(() => file.read(0), "ERR_INTERNAL");
    await checkAll(await opened(path), frames);
  });

  it("reads ranges and single frames", async () => {
    const frames = makeFrames(30);
    const file = await opened(await written(frames));
    const ranges = [
      [0, 30],
      [5, 9],
      [29, 99],
      [7, 7],
      [30, 40],
    ] as const;
    for (const [from, to] of ranges) {
      const found: number[] = [];
      for await (const frame of file.frames({ from, to })) found.push(frame.index);
      assert.equal(found, frames.map((_, i) => i).slice(from, to));
    }
    for (const index of [-1, 30, 1.5, Number.NaN]) await throwsMesh(file.read(index), "ERR_NOT_FOUND");
    assert.equal(await file.treeDigestAt(17), frames[17]!.treeDigest);
    assert.is(
      await file.offsetOf(3),
      frames.slice(0, 3).reduce((sum, frame) => sum + encodeFrame(frame).length, 0),
    );
    let running = 0;
    for await (const frame of file.frames()) {
      running = frame.index;
      if (running === 3) break;
    }
    assert.is(running, 3);
  });

  it("writes nothing when one frame of a batch does not belong", async () => {
    const frames = makeFrames(10);
    const file = await opened(await written(frames.slice(0, 5)));
    const octets = readFileSync(file.path);
    const bad = { ...frames[7]!, body: utf8("other") };
    await throwsMesh(file.append([...frames.slice(5, 7), bad]), "ERR_VERIFICATION");
    await throwsMesh(file.append(frames.slice(6)), "ERR_CONFLICT");
    await throwsMesh(file.append(frames.slice(4)), "ERR_CONFLICT");
    await throwsMesh(file.append([{ ...frames[5]!, trailerOctets: new Uint8Array() }]), "ERR_VERIFICATION");
    await throwsMesh(file.append([{ ...frames[5]!, headerOctets: utf8("{") }]), "ERR_ENCODING");
    const other = makeFrames(6, (index) => utf8(`other ${index}`));
    await throwsMesh(file.append([other[5]!]), "ERR_VERIFICATION");
    assert.equal(readFileSync(file.path), octets);
    await file.append(frames.slice(5));
    await checkAll(file, frames);
  });

  it("serialises appends and lets reads run beside them", async () => {
    const frames = makeFrames(60);
    const file = await opened(await written(frames.slice(0, 1)));
    const appends = frames.slice(1).map((frame) => file.append([frame], { sync: false }));
    const reads = Array.from({ length: 30 }, async () => assert.ok(same(await file.read(0), frames[0]!)));
    await Promise.all([...appends, ...reads]);
    await checkAll(file, frames);
  });

  it("rolls back to a count", async () => {
    const frames = makeFrames(20);
    const path = await written(frames);
    const file = await opened(path);
    for (const count of [20, 13, 8, 1, 0]) {
      await file.truncateTo(count);
      await checkAll(file, frames.slice(0, count));
      await throwsMesh(file.truncateTo(count + 1), "ERR_NOT_FOUND");
    }
    await file.append(frames.slice(0, 9));
    await file.truncateTo(5);
    await file.close();
    const again = await opened(path);
    await checkAll(again, frames.slice(0, 5));
    await again.append(frames.slice(5));
    await checkAll(again, frames);
  });

  it(
    "cuts a tail torn at any octet of the last frame, and keeps the rest aside",
    async () => {
      const frames = makeFrames(5, (index) => utf8("x".repeat(index * 20)));
      const path = await written(frames);
      const whole = new Uint8Array(readFileSync(path));
      const idx = readFileSync(`${path}.idx`);
      const start = whole.length - encodeFrame(frames[4]!).length;
      for (let cut = start; cut <= whole.length; cut++) {
        for (const sidecar of cut % 3 === 0 ? ["whole", "none", "short"] : ["whole"]) {
          for (const name of asides(path)) rmSync(join(path, "..", name));
          writeFileSync(path, whole.subarray(0, cut));
          writeFileSync(`${path}.idx`, sidecar === "short" ? idx.subarray(0, idx.length - 72) : idx);
          if (sidecar === "none") rmSync(`${path}.idx`);
          const file = await SequenceFile.open({ path });
          const kept = cut === whole.length ? 5 : 4;
          await checkAll(file, frames.slice(0, kept));
          await file.append(frames.slice(kept));
          await file.close();
          assert.equal(new Uint8Array(readFileSync(path)), whole, `cut at ${cut}`);
          const aside = asides(path);
          assert.is(aside.length, cut === whole.length || cut === start ? 0 : 1);
          if (aside[0]) assert.equal(new Uint8Array(readFileSync(join(path, "..", aside[0]))), whole.subarray(start, cut));
        }
      }
    },
    { timeoutMs: 60_000 },
  );

  it("takes zeros, half-written pages and frames inside a torn body for a torn tail", async () => {
    const inner = concat(...makeFrames(9).slice(6).map(encodeFrame));
    const frames = makeFrames(6, (index) => (index === 5 ? concat(utf8("x".repeat(300)), inner, utf8("y".repeat(300))) : utf8(`payload ${index}`)));
    const path = await written(frames);
    const whole = new Uint8Array(readFileSync(path));
    const last = encodeFrame(frames[5]!).length;
    const start = whole.length - last;
    const zeroed = whole.slice();
    zeroed.fill(0, start + 200, start + 400);
    const tails: [string, Uint8Array][] = [
      ["zeros after the end", concat(whole.subarray(0, start), new Uint8Array(5000))],
      ["zeros to the end", concat(whole.subarray(0, start + 50), new Uint8Array(last - 50))],
      ["zeros within", zeroed],
      ["cut behind inner frames", whole.subarray(0, whole.length - 310)],
      ["cut between inner frames", whole.subarray(0, start + 300 + 700)],
      ["random", concat(whole.subarray(0, start), random.bytes(3000))],
    ];
    for (const [name, octets] of tails) {
      writeFileSync(path, octets);
      const file = await SequenceFile.open({ path }).catch((error: unknown) => {
        throw new Error(name, { cause: error });
      });
      await checkAll(file, frames.slice(0, 5));
      await file.close();
    }
    assert.is(asides(path).length, tails.length);
  });

  it("refuses damage that valid frames follow, and changes nothing", async () => {
    const frames = makeFrames(8);
    const path = await written(frames);
    const whole = new Uint8Array(readFileSync(path));
    const starts = frames.map((_, i) => frames.slice(0, i).reduce((sum, frame) => sum + encodeFrame(frame).length, 0));
    const damages: ((octets: Uint8Array) => Uint8Array)[] = [
      (octets) => octets.fill(0, starts[3]!, starts[4]),
      (octets) => octets.fill(0, starts[3]! + 5, starts[3]! + 9),
      (octets) => concat(octets.subarray(0, starts[3]), octets.subarray(starts[4]!)),
      (octets) => concat(octets.subarray(0, starts[4]), octets.subarray(starts[3]!)),
      (octets) => concat(octets.subarray(0, starts[3]! + 10), octets.subarray(starts[4]!)),
      (octets) => octets.fill(0, 0, starts[1]),
      (octets) => concat(octets.fill(0, starts[5]!, starts[6]), Uint8Array.of(0xf5, 1)),
    ];
    for (const [i, damage] of damages.entries()) {
      const changed = damage(whole.slice());
      writeFileSync(path, changed);
      rmSync(`${path}.idx`, { force: true });
      const error = await throwsMesh(SequenceFile.open({ path }), "ERR_STORE_DAMAGED");
      assert.ok(error.message.includes(path), `damage ${i}`);
      assert.equal(new Uint8Array(readFileSync(path)), changed);
      assert.equal(asides(path), []);
    }
    // With its sidecar the file opens, since the end is whole; what is damaged is reported when it is read.
    writeFileSync(path, whole);
    await (await SequenceFile.open({ path })).close();
    writeFileSync(path, whole.slice().fill(0, starts[2]! + 5, starts[2]! + 9));
    const file = await opened(path);
    assert.is(file.count, 8);
    for (let i = 0; i < 2; i++) await throwsMesh(file.read(2), "ERR_STORE_DAMAGED");
    assert.ok(same(await file.read(3), frames[3]!));
    await throwsMesh(file.verify(), "ERR_STORE_DAMAGED");
    await throwsMesh(async () => {
      for await (const _ of file.frames());
    }, "ERR_STORE_DAMAGED");
  });

  it(
    "notices every bit changed in framing, body and digests",
    async () => {
      const frames = makeFrames(4);
      const path = await written(frames);
      const whole = new Uint8Array(readFileSync(path));
      const start = frames.slice(0, 2).reduce((sum, frame) => sum + encodeFrame(frame).length, 0);
      const { headerOctets } = frames[2]!;
      const length = encodeFrame(frames[2]!).length;
      const head = length - 4 < 0x100 ? 2 : 3;
      let unseen = 0;
      for (let bit = 0; bit < length * 8; bit++) {
        const changed = whole.slice();
        changed[start + (bit >> 3)]! ^= 1 << (bit & 7);
        writeFileSync(path, changed);
        rmSync(`${path}.idx`);
        try {
          await (await SequenceFile.open({ path })).close();
          unseen++;
          const within = (bit >> 3) - head - 2;
          assert.ok(within >= 0 && within < headerOctets.length, `bit ${bit} was not noticed`);
        } catch (error) {
          assert.is((error as { code?: string }).code, "ERR_STORE_DAMAGED", `bit ${bit}: ${error}`);
        }
      }
      // Only the Mac of an encrypted frame covers its header; a few changes to names and hints leave it well-formed.
      assert.ok(unseen < headerOctets.length * 8);
    },
    { timeoutMs: 60_000 },
  );

  it("mends a sidecar that is missing, stale, short, long, foreign or wrong", async () => {
    const frames = makeFrames(30);
    const path = await written(frames);
    const idx = readFileSync(`${path}.idx`);
    const stale = join(tempDirectory(), "stale.idx");
    copyFileSync(`${await written(frames.slice(0, 12))}.idx`, stale);
    const foreign = `${await written(makeFrames(30, (index) => utf8(`other ${index}`)))}.idx`;
    const swapped = Buffer.concat([
      idx.subarray(0, 16 + 72 * 5),
      idx.subarray(16 + 72 * 6, 16 + 72 * 7),
      idx.subarray(16 + 72 * 5, 16 + 72 * 6),
      idx.subarray(16 + 72 * 7),
    ]);
    const zeroed = Buffer.from(idx).fill(0, 16 + 72 * 3, 16 + 72 * 9);
    const variants: Record<string, Uint8Array> = {
      empty: new Uint8Array(),
      header: idx.subarray(0, 9),
      stale: readFileSync(stale),
      short: idx.subarray(0, idx.length - 40),
      long: Buffer.concat([idx, idx.subarray(16, 200)]),
      foreign: readFileSync(foreign),
      garbage: random.bytes(idx.length),
      "garbage entries": Buffer.concat([idx.subarray(0, 16), random.bytes(72 * 30)]),
      swapped,
      zeroed,
    };
    for (const [name, octets] of Object.entries(variants)) {
      writeFileSync(`${path}.idx`, octets);
      const file = await SequenceFile.open({ path }).catch((error: unknown) => {
        throw new Error(name, { cause: error });
      });
      await checkAll(file, frames);
      await file.close();
      assert.equal(readFileSync(`${path}.idx`), idx, name);
      assert.is(existsSync(`${path}.idx.new`), false);
    }
    rmSync(`${path}.idx`);
    const file = await opened(path);
    await checkAll(file, frames);
    // And while it is open.
    writeFileSync(`${path}.idx`, zeroed, { flag: "r+" });
    await Promise.all([4, 7, 4].map(async (index) => assert.ok(same(await file.read(index), frames[index]!))));
    await checkAll(file, frames);
  });

  it("opens files that are empty or were cut to nothing", async () => {
    const path = await written(makeFrames(3));
    truncateSync(path, 0);
    const file = await opened(path);
    assert.is(file.count, 0);
    assert.is(file.lastTreeDigest, undefined);
    await file.append(makeFrames(2));
    assert.is(file.count, 2);
  });
});
