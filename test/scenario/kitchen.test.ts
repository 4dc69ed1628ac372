/**
 * A kitchen of what people own: each class is connected by its code, obeys its words, tells what happens to it, and a rule over two of them holds, over a
 * restart of the hub too. Real hub, real service, devices as processes.
 */
import { openWindow } from "../../src/account/index.ts";
import { assert, describe, onCleanup } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { freePort } from "../kit/free-port.ts";
import { ports } from "../kit/household.ts";
import { machine } from "../kit/meshman-terminal.ts";
import { startRemovalHouse } from "../kit/removal-house.ts";

describe("scenario: a kitchen", (it) => {
  it(
    "plug, thermostat, blender, button, contact and leak sensor do what their owner says, and say what happened",
    async () => {
      const house = await startRemovalHouse();
      onCleanup(() => house.stop());
      const start = async (port: number) => {
        const daemon = house.daemon({ "mqtt.port": port });
        await daemon.start();
        return daemon;
      };
      const port = await freePort();
      let daemon = await start(port);
      onCleanup(() => daemon.stop());
      await openWindow({ dir: house.world.alice.dir, minutes: 60, ports });
      const say = async (text: string): Promise<string> => (await house.client().say({ text })).text;
      const valuesOf = async (name: string): Promise<Readonly<Record<string, unknown>>> => {
        const found = (await house.client().devices()).find((one) => one.name === name);
        return Object.fromEntries((found?.values ?? []).map(({ name: property, value }) => [property, value]));
      };
      const kettle = await house.device("plug", "kettle");
      await house.device("thermostat", "kitchen radiator");
      const blender = await house.device("blender", "smoothie blender");
      const button = await house.device("button", "counter button");
      const window = await house.device("contact", "kitchen window");
      const leak = await house.device("leak", "sink sensor");

      assert.match(await say("turn on the kettle"), /^kettle is on$/);
      assert.is(((await kettle.process.status()).values as Record<string, unknown>).On, true);
      await eventually("the plug meters", async () => Number((await valuesOf("kettle")).Energy) > 0);
      assert.match(await say("how much power does the kettle use"), /kettle: power 60\.0 W/);

      assert.match(await say("set the kitchen radiator to 23.5 degrees"), /target 23\.5 °C/);
      assert.match(await say("turn on the kitchen radiator"), /mode auto/);
      await eventually("the room gets warm", async () => Number((await valuesOf("kitchen radiator")).Temperature) > 20);

      assert.match(await say("start the smoothie blender"), /smoothie blender: done/);
      await blender.process.send("set Lid false");
      await eventually("it stopped when it was opened", async () => (await valuesOf("smoothie blender")).Running === false);
      assert.match(await say("start the smoothie blender"), /the lid is open/);

      await button.process.send("push double");
      await window.process.send("set Open true");
      await leak.process.send("set Wet true");
      await eventually("all three have told it", async () => {
        const [pressed, open, wet] = await Promise.all(["counter button", "kitchen window", "sink sensor"].map(valuesOf));
        return pressed?.Press === "double" && open?.Open === true && wet?.Wet === true;
      });
      assert.match(await say("is the kitchen window open"), /kitchen window is open/);

      const opens = async (): Promise<void> => {
        await say("turn on the kettle");
        for (const open of [false, true]) {
          await window.process.send(`set Open ${open}`);
          await eventually(`the window is ${open ? "open" : "shut"}`, async () => (await valuesOf("kitchen window")).Open === open);
        }
        await eventually("the kettle goes off by the rule", async () => (await valuesOf("kettle")).On === false);
      };
      assert.match(await say("when the kitchen window opens turn off the kettle"), /when kitchen window/i);
      await opens();
      await daemon.stop();
      daemon = await start(port);
      const isOnline = async (name: string): Promise<boolean> =>
        (await house.client().devices()).some((one) => one.name === name && one.status === "Online");
      await eventually("both are back", async () => (await isOnline("kettle")) && (await isOnline("kitchen window")));
      await opens();
      const [rule] = await house.client().automations();
      assert.equal([rule?.state, rule?.last?.result], ["watching", "done"]);

      // The same from afar, by the copies of another machine of the owner.
      await house.world.alice.close();
      const desk = machine(house.world.alice.dir, house.world.household.service.url);
      await eventually("the account has it", async () => /wet/.test(await desk.does("device", "list")));
      assert.match(await desk.does("device", "say", "stop the smoothie blender"), /stopped/);
    },
    { timeoutMs: 240_000 },
  );
});
