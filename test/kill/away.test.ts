/**
 * The service is away for an hour while events queue up: bounded memory and time, a restart in between, and all of them arrive once and in order.
 * 50 000 through the queue alone; through the real hub and the real service 50 000 in `npm run test:kill`, fewer otherwise.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { systemRandom } from "../../src/base/random.ts";
import { Outbox } from "../../src/hub/state/outbox.ts";
import { Publisher } from "../../src/hub/state/publisher.ts";
import { stateCatalog } from "../../src/schema/index.ts";
import { assert, describe, onCleanup, tempDirectory } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { udfOf } from "../kit/named-things.ts";
import { StateCatalog } from "../kit/scripted-state.ts";
import { House } from "./house.ts";
import { command, onboard } from "./story.ts";

const events = 50_000;
const devices = 50;
const hub = udfOf(900);
const isAll = process.env.MESH_KILL_ALL !== undefined;
const throughPrograms = isAll ? events : 3000;
const hour = 3_600_000;

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

  it(
    `the programs: ${throughPrograms} events wait through a start of the hub and an hour of its clock, while it serves the house`,
    async () => {
      const house = await House.build();
      onCleanup(() => house.close());
      await house.startHub({ clock: [0] });
      const lamp = await house.lamp();
      await onboard(house, lamp);
      const { deviceUdf } = lamp.made;
      await house.until("its first state is in the account", async () => {
        await house.phone.sync();
        return house.phone.get(stateCatalog, deviceUdf) !== undefined;
      });
      await house.hub?.kill("SIGTERM");
      await house.service?.kill("SIGTERM");
      const queued = await fill(join(house.hubDir, "state", "outbox.journal"), deviceUdf, house.hubUdf);

      // The hour passes while the service is gone; the hub starts without it.
      assert.ok(await house.startHub({ clock: [0, hour] }));
      const rss = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${house.hub?.pid}/status`, "utf8"))?.[1]) / 1000;
      const light = async (on: boolean): Promise<boolean> => {
        const order = { device: deviceUdf, command: "Set", arguments: [{ name: "On", value: on }], timeoutMs: 4000 };
        return (await house.client.command(order)).result === "Accept";
      };
      await eventually("the house obeys while the service is away", () => light(true));
      house.hub?.signal("SIGUSR2");
      await eventually("and an hour later", () => light(false));
      const away = rss();
      assert.ok((await house.client.status()).outbox.waiting >= queued.length);

      const started = performance.now();
      await house.startService();
      await house.until("all are published", async () => (await house.client.status()).outbox.waiting === 0, isAll ? 200_000 : 60_000);
      const published = performance.now() - started;
      await house.phone.sync({ stores: ["MMM_State"] });
      const history = (await house.phone.history(stateCatalog)).filter(({ key }) => key === deviceUdf);
      const told = history.flatMap(({ value }) => (value?.Reported?.Values.length === 1 ? [Number(value.Reported.Values[0]?.Value)] : []));
      assert.equal(told, queued, "once, and in order");
      assert.equal(
        history.map(({ value }) => value?.Sequence),
        history.map((_, i) => i + 1),
      );
      console.log(
        `${queued.length} events: hub ${away.toFixed(0)} MB while they wait, ${rss().toFixed(0)} MB after; published in ${Math.round(published)} ms`,
      );
      assert.ok(rss() < 400, `the hub takes ${rss()} MB`);
      await command(house, lamp, true);
      await lamp.off();
    },
    { timeoutMs: isAll ? 280_000 : 120_000 },
  );
});

/** As a hub has queued them that could not publish: each press by itself. */
async function fill(path: string, deviceUdf: string, via: string): Promise<number[]> {
  const outbox = await Outbox.open({ path, log: silentLog });
  const presses = Array.from({ length: throughPrograms }, (_, i) => i + 1);
  for (let n = 0; n < presses.length; n += 500) {
    await Promise.all(
      presses.slice(n, n + 500).map((press) => {
        const Time = "2026-05-01T12:00:00Z";
        const Reported = { DeviceUdf: deviceUdf, Sequence: outbox.reportOf(deviceUdf) ?? 1, Time, Values: [{ Name: "Press", Value: press }] };
        return outbox.put({ DeviceUdf: deviceUdf, Updated: Time, Status: "Online", Via: via, Reported }, { event: true, floor: 1 });
      }),
    );
  }
  await outbox.close();
  return presses;
}
