/** Entries reach the catalog in order and exactly once, whatever happens to the answers and to the hub. */
import { join } from "node:path";
import { silentLog } from "../../../src/base/log.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { Heartbeat } from "../../../src/hub/state/heartbeat.ts";
import { Outbox } from "../../../src/hub/state/outbox.ts";
import { Publisher } from "../../../src/hub/state/publisher.ts";
import { ManualClock, settle } from "../../harness/manual-clock.ts";
import { assert, describe, onCleanup, tempDirectory } from "../../harness/suite.ts";
import { udfOf } from "../../kit/named-things.ts";
import { StateCatalog } from "../../kit/scripted-state.ts";

const hubUdf = udfOf(900);
const light = udfOf(1);

const entry = (value: number) => ({
  DeviceUdf: light,
  Updated: "2026-05-01T12:00:00Z",
  Status: "Online" as const,
  Via: hubUdf,
  Reported: { DeviceUdf: light, Sequence: value, Values: [{ Name: "Brightness", Value: value }] },
});

async function open(dir: string, account: StateCatalog) {
  const clock = new ManualClock();
  const outbox = await Outbox.open({ path: join(dir, "outbox.journal"), log: silentLog });
  const publisher = new Publisher({ account, outbox, clock, random: systemRandom, log: silentLog });
  publisher.start();
  onCleanup(async () => {
    await publisher.stop();
    await outbox.close();
  });
  const put = (value: number): Promise<void> => outbox.put(entry(value), { event: true, floor: 0 });
  return { clock, outbox, publisher, put };
}

const stored = (account: StateCatalog): (readonly [number, unknown])[] =>
  account.stored.map(({ Sequence, Reported }) => [Sequence, Reported?.Values[0]?.Value] as const);

describe("publisher", (it) => {
  it("publishes in order, several entries of a device in one transaction", async () => {
    const account = new StateCatalog(hubUdf);
    const { put, outbox } = await open(tempDirectory(), account);
    await Promise.all([10, 20, 30].map(put));
    await settle();
    assert.equal(stored(account), [
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
    assert.is(outbox.size, 0);
  });

  it("sends nothing twice when the answer is lost", async () => {
    const account = new StateCatalog(hubUdf);
    account.script = ["lost"];
    const { put, outbox, clock } = await open(tempDirectory(), account);
    await put(10);
    await put(20);
    await settle();
    await put(30);
    await clock.pass(5000);
    assert.equal(
      stored(account).map(([sequence]) => sequence),
      [1, 2, 3],
    );
    assert.is(outbox.size, 0);
  });

  it("goes on after kill -9 between the service's write and the note of it", async () => {
    const dir = tempDirectory();
    const account = new StateCatalog(hubUdf);
    account.script = ["lost"];
    const first = await open(dir, account);
    await first.put(10);
    await settle();
    const again = account.restarted();
    const second = await open(dir, again);
    await second.put(20);
    await settle();
    assert.equal(stored(again), [
      [1, 10],
      [2, 20],
    ]);
    assert.is(again.syncs, 1, "the catalog is read before anything is sent");
  });

  it("waits with growing pauses while the service is away, and keeps everything", async () => {
    const account = new StateCatalog(hubUdf);
    account.script = Array.from({ length: 8 }, () => "away" as const);
    const { put, outbox, clock, publisher } = await open(tempDirectory(), account);
    for (let value = 1; value <= 5; value++) {
      await put(value);
      await clock.pass(10);
    }
    assert.is(publisher.status().reachable, false);
    assert.is(account.syncs, 1, "a new entry is no reason to ask again");
    assert.is(outbox.size, 5);
    await clock.pass(120_000);
    assert.equal(
      stored(account).map(([sequence]) => sequence),
      [1, 2, 3, 4, 5],
    );
    assert.is(publisher.status().reachable, true);
  });

  it("gives new numbers to entries whose numbers another hub has used", async () => {
    const account = new StateCatalog(hubUdf);
    account.foreign({ ...entry(99), Sequence: 50, Via: udfOf(901) });
    const { put, clock } = await open(tempDirectory(), account);
    await put(10);
    await clock.pass(1000);
    assert.equal(stored(account), [[51, 10]]);
  });

  it("does not take the entries of a lost queue for its own", async () => {
    const account = new StateCatalog(hubUdf);
    account.foreign({ ...entry(99), Sequence: 50 });
    const { put, clock } = await open(tempDirectory(), account);
    await put(10);
    await put(20);
    await clock.pass(1000);
    assert.equal(stored(account), [
      [51, 10],
      [52, 20],
    ]);
  });

  it(
    "beats: at the start with the epoch, then every quarter of an hour, more often while somebody watches",
    async () => {
      const account = new StateCatalog(hubUdf);
      const { outbox, clock } = await open(tempDirectory(), account);
      let isWatched = false;
      const heartbeat = new Heartbeat({
        hubUdf,
        commandEpoch: "NAAA-EPOCH",
        outbox,
        floor: () => 0,
        watchedMs: 60_000,
        idleMs: 900_000,
        isWatched: () => isWatched,
        clock,
        log: silentLog,
      });
      heartbeat.start();
      onCleanup(() => heartbeat.stop());
      await clock.pass(890_000);
      assert.is(account.stored.length, 1);
      assert.is(account.stored[0]?.CommandEpoch, "NAAA-EPOCH");
      await clock.pass(20_000);
      assert.is(account.stored.length, 2);
      isWatched = true;
      await clock.pass(180_000);
      assert.is(account.stored.length, 5);
    },
    { timeoutMs: 30_000 },
  );
});
