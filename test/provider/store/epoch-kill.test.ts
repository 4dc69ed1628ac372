/**
 * kill -9 before every write of a life with epochs, and in the middle of each: pages are staged, two catalogs switched together with an append and
 * an answer, a former epoch dropped, bodies erased. Whatever is left opens as the state before the change or after it, keeps what was
 * acknowledged, and the same life goes on to the same end.
 */
import { cpSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { join, relative } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { isRedacted, TreeFrontier } from "../../../src/dare/index.ts";
import { accountFolder } from "../../../src/provider/account-folder.ts";
import { noFault } from "../../../src/provider/fault.ts";
import { defaultLimits } from "../../../src/provider/limits.ts";
import { FileServiceStore } from "../../../src/provider/store/file/file-store.ts";
import type { ServiceStore } from "../../../src/provider/store/service-store.ts";
import type { StoreLabel } from "../../../src/schema/index.ts";
import { onEveryWrite } from "../../harness/every-write.ts";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";
import { framesFor, recordOf } from "./contract.ts";
import { one, pageFor, switchFor } from "./epoch-contract.ts";

const alice = "alice@example.com";
const request = { sender: one.sender, requestId: "switch" };
const other = { sender: "MOTHER", name: "lost" };
const labels = ["MMM_Place", "MMM_Device", "MMM_State", "MMM_Command"] as const satisfies readonly StoreLabel[];

const open = (dir: string): Promise<FileServiceStore> =>
  FileServiceStore.open({ dir, limits: { ...defaultLimits, journalOctets: 6000 }, clock: systemClock, fault: noFault, log: silentLog });

/** How far a life has come. */
interface Progress {
  place: number;
  device: number;
  isSwitched: boolean;
  isGrown: boolean;
  isDropped: boolean;
  isErased: boolean;
}

async function progressOf(store: ServiceStore): Promise<Progress> {
  const ends = await store.ends(alice);
  const idle = await store.idle(alice);
  const staged = (label: StoreLabel): number => idle.find((found) => found.store === label && found.stage?.name === one.name)?.end.count ?? 0;
  const isSwitched = ends.get("MMM_Place")!.epoch === 1;
  return {
    place: isSwitched ? 5 : staged("MMM_Place"),
    device: isSwitched ? 2 : staged("MMM_Device"),
    isSwitched,
    isGrown: isSwitched && ends.get("MMM_Place")!.count === 7,
    isDropped: isSwitched && !idle.some((found) => found.store === "MMM_Place" && found.end.epoch === 0),
    isErased: ends.get("MMM_Command")!.swept === 4,
  };
}

/** The rest of the life; `acknowledged` moves along. */
async function live(store: ServiceStore, acknowledged: Progress): Promise<void> {
  const now = await progressOf(store);
  if (!now.isSwitched) {
    await store.stage(alice, await pageFor(store, "MMM_Device", 1, other));
    for (const [label, name, wanted] of [
      ["MMM_Place", "place", 5],
      ["MMM_Device", "device", 2],
    ] as const) {
      for (let have = now[name]; have < wanted; ) {
        have = (await store.stage(alice, await pageFor(store, label, Math.min(3, wanted - have)))).count;
        acknowledged[name] = have;
      }
    }
    const switches = [await switchFor(store, "MMM_Place"), await switchFor(store, "MMM_Device")];
    const answer = { ...request, time: Date.now(), response: new Uint8Array() };
    await store.commit(alice, { appends: [await framesFor(store, alice, "MMM_State", 1)], switches, answer });
  }
  acknowledged.isSwitched = true;
  if (!now.isGrown) await store.commit(alice, { appends: [await framesFor(store, alice, "MMM_Place", 2)] });
  acknowledged.isGrown = true;
  await store.drop(alice, [{ store: "MMM_Place", epoch: 0 }]);
  acknowledged.isDropped = true;
  await store.erase({ account: alice, store: "MMM_Command" }, { indexes: [1, 3], to: 4 });
  acknowledged.isErased = true;
}

/** All of a change is there or nothing of it, and every frame can be read. */
async function check(store: ServiceStore, acknowledged: Progress): Promise<void> {
  const found = await progressOf(store);
  for (const name of ["place", "device"] as const) assert.ok(found[name] >= acknowledged[name], `${name}: ${found[name]} of ${acknowledged[name]}`);
  for (const name of ["isSwitched", "isGrown", "isDropped", "isErased"] as const) assert.ok(found[name] || !acknowledged[name], name);
  const ends = await store.ends(alice);
  const epoch = found.isSwitched ? 1 : 0;
  assert.equal(
    (["MMM_Place", "MMM_Device", "MMM_State"] as const).map((label) => ends.get(label)!.epoch),
    [epoch, epoch, 0],
  );
  assert.is(ends.get("MMM_State")!.count, 4 + epoch);
  assert.is((await store.answer(alice, request)) !== undefined, found.isSwitched, "the answer is there with the switch");
  for (const { store: label, stage, end } of await store.idle(alice)) {
    await readAll(store, label, stage === undefined ? { epoch: end.epoch } : { stage }, end.count);
    assert.ok(stage === undefined || !found.isSwitched, "nothing is staged for an epoch in force");
  }
  for (const label of labels) await readAll(store, label, {}, ends.get(label)!.count);
}

async function readAll(store: ServiceStore, label: StoreLabel, which: object, count: number): Promise<number> {
  const frontier = new TreeFrontier();
  let erased = 0;
  for await (const frame of store.frames({ account: alice, store: label, ...which })) {
    frontier.push(frame.trailer!.TreeDigest!);
    if (isRedacted(frame)) erased += 1;
  }
  assert.is(frontier.count, count, `frames of ${label}`);
  return erased;
}

/** Another store of the same commit may be renaming or removing a file just then: it is looked again. */
function copyOf(from: string, to: string): void {
  for (;;) {
    try {
      cpSync(from, to, { recursive: true });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      rmSync(to, { recursive: true, force: true });
    }
  }
}

describe("service store in files: kill -9 in a life with epochs", (it) => {
  it(
    "before every write and in the middle of each",
    async () => {
      const base = tempDirectory();
      const dir = join(base, "life");
      mkdirSync(dir);
      const first = await open(dir);
      await first.create(recordOf(alice), []);
      for (const label of labels) await first.commit(alice, { appends: [await framesFor(first, alice, label, 4)] });
      await first.close();
      const acknowledged: Progress = { place: 0, device: 0, isSwitched: false, isGrown: false, isDropped: false, isErased: false };
      const deaths: { readonly dir: string; readonly what: string; readonly acknowledged: Progress }[] = [];
      const die = (what: string): string => {
        const left = join(base, `death-${deaths.length}`);
        copyOf(dir, left);
        deaths.push({ dir: left, what, acknowledged: { ...acknowledged } });
        return left;
      };
      const end = onEveryWrite(dir, ({ call, path, octets, position }) => {
        const name = `${call} ${relative(dir, path)}`;
        // What follows a sync is seen before the next write.
        if (!/sync$/.test(call)) die(name);
        if (octets === undefined || octets.length < 2) return;
        const torn = openSync(join(die(`half of ${name}`), relative(dir, path)), "r+");
        writeSync(torn, octets, 0, octets.length >> 1, position);
      });
      const store = await open(dir);
      await live(store, acknowledged);
      await store.close();
      end();
      die("the end");
      assert.ok(deaths.length > 80, `${deaths.length} deaths`);
      for (const death of deaths) {
        try {
          const left = await open(death.dir);
          await check(left, death.acknowledged);
          await live(left, { ...death.acknowledged });
          await check(left, { ...acknowledged });
          assert.is(await readAll(left, "MMM_Command", {}, 4), 2);
          await left.close();
          const names = readdirSync(join(death.dir, "accounts", accountFolder(alice))).filter((name) => /staged|^MMM_Place\.dare|redact/.test(name));
          assert.equal(names, [], "nothing is left over");
        } catch (error) {
          throw new Error(`killed before ${death.what}: ${(error as Error).message}`, { cause: error });
        }
      }
    },
    { timeoutMs: 300_000 },
  );
});
