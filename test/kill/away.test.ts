/** The service is away while 50 000 events queue up: bounded memory and time, a restart in between, and all of them arrive once and in order. */
import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { systemRandom } from "../../src/base/random.ts";
import { Outbox } from "../../src/hub/state/outbox.ts";
import { Publisher } from "../../src/hub/state/publisher.ts";
import { udfOf } from "../driver/house.ts";
import { assert, describe, onCleanup, tempDirectory } from "../harness/suite.ts";
import { StateCatalog } from "../hub/state/scripted.ts";

const events = 50_000;
const devices = 50;
const hub = udfOf(900);

describe("the service is away for an hour", (it) => {
  it(
    `${events} events wait on disk and are published once, in order`,
    async () => {
      const path = join(tempDirectory(), "outbox.journal");
      const before = process.memoryUsage.rss();
      let outbox = await Outbox.open({ path, log: silentLog });
      let started = performance.now();
      for (let n = 0; n < events; n += 500) {
        await Promise.all(
          Array.from({ length: 500 }, (_, i) => {
            const DeviceUdf = udfOf(1 + ((n + i) % devices));
            const Sequence = Math.floor((n + i) / devices) + 1;
            const Reported = { DeviceUdf, Sequence, Time: "2026-05-01T12:00:00Z", Values: [{ Name: "Press", Value: Sequence }] };
            const state = { DeviceUdf, Updated: "2026-05-01T12:00:00Z", Status: "Online", Via: hub, Reported } as const;
            return outbox.put(state, { event: true, floor: 0, report: Sequence });
          }),
        );
      }
      const queued = performance.now() - started;
      assert.is(outbox.size, events);
      const grown = process.memoryUsage.rss() - before;
      await outbox.close();

      started = performance.now();
      outbox = await Outbox.open({ path, log: silentLog });
      onCleanup(() => outbox.close());
      const opened = performance.now() - started;
      assert.is(outbox.size, events, "a restart keeps them");

      const catalog = new StateCatalog(hub);
      const publisher = new Publisher({ account: catalog, outbox, clock: systemClock, random: systemRandom, log: silentLog });
      started = performance.now();
      publisher.start();
      while (outbox.size > 0) await systemClock.sleep(20);
      const published = performance.now() - started;
      await publisher.stop();
      assert.is(catalog.stored.length, events);
      const seen = new Map<string, number>();
      for (const { DeviceUdf, Sequence } of catalog.stored) {
        assert.is(Sequence, (seen.get(DeviceUdf) ?? 0) + 1);
        seen.set(DeviceUdf, Sequence);
      }
      const ms = (time: number): string => `${Math.round(time)} ms`;
      console.log(`queued ${ms(queued)}, opened ${ms(opened)}, published ${ms(published)}, memory +${Math.round(grown / 1e6)} MB`);
      assert.ok(grown < 200e6, `memory grew by ${Math.round(grown / 1e6)} MB`);
      assert.ok(opened < 15_000 && queued < 60_000 && published < 60_000, "within bounded time");
    },
    { timeoutMs: 180_000 },
  );
});
