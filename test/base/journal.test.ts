import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { Journal } from "../../src/base/journal.ts";
import { assert, describe, onCleanup, tempDirectory, throwsMesh } from "../harness/suite.ts";
import { nodeWords } from "../kit/node-words.ts";

interface Entry {
  readonly n: number;
  readonly text?: string;
}

async function openJournal(path: string) {
  const opened = await Journal.open<Entry>({ path });
  onCleanup(() => opened.journal.close());
  return opened;
}

async function recordsOf(path: string): Promise<number[]> {
  const { journal, records } = await Journal.open<Entry>({ path });
  await journal.close();
  return records.map((record) => record.n);
}

/** A journal with commits of one, one and two records; gives the offsets at which each commit ends. */
async function sample(path: string): Promise<number[]> {
  const { journal } = await Journal.open<Entry>({ path });
  const ends = [statSync(path).size];
  await journal.append({ n: 1, text: "größer\n" });
  ends.push(statSync(path).size);
  await journal.append({ n: 2 });
  ends.push(statSync(path).size);
  await Promise.all([journal.append({ n: 3 }), journal.append({ n: 4, text: "x".repeat(50) })]);
  ends.push(statSync(path).size);
  await journal.close();
  return ends;
}

describe("journal", (it) => {
  it("gives back what was appended, in order, mode 0600", async () => {
    const path = join(tempDirectory(), "j");
    await sample(path);
    const { records, droppedOctets } = await openJournal(path);
    assert.equal(records, [{ n: 1, text: "größer\n" }, { n: 2 }, { n: 3 }, { n: 4, text: "x".repeat(50) }]);
    assert.is(droppedOctets, 0);
    assert.is(statSync(path).mode & 0o777, 0o600);
  });

  it("shares one commit among concurrent appends", async () => {
    const path = join(tempDirectory(), "j");
    const { journal } = await openJournal(path);
    await Promise.all(Array.from({ length: 500 }, (_, n) => journal.append({ n })));
    assert.is(readFileSync(path, "utf8").split("\n").length - 2, 1);
    assert.equal(await recordsOf(path), [...Array(500).keys()]);
  });

  it("drops a tail torn at any octet and goes on", async () => {
    const path = join(tempDirectory(), "j");
    const ends = await sample(path);
    const whole = readFileSync(path);
    const counts = [0, 1, 2, 4];
    for (let cut = ends[0] as number; cut <= whole.length; cut++) {
      writeFileSync(path, whole.subarray(0, cut));
      const kept = counts[ends.filter((end) => end <= cut).length - 1] as number;
      const { journal, records } = await Journal.open<Entry>({ path });
      assert.is(records.length, kept, `cut at ${cut}`);
      await journal.append({ n: 9 });
      await journal.close();
      assert.equal(await recordsOf(path), [...records.map((record) => record.n), 9]);
    }
  });

  it("drops a last commit whose pages were not all written", async () => {
    const path = join(tempDirectory(), "j");
    const ends = await sample(path);
    const whole = readFileSync(path);
    for (let at = ends[2] as number; at < whole.length; at++) {
      const torn = Uint8Array.from(whole);
      torn.fill(0, at, Math.min(at + 8, whole.length));
      writeFileSync(path, torn);
      assert.equal(await recordsOf(path), [1, 2], `zeros at ${at}`);
    }
  });

  it("reports damage in the middle and leaves the file", async () => {
    const path = join(tempDirectory(), "j");
    const ends = await sample(path);
    const whole = readFileSync(path);
    for (let at = 0; at < (ends[2] as number); at++) {
      const damaged = Uint8Array.from(whole);
      damaged[at] = (damaged[at] as number) ^ 0x01;
      writeFileSync(path, damaged);
      await throwsMesh(Journal.open({ path }), "ERR_STORE_DAMAGED");
      assert.equal(readFileSync(path), Buffer.from(damaged));
    }
  });

  it("refuses a file of another kind", async () => {
    const path = join(tempDirectory(), "j");
    writeFileSync(path, '{"stateDir":"/var/lib/mesh-hub"}\n');
    await throwsMesh(Journal.open({ path }), "ERR_STORE_DAMAGED");
  });

  it("refuses records that are too large, and goes on", async () => {
    const path = join(tempDirectory(), "j");
    const { journal } = await openJournal(path);
    const error = await throwsMesh(journal.append({ n: 0, text: "ü".repeat(600_000) }), "ERR_TOO_LARGE");
    assert.match(error.message, /1048576/);
    await journal.append({ n: 1, text: "x".repeat(900_000) });
    assert.equal(await recordsOf(path), [1]);
  });

  it("rewrites at once, between the appends before and after", async () => {
    const path = join(tempDirectory(), "j");
    const { journal } = await openJournal(path);
    await journal.append({ n: 1 });
    await Promise.all([journal.append({ n: 2 }), journal.append({ n: 3 }), journal.rewrite([{ n: 7 }]), journal.append({ n: 8 })]);
    await journal.append({ n: 9 });
    assert.equal(await recordsOf(path), [7, 8, 9]);
    await journal.close();
    assert.equal(await recordsOf(path), [7, 8, 9]);
  });

  it("finishes what was appended before close, refuses what comes after", async () => {
    const path = join(tempDirectory(), "j");
    const { journal } = await openJournal(path);
    const pending = [1, 2, 3].map((n) => journal.append({ n }));
    await journal.close();
    await Promise.all(pending);
    await journal.close();
    await throwsMesh(journal.append({ n: 4 }), "ERR_STORE");
    await throwsMesh(journal.rewrite([]), "ERR_STORE");
    assert.equal(await recordsOf(path), [1, 2, 3]);
  });

  it("says that the disk is full, and keeps what it has", async () => {
    // The disk takes five octets of the record and no more.
    const path = join(tempDirectory(), "j");
    await sample(path);
    const before = readFileSync(path);
    const { journal } = await openJournal(path);

    const probe = await open(path, "r");
    const prototype = Object.getPrototypeOf(probe) as { write: (...args: unknown[]) => Promise<{ bytesWritten: number }> };
    await probe.close();
    const original = prototype.write;
    let calls = 0;
    prototype.write = async function (this: unknown, octets: unknown, offset: unknown, _length: unknown, position: unknown) {
      calls++;
      if (calls === 1) return original.call(this, octets, offset, 5, position);
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    };
    try {
      await throwsMesh(journal.append({ n: 5 }), "ERR_DISK_FULL");
      assert.is(calls, 2);
      assert.equal(readFileSync(path), before);
    } finally {
      prototype.write = original;
    }
    await journal.append({ n: 6 });
    assert.equal(await recordsOf(path), [1, 2, 3, 4, 6]);
  });

  it("is whole again after a failed sync, without the record that failed and with all that were acknowledged", async () => {
    const path = join(tempDirectory(), "j");
    const { journal } = await openJournal(path);
    await journal.append({ n: 1 });
    const probe = await open(path, "r");
    const prototype = Object.getPrototypeOf(probe) as { datasync: () => Promise<void>; sync: () => Promise<void> };
    await probe.close();
    const { datasync, sync } = prototype;
    const fail = async (): Promise<void> => {
      throw Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" });
    };
    prototype.datasync = fail;
    try {
      await throwsMesh(journal.append({ n: 2 }), "ERR_STORE");
      prototype.sync = fail;
      await throwsMesh(journal.append({ n: 3 }), "ERR_STORE");
    } finally {
      Object.assign(prototype, { datasync, sync });
    }
    await journal.append({ n: 4 });
    assert.equal(await recordsOf(path), [1, 4]);
    await journal.append({ n: 5 });
    assert.equal(await recordsOf(path), [1, 4, 5]);
  });

  it("keeps every acknowledged record through kill -9", async () => {
    const folder = tempDirectory();
    const path = join(folder, "j");
    const program = join(folder, "writer.mts");
    writeFileSync(
      program,
      `import { Journal } from ${JSON.stringify(resolve("src/base/journal.ts"))};
       const { journal, records } = await Journal.open({ path: ${JSON.stringify(path)} });
       for (let n = records.length; ; n += 3) {
         await Promise.all([n, n + 1, n + 2].map((n) => journal.append({ n, text: "x".repeat(n % 5000) }).then(() => process.stdout.write(n + "\\n"))));
       }`,
    );
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, nodeWords(program), { stdio: ["ignore", "pipe", "inherit"] });
      let acknowledged = -1;
      const lines = createInterface({ input: child.stdout });
      lines.on("line", (line) => {
        acknowledged = Number(line);
        if (acknowledged % 100 > 60 + round) child.kill("SIGKILL");
      });
      await once(lines, "close");
      const found = await recordsOf(path);
      assert.ok(acknowledged > 50, "the writer wrote");
      assert.ok(found.length > acknowledged, `${found.length} records, ${acknowledged} acknowledged`);
      assert.equal(found, [...found.keys()]);
    }
    truncateSync(path, statSync(path).size - 1);
    const found = await recordsOf(path);
    assert.equal(found, [...found.keys()]);
  });

  it("is written anew with more records than a call may have arguments", async () => {
    const path = join(tempDirectory(), "journal");
    const { journal } = await Journal.open<number>({ path });
    onCleanup(() => journal.close());
    const records = Array.from({ length: 200_000 }, (_, i) => i);
    await journal.rewrite(records);
    await journal.close();
    const again = await Journal.open<number>({ path });
    onCleanup(() => again.journal.close());
    assert.is(again.records.length, records.length);
    assert.is(again.records.at(-1), 199_999);
  });
});
