/**
 * A hub that makes its store of states small while the house goes on: the store is written full through the hub's own account, the hub is started, and a
 * lamp is ordered all the time until the hub says that the store has begun anew; and the same orders afterwards, when nothing else happens.
 */
import { join } from "node:path";
import { AccountContext } from "../src/account/index.ts";
import { systemClock as clock, dateTime } from "../src/base/clock.ts";
import { silentLog as log } from "../src/base/log.ts";
import { systemRandom as random } from "../src/base/random.ts";
import { stateEdit } from "../src/hub/state/state-edit.ts";
import { figureOf, openTable } from "./kit/figure.ts";
import { House, pause, pidOf } from "./kit/house.ts";
import { machineLine, rssOf } from "./kit/machine.ts";

const states = Number(process.env.MESH_BENCH_STATES ?? 250_000);
const live = Number(process.env.MESH_BENCH_LIVE ?? 12_000);
/** Entries of one Transact. */
const page = 500;
const compactedMs = 600_000;

/** Milliseconds of orders one after the other, until it is over. */
async function ordersUntil(house: House, udf: string, isOver: (given: number) => boolean): Promise<number[]> {
  const times: number[] = [];
  for (let turn = 0; !isOver(times.length); turn += 1) {
    const begun = performance.now();
    await house.command(udf, turn % 2 === 0);
    times.push(performance.now() - begun);
    await pause(5);
  }
  return times;
}

const table = openTable(`A hub that compacts its states (${machineLine()})`);
const house = await House.open({ devices: 1, claim: false });
try {
  const [box] = house.boxes;
  if (!box) throw new Error("no device was made");
  const lamp = await house.power(box);
  const { udf } = await house.onboard(box, "kitchen light");
  await house.hub.kill("SIGTERM");
  await lamp.stop();
  const { hubDir, serviceUrl } = house.scene;
  const account = await AccountContext.open({ dir: join(hubDir, "account"), ports: { clock, random, log }, serviceUrl });
  await account.sync();
  for (let at = 0; at < states; at += page) {
    const Updated = dateTime(clock.now());
    const some = Array.from({ length: Math.min(page, states - at) }, (_, n) => {
      const [DeviceUdf, Sequence] = [`MBENCH-${String((at + n) % live).padStart(24, "A")}`, at + n + 1];
      return stateEdit({
        DeviceUdf,
        Updated,
        Status: "Online",
        Via: account.deviceUdf,
        Reported: { DeviceUdf, Sequence, Values: [] },
        Sequence,
      });
    });
    await account.transact({ catalogs: some });
  }
  await account.close();
  const begun = performance.now();
  await house.startHub();
  let compacted: number | undefined;
  const over = house.hub
    .line((line) => line.includes('"state.compacted"'), compactedMs)
    .then(() => {
      compacted = performance.now() - begun;
    });
  // Powered now: one that has missed its hub comes back in its own time.
  await house.power(box);
  await house.untilOnline(1);
  const meanwhile = await ordersUntil(house, udf, () => compacted !== undefined);
  await over;
  const memory = rssOf(pidOf(house.hub));
  const quiet = await ordersUntil(house, udf, (given) => given >= 500);
  table.add(
    figureOf(`a store of ${states} states, ${live} live, begun anew by the hub, its start with it`, "s", [(compacted ?? 0) / 1000]),
    figureOf("an order in the house meanwhile", "ms", meanwhile),
    figureOf("an order in the house afterwards", "ms", quiet),
    figureOf("memory of the hub when it is done", "MB", [memory]),
  );
} finally {
  await house.close();
}
