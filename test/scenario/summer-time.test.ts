/**
 * A lamp that is turned on every day at seven, by a hub in Berlin whose service is away: over both changes of summer time, over clocks that somebody puts
 * forward and back, and over a restart. It comes on at seven by the clock on the wall, once; what a clock leapt over is told as missed.
 */
import { acceptHosted } from "../../src/account/index.ts";
import type { HubDaemon } from "../../src/hub/daemon.ts";
import { movableClock } from "../harness/manual-clock.ts";
import { assert, describe } from "../harness/suite.ts";
import { bridgePassword, makeBridgedHub } from "../kit/bridged-hub.ts";
import { eventually } from "../kit/eventually.ts";
import { ZigbeeFleet } from "../kit/zigbee-fleet.ts";

// Dates of this process are those of a machine in Berlin from here on.
process.env.TZ = "Europe/Berlin";

const bridges = [{ kind: "zigbee2mqtt", username: "z2m" }];
/** So long before seven the clock is set. */
const aheadMs = 700;

describe("scenario: summer time", (it) => {
  it(
    "a lamp comes on at seven by the wall's clock, once, whatever the clock does; what was leapt over is told as missed",
    async () => {
      const hub = await makeBridgedHub();
      const clock = movableClock();
      const fleet = new ZigbeeFleet(1);
      let daemon: HubDaemon;
      const start = async (): Promise<void> => {
        daemon = await hub.start(bridges, {}, clock);
        await fleet.start({ url: `mqtt://127.0.0.1:${daemon.hub.status().mqttPort}`, username: "z2m", password: bridgePassword });
      };
      const isOnline = () => eventually("the lamp is online", () => daemon.hub.devices()[0]?.status === "Online");
      await start();
      const [offer] = await hub.offers(1);
      await acceptHosted(hub.alice, offer!, { localName: "reading lamp" });
      await isOnline();
      await daemon!.stop();
      await fleet.stop();
      // From here on nobody puts the hub's clock right.
      await hub.house.service.stop();

      const [lamp] = fleet.devices;
      const say = async (text: string): Promise<string> => (await daemon.hub.say({ text })).text;
      /** The wall shows this, a moment before; the hub looks at its clock because something is said to it. */
      const set = async (year: number, month: number, day: number, hour: number): Promise<void> => {
        assert.match(await say("turn off the reading lamp"), /is off/);
        clock.ahead += new Date(year, month - 1, day, hour).getTime() - aheadMs - clock.now();
        assert.match(await say("turn off the reading lamp in 9 hours"), /, (today|tomorrow) at /);
        const timer = daemon.hub.automations().find(({ said }) => said.includes("9 hours"));
        await daemon.hub.deleteAutomation({ key: timer?.key ?? "" });
      };
      const seven = () => daemon.hub.automations().find(({ said }) => said.includes("every day"));
      const comesOn = (what: string) => eventually(what, () => lamp?.state.state === "ON");
      const staysOff = async (what: string): Promise<void> => {
        await new Promise((resolve) => setTimeout(resolve, aheadMs + 500));
        assert.is(lamp?.state.state, "OFF", what);
      };

      clock.ahead = new Date(2027, 2, 27, 6, 59).getTime() - Date.now();
      await start();
      await isOnline();
      assert.match(await say("turn on the reading lamp every day at 7 am"), /next (today|tomorrow) at .*7/);
      await set(2027, 3, 27, 7);
      await comesOn("at seven, in winter");
      await set(2027, 3, 28, 7);
      await comesOn("at seven of the shorter day");
      await set(2027, 3, 29, 12);
      await eventually("a clock that leaps over it by hours: told", () => seven()?.last?.result === "missed");
      await staysOff("and not run late");
      await set(2027, 3, 30, 7);
      await comesOn("on the day after, as always");
      await set(2027, 3, 30, 7);
      await staysOff("a clock that is put back by a moment shows seven twice");

      await daemon!.stop();
      await fleet.stop();
      clock.ahead += 7 * 30 * 86_400_000;
      await start();
      await isOnline();
      await eventually("a hub that was off for months says so", () => seven()?.last?.result === "missed");
      await set(2027, 10, 30, 7);
      await comesOn("after the restart");
      await set(2027, 10, 31, 7);
      await comesOn("at seven of the longer day");
      assert.match(seven()?.due ?? "", /^2027-11-01T06:00:00/);
      await daemon!.stop();
      await fleet.stop();
      await hub.house.stop();
    },
    { timeoutMs: 120_000 },
  );
});
