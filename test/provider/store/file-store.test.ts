/** The stores in files: the contract, and what only files have: descriptors, a disk that is full, folders of earlier versions. */
import { cpSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { utf8 } from "../../../src/base/bytes.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { Journal } from "../../../src/base/journal.ts";
import type { Log } from "../../../src/base/log.ts";
import { silentLog } from "../../../src/base/log.ts";
import { accountFolder } from "../../../src/provider/account-folder.ts";
import type { FaultHook } from "../../../src/provider/fault.ts";
import { noFault } from "../../../src/provider/fault.ts";
import type { Limits } from "../../../src/provider/limits.ts";
import { defaultLimits } from "../../../src/provider/limits.ts";
import { FileServiceStore } from "../../../src/provider/store/file/file-store.ts";
import type { ServiceStore } from "../../../src/provider/store/service-store.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, onCleanup, tempDirectory, throwsMesh } from "../../harness/suite.ts";
import { keepingLog } from "../../kit/service.ts";
import { framesFor, recordOf, storeContract } from "./contract.ts";
import { epochContract, pageFor, switchFor } from "./epoch-contract.ts";

interface Options {
  readonly limits?: Partial<Limits>;
  readonly clock?: ManualClock;
  readonly fault?: FaultHook;
  readonly log?: Log;
}

const dirs = new WeakMap<ServiceStore, string>();

async function open(dir = tempDirectory(), options: Options = {}): Promise<FileServiceStore> {
  const { limits, clock = systemClock, fault = noFault, log = silentLog } = options;
  const store = await FileServiceStore.open({ dir, limits: { ...defaultLimits, ...limits }, clock, fault, log });
  onCleanup(() => store.close());
  dirs.set(store, dir);
  return store;
}

const backend = {
  open: () => open(),
  reopen: async (store: ServiceStore) => {
    await store.close();
    return await open(dirs.get(store));
  },
};
storeContract("files", backend);
epochContract("files", backend);

const alice = "alice@example.com";

/** Descriptors of this process on files under a directory. */
function descriptors(dir: string): number {
  return readdirSync("/proc/self/fd").filter((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`).startsWith(dir);
    } catch {
      // The one that listed the directory is closed by now.
      return false;
    }
  }).length;
}

describe("service store in files: descriptors", (it) => {
  it("opens nothing at the start, and keeps no more open than it may however many accounts are used", async () => {
    const dir = tempDirectory();
    const first = await open(dir);
    await first.create(recordOf(alice), []);
    await first.commit(alice, { appends: [await framesFor(first, alice, "MMM_Place", 3), await framesFor(first, alice, "MMM_State", 3)] });
    await first.close();
    assert.is(descriptors(dir), 0);
    const addresses = Array.from({ length: 300 }, (_, i) => `user${i}@example.com`);
    const record = readFileSync(join(dir, "accounts", accountFolder(alice), "account.json"), "utf8");
    for (const address of addresses) {
      const folder = join(dir, "accounts", accountFolder(address));
      cpSync(join(dir, "accounts", accountFolder(alice)), folder, { recursive: true });
      writeFileSync(join(folder, "account.json"), record.replace(alice, address));
    }
    const store = await open(dir, { limits: { openFiles: 40 } });
    assert.is(descriptors(dir), 0);
    let most = 0;
    for (let at = 0; at < addresses.length; at += 4) {
      await Promise.all(
        addresses.slice(at, at + 4).map(async (address) => {
          assert.is((await store.record(address)).AccountAddress, address);
          assert.is((await store.ends(address)).get("MMM_State")!.count, 3);
          await store.commit(address, { appends: [await framesFor(store, address, "MMM_Place", 1)] });
        }),
      );
      most = Math.max(most, descriptors(dir));
    }
    assert.ok(most > 0 && most <= 40, `${most} descriptors`);
    for (const address of addresses) assert.is((await store.ends(address)).get("MMM_Place")!.count, 4);
  });

  it("a folder that was closed in order is opened without opening its stores", async () => {
    const dir = tempDirectory();
    const first = await open(dir);
    await first.create(recordOf(alice), []);
    await first.commit(alice, { appends: [await framesFor(first, alice, "MMM_Place", 3)] });
    await first.close();
    const store = await open(dir);
    assert.is((await store.ends(alice)).get("MMM_Place")!.count, 3);
    assert.is(descriptors(dir), 1);
  });
});

describe("service store in files: many sequences of one account", (it) => {
  it("keeps no more open than it may, however many are staged and kept", async () => {
    const dir = tempDirectory();
    const store = await open(dir, { limits: { openFiles: 24 } });
    await store.create(recordOf(alice), []);
    await store.commit(alice, { appends: [await framesFor(store, alice, "MMM_Place", 2)] });
    let most = 0;
    const look = (): void => {
      most = Math.max(most, descriptors(dir));
    };
    for (let n = 0; n < 12; n++) {
      await store.stage(alice, await pageFor(store, "MMM_Place", 2));
      await store.commit(alice, { appends: [], switches: [await switchFor(store, "MMM_Place")] });
      look();
    }
    for (let n = 0; n < 20; n++) await store.stage(alice, await pageFor(store, "MMM_Place", 2, { sender: `M${n}`, name: "s" }));
    look();
    for (let epoch = 0; epoch < 12; epoch++) {
      assert.is((await store.frame({ account: alice, store: "MMM_Place", epoch }, 1)).index, 1);
      look();
    }
    await store.close();
    const next = await open(dir, { limits: { openFiles: 24 } });
    assert.is((await next.idle(alice)).length, 32);
    look();
    assert.ok(most > 0 && most <= 24, `${most} descriptors`);
  });

  it("opens a folder without a journal by its files: the highest epoch is in force, the others are kept", async () => {
    const dir = tempDirectory();
    const first = await open(dir);
    await first.create(recordOf(alice), []);
    await first.commit(alice, { appends: [await framesFor(first, alice, "MMM_Place", 2), await framesFor(first, alice, "MMM_State", 3)] });
    await first.stage(alice, await pageFor(first, "MMM_Place", 4));
    await first.commit(alice, { appends: [], switches: [await switchFor(first, "MMM_Place")] });
    await first.close();
    rmSync(join(dir, "accounts", accountFolder(alice), "journal"));
    const store = await open(dir);
    const ends = await store.ends(alice);
    assert.equal([ends.get("MMM_Place")!.epoch, ends.get("MMM_Place")!.count, ends.get("MMM_State")!.count], [1, 4, 3]);
    assert.is((await store.frame({ account: alice, store: "MMM_Place", epoch: 0 }, 1)).index, 1);
  });

  it("a page that the disk did not take is not half there", async () => {
    let isFailing = false;
    const fault: FaultHook = (point) => {
      if (isFailing && point === "stage-appended") throw Object.assign(new Error("EIO"), { code: "EIO" });
    };
    const store = await open(tempDirectory(), { fault });
    await store.create(recordOf(alice), []);
    await store.commit(alice, { appends: [await framesFor(store, alice, "MMM_Place", 2)] });
    const page = await pageFor(store, "MMM_Place", 3);
    isFailing = true;
    await throwsMesh(store.stage(alice, page), "ERR_STORE");
    isFailing = false;
    // The outcome was unknown: asking tells, and the writer goes on from there.
    assert.is((await store.idle(alice))[0]!.end.count, 3);
    await throwsMesh(store.stage(alice, page), "ERR_CONFLICT");
    assert.is((await store.stage(alice, await pageFor(store, "MMM_Place", 1))).count, 4);
  });
});

describe("service store in files: what goes wrong", (it) => {
  it("completes at the next call what was recorded when a store could not take it", async () => {
    const dir = tempDirectory();
    let isFailing = false;
    const fault: FaultHook = (point) => {
      if (isFailing && point === "commit-recorded") throw Object.assign(new Error("EMFILE"), { code: "EMFILE" });
    };
    const store = await open(dir, { fault });
    await store.create(recordOf(alice), []);
    const append = await framesFor(store, alice, "MMM_Place", 2);
    isFailing = true;
    await throwsMesh(store.commit(alice, { appends: [append] }), "ERR_BUSY");
    isFailing = false;
    assert.is((await store.ends(alice)).get("MMM_Place")!.count, 2);
    await store.commit(alice, { appends: [await framesFor(store, alice, "MMM_Place", 1)] });
    await store.close();
    assert.is((await (await open(dir)).ends(alice)).get("MMM_Place")!.count, 3);
  });

  it("keeps a reserve of the disk for accounts that exist, and says in the log what to do", async () => {
    const lines: { event: string; data?: Record<string, unknown> }[] = [];
    const store = await open(tempDirectory(), { limits: { reserveOctets: 2 ** 60 }, log: keepingLog(lines) });
    const error = await throwsMesh(store.requireReserve(), "ERR_BUSY");
    assert.match(error.message, /MiB/);
    await throwsMesh(store.requireReserve(), "ERR_BUSY");
    assert.is(lines.filter(({ event, data }) => event === "disk.reserve" && typeof data?.remedy === "string").length, 1);
  });

  it("opens a folder of version 0.1.0 whose journal holds more answers than are kept, and makes it small", async () => {
    const dir = tempDirectory();
    const first = await open(dir);
    await first.create(recordOf(alice), []);
    await first.close();
    const path = join(dir, "accounts", accountFolder(alice), "journal");
    const { journal } = await Journal.open({ path });
    const answers = Array.from({ length: 130_000 }, (_, i) => ({
      kind: "commit",
      id: 0,
      appends: [],
      answer: { key: `MCCC ${i}`, time: Date.now(), response: "{}" },
    }));
    await journal.rewrite(answers);
    await journal.close();
    assert.ok(statSync(path).size > 10 << 20);
    const store = await open(dir);
    assert.ok(await store.answer(alice, { sender: "MCCC", requestId: "129999" }));
    assert.is(await store.answer(alice, { sender: "MCCC", requestId: "0" }), undefined);
    assert.ok(statSync(path).size < 1 << 20, "compacted");
  });
});

describe("service store in files: a month of answers", (it) => {
  it(
    "stays as small as it was on the first day, whether senders say what they have seen or not",
    async () => {
      for (const says of [false, true]) {
        const dir = tempDirectory();
        const clock = new ManualClock();
        const limits = { journalOctets: 64 << 10, answerOctets: 64 << 10 };
        const store = await open(dir, { clock, limits });
        await store.create(recordOf(alice), []);
        const folder = join(dir, "accounts", accountFolder(alice));
        const octets = () =>
          readdirSync(folder)
            .filter((name) => /^(journal|answers-)/.test(name))
            .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
        const months = 30;
        const each = 60;
        const sizes: number[] = [];
        let last: string | undefined;
        for (let day = 0; day < months; day++) {
          for (let n = 0; n < each; n++) {
            clock.advance((24 * 3600_000) / each);
            const requestId = `${day} ${n}`;
            const answer = { sender: `M${n % 3}`, requestId, time: clock.now(), response: utf8(`{"x":"${"y".repeat(600)}"}`) };
            const seen = says && last !== undefined ? { seen: { sender: `M${(n + 2) % 3}`, requestIds: [last] } } : {};
            await store.commit(alice, { appends: [], answer, ...seen });
            assert.ok(await store.answer(alice, { sender: `M${n % 3}`, requestId }), "the newest is kept");
            last = requestId;
          }
          sizes.push(octets());
        }
        const early = Math.max(...sizes.slice(2, 8));
        assert.ok(Math.max(...sizes.slice(8)) <= 1.5 * early, `${sizes.join(" ")}`);
        await store.close();
        assert.ok(await (await open(dir, { clock, limits })).answer(alice, { sender: `M${(each - 1) % 3}`, requestId: last! }));
      }
    },
    { timeoutMs: 60_000 },
  );
});
