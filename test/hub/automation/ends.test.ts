/** What ends something comes to its device: over a link that is not there yet, a hub that was off, and the going of whoever began it. */
import { MeshError } from "../../../src/base/errors.ts";
import type { SpokenOrder, Trigger } from "../../../src/driver/index.ts";
import type { Principal } from "../../../src/hub/command/principal.ts";
import { grantPrincipal, socketOwner } from "../../../src/hub/command/principal.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { automationHouse as house, minute, off, SettableClock } from "../../kit/automation-house.ts";
import { eventually } from "../../kit/eventually.ts";
import { udfOf } from "../../kit/named-things.ts";

const shut: readonly SpokenOrder[] = [{ command: "Close", targets: [{ udf: udfOf(7), arguments: [] }], spoken: "valve: close" }];
const wet: Trigger = { tests: [{ udf: udfOf(3), property: "Open", test: "is", value: true }] };
const away = (): Error => new MeshError("ERR_DEVICE_OFFLINE", "it cannot be reached");
const hour = 60 * minute;
const end = (orders: readonly SpokenOrder[], principal: Principal = socketOwner) => ({
  said: "for ten minutes",
  spoken: "",
  when: { kind: "after", seconds: 600 } as const,
  orders,
  principal,
  ends: true as const,
});

describe("hub: what ends something", (it) => {
  it("what does not reach its device is tried again for five minutes, and told", async () => {
    const { add, pass, given, fail, works, automations } = await house();
    fail(away());
    await add({ kind: "after", seconds: 60 });
    await pass(minute);
    assert.is(given.length, 1);
    assert.match(automations.list()[0]?.last?.text ?? "", /cannot be reached; it is tried again$/);
    works();
    await pass(14_000);
    assert.is(given.length, 1);
    await pass(1000);
    assert.equal([given.length, automations.list()[0]?.last?.result], [2, "done"]);
    fail(away());
    await add({ kind: "after", seconds: 60 });
    await pass(minute);
    for (let at = 0; at < 40; at++) await pass(15_000);
    assert.is(given.length, 7, "15, 45, 105 and 225 s after the first");
    const last = automations.list().find(({ last: found }) => found?.result === "failed")?.last;
    assert.is(last?.text, "it cannot be reached");
  });

  it("what ends harm is tried for a day, and after a start of the hub, too", async () => {
    const first = await house();
    first.fail(away());
    await first.automations.add(end(shut));
    await first.pass(10 * minute);
    for (let at = 0; at < 12; at++) await first.pass(5 * minute);
    await first.close();
    first.clock.advance(hour);
    const { pass, given, automations } = await house({ dir: first.dir, clock: first.clock });
    await pass(1);
    assert.equal(
      given.map(({ command }) => command),
      ["Close"],
    );
    assert.is(automations.list()[0]?.last?.result, "done");
  });

  it("a hub that was off over the end shuts a valve however late, also without a clock; a lamp it leaves and tells", async () => {
    for (const hasClock of [true, false]) {
      const first = await house();
      await first.automations.add(end(shut));
      await first.automations.add(end(off));
      await first.close();
      first.clock.advance(5 * hour);
      const clock = hasClock ? first.clock : new SettableClock(0);
      const { pass, given, automations } = await house({ dir: first.dir, clock });
      await pass(1);
      assert.equal(
        given.map(({ command }) => command),
        ["Close"],
        `${hasClock}`,
      );
      if (hasClock) assert.is(automations.list().find(({ orders }) => orders[0]?.command === "Set")?.last?.result, "missed");
    }
  });

  it("what was cut off by the end of the hub is given once more", async () => {
    const first = await house();
    await first.automations.add(end(off));
    let answers = (): void => undefined;
    const waits = new Promise<void>((resolve) => {
      answers = resolve;
    });
    first.onGiven(() => waits);
    await first.pass(1);
    first.clock.advance(10 * minute);
    await eventually("it is under way", () => first.given.length === 1);
    onCleanup(answers);
    const { given, automations } = await house({ dir: first.copy(), clock: first.clock });
    await eventually("it is done", () => automations.list()[0]?.last?.result === "done");
    assert.is(given.length, 1);
  });

  it("comes though whoever began it has no right any more; what he would begin does not", async () => {
    const guest = grantPrincipal({ Key: "K", Kind: "guest", LocalName: "bob", Rights: [{ Allows: "command" }, { Allows: "read" }] }, "house");
    let standing: Principal | undefined = guest;
    const { automations, addRule, reports, pass, given } = await house({ standing: () => standing });
    await automations.add(end(off, guest));
    const on = [{ command: "Set", targets: [{ udf: udfOf(1), arguments: [{ Name: "On", Value: true }] }], spoken: "lamp: on" }];
    await addRule(wet, { orders: on, back: { seconds: 600, orders: off }, principal: guest });
    reports(3, { Open: false });
    reports(3, { Open: true });
    await pass(1);
    const values = () => given.map(({ arguments: [value], principal: { name } }) => `${name}: ${String(value?.Value)}`);
    assert.equal(values(), ["bob (guest): true"]);
    standing = undefined;
    await pass(10 * minute);
    assert.equal(values(), ["bob (guest): true", "bob (guest): false", "bob (guest): false"]);
    reports(3, { Open: false });
    reports(3, { Open: true });
    await pass(11 * minute);
    assert.is(given.length, 3, "neither begun nor ended");
  });

  it("of rules only what ends harm is tried again: a lamp is not lit for a door of before", async () => {
    const { addRule, reports, pass, given, fail, works } = await house();
    await addRule(wet, { orders: shut });
    await addRule(wet);
    fail(away());
    reports(3, { Open: false });
    reports(3, { Open: true });
    await pass(1);
    works();
    await pass(minute);
    assert.equal(
      given.map(({ command }) => command),
      ["Set", "Close", "Close", "Close"],
    );
  });

  it("a rule's shut that was cut off by the end of the hub, the first time or when it was tried again, is given once more; its lamp is not", async () => {
    for (const isRetry of [false, true]) {
      const first = await house();
      const both = [...shut, { command: "Set", targets: [{ udf: udfOf(1), arguments: [{ Name: "On", Value: true }] }], spoken: "lamp: on" }];
      await first.addRule(wet, { orders: both });
      if (isRetry) first.fail(away());
      let answers = (): void => undefined;
      const waits = new Promise<void>((resolve) => {
        answers = resolve;
      });
      onCleanup(() => answers());
      if (!isRetry) first.onGiven(() => waits);
      first.reports(3, { Open: false });
      first.reports(3, { Open: true });
      if (isRetry) {
        await first.pass(1);
        first.onGiven(() => waits);
        first.clock.advance(15_000);
      }
      await eventually("it is under way", () => first.given.length === (isRetry ? 3 : 1));
      const { given, automations } = await house({ dir: first.copy(), clock: first.clock });
      await eventually("it is done", () => automations.list()[0]?.last?.result === "done");
      assert.equal(
        given.map(({ command }) => command),
        ["Close"],
      );
      answers();
    }
  });

  it("a rule's shut is tried for a day like every end of harm, its lamp not", async () => {
    const { addRule, reports, pass, given, fail, works, automations } = await house();
    await addRule(wet, { orders: shut });
    fail(away());
    reports(3, { Open: false });
    reports(3, { Open: true });
    for (let at = 0; at < 30; at++) await pass(5 * minute);
    works();
    given.length = 0;
    await pass(5 * minute);
    assert.equal([given.map(({ command }) => command), automations.list()[0]?.last?.result], [["Close"], "done"]);
  });

  it("is tried at once when its device is there again, and no oftener than at first when that comes and goes", async () => {
    const { addRule, reports, leaves, pass, given, fail, works } = await house();
    await addRule(wet, { orders: shut });
    fail(away());
    reports(7, { Open: true });
    leaves(7);
    reports(3, { Open: false });
    reports(3, { Open: true });
    for (let at = 0; at < 8; at++) await pass(5 * minute);
    given.length = 0;
    for (let at = 0; at < 10; at++) {
      reports(7, { Open: true }, "start");
      leaves(7);
      await pass(1);
    }
    assert.is(given.length, 1);
    await pass(5 * minute);
    await pass(5 * minute);
    given.length = 0;
    works();
    reports(7, { Open: true }, "start");
    await pass(1);
    assert.is(given.length, 1);
  });

  it("a valve is shut though more rules are under way than may be, over devices that do not answer", async () => {
    const { addRule, reports, given, onGiven, automations } = await house();
    for (let at = 0; at < 66; at++) await addRule(wet);
    await addRule(wet, { orders: shut });
    let answers = (): void => undefined;
    const waits = new Promise<void>((resolve) => {
      answers = resolve;
    });
    onCleanup(() => answers());
    onGiven(({ command }) => (command === "Set" ? waits : Promise.resolve()));
    reports(3, { Open: false });
    reports(3, { Open: true });
    await eventually("it is shut", () => given.some(({ command }) => command === "Close"));
    assert.ok(automations.list().some(({ last }) => last?.text === "64 automations are under way already"));
    answers();
  });

  it("in ten minutes stop the oven: done late, and tried for a day; what has its time of the day is then done, or not at all", async () => {
    const first = await house();
    await first.add({ kind: "after", seconds: 600 }, shut);
    const { clock } = first;
    const inTen = new Date(clock.now() + 10 * minute);
    await first.add({ kind: "at", minutes: inTen.getHours() * 60 + inTen.getMinutes(), tomorrow: false }, shut);
    await first.close();
    clock.advance(3 * hour);
    const { pass, given, automations, fail, works } = await house({ dir: first.dir, clock });
    fail(away());
    await pass(1);
    for (let at = 0; at < 12; at++) await pass(5 * minute);
    works();
    given.length = 0;
    await pass(5 * minute);
    assert.is(given.length, 1);
    assert.equal(
      automations.list().map(({ when, last }) => [when?.kind, last?.result]),
      [
        ["after", "done"],
        ["at", "missed"],
      ],
    );
  });

  it("a valve is shut for water that came while the hub or the sensor was away, and is still there; a lamp is not lit for it", async () => {
    for (const isWet of [true, false]) {
      const { addRule, reports, leaves, pass, given, automations } = await house();
      await addRule(wet, { orders: shut });
      await addRule(wet);
      reports(3, { Open: false });
      leaves(3);
      reports(3, { Open: true }, "start");
      if (!isWet) reports(3, { Open: false });
      await pass(1);
      assert.equal(
        given.map(({ command }) => command),
        isWet ? ["Close"] : [],
      );
      const texts = automations.list().map(({ last }) => last?.text.slice(0, 24));
      assert.equal(
        texts.sort(),
        isWet ? ["done; late, since it bec", "missed: it became so whi"] : ["missed: it became so whi", "missed: it became so whi"],
      );
    }
  });

  it("what was said for another time waits for a clock that is not set, and is then done late", async () => {
    const first = await house();
    await first.add({ kind: "after", seconds: 7200 }, shut);
    await first.close();
    const clock = new SettableClock(0);
    const { pass, given } = await house({ dir: first.dir, clock });
    await pass(minute);
    assert.is(given.length, 0);
    clock.set(first.clock.now() + 3 * hour);
    await pass(minute);
    assert.is(given.length, 1);
  });

  it("said again while its end is tried, the time begins anew", async () => {
    const { automations, pass, given, fail, works } = await house();
    fail(away());
    await automations.add(end(off));
    await pass(10 * minute);
    works();
    await automations.endAlone((await automations.add(end(off))).key);
    await pass(9 * minute);
    assert.is(given.length, 1);
    await pass(minute);
    assert.is(given.length, 2);
  });
});
