/**
 * Many devices powered on at once, after they were connected one by one: how long until each is linked and has said its state, and what the hub needs.
 *   node --import tsx test/kill/power-on.ts [N]
 */
import { readFileSync } from "node:fs";
import { deviceList } from "../../src/api/index.ts";
import type { Lamp } from "./house.ts";
import { House } from "./house.ts";
import { onboard } from "./story.ts";

const count = Number(process.argv[2] ?? 200);
const tell = (line: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);
const house = await House.build();
await house.startHub();
const lamps: Lamp[] = [];
for (let n = 0; n < count; n++) {
  const lamp = await house.lamp();
  await onboard(house, lamp);
  await lamp.medium.stop();
  lamps.push(lamp);
  if (n % 20 === 19) tell(`${n + 1} connected`);
}
const rss = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${house.hub?.pid}/status`, "utf8"))?.[1]) / 1000;
await house.until("all are away", async () => (await house.client.get("/v1/devices", deviceList)).devices.every(({ status }) => status !== "Online"));
tell(`all are off; the hub has ${rss().toFixed(0)} MB`);
const started = performance.now();
await Promise.all(lamps.map(({ medium }) => medium.start()));
const times: number[] = [];
const linked = new Set<number>();
await house.until(
  "all are linked",
  () => {
    for (const [i, lamp] of lamps.entries()) {
      if (linked.has(i) || lamp.core.status().linked !== true || lamp.core.status().unreported !== 0) continue;
      linked.add(i);
      times.push(performance.now() - started);
    }
    return linked.size === count;
  },
  300_000,
);
times.sort((a, b) => a - b);
const at = (part: number): string => `${Math.round(times[Math.min(count - 1, Math.floor(count * part))] ?? 0)} ms`;
tell(
  `${count} devices at once: first ${at(0)}, half ${at(0.5)}, 95 % ${at(0.95)}, last ${at(1)}; hub ${rss().toFixed(0)} MB; restarts ${house.restarts}`,
);
await house.close();
process.exit(0);
