/** A sequence file on a disk that fails: what was not made durable is never said to be, and nothing is written until it is opened again. */
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { utf8 } from "../../src/base/bytes.ts";
import { systemRandom as random } from "../../src/base/random.ts";
import { firstFrame, SequenceFile, sealNext } from "../../src/dare/index.ts";
import { assert, describe, onCleanup, tempDirectory, throwsMesh } from "../harness/suite.ts";

type Method = "datasync" | "sync" | "truncate" | "write" | "close";

/** Makes a method of every file fail while a task runs. */
async function failing<T>(methods: readonly Method[], code: string, task: () => Promise<T>): Promise<T> {
  const probe = await open("/dev/null");
  const prototype = Object.getPrototypeOf(probe) as FileHandle;
  await probe.close();
  const kept = methods.map((method) => [method, prototype[method]] as const);
  const fail = () => Promise.reject(Object.assign(new Error(`${code}: injected`), { code }));
  for (const method of methods) Object.assign(prototype, { [method]: fail });
  try {
    return await task();
  } finally {
    for (const [method, real] of kept) Object.assign(prototype, { [method]: real });
  }
}

async function threeFrames(): Promise<SequenceFile> {
  const file = await SequenceFile.open({ path: join(tempDirectory(), "store.dseq"), create: true });
  onCleanup(() => file.close());
  await file.append([firstFrame({ contentType: "x" })]);
  const frontier = file.frontier();
  await file.append([1, 2].map((i) => sealNext(frontier, { payload: utf8(`payload ${i}`.repeat(40)), random })));
  return file;
}

const more = (file: SequenceFile) => [sealNext(file.frontier(), { payload: utf8("more"), random })];

describe("sequence file on a failing disk", (it) => {
  it("takes nothing more after a failed fsync, and reads on", async () => {
    for (const [code, known] of [
      ["EIO", "ERR_STORE"],
      ["ENOSPC", "ERR_DISK_FULL"],
    ] as const) {
      const file = await threeFrames();
      await failing(["datasync"], code, () => throwsMesh(file.append(more(file)), known));
      assert.is(file.count, 3);
      for (const attempt of [() => file.append(more(file)), () => file.sync(), () => file.truncateTo(1), () => file.redact(1)])
        await throwsMesh(attempt(), known);
      assert.is((await file.read(2)).index, 2);
      const { path } = file;
      await file.close();
      const again = await SequenceFile.open({ path });
      onCleanup(() => again.close());
      await again.verify();
      assert.ok(again.count >= 3);
    }
  });

  it("goes on after a write that failed and was taken back, and stops when it cannot be", async () => {
    const file = await threeFrames();
    await failing(["write"], "EIO", () => throwsMesh(file.append(more(file)), "ERR_STORE"));
    await file.append(more(file));
    assert.is(file.count, 4);
    await failing(["write", "truncate"], "EIO", () => throwsMesh(file.append(more(file)), "ERR_STORE"));
    await throwsMesh(file.append(more(file)), "ERR_STORE");
  });

  it("stops when a roll-back or an erasure fails", async () => {
    const rolled = await threeFrames();
    await failing(["truncate"], "EIO", () => throwsMesh(rolled.truncateTo(1), "ERR_STORE"));
    await throwsMesh(rolled.append(more(rolled)), "ERR_STORE");
    const erased = await threeFrames();
    await failing(["sync"], "EIO", () => throwsMesh(erased.redact(1), "ERR_STORE"));
    await throwsMesh(erased.append(more(erased)), "ERR_STORE");
  });

  it("is closed once, and then is closed", async () => {
    const file = await threeFrames();
    await throwsMesh(file.truncateTo(4), "ERR_NOT_FOUND");
    await throwsMesh(file.truncateTo(0.5), "ERR_NOT_FOUND");
    await file.truncateTo(3);
    await file.truncateTo(0);
    assert.is(file.byteLength, 0);
    await file.close();
    await file.close();
    await throwsMesh(file.read(0), "ERR_INTERNAL");
    await throwsMesh(file.append([]), "ERR_INTERNAL");
  });
});
