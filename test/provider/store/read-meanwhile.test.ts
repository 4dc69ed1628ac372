/** Whoever reads a sequence in the moment in which it is dropped, or comes in force, gets all of it or hears that there is none: no file of it is made anew. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { accountFolder } from "../../../src/provider/account-folder.ts";
import { noFault } from "../../../src/provider/fault.ts";
import { defaultLimits } from "../../../src/provider/limits.ts";
import { FileServiceStore } from "../../../src/provider/store/file/file-store.ts";
import type { SequenceName, StorePlace } from "../../../src/provider/store/service-store.ts";
import { assert, describe, onCleanup, tempDirectory } from "../../harness/suite.ts";
import { framesFor, recordOf } from "./contract.ts";
import { one, pageFor, switchFor } from "./epoch-contract.ts";

const alice = "alice@example.com";
const frames = 4;
/** In each of them the change is met in its midst, or just over. */
const rounds = 4;

/** A house whose MMM_Place is in epoch 1, with a former epoch of four frames and, where it is wanted, three staged. */
async function opened(isStaged: boolean): Promise<{ readonly store: FileServiceStore; readonly names: () => readonly string[] }> {
  const dir = tempDirectory();
  const store = await FileServiceStore.open({ dir, limits: defaultLimits, clock: systemClock, fault: noFault, log: silentLog });
  onCleanup(() => store.close());
  await store.create(recordOf(alice), []);
  await store.commit(alice, { appends: [await framesFor(store, alice, "MMM_Place", frames)] });
  await store.stage(alice, await pageFor(store, "MMM_Place", 3));
  await store.commit(alice, { appends: [], switches: [await switchFor(store, "MMM_Place")] });
  if (isStaged) await store.stage(alice, await pageFor(store, "MMM_Place", 3));
  const folder = join(dir, "accounts", accountFolder(alice));
  return { store, names: () => readdirSync(folder).filter((name) => /^MMM_Place.*(dare|staged-\d+)$/.test(name)) };
}

/** Frames of a place, or the code of what it says. */
async function readAll(store: FileServiceStore, place: StorePlace): Promise<number | string> {
  let count = 0;
  try {
    for await (const _ of store.frames(place)) count += 1;
    return count;
  } catch (error) {
    return (error as { readonly code?: string }).code ?? String(error);
  }
}

/** What a reader gets who comes in the turn in which a file is seen to have gone, and the change is not over. */
async function readOnceGone(house: Awaited<ReturnType<typeof opened>>, name: string, place: StorePlace, change: Promise<unknown>) {
  while (house.names().includes(name)) await new Promise((resolve) => setImmediate(resolve));
  const [found] = await Promise.all([readAll(house.store, place), change]);
  return found;
}

describe("service store in files: read meanwhile", (it) => {
  it("a former epoch that is dropped", async () => {
    const former: SequenceName = { store: "MMM_Place", epoch: 0 };
    for (let round = 0; round < rounds; round++) {
      const house = await opened(false);
      const dropped = house.store.drop(alice, [former]);
      assert.is(await readOnceGone(house, "MMM_Place.dare", { account: alice, ...former }, dropped), "ERR_NOT_FOUND");
      assert.equal(house.names(), ["MMM_Place.1.dare"]);
    }
  });

  it("a staged sequence that is dropped, or comes in force", async () => {
    const staged: SequenceName = { store: "MMM_Place", stage: one };
    for (let round = 0; round < rounds; round++) {
      const isDropped = round % 2 === 0;
      const house = await opened(true);
      const [name = ""] = house.names().filter((found) => found.includes("staged"));
      const switches = isDropped ? [] : [await switchFor(house.store, "MMM_Place")];
      const change = isDropped ? house.store.drop(alice, [staged]) : house.store.commit(alice, { appends: [], switches });
      const found = await readOnceGone(house, name, { account: alice, ...staged }, change);
      assert.ok(found === "ERR_NOT_FOUND" || found === 0, `${found}`);
      assert.equal(house.names(), ["MMM_Place.1.dare", ...(isDropped ? [] : ["MMM_Place.2.dare"]), "MMM_Place.dare"]);
    }
  });
});
