/** "For ten minutes": what may have been begun is ended. */
import { systemClock } from "../../../src/base/clock.ts";
import { isMeshError, MeshError } from "../../../src/base/errors.ts";
import type { Automations } from "../../../src/hub/automation/automations.ts";
import { firstDue } from "../../../src/hub/automation/due.ts";
import { socketOwner } from "../../../src/hub/command/principal.ts";
import { say } from "../../../src/hub/names/say.ts";
import { byVoice } from "../../../src/hub/voice/spoken.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe } from "../../harness/suite.ts";
import { askedOrders } from "../../kit/asked-orders.ts";
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

  it("what waits for the owner until its end is over is not begun any more: the next nine o'clock is a day later", async () => {
    const { names, orders, keeper } = await open([make("blender", { name: "big blender" })]);
    const clock = new ManualClock(new Date(2026, 10, 30, 20, 58).getTime());
    const noted: string[] = [];
    const automations: Pick<Automations, "add" | "remove" | "ends" | "endAlone"> = {
      ends: () => [],
      endAlone: async () => undefined,
      add: async (asked) => {
        noted.push(JSON.stringify(asked.when));
        const now = clock.now();
        return { ...asked, key: `K${noted.length}`, made: now, ...(asked.when ? { due: firstDue(asked.when, now, undefined) } : {}) };
      },
      remove: async (key) => ({ said: "", spoken: "", orders: [], principal: socketOwner, key, made: 0 }),
    };
    const { questions, confirm } = askedOrders();
    const speak = (text: string) => say(text, { principal: byVoice(socketOwner), book: names, orders, keeper, clock, automations, questions });
    await speak("start the big blender until nine");
    await speak("start the big blender for ten minutes");
    assert.is(confirm.length, 2);
    noted.length = 0;
    clock.advance(180_000);
    const refused = await confirm[0]?.().catch((error: unknown) => error);
    assert.ok(isMeshError(refused, "ERR_COMMAND_EXPIRED"), String(refused));
    assert.equal(noted, []);
    await confirm[1]?.();
    assert.equal(noted, ['{"kind":"after","seconds":600}']);
  });
});
