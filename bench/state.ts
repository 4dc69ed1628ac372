/**
 * Sealed state records into the account: the hub's own queue and publisher, in this process, with the account that a real hub has joined, against
 * a real service. Each record is queued on disk, sealed, closed by a signed apex with its batch, sent, made durable by the service, stored in the
 * hub's copy and taken out of the queue. Then another device of the owner fetches, verifies and opens all of them.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { AccountContext } from "../src/account/index.ts";
import { systemClock as clock, dateTime } from "../src/base/clock.ts";
import { silentLog as log } from "../src/base/log.ts";
import { systemRandom as random } from "../src/base/random.ts";
import { Outbox } from "../src/hub/state/outbox.ts";
import { Publisher } from "../src/hub/state/publisher.ts";
import { type CatalogedState, stateCatalog } from "../src/schema/index.ts";
import { figureOf, openTable } from "./kit/figure.ts";
import { House, pause, pidOf } from "./kit/house.ts";
import { machineLine, writtenBy } from "./kit/machine.ts";

const devices = 200;
const perRun = Number(process.env.MESH_BENCH_RECORDS ?? 10_000);
const runs = Number(process.env.MESH_BENCH_RUNS ?? 5);

/** Octets of all files below a directory. */
function sizeOf(dir: string): number {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
}

const house = await House.open({ devices: 1, claim: false });
try {
  const dir = await house.join("phone", "web,command");
  await house.hub.kill("SIGTERM");
  const { hubDir, serviceDir, serviceUrl } = house.scene;
  const account = await AccountContext.open({ dir: join(hubDir, "account"), ports: { clock, random, log }, serviceUrl });
  const outbox = await Outbox.open({ path: join(hubDir, "state", "outbox.journal"), log });
  const publisher = new Publisher({ account, outbox, clock, random, log });
  publisher.start();
  const udfs = Array.from({ length: devices }, (_, i) => `MBENCH-${String(i).padStart(24, "A")}`);
  const rates: number[] = [];
  const waiting = {
    hub: writtenBy(process.pid),
    service: writtenBy(pidOf(house.service)),
    hubFiles: sizeOf(hubDir),
    serviceFiles: sizeOf(serviceDir),
  };
  let sequence = 0;
  for (let run = 0; run < runs; run += 1) {
    const begun = performance.now();
    const goal = publisher.status().published + perRun;
    for (let i = 0; i < perRun; i += devices) {
      sequence += 1;
      const now = dateTime(clock.now());
      const puts = udfs.map((DeviceUdf, n) => {
        const Values = [
          { Name: "On", Value: sequence % 2 === 0 },
          { Name: "Brightness", Value: (n + sequence) % 100 },
          { Name: "ColourTemperature", Value: 2700 },
        ];
        const Reported = { DeviceUdf, Sequence: sequence, Values };
        const state: Omit<CatalogedState, "Sequence"> = {
          DeviceUdf,
          Updated: now,
          Status: "Online",
          LastContact: now,
          Reported,
          Via: account.deviceUdf,
        };
        return outbox.put(state, { event: true, floor: 0, report: sequence });
      });
      await Promise.all(puts);
    }
    while (publisher.status().published < goal) await pause(2);
    rates.push((1000 * perRun) / (performance.now() - begun));
  }
  await publisher.stop();
  const total = perRun * runs;
  const [hub, service] = [writtenBy(process.pid), writtenBy(pidOf(house.service))];
  const phone = await AccountContext.open({ dir, ports: { clock, random, log }, serviceUrl });
  const begun = performance.now();
  await phone.sync({ stores: ["MMM_State"] });
  const read = performance.now() - begun;
  const last = phone.get(stateCatalog, udfs.at(-1) ?? "")?.Sequence;
  if (last !== sequence) throw new Error(`the reader has ${last}, ${sequence} were written`);
  const each = (now: number, before: number): number[] => [(now - before) / total];
  openTable(`State into the account (${machineLine()})`).add(
    figureOf("sealed records into the account", "records/s", rates, {
      bar: { better: "more", median: 2000 },
      note: `${perRun} records a run, ${devices} devices`,
    }),
    figureOf("fetched, verified and opened by another device", "records/s", [(1000 * total) / read]),
    figureOf("kept by the hub for each", "octets", each(sizeOf(hubDir), waiting.hubFiles)),
    figureOf("kept by the service for each", "octets", each(sizeOf(serviceDir), waiting.serviceFiles)),
    figureOf("sent to the disk by the hub for each", "octets", each(hub.disk, waiting.hub.disk), { note: "pages as the kernel writes them" }),
    figureOf("sent to the disk by the service for each", "octets", each(service.disk, waiting.service.disk), {
      note: "pages as the kernel writes them",
    }),
    figureOf("written by the hub (files and sockets) for each", "octets", each(hub.calls, waiting.hub.calls)),
    figureOf("written by the service (files and sockets) for each", "octets", each(service.calls, waiting.service.calls)),
  );
  await phone.close();
  await outbox.close();
  await account.close();
} finally {
  await house.close();
}
