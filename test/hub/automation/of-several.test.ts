/** Orders of which one ends harm and another does not: each is done late, tried again and told as is right for it. */
import { MeshError } from "../../../src/base/errors.ts";
import type { SpokenOrder, Trigger } from "../../../src/driver/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { automationHouse as house, minute } from "../../kit/automation-house.ts";
import { udfOf } from "../../kit/named-things.ts";

const shut: SpokenOrder = { command: "Close", targets: [{ udf: udfOf(7), arguments: [] }], spoken: "valve: close" };
const lamp = (isOn: boolean): SpokenOrder => ({
  command: "Set",
  targets: [{ udf: udfOf(1), arguments: [{ Name: "On", Value: isOn }] }],
  spoken: `lamp: ${isOn ? "on" : "off"}`,
});
const shows: SpokenOrder = { command: "Identify", targets: [{ udf: udfOf(2), arguments: [] }], spoken: "door: identify" };
const wet: Trigger = { tests: [{ udf: udfOf(3), property: "Open", test: "is", value: true }] };
const away = (): Error => new MeshError("ERR_DEVICE_OFFLINE", "it cannot be reached");
const hour = 60 * minute;

describe("hub: orders of which one ends harm", (it) => {
  it("a span that ended while the hub was off shuts its valve, and does not light its lamp hours late", async () => {
    const first = await house();
    await first.add({ kind: "after", seconds: 600 }, [shut, lamp(true)]);
    await first.close();
    first.clock.advance(3 * hour);
    const { pass, given, automations } = await house({ dir: first.dir, clock: first.clock });
    await pass(1);
    assert.equal(
      given.map(({ command }) => command),
      ["Close"],
    );
    const { last } = automations.list()[0] ?? {};
    assert.equal([last?.result, last?.text], ["failed", "what ends no harm was missed: the hub did not run at that time, or its clock was wrong"]);
  });

  it("a device that makes itself known, or is set, ends no harm: it is not told to hours late", async () => {
    const first = await house();
    const sets = {
      command: "Set",
      targets: [{ udf: udfOf(8), arguments: [{ Name: "Programme", Value: "cotton" }] }],
      spoken: "washing machine: cotton",
    };
    await first.add({ kind: "after", seconds: 600 }, [shows, sets]);
    await first.close();
    first.clock.advance(3 * hour);
    const { pass, given, automations } = await house({ dir: first.dir, clock: first.clock });
    await pass(1);
    assert.equal([given.length, automations.list()[0]?.last?.result], [0, "missed"]);
  });

  it("a rule that comes late ends later only what it began", async () => {
    const { addRule, reports, leaves, pass, given } = await house();
    await addRule(wet, { orders: [shut, lamp(true)], back: { seconds: 600, orders: [lamp(false)] } });
    reports(3, { Open: false });
    leaves(3);
    reports(3, { Open: true }, "start");
    await pass(1);
    await pass(10 * minute);
    assert.equal(
      given.map(({ command }) => command),
      ["Close"],
      "somebody may have lit the lamp himself",
    );
  });

  it("what ends a rule's lamp is not put off by a valve that is tried again", async () => {
    const { addRule, reports, pass, onGiven, given } = await house();
    onGiven(async ({ command }) => {
      if (command === "Close") throw away();
    });
    await addRule(wet, { orders: [shut, lamp(true)], back: { seconds: 600, orders: [lamp(false)] } });
    reports(3, { Open: false });
    reports(3, { Open: true });
    for (let at = 0; at < 50; at++) await pass(15_000);
    const lamps = given.filter(({ command }) => command === "Set").map(({ arguments: [value] }) => value?.Value);
    assert.equal(lamps, [true, false]);
  });

  it("a lamp that was given up is told as not done, whatever becomes of the valve", async () => {
    for (const firstBack of ["valve", "none"]) {
      const { add, pass, onGiven, automations, given } = await house();
      let isThere = (_: string): boolean => false;
      onGiven(async ({ deviceUdf }) => {
        if (!isThere(deviceUdf)) throw away();
      });
      await add({ kind: "after", seconds: 60 }, [shut, lamp(true)]);
      await pass(minute);
      if (firstBack === "valve") isThere = (udf) => udf === udfOf(7);
      for (let at = 0; at < 60; at++) await pass(15_000);
      isThere = () => true;
      given.length = 0;
      await pass(5 * minute);
      assert.equal(
        given.map(({ command }) => command),
        firstBack === "valve" ? [] : ["Close"],
      );
      const { last } = automations.list()[0] ?? {};
      assert.is(last?.result, "failed");
      assert.is(last?.text, firstBack === "valve" ? "it cannot be reached" : "what ends no harm was tried for five minutes, and no longer");
    }
  });

  it("a rule that goes on and was not stopped counts on", async () => {
    const first = await house();
    const { key } = await first.addRule({ ...wet, heldSeconds: 600 });
    first.reports(3, { Open: false });
    first.reports(3, { Open: true });
    await first.pass(10 * minute);
    assert.is(first.given.length, 1);
    await first.automations.resume(key);
    await first.close();
    const before = new Map([[udfOf(3), [{ Name: "Open", Value: true }]]]);
    const { pass, given } = await house({ dir: first.dir, clock: first.clock, before });
    await pass(10 * minute);
    assert.is(given.length, 0, "it is not run again for the same");
  });
});
