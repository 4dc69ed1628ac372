/**
 * Many devices are powered on at once, as after a power cut: each gets its link, what happened to each while it was away arrives once, and no device
 * is kept out by the others. 200 of them in `npm run test:kill`, fewer otherwise; how long it takes is a figure of bench/load.ts, too.
 */
import { readFileSync } from "node:fs";
import { stateCatalog } from "../../src/schema/index.ts";
import { assert, describe, onCleanup } from "../harness/suite.ts";
import type { Lamp } from "./house.ts";
import { House } from "./house.ts";
import { onboard, pressesOf } from "./story.ts";

const isAll = process.env.MESH_KILL_ALL !== undefined;
const count = isAll ? 200 : 30;
/** Connected at the same time. */
const together = 6;
const mostMs = 30_000;

async function connected(house: House): Promise<Lamp> {
  const lamp = await house.lamp();
  await onboard(house, lamp);
  await lamp.medium.stop();
  return lamp;
}

describe("power on", (it) => {
  it(
    `${count} devices at once`,
    async () => {
      const house = await House.build();
      onCleanup(() => house.close());
      await house.startHub();
      const lamps: Lamp[] = [];
      while (lamps.length < count)
        lamps.push(...(await Promise.all(Array.from({ length: Math.min(together, count - lamps.length) }, () => connected(house)))));
      const online = async (): Promise<number> => (await house.client.devices()).filter(({ status }) => status === "Online").length;
      await house.until("all are away", async () => (await online()) === 0);
      for (const lamp of lamps) lamp.press();

      const started = performance.now();
      await Promise.all(lamps.map(({ medium }) => medium.start()));
      const times = new Map<Lamp, number>();
      await house.until("all are linked and have told what happened", () => {
        for (const lamp of lamps) {
          const { linked, unreported } = lamp.core.status();
          if (!times.has(lamp) && linked === true && unreported === 0) times.set(lamp, performance.now() - started);
        }
        return times.size === count;
      });
      await house.until("the hub has them all", async () => (await online()) === count);
      const sorted = [...times.values()].sort((a, b) => a - b).map(Math.round);
      const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${house.hub?.pid}/status`, "utf8"))?.[1]) / 1000;
      console.log(`${count} devices: first after ${sorted[0]} ms, half ${sorted[count >> 1]} ms, last ${sorted.at(-1)} ms; hub ${rss.toFixed(0)} MB`);
      assert.ok((sorted.at(-1) ?? mostMs) < mostMs, `the last after ${sorted.at(-1)} ms`);
      assert.is(house.restarts, 0);

      await house.until("the account has every press", async () => {
        await house.phone.sync({ stores: ["MMM_State"] });
        return lamps.every(({ made }) =>
          house.phone.get(stateCatalog, made.deviceUdf)?.Reported?.Values.some(({ Name, Value }) => Name === "Press" && Number(Value) === 1),
        );
      });
      for (const lamp of lamps.slice(0, 20)) assert.equal(await pressesOf(house, lamp), [1], "once");
      await Promise.all(lamps.map((lamp) => lamp.off()));
    },
    { timeoutMs: isAll ? 290_000 : 150_000 },
  );
});
