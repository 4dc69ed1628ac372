/**
 * What a service does with shares of keys, each use audited on the disk before its answer: X448 agreements and Ed448 signatures by FROST in a second,
 * callers side by side, what the service's process spends on each, and what one caller waits alone.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { utf8 } from "../src/base/bytes.ts";
import { agreement, codes, dealDecrypt, dealSign, ephemeralKey, joinedDevice, operate, Signing } from "../test/kit/power.ts";
import { Person } from "../test/kit/service.ts";
import { figureOf, openTable } from "./kit/figure.ts";
import { cpuSecondsOf } from "./kit/machine.ts";
import { startService } from "./kit/service-process.ts";

const agreements = Number(process.env.MESH_BENCH_AGREEMENTS ?? 2000);
const signatures = Number(process.env.MESH_BENCH_SIGNATURES ?? 120);
const alone = Number(process.env.MESH_BENCH_ALONE ?? 100);
const lanes = 16;
const rounds = 3;
/** As many as a device asks for at once. */
const together = 32;

const unbounded = { PerMinute: 1_000_000, PerDay: 1_000_000 };
const limits = ["memberRequestBurst", "accountRequestBurst", "operateBurst", "powerPerMinute", "powerPerDay"].flatMap((name) => [
  "--limit",
  `${name}=1000000`,
]);
const body = utf8(JSON.stringify({ MessageContact: { Sender: "alice@example.com" } }));

/** Runs a task so often in lanes; how many a second. */
async function perSecond(count: number, task: (n: number, lane: number) => Promise<void>): Promise<number> {
  const begun = performance.now();
  let next = 0;
  const run = async (_: unknown, lane: number): Promise<void> => {
    for (let n = next++; n < count; n = next++) await task(n, lane);
  };
  await Promise.all(Array.from({ length: lanes }, run));
  return (1000 * count) / (performance.now() - begun);
}

async function times(count: number, task: () => Promise<void>): Promise<number[]> {
  const out: number[] = [];
  for (let n = 0; n < count; n++) {
    const begun = performance.now();
    await task();
    out.push(performance.now() - begun);
  }
  return out;
}

/** What the service's process spends on each of so many, whatever else the machine does. */
async function processorMs(count: number, task: () => Promise<void>): Promise<number> {
  const before = cpuSecondsOf(service.pid);
  await task();
  return (1000 * (cpuSecondsOf(service.pid) - before)) / count;
}

function requireAll(results: Parameters<typeof codes>[0]): void {
  if (/ERR/.test(codes(results))) throw new Error(codes(results));
}

const dir = mkdtempSync(join(tmpdir(), "mesh-bench-powers-"));
const table = openTable("powers");
const service = await startService(dir, 0, limits);
try {
  const alice = await (await Person.meet("alice@example.com", service.url)).bind();
  await alice.grant(alice.device.link, ["r:MMM_Access", "a:MMM_Access"]);
  const { link, client } = await joinedDevice(alice);
  const { capability } = await dealDecrypt(alice, link, unbounded);
  const ephemerals = Array.from({ length: agreements }, () => ephemeralKey());
  const agree = async (n: number): Promise<void> =>
    requireAll(await operate(client, alice.address, [agreement(capability.Id, ephemerals[n % agreements] ?? ephemeralKey())]));
  const rates: number[] = [];
  const spent = await processorMs(agreements * rounds, async () => {
    for (let round = 0; round < rounds; round++) rates.push(await perSecond(agreements, agree));
  });
  table.add(
    figureOf("X448 agreements, 16 callers, audited", "/s", rates, { bar: { better: "more", median: 300 } }),
    figureOf("processor time of the service for one of them", "ms", [spent], { bar: { better: "less", median: 1000 / 300 } }),
    figureOf("one agreement, alone", "ms", await times(alone, () => agree(Math.floor(Math.random() * agreements)))),
  );
  const many = async (): Promise<void> =>
    requireAll(
      await operate(
        client,
        alice.address,
        Array.from({ length: together }, (_, n) => agreement(capability.Id, ephemerals[n % agreements] ?? ephemeralKey())),
      ),
    );
  const requests = Math.ceil(agreements / together);
  const inOne: number[] = [];
  const spentTogether = await processorMs(requests * together * rounds, async () => {
    for (let round = 0; round < rounds; round++) inOne.push(together * (await perSecond(requests, many)));
  });
  table.add(
    figureOf(`the same, ${together} in a request`, "/s", inOne),
    figureOf("processor time of the service for one of them", "ms", [spentTogether], { bar: { better: "less", median: 1000 / 300 } }),
  );
  // One session each: a capability has no more.
  const dealt: Awaited<ReturnType<typeof dealSign>>[] = [];
  for (let lane = 0; lane < lanes; lane++) dealt.push(await dealSign(alice, link, unbounded));
  const made = (lane: number): Signing => {
    const key = dealt[lane % lanes];
    if (key === undefined) throw new Error(`no key for lane ${lane}`);
    return new Signing(key, body);
  };
  const exchange = async (signing: Signing): Promise<() => Uint8Array> => {
    const [commitments] = await operate(client, alice.address, [signing.commit]);
    const [share] = await operate(client, alice.address, [signing.committed(commitments).share()]);
    return () => signing.finish(share);
  };
  for (let lane = 0; lane < lanes; lane++) (await exchange(made(lane)))();
  const signed: number[] = [];
  const signMs = await processorMs(signatures * rounds, async () => {
    for (let round = 0; round < rounds; round++) {
      // The callers' own part comes before and after: the figure is the service's.
      const begun = Array.from({ length: lanes }, (_, lane) => Array.from({ length: Math.ceil(signatures / lanes) }, () => made(lane)));
      signed.push(
        await perSecond(signatures, async (_, lane) => {
          await exchange(begun[lane]?.pop() ?? made(lane));
        }),
      );
    }
  });
  table.add(
    figureOf("Ed448 signatures by FROST, 16 callers, audited", "/s", signed, { bar: { better: "more", median: 20 } }),
    figureOf("processor time of the service for one of them", "ms", [signMs], { bar: { better: "less", median: 1000 / 20 } }),
    figureOf(
      "one signature, alone, the caller's part and the check with it",
      "ms",
      await times(Math.ceil(alone / 4), async () => void (await exchange(made(0)))()),
    ),
  );
  client.close();
  alice.client.close();
} finally {
  await service.stop();
  rmSync(dir, { recursive: true, force: true });
}
