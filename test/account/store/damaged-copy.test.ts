/** A changed octet in a device's copy: the copy is kept, fetched again whole, and must be the history that was seen. */
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AccountContext } from "../../../src/account/index.ts";
import { addPlace, AccountContext as Context, issuePin } from "../../../src/account/index.ts";
import { SequenceFile } from "../../../src/dare/index.ts";
import { placeCatalog } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { gather } from "../../kit/gather.ts";
import { type Household, ports, startHousehold } from "../../kit/household.ts";

describe("a damaged copy of a store", (it) => {
  let household: Household;
  let alice: AccountContext;
  let names: readonly string[];
  const path = (store: string): string => join(alice.dir, "stores", `${store}.dare`);
  const kept = (): readonly string[] => readdirSync(join(alice.dir, "stores", "kept"));
  const places = (): readonly string[] =>
    alice
      .list(placeCatalog)
      .map(({ value }) => value.LocalName)
      .sort();
  const reopen = async (): Promise<void> => {
    await alice.close();
    alice = await Context.open({ dir: alice.dir, ports });
  };
  /** Changes an octet of a frame; `part` of its length from its start. */
  const flip = async (store: string, frame: number, part: number): Promise<void> => {
    const file = await SequenceFile.open({ path: path(store) });
    const [from, to] = [await file.offsetOf(frame), await file.offsetOf(frame + 1)];
    await file.close();
    const octets = readFileSync(path(store));
    const at = from + Math.floor((to - from) * part);
    octets[at] = (octets[at] ?? 0) ^ 0x10;
    writeFileSync(path(store), octets);
  };

  it.before(async () => {
    household = await startHousehold();
    alice = await household.create("alice", "alice@example.com");
    for (const name of ["kitchen", "hall", "attic"]) await addPlace(alice, { name });
    await issuePin(alice, { roles: ["web"], minutes: 10 });
    await issuePin(alice, { roles: ["web"], minutes: 10 });
    names = places();
    assert.is(names.length, 3);
  });
  it.after(async () => {
    await alice.close();
    await household.stop();
  });

  it(
    "is set aside at the opening, whatever part of a frame was changed, and fetched by the next sync",
    async () => {
      for (const part of [0.02, 0.3, 0.5, 0.8, 0.97]) {
        await alice.close();
        await flip("MMM_Place", 2, part);
        alice = await Context.open({ dir: alice.dir, ports });
        await alice.sync();
        assert.equal(places(), names, `at ${part}`);
        await reopen();
        assert.equal(places(), names);
      }
      assert.not(existsSync(`${path("MMM_Place")}.seen`));
      assert.ok(kept().length > 0);
      rmSync(join(alice.dir, "stores", "kept"), { recursive: true });
    },
    { timeoutMs: 60_000 },
  );

  it("is fetched again when it is the device catalog, which says whose signatures count", async () => {
    const devices = alice.directory.find(alice.deviceUdf)?.udf;
    await alice.close();
    await flip("MMM_Device", 1, 0.5);
    alice = await Context.open({ dir: alice.dir, ports });
    await alice.sync();
    assert.is(alice.directory.find(alice.deviceUdf)?.udf, devices);
    await addPlace(alice, { name: "cellar" });
    names = places();
  });

  it("is set aside while it is in use; the next sync fetches it", async () => {
    const all = (await gather(alice.messages("MMM_Local"))).length;
    await flip("MMM_Local", 1, 0.5);
    const error = await throwsMesh(gather(alice.messages("MMM_Local")), "ERR_STORE_DAMAGED");
    assert.match(error.hint, /meshman account sync/);
    assert.match(error.message, /kept\/MMM_Local\.dare-1/);
    await alice.sync();
    assert.is((await gather(alice.messages("MMM_Local"))).length, all);
  });

  it("is replaced by no shorter and by no other history", async () => {
    const whole = join(household.dir, "whole.dare");
    await alice.close();
    copyFileSync(path("MMM_Place"), whole);
    await flip("MMM_Place", 2, 0.5);
    alice = await Context.open({ dir: alice.dir, ports });
    const mark = `${path("MMM_Place")}.seen`;
    const told = readFileSync(mark, "utf8");
    for (const [changed, code] of [
      [told.replace(/"Index":\s*(\d+)/, (_, index) => `"Index":${Number(index) + 5}`), "ERR_ROLLBACK"],
      [told.replace(/"TreeDigest":\s*"./, (text) => text.slice(0, -1) + (text.endsWith("A") ? "B" : "A")), "ERR_FORK"],
    ] as const) {
      assert.is.not(changed, told);
      writeFileSync(mark, changed);
      await reopen();
      await throwsMesh(alice.sync(), code);
      assert.equal([places(), alice.isComplete("MMM_Place")], [[], false]);
    }
    writeFileSync(mark, told);
    await reopen();
    await alice.sync();
    assert.equal([places(), alice.isComplete("MMM_Place")], [names, true]);
  });
});
