/**
 * A meal by its name: the owner's program makes the recipe, the hub has it, the oven and the blender carry out its programme, and every machine of the
 * owner hears that it is ready. Real hub, real service, devices and the owner's program as processes; a minute of the virtual oven is 50 ms.
 */
import { openWindow } from "../../src/account/index.ts";
import { assert, describe } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { ports } from "../kit/household.ts";
import { machine } from "../kit/meshman-terminal.ts";
import { runningHouse } from "../kit/removal-house.ts";

describe("scenario: a meal", (it) => {
  it(
    "oven and blender take the programme of a recipe, do it to its end, and the owner's machine is told that it is ready",
    async () => {
      const house = await runningHouse();
      const { alice, household } = house.world;
      await openWindow({ dir: alice.dir, minutes: 60, ports });
      const say = async (text: string): Promise<string> => (await house.client().say({ text })).text;
      const oven = await house.device("oven", "kitchen oven");
      const blender = await house.device("blender", "smoothie blender");
      const valuesOf = async (device: typeof oven): Promise<Readonly<Record<string, unknown>>> =>
        (await device.process.status()).values as Record<string, unknown>;
      await alice.close();
      const desk = machine(alice.dir, household.service.url);

      assert.match(await desk.fails(65, "recipe", "add", "soup", "--for", "oven=Target 300, 5 min"), /30 to 280 °C/);
      assert.match(await desk.fails(2, "recipe", "add", "soup", "--for", "lock=Locked true, 5 min"), /names no class that takes programmes/);
      const baking = "Mode fan, Target 180, 35 min; Mode grill, Target 240, 5 min";
      assert.match(
        await desk.does("recipe", "add", "lasagne", "--for", `oven=${baking.toLowerCase()}`),
        new RegExp(`^lasagne: oven: ${baking}$`, "m"),
      );
      await desk.does("recipe", "add", "smoothie", "--for", "blender=Speed 3, 60 s; Speed 8, 60 s");
      assert.match(await desk.does("recipe", "list"), /lasagne/);

      // The hub reads the recipe with its next look at the service; what it does not know it does not do.
      await eventually("the oven bakes", async () => /kitchen oven/.test(await say("bake the lasagne")));
      assert.is((await valuesOf(oven)).Meal, "lasagne");
      assert.match(await say("make the smoothie in the smoothie blender"), /smoothie blender/);
      assert.is((await valuesOf(blender)).Meal, "smoothie");
      await eventually("both are ready", async () => (await valuesOf(oven)).Ready === true && (await valuesOf(blender)).Ready === true);
      assert.is((await valuesOf(oven)).Mode, "off");
      assert.is((await valuesOf(blender)).Running, false);
      assert.match(await say("is the kitchen oven ready"), /kitchen oven is ready/);
      await eventually("the owner is told", async () => {
        const pending = await desk.does("message", "pending");
        return /kitchen oven is ready \("lasagne"\) since/.test(pending) && /smoothie blender is ready \("smoothie"\) since/.test(pending);
      });

      // From afar, by another machine's copies; the oven keeps its word until somebody takes the meal out.
      await oven.process.send("set Door false");
      await eventually("it is taken out", async () => (await valuesOf(oven)).Ready === false);
      await oven.process.send("set Door true");
      assert.match(await desk.does("device", "say", "bake the lasagne"), /kitchen oven/);
      assert.is((await valuesOf(oven)).Meal, "lasagne");
      await desk.does("device", "say", "stop the kitchen oven");
      assert.is((await valuesOf(oven)).Mode, "off");
      await desk.does("recipe", "delete", "lasagne");
      await desk.fails(65, "device", "say", "bake the lasagne");
    },
    { timeoutMs: 300_000 },
  );
});
