/** Rules that set each other off: stopped and told where they do it by themselves, and left alone where a person does. */
import type { Trigger } from "../../../src/driver/index.ts";
import { mostByProgram, mostRuns } from "../../../src/hub/automation/loop-guard.ts";
import type { Principal } from "../../../src/hub/command/principal.ts";
import { socketOwner } from "../../../src/hub/command/principal.ts";
import { assert, describe } from "../../harness/suite.ts";
import { automationHouse as house, off } from "../../kit/automation-house.ts";
import { udfOf } from "../../kit/named-things.ts";

const cold: Trigger = { tests: [{ udf: udfOf(4), property: "Temperature", test: "below", value: 18 }] };
const lampOn: Trigger = { tests: [{ udf: udfOf(1), property: "On", test: "is", value: true }] };
const lampOff: Trigger = { tests: [{ udf: udfOf(1), property: "On", test: "is", value: false }] };
const on = [{ command: "Set", targets: [{ udf: udfOf(1), arguments: [{ Name: "On", Value: true }] }], spoken: "lamp: on" }];

describe("hub: rules in a circle", (it) => {
  it("one that sets itself off, and a ring of two, are stopped, told with their figure, and go on when somebody says so", async () => {
    const { addRule, reports, pass, given, onOrder, automations } = await house();
    onOrder(({ arguments: [value] }) => reports(1, { On: value?.Value === true }, "command"));
    await addRule(lampOn, { said: "when the lamp is on turn it off", orders: off });
    await addRule(lampOff, { said: "when the lamp is off turn it on", orders: on });
    reports(1, { On: false }, "none");
    reports(1, { On: true });
    for (let i = 0; i < 20; i++) await pass(1);
    assert.ok(given.length <= 3, `${given.length} orders`);
    const stopped = automations.list().find((automation) => automation.stopped);
    assert.match(stopped?.last?.text ?? "", /^stopped: it is in a ring of 2 automations that set each other off: "when the lamp/);
    given.length = 0;
    reports(1, { On: true });
    reports(1, { On: false });
    await pass(1);
    await pass(1);
    assert.ok(given.length <= 1);
    await automations.resume(stopped?.key ?? "");
    assert.is(automations.list().filter((automation) => automation.stopped).length, 0);
    assert.is(automations.list().find(({ key }) => key === stopped?.key)?.last?.result, "stopped");
  });

  it("one that goes on counts from then for how long something is so, whatever was so while nobody looked", async () => {
    const { addRule, reports, pass, given, onOrder, automations } = await house();
    onOrder(() => {
      reports(1, { On: false }, "command");
      reports(1, { On: true }, "command");
    });
    await addRule({ ...lampOn, heldSeconds: 20 });
    reports(1, { On: false }, "none");
    reports(1, { On: true });
    await pass(20_000);
    await pass(20_000);
    const [stopped] = automations.list();
    assert.equal([given.length, stopped?.stopped], [1, true]);
    reports(1, { On: false });
    await pass(60_000);
    reports(1, { On: true });
    await automations.resume(stopped?.key ?? "");
    await pass(19_000);
    assert.is(given.length, 1);
    await pass(1000);
    assert.is(given.length, 2);
  });

  it("somebody who switches back and forth what two rules keep apart is no ring", async () => {
    const { addRule, reports, told, pass, given, onOrder, automations } = await house();
    onOrder(({ deviceUdf, arguments: [value] }) => reports(deviceUdf === udfOf(1) ? 1 : 6, { On: value?.Value === true }, "command"));
    const otherOn: Trigger = { tests: [{ udf: udfOf(6), property: "On", test: "is", value: true }] };
    const otherOff = [{ command: "Set", targets: [{ udf: udfOf(6), arguments: [{ Name: "On", Value: false }] }], spoken: "other: off" }];
    await addRule(lampOn, { said: "when the lamp is on turn the other off", orders: otherOff });
    await addRule(otherOn, { said: "when the other is on turn the lamp off", orders: off });
    reports(1, { On: false }, "none");
    reports(6, { On: true }, "none");
    for (const number of [1, 6, 1, 6]) {
      await told(number, { On: true });
      await pass(1);
      await pass(1);
    }
    assert.is(given.length, 4);
    assert.is(automations.list().filter(({ stopped }) => stopped).length, 0);
  });

  it("whoever switches in an app of Home Assistant or Matter what a rule has switched is no ring; a rule that such a program's own rule answers is stopped, told with its name", async () => {
    for (const [kind, name] of [
      ["home-assistant", "Home Assistant"],
      ["matter", "Matter"],
    ] as const) {
      const by: Principal = { ...socketOwner, kind, id: kind, name };
      const { addRule, told, reports, pass, given, onOrder, automations } = await house();
      onOrder(() => reports(1, { On: true }, "command"));
      await addRule(lampOff, { said: "when the lamp is off turn it on", orders: on });
      reports(1, { On: true }, "none");
      for (let at = 0; at < 3; at++) {
        await told(1, { On: false }, { by });
        await pass(1);
        await pass(1);
      }
      assert.equal([given.length, automations.list()[0]?.stopped], [3, undefined]);
      for (let at = 0; at < mostByProgram; at++) {
        await told(1, { On: false }, { by });
        await pass(1);
        await pass(1);
      }
      assert.equal([given.length, automations.list()[0]?.stopped], [mostByProgram, true]);
      assert.ok(automations.list()[0]?.last?.text.includes(`of ${name} the last, set it off ${mostByProgram} times in 10 minutes`));
    }
  });

  it("one that goes round through the world is stopped by how often it runs", async () => {
    const { addRule, reports, pass, given, automations } = await house();
    await addRule(cold);
    for (let i = 0; i < mostRuns + 5; i++) {
      reports(4, { Temperature: 20 });
      reports(4, { Temperature: 15 });
      await pass(1000);
    }
    assert.is(given.length, mostRuns);
    assert.match(automations.list()[0]?.last?.text ?? "", new RegExp(`carried out ${mostRuns} times in 10 minutes`));
  });
});
