/** Every class has its virtual device: it starts with a value for everything, does what its driver's fixture says, and lives by its own rules. */
import { makeAppliance, runAppliance } from "../../firmware-stubs/virtual/appliance/classes.ts";
import { meterPlug } from "../../firmware-stubs/virtual/appliance/plug.ts";
import { driftThermostat } from "../../firmware-stubs/virtual/appliance/thermostat.ts";
import { pressButton } from "../../firmware-stubs/virtual/appliance/watching.ts";
import { MeshError } from "../../src/base/errors.ts";
import { fitsProperty, parseFixture } from "../../src/driver/index.ts";
import { ManualClock } from "../harness/manual-clock.ts";
import { assert, describe } from "../harness/suite.ts";
import { catalogue, driverFile } from "../kit/named-things.ts";

/** Tells of each change whether it must reach the hub. */
function watched(className: string) {
  const appliance = makeAppliance(className, 1);
  const events: boolean[] = [];
  appliance.onChange((event) => void events.push(event));
  return { appliance, events };
}

describe("virtual appliances", (it) => {
  for (const name of catalogue.drivers.keys()) {
    it(`${name} has a value for each property, and takes each command of its fixture`, () => {
      const { description } = makeAppliance(name, 1);
      for (const { Name, Value } of makeAppliance(name, 1).values) {
        const property = description.Properties.find((candidate) => candidate.Name === Name);
        assert.ok(property && fitsProperty(property, Value), `${Name} ${String(Value)}`);
      }
      assert.is(makeAppliance(name, 1).values.length, description.Properties.length);
      for (const { Command, Arguments } of parseFixture(driverFile(name, "fixture.json"), name).Utterances) {
        const appliance = makeAppliance(name, 1);
        appliance.command(Command, Arguments);
        for (const { Name, Value } of Arguments) assert.is(appliance.plain[Name], Value);
      }
    });
  }

  it("a plug meters what it lets through", () => {
    const { appliance: plug, events } = watched("plug");
    plug.command("Set", [{ Name: "On", Value: true }]);
    assert.is(plug.plain.Power, 60);
    for (let minute = 0; minute < 60; minute += 1) meterPlug(plug);
    assert.is(plug.plain.Energy, 0.06);
    assert.is(events.length, 60);
    plug.command("Set", [{ Name: "On", Value: false }]);
    meterPlug(plug);
    assert.equal([plug.plain.Power, plug.plain.Energy], [0, 0.06]);
  });

  it("a thermostat reaches its target, keeps within a degree of it, and does nothing when it is off", () => {
    const { appliance: thermostat } = watched("thermostat");
    for (let step = 0; step < 60; step += 1) driftThermostat(thermostat);
    assert.is(thermostat.plain.Temperature, 15);
    thermostat.command("Set", [
      { Name: "Target", Value: 22 },
      { Name: "Mode", Value: "heat" },
    ]);
    assert.is(thermostat.plain.Action, "heating");
    for (let step = 0; step < 60; step += 1) driftThermostat(thermostat);
    for (let step = 0; step < 200; step += 1) {
      driftThermostat(thermostat);
      assert.ok(Math.abs(Number(thermostat.plain.Temperature) - 22) <= 1, String(thermostat.plain.Temperature));
      assert.is.not(thermostat.plain.Action, "cooling");
    }
  });

  it("a blender does not start with its lid open, and stops when it is opened, which is an event", () => {
    const { appliance: blender, events } = watched("blender");
    blender.command("Start", []);
    assert.is(blender.plain.Running, true);
    blender.change("Lid", false);
    assert.is(blender.plain.Running, false);
    assert.equal(events, [true]);
    assert.throws(
      () => blender.command("Start", []),
      (error: unknown) => error instanceof MeshError && error.code === "ERR_COMMAND" && /the lid is open/.test(error.message),
    );
    assert.is(blender.plain.Running, false);
  });

  it("a button tells each press, also two of one kind", () => {
    const { appliance: button, events } = watched("button");
    pressButton(button, "double");
    pressButton(button, "double");
    assert.equal([button.plain.Presses, button.plain.Press], [2, "double"]);
    assert.ok(events.every((event) => event));
  });

  it("a programme takes the time that it says, unless the steps are made shorter", async () => {
    const clock = new ManualClock();
    const stop = new AbortController();
    const machine = makeAppliance("washing-machine", 1);
    machine.command("Start", []);
    const length = Number(machine.plain.Remaining);
    const running = runAppliance({ seed: 1, clock, signal: stop.signal, appliance: machine, className: "washing-machine" });
    for (let second = 0; second < 150; second += 1) {
      clock.advance(1000);
      await new Promise(setImmediate);
    }
    stop.abort();
    await running;
    assert.equal([length > 2, machine.plain.Remaining], [true, length - 2]);
  });

  it("the world goes on until it is stopped, and stands still around what nothing happens to", async () => {
    const clock = new ManualClock();
    const stop = new AbortController();
    const options = { seed: 1, intervalMs: 1000, clock, signal: stop.signal };
    const plug = makeAppliance("plug", 1);
    plug.command("Set", [{ Name: "On", Value: true }]);
    const running = runAppliance({ ...options, appliance: plug, className: "plug" });
    for (let second = 0; second < 10; second += 1) {
      clock.advance(1000);
      await new Promise(setImmediate);
    }
    stop.abort();
    await running;
    assert.is(plug.plain.Energy, 0.01);
    await runAppliance({ ...options, appliance: makeAppliance("leak", 1), className: "leak" });
  });
});
