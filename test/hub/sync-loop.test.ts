/** What a hub's loop makes of what it meets at the service: what a removed device wrote last is left out and told once, and raises no alarm. */
import { join } from "node:path";
import { AccountContext, addPlace, revokeDevice } from "../../src/account/index.ts";
import { systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { AlarmFile } from "../../src/hub/alarm-file.ts";
import { Renewal } from "../../src/hub/command/renewal.ts";
import { TrustedTime } from "../../src/hub/command/trusted-time.ts";
import { SyncLoop } from "../../src/hub/sync-loop.ts";
import { placeCatalog } from "../../src/schema/index.ts";
import { assert, describe, onCleanup } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { ports, startHousehold } from "../kit/household.ts";
import { keepingLog } from "../kit/service.ts";
import { spoil } from "../kit/spoilt-store.ts";

/** A hub beside a laptop of its owner's. */
async function startHouse() {
  const house = await startHousehold();
  onCleanup(() => house.stop());
  const alice = await house.create("alice", "alice@example.com");
  const laptop = await house.join(alice, "laptop", ["admin"]);
  await (await house.join(alice, "hub", ["hub"])).close();
  await addPlace(alice, { name: "hall" });
  await laptop.sync();
  const dir = house.home("hub");
  const lines: { event: string }[] = [];
  const hub = await AccountContext.open({ dir, ports: { ...ports, log: keepingLog(lines) } });
  onCleanup(() => hub.close());
  const alarms = await AlarmFile.open(dir, silentLog);
  const time = new TrustedTime(systemClock, undefined);
  const renewal = await Renewal.open({ path: join(dir, "renewal.json"), time, clock: systemClock, log: silentLog });
  /** Lets it follow the account until it has synchronised once. */
  const turn = async (): Promise<void> => {
    let synced = false;
    const onSync = async (): Promise<void> => {
      synced = true;
    };
    const loop = new SyncLoop({ account: hub, time, alarms, renewal, onSync, onRemoved: () => undefined });
    loop.start();
    await eventually("it has synchronised", () => synced, 60_000);
    await loop.stop();
  };
  return { alice, laptop, hub, alarms, lines, turn };
}

describe("hub: what it meets at its service", (it) => {
  it(
    "a laptop's last place, written in the moment of its removal: told once, and no alarm",
    async () => {
      const { alice, laptop, hub, alarms, lines, turn } = await startHouse();
      const transact = alice.client.transact.bind(alice.client);
      alice.client.transact = async (request, options) => {
        alice.client.transact = transact;
        await addPlace(laptop, { name: "trap" });
        return transact(request, options);
      };
      await revokeDevice(alice, laptop.deviceUdf);
      for (let n = 0; n < 3; n += 1) await turn();
      assert.is(alarms.alarm, undefined);
      assert.equal(lines.filter(({ event }) => event === "store.late_frames").length, 1, "the log is told once");
      assert.equal(
        hub.list(placeCatalog).map(({ value }) => value.LocalName),
        ["hall"],
      );
    },
    { timeoutMs: 120_000 },
  );

  it(
    "what nobody signed who may: an alarm",
    async () => {
      const { laptop, alarms, turn } = await startHouse();
      await spoil(laptop, "signature");
      await turn();
      assert.match(alarms.alarm ?? "", /^ERR_VERIFICATION: MMM_Network/);
    },
    { timeoutMs: 120_000 },
  );
});
