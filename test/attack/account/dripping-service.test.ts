/** The account's own service gives its answers page by page, each as small and as late as it can: the machine is its owner's again soon. */
import { AccountContext, addPlace } from "../../../src/account/index.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { MeshError } from "../../../src/base/errors.ts";
import { operations } from "../../../src/protocol/index.ts";
import { encodeFailure } from "../../../src/provider/dispatch.ts";
import { placeCatalog } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { machine } from "../../kit/meshman-terminal.ts";
import type { HostileService } from "./hostile-service.ts";
import { startHostile } from "./hostile-service.ts";

/** Entries that are new to the one who syncs. */
const places = 20;
/** What each page takes, by the clock of the one who waits. */
const pageMs = 14_000;
/** Each is staged with two requests at least. */
const stagedStores = ["MMM_Place", "MMM_Device", "MMM_Contact", "MMM_Network"] as const;

describe("attack: a service that drips", (it) => {
  async function dripping(): Promise<{ readonly house: Household; readonly alice: AccountContext; readonly hostile: HostileService }> {
    let hostile: HostileService | undefined;
    const house = await startHousehold(async (dir) => {
      hostile = await startHostile(dir);
      return hostile;
    });
    onCleanup(() => house.stop());
    return { house, alice: await house.create("alice", "alice@example.com"), hostile: hostile! };
  }

  /** Pages of an entry and its apex: the least that is believed. */
  function drip({ malice }: HostileService, wait: () => void): void {
    malice.download = (answer) => {
      wait();
      return { ...answer, Updates: answer.Updates.map((update) => ({ ...update, Envelopes: update.Envelopes.slice(0, 2) })) };
    };
  }

  it("a sync ends when it has waited for a minute, keeps what came, and the next one goes on there", async () => {
    const { house, alice, hostile } = await dripping();
    await (await house.join(alice, "tablet", ["web"])).close();
    for (let place = 0; place < places; place++) await addPlace(alice, { name: `place ${place}` });

    let waited = 0;
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + waited };
    const tablet = await AccountContext.open({ dir: house.home("tablet"), ports: { ...ports, clock } });
    onCleanup(() => tablet.close());
    drip(hostile, () => (waited += pageMs));
    let turns = 0;
    for (let before = -1; tablet.list(placeCatalog).length < places; turns++) {
      assert.ok(tablet.list(placeCatalog).length > before, "each turn brings something");
      before = tablet.list(placeCatalog).length;
      const start = waited;
      const error = await tablet.sync({ stores: ["MMM_Place"] }).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      assert.ok(waited - start <= 60_000 + pageMs, `${waited - start} ms`);
      if (error) await throwsMesh(Promise.reject(error), "ERR_TIMEOUT");
    }
    assert.ok(turns > 1);
  });

  it("`account sync` goes on by itself while something comes, shows it, and lets others have the directory meanwhile", async () => {
    const { house, alice, hostile } = await dripping();
    const desk = machine(house.home("tablet"), house.service.url);
    await (await house.join(alice, "tablet", ["web"])).close();
    for (let place = 0; place < places; place++) await addPlace(alice, { name: `place ${place}` });
    let waited = 0;
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + waited };
    drip(hostile, () => (waited += pageMs));
    const { status, stdout, stderr } = await desk.run(["account", "sync"], { clock });
    assert.is(status, 0, stderr);
    assert.match(stderr, /the line is slow; so far .*\d+ frames of MMM_Place.*; going on/, stderr);
    const [, from, to] = /^MMM_Place\t(\d+)\t(\d+)$/m.exec(stdout) ?? [];
    assert.ok(Number(to) - Number(from) >= 2 * places, stdout);
    hostile.malice.download = undefined;
    const tablet = await AccountContext.open({ dir: house.home("tablet"), ports });
    onCleanup(() => tablet.close());
    assert.is(tablet.list(placeCatalog).length, places);
  });

  it("a write that always finds somebody else first, and pages that are taken late, end after a minute of waiting", async () => {
    const { house, alice, hostile } = await dripping();
    let waited = 0;
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + waited };
    await alice.close();
    const laptop = await AccountContext.open({ dir: house.home("alice"), ports: { ...ports, clock } });
    onCleanup(() => laptop.close());
    await laptop.sync();
    hostile.malice.answer = (_linkUdf, name) => {
      if (name !== operations.Transact.request.tag) return undefined;
      waited += pageMs;
      return encodeFailure(new MeshError("ERR_CONFLICT", "another device wrote first"));
    };
    let start = waited;
    await throwsMesh(addPlace(laptop, { name: "kitchen" }), "ERR_TIMEOUT");
    assert.ok(waited - start <= 60_000 + pageMs, `${waited - start} ms`);
    hostile.malice.answer = undefined;
    for (let place = 0; place < places; place++) await addPlace(laptop, { name: `place ${place}` });
    hostile.malice.answer = (_linkUdf, name) => {
      if (name !== operations.Stage.request.tag) return undefined;
      waited += pageMs;
      return undefined;
    };
    start = waited;
    const begun = laptop.beginEpochs({ reason: "Compact", stores: stagedStores.map((label) => ({ label, keyEpoch: 0 })) });
    await throwsMesh(begun, "ERR_TIMEOUT");
    assert.ok(waited - start <= 60_000 + 2 * pageMs, `${waited - start} ms`);
    hostile.malice.answer = undefined;
    assert.is(await laptop.resumeEpochs(), "begun");
  });
});
