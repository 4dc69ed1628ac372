/**
 * What a hub takes of its machine: memory idle with the broker, with one device and with two hundred, processor time while two hundred devices
 * send a state a second each, and the time from the start of the program to READY (what systemd is told; the program writes hub.started).
 * Sensors send measured values (gathered before they go to the account); lights send changes of an actuator, each of which goes there.
 */

import { startCrowd } from "./kit/crowd.ts";
import { type Figure, figureOf, openTable } from "./kit/figure.ts";
import { House, pause, pidOf } from "./kit/house.ts";
import { cpuSecondsOf, machineLine, rssOf, writtenBy } from "./kit/machine.ts";

const many = Number(process.env.MESH_BENCH_DEVICES ?? 200);
const starts = Number(process.env.MESH_BENCH_STARTS ?? 10);
const loadSeconds = Number(process.env.MESH_BENCH_SECONDS ?? 60);
const settleMs = 10_000;

/** Restarts the hub again and again; times to READY in milliseconds. */
async function startTimes(house: House): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run < starts; run += 1) {
    await house.hub.kill("SIGTERM");
    const begun = performance.now();
    await house.startHub();
    times.push(performance.now() - begun);
  }
  return times;
}

/** RSS over some seconds, once the start is digested. */
async function restingRss(house: House): Promise<number[]> {
  await pause(settleMs);
  const samples: number[] = [];
  for (let run = 0; run < 20; run += 1) {
    samples.push(rssOf(pidOf(house.hub)));
    await pause(250);
  }
  return samples;
}

/** Shares of one core, second by second. */
async function coreShares(pid: number, seconds: number): Promise<number[]> {
  const shares: number[] = [];
  for (let second = 0; second < seconds; second += 1) {
    const [cpu, begun] = [cpuSecondsOf(pid), performance.now()];
    await pause(1000);
    shares.push((100_000 * (cpuSecondsOf(pid) - cpu)) / (performance.now() - begun));
  }
  return shares;
}

const mean = (samples: readonly number[]): number => samples.reduce((sum, value) => sum + value, 0) / samples.length;

async function measure(kind: "sensor" | "light", tell: (figure: Figure) => void): Promise<void> {
  const house = await House.open({ devices: many, claim: false, kind });
  const crowd = startCrowd(house.scene.brokerPort);
  try {
    const [first, ...others] = house.boxes;
    if (!first) throw new Error("no devices were made");
    await crowd.power(first.imageDir);
    await pause(500);
    await house.onboard(first, `${kind} number 0`);
    if (kind === "sensor") {
      tell(figureOf("cold start to READY, one device", "ms", await startTimes(house), { bar: { better: "less", median: 1500 } }));
      await house.untilOnline(1);
      tell(figureOf("RSS idle with the broker, one device", "MB", await restingRss(house), { bar: { better: "less", median: 110 } }));
    }
    const onboarded: number[] = [];
    for (const [index, box] of others.entries()) {
      await crowd.power(box.imageDir);
      await pause(100);
      onboarded.push((await house.onboard(box, `${kind} number ${index + 1}`)).registered);
    }
    tell(figureOf(`onboarding, ${kind} after ${kind}, the last 50 of ${many}`, "ms", onboarded.slice(-50)));
    tell(figureOf(`RSS right after onboarding ${many} ${kind}s`, "MB", await restingRss(house)));
    tell(figureOf(`cold start to READY, ${many} ${kind}s`, "ms", await startTimes(house), { bar: { better: "less", median: 1500 } }));
    const begun = performance.now();
    await house.untilOnline(many);
    const allOnline = (performance.now() - begun) / 1000;
    tell(figureOf(`READY to ${many} links up (devices back off on their own)`, "s", [allOnline]));
    tell(figureOf(`RSS idle, ${many} ${kind}s linked`, "MB", await restingRss(house), { bar: { better: "less", median: 150 } }));
    const pid = pidOf(house.hub);
    tell(figureOf(`share of one core, ${many} ${kind}s idle`, "%", [mean(await coreShares(pid, 10))]));
    const before = await crowd.report(1000);
    await pause(5000);
    const [wrote, started] = [writtenBy(pid), await crowd.report(1000)];
    await pause(2000);
    const loaded = performance.now();
    const shares = await coreShares(pid, loadSeconds);
    const seconds = (performance.now() - loaded) / 1000;
    const after = await crowd.report(0);
    const sent = (after - started) / (seconds + 2);
    tell({
      ...figureOf(`share of one core, ${many} ${kind}s, a state a second each`, "%", shares, { note: `${sent.toFixed(0)} states/s arrived` }),
      median: mean(shares),
      bar: { better: "less", median: 30 },
    });
    const { calls } = writtenBy(pid);
    tell(
      figureOf(`written by the hub (files and sockets) for each state, ${kind}s`, "octets", [(calls - wrote.calls) / (after - started || before)]),
    );
    tell(figureOf(`RSS after that load, ${many} ${kind}s`, "MB", await restingRss(house)));
  } finally {
    await crowd.stop();
    await house.close();
  }
}

for (const kind of ["sensor", "light"] as const) await measure(kind, openTable(`What a hub takes, ${kind}s (${machineLine()})`).add);
