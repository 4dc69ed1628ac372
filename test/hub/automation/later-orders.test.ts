/** What is tried again undoes nothing that was ordered after it, and is tried for as long as it should, whatever was tried before. */
import { MeshError } from "../../../src/base/errors.ts";
import type { SpokenOrder, Trigger } from "../../../src/driver/index.ts";
import { socketOwner } from "../../../src/hub/command/principal.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { automationHouse as house, minute, off } from "../../kit/automation-house.ts";
import { eventually } from "../../kit/eventually.ts";
import { udfOf } from "../../kit/named-things.ts";

const on: readonly SpokenOrder[] = [{ command: "Set", targets: [{ udf: udfOf(1), arguments: [{ Name: "On", Value: true }] }], spoken: "lamp: on" }];
const shut: readonly SpokenOrder[] = [{ command: "Close", targets: [{ udf: udfOf(7), arguments: [] }], spoken: "valve: close" }];
const wet: Trigger = { tests: [{ udf: udfOf(3), property: "Open", test: "is", value: true }] };
const away = (): Error => new MeshError("ERR_DEVICE_OFFLINE", "it cannot be reached");
const ends = { said: "for ten minutes", spoken: "", when: { kind: "after", seconds: 600 } as const, principal: socketOwner, ends: true as const };

describe("hub: what is tried again, and later orders", (it) => {
  it("is not done any more when somebody has ordered otherwise since, also where that did not come either; what changes something else, or orders the same, counts for nothing", async () => {
    for (const isAway of [false, true]) {
      const { add, pass, given, fail, works, told, automations } = await house();
      fail(away());
      await add({ kind: "after", seconds: 60 }, on);
      await pass(minute);
      await told(1, { On: false }, { isAway });
      works();
      for (let at = 0; at < 20; at++) await pass(15_000);
      assert.is(given.length, 1);
      assert.equal(automations.list()[0]?.last?.result, "failed");
      assert.match(automations.list()[0]?.last?.text ?? "", /not tried again: it was ordered otherwise since/);
    }
    const { add, pass, given, fail, works, told } = await house();
    fail(away());
    await add({ kind: "after", seconds: 60 }, on);
    await pass(minute);
    await told(1, { Brightness: 20 });
    await told(1, { On: true }, { isAway: true });
    await told(1, {}, { command: "Identify" });
    works();
    await pass(15_000);
    assert.is(given.length, 2);
  });

  it("nor when another automation has ordered otherwise since", async () => {
    const { add, pass, given, fail, works } = await house();
    fail(away());
    await add({ kind: "after", seconds: 60 }, on);
    await add({ kind: "after", seconds: 120 }, off);
    for (let at = 0; at < 7; at++) await pass(15_000);
    works();
    for (let at = 0; at < 40; at++) await pass(15_000);
    assert.is(given.at(-1)?.arguments[0]?.Value, false, "the last that was said");
  });

  it("what ends harm is done all the same, unless somebody has done otherwise since", async () => {
    for (const isAway of [true, false]) {
      const { automations, pass, given, fail, works, told } = await house();
      fail(away());
      await automations.add({ ...ends, orders: shut });
      await pass(10 * minute);
      await told(7, {}, { command: "Open", isAway });
      works();
      await pass(minute);
      assert.is(given.length, isAway ? 2 : 1);
    }
  });

  it("and a hub that is killed before the next try remembers who has", async () => {
    for (const isAway of [true, false]) {
      const first = await house();
      first.fail(away());
      await first.automations.add({ ...ends, orders: shut });
      await first.pass(10 * minute);
      await first.told(7, {}, { command: "Open", isAway });
      const { given, automations } = await house({ dir: first.copy(), clock: first.clock });
      await eventually("it is over", () => automations.list().every(({ again }) => again === undefined));
      assert.is(given.length, isAway ? 1 : 0);
      if (!isAway) assert.match(automations.list()[0]?.last?.text ?? "", /ordered otherwise since/);
    }
  });

  it("nor is what was under way when it was killed given against a later word; an order of before its time counts for nothing", async () => {
    const first = await house();
    await first.automations.add({ ...ends, orders: [...shut, ...off] });
    await first.told(7, {}, { command: "Open" });
    let answers = (): void => undefined;
    const waits = new Promise<void>((resolve) => {
      answers = resolve;
    });
    onCleanup(answers);
    first.onGiven(() => waits);
    await first.pass(1);
    first.clock.advance(10 * minute);
    await eventually("it is under way", () => first.given.length === 1);
    const early = await house({ dir: first.copy(), clock: first.clock });
    const isOver = ({ automations }: typeof early) => automations.list().every(({ last, again, begun }) => last && !again && !begun);
    await eventually("the copy has done it", () => isOver(early));
    assert.equal(early.given.map(({ command }) => command).sort(), ["Close", "Set"]);
    await first.told(7, {}, { command: "Open" });
    await first.told(1, { On: true }, { isAway: true });
    const late = await house({ dir: first.copy(), clock: first.clock });
    await eventually("the other copy has done it", () => isOver(late));
    assert.equal(late.given, []);
  });

  it("of several orders each is judged by itself: the lamp is not lit against a later word, the valve is shut", async () => {
    const { add, pass, given, fail, works, told } = await house();
    fail(away());
    await add({ kind: "after", seconds: 60 }, [...on, ...shut]);
    await pass(minute);
    await told(1, { On: false }, { isAway: true });
    await told(7, {}, { command: "Open", isAway: true });
    given.length = 0;
    works();
    await pass(minute);
    assert.equal(
      given.map(({ command }) => command),
      ["Close"],
    );
  });

  it("a valve is shut for water though the time for an earlier try is over", async () => {
    const { addRule, reports, pass, given, fail, works } = await house();
    await addRule(wet, { orders: shut });
    const water = (): void => {
      reports(3, { Open: false });
      reports(3, { Open: true });
    };
    fail(away());
    water();
    await pass(1);
    await pass(1);
    works();
    water();
    await pass(1);
    const before = given.length;
    await pass(20 * minute);
    fail(away());
    water();
    await pass(1);
    works();
    await pass(minute);
    assert.is(given.length, before + 3, "given, tried at once, and again");
  });

  it("a rule that is set off in vain keeps what is tried again", async () => {
    const { addRule, reports, pass, given, fail, works } = await house();
    await addRule(wet, { orders: shut });
    fail(away());
    reports(3, { Open: false });
    reports(3, { Open: true });
    await pass(1);
    await pass(1);
    const before = given.length;
    // What it says of itself when it comes, and is over, is told as missed.
    reports(3, { Open: false }, "start");
    reports(3, { Open: true }, "start");
    reports(3, { Open: false });
    works();
    await pass(minute);
    assert.is(given.length, before + 1);
  });
});
