/**
 * The page in a real Chromium over a played house of 200 devices: how soon it is live on a slow phone (a processor of a quarter, 10 Mbit/s, 20 ms),
 * and how long its tasks are while 60 reports a second come in. Chromium throttles by itself, so the figures hold for this machine's core.
 */

import { openBrowser } from "../test/kit/browser.ts";
import { builtPage } from "../test/kit/built-page.ts";
import { playedHouse } from "../test/kit/played-house.ts";
import { servedWorld } from "../test/kit/web.ts";
import { figureOf, openTable } from "./kit/figure.ts";
import { pause } from "./kit/house.ts";
import { machineLine } from "./kit/machine.ts";

const many = Number(process.env.MESH_BENCH_DEVICES ?? 200);
const seconds = Number(process.env.MESH_BENCH_SECONDS ?? 60);
const loads = Number(process.env.MESH_BENCH_ROUNDS ?? 5);
const perSecond = 60;
const slowPhone = { offline: false, latency: 20, downloadThroughput: 1_250_000, uploadThroughput: 1_250_000 };

const watchTasks = `
  globalThis.tasks = [];
  new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) globalThis.tasks.push(duration); }).observe({ type: "longtask" });
`;
const isLive = `document.querySelectorAll("[data-udf]").length >= ${many} && document.body.innerText.includes("Live")`;

const browser = await openBrowser();
// Six of the house are its own.
const house = playedHouse({ lights: many - 6 });
const world = await servedWorld({ hub: house.hub, page: await builtPage() });
const { add } = openTable(`The page with ${many} devices (${machineLine()})`);

const times: number[] = [];
for (let round = 0; round < loads; round += 1) {
  const page = await browser.page();
  await page.look({ width: 400, height: 800 });
  // Signed in before: the link of a first visit is no part of it.
  await page.goto((await world.door.open({ name: "alice" })).url);
  await page.until("the page is live", isLive);
  await page.send("Network.setCacheDisabled", { cacheDisabled: true });
  await page.send("Network.emulateNetworkConditions", slowPhone);
  await page.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  await page.send("Page.addScriptToEvaluateOnNewDocument", {
    source: `(() => { const look = () => (globalThis.document.body && ${isLive} ? (globalThis.liveAt = performance.now()) : setTimeout(look, 20)); look(); })()`,
  });
  await page.send("Page.reload");
  await page.until("the page is live again", "globalThis.liveAt");
  times.push(await page.evaluate<number>("globalThis.liveAt"));
  await page.send("Page.close");
}
add(figureOf("page live, 4 times slower processor, 10 Mbit/s, 20 ms", "ms", times, { bar: { better: "less", median: 1500 } }));

const page = await browser.page();
await page.look({ width: 1000, height: 900 });
await page.goto((await world.door.open({ name: "alice" })).url);
await page.until("the page is live", isLive);
await pause(2000);
await page.evaluate(watchTasks);
const begun = performance.now();
let sent = 0;
while (performance.now() - begun < seconds * 1000) {
  const due = Math.floor(((performance.now() - begun) / 1000) * perSecond);
  for (; sent < due; sent += 1) house.report(`MCCC-${sent % (many - 6)}`, { Brightness: sent % 100, On: sent % 3 === 0 });
  await pause(5);
}
await pause(1000);
const tasks = await page.evaluate<number[]>("globalThis.tasks");
const note = `${sent} reports in ${seconds} s; longest ${Math.max(0, ...tasks).toFixed(0)} ms`;
add(figureOf(`tasks over 50 ms, ${perSecond} reports a second`, "", [tasks.length], { bar: { better: "less", median: 0 }, note }));
process.exit(0);
