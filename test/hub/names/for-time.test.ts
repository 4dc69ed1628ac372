/** "For ten minutes": what may have been begun is ended. */
import { systemClock } from "../../../src/base/clock.ts";
import { MeshError } from "../../../src/base/errors.ts";
import type { Automations } from "../../../src/hub/automation/automations.ts";
import { socketOwner } from "../../../src/hub/command/principal.ts";
import { say } from "../../../src/hub/names/say.ts";
import { assert, describe } from "../../harness/suite.ts";
import { make } from "../../kit/made-device.ts";
import { openSpokenHouse as open } from "../../kit/spoken-house.ts";

describe("names and words: for a time", (it) => {
  it("where no answer has come the device may have done it, and it is ended; where it cannot be reached there is nothing to end", async () => {
    for (const [code, isEnded] of [
      ["ERR_TIMEOUT", true],
      ["ERR_LINK", true],
      ["ERR_DEVICE_OFFLINE", false],
    ] as const) {
      const { names, orders, keeper, devices } = await open([make("valve", { name: "water valve" })]);
      const noted = new Map<string, string>();
      const automations: Pick<Automations, "add" | "remove" | "ends" | "endAlone"> = {
        ends: () => [],
        endAlone: async () => undefined,
        add: async (asked) => {
          const key = `K${noted.size}`;
          noted.set(key, asked.orders.map(({ command }) => command).join(" "));
          return { ...asked, key, made: 0, due: systemClock.now() + 600_000 };
        },
        remove: async (key) => {
          noted.delete(key);
          return { said: "", spoken: "", orders: [], principal: socketOwner, key, made: 0 };
        },
      };
      const told: (readonly [string, boolean])[] = [];
      orders.onOrder(({ order, isDone }) => told.push([order.command, isDone]));
      devices.answer = () => {
        throw new MeshError(code, "the device has not answered");
      };
      const said = await say("open the water valve for ten minutes", {
        principal: socketOwner,
        book: names,
        orders,
        keeper,
        clock: systemClock,
        automations,
      });
      assert.is(said.kind, "failed", code);
      assert.equal([...noted.values()], isEnded ? ["Close"] : [], code);
      assert.is(/; water valve: close, (today|tomorrow) at /.test(said.text), isEnded, said.text);
      assert.equal(told, [["Open", false]]);
      devices.answer = () => ({ Id: 1, Result: "Accept" });
      await orders.give({ principal: socketOwner, deviceUdf: devices.orders[0]?.deviceUdf ?? "", command: "Close", arguments: [], timeoutMs: 50 });
      assert.equal(told.slice(1), [
        ["Close", false],
        ["Close", true],
      ]);
    }
  });
});
