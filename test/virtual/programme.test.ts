/** What oven and blender do by a programme: stage after stage, to an end that they tell; and what ends it before. */

import { runBlender } from "../../firmware-stubs/virtual/appliance/blender.ts";
import { makeAppliance } from "../../firmware-stubs/virtual/appliance/classes.ts";
import { runOven } from "../../firmware-stubs/virtual/appliance/oven.ts";
import { MeshError } from "../../src/base/errors.ts";
import { assert, describe } from "../harness/suite.ts";

const baking = "Mode fan, Target 180, 3 min; Mode grill, Target 240, 2 min";

function run(className: string, programme: string, meal = "lasagne") {
  const appliance = makeAppliance(className, 1);
  const events: boolean[] = [];
  appliance.onChange((event) => void events.push(event));
  appliance.command("Run", [
    { Name: "Programme", Value: programme },
    { Name: "Meal", Value: meal },
  ]);
  return { appliance, events };
}

const refused = (why: RegExp) => (error: unknown) => error instanceof MeshError && error.code === "ERR_COMMAND" && why.test(error.message);

describe("virtual appliances: programmes", (it) => {
  it("an oven goes through the stages, switches itself off, and says that the meal is ready until its door is opened", () => {
    const { appliance: oven, events } = run("oven", baking);
    const seen: string[] = [];
    for (let minute = 0; minute < 7; minute++) {
      const { Mode, Target, Remaining, Ready } = oven.plain;
      seen.push(`${String(Mode)} ${String(Target)} ${String(Remaining)} ${String(Ready)}`);
      runOven(oven);
    }
    assert.equal(seen, [
      "fan 180 5 false",
      "fan 180 4 false",
      "fan 180 3 false",
      "grill 240 2 false",
      "grill 240 1 false",
      "off 240 0 true",
      "off 240 0 true",
    ]);
    assert.is(events.filter((isEvent) => isEvent).length >= 1, true);
    assert.equal([oven.plain.Meal, oven.plain.Programme], ["lasagne", ""]);
    oven.change("Door", false);
    assert.equal([oven.plain.Ready, oven.plain.Meal], [false, ""]);
  });

  it("an oven's time stands still while its door is open", () => {
    const { appliance: oven } = run("oven", baking);
    runOven(oven);
    oven.change("Door", false);
    for (let minute = 0; minute < 10; minute++) runOven(oven);
    assert.equal([oven.plain.Remaining, oven.plain.Mode, oven.plain.Ready], [4, "fan", false]);
    oven.change("Door", true);
    for (let minute = 0; minute < 4; minute++) runOven(oven);
    assert.equal([oven.plain.Remaining, oven.plain.Ready], [0, true]);
  });

  it("nothing is set while a programme runs, another one is not begun, and what is stopped is not ready", () => {
    const { appliance: oven } = run("oven", baking);
    assert.throws(() => oven.command("Set", [{ Name: "Target", Value: 100 }]), refused(/runs a programme: stop it first/));
    assert.throws(() => oven.command("Run", [{ Name: "Programme", Value: baking }]), refused(/runs a programme: stop it first/));
    oven.command("Stop", []);
    assert.equal([oven.plain.Mode, oven.plain.Remaining, oven.plain.Ready, oven.plain.Meal], ["off", 0, false, ""]);
    for (let minute = 0; minute < 10; minute++) runOven(oven);
    assert.is(oven.plain.Ready, false);
  });

  it("a programme that it cannot do is refused, and changes nothing", () => {
    const oven = makeAppliance("oven", 1);
    const before = oven.plain;
    for (const programme of ["", "Target 300, 5 min", "Speed 5, 5 min", "Mode fan", "Door false, 1 min"])
      assert.throws(() => oven.command("Run", [{ Name: "Programme", Value: programme }]), refused(/./));
    assert.throws(() => oven.command("Run", [{ Name: "Meal", Value: "lasagne" }]), refused(/each stage ends with its time/));
    assert.equal(oven.plain, before);
  });

  it("an oven that lost its power is off, and does not go on by itself", () => {
    const { appliance: oven } = run("oven", baking);
    const again = makeAppliance("oven", 1);
    again.restore(oven.values);
    assert.equal([again.plain.Mode, again.plain.Programme, again.plain.Remaining, again.plain.Ready], ["off", "", 0, false]);
  });

  it("a blender runs its stages, stops and says so; an open lid ends it, and it begins with the lid closed alone", () => {
    const { appliance: blender } = run("blender", "Speed 3, 20 s; Speed 8, 10 s", "smoothie");
    assert.equal([blender.plain.Running, blender.plain.Speed], [true, 3]);
    runBlender(blender);
    runBlender(blender);
    assert.equal([blender.plain.Running, blender.plain.Speed, blender.plain.Remaining], [true, 8, 10]);
    runBlender(blender);
    assert.equal([blender.plain.Running, blender.plain.Ready, blender.plain.Meal], [false, true, "smoothie"]);
    blender.change("Lid", false);
    assert.equal([blender.plain.Ready, blender.plain.Meal], [false, ""]);
    assert.throws(() => blender.command("Run", [{ Name: "Programme", Value: "Speed 3, 20 s" }]), refused(/the lid is open/));
    const { appliance: opened } = run("blender", "Speed 3, 20 s");
    opened.change("Lid", false);
    opened.change("Lid", true);
    runBlender(opened);
    assert.equal([opened.plain.Running, opened.plain.Programme, opened.plain.Ready], [false, "", false]);
  });
});
