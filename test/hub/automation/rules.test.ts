/** Rules: carried out when something becomes so, or has been so for a time; never for what was so before, never twice, and never in a circle. */
import type { Trigger } from "../../../src/driver/index.ts";
import { grantPrincipal, type Principal } from "../../../src/hub/command/principal.ts";
import type { KnownAutomation } from "../../../src/names/automation.ts";
import type { StateValue } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { automationHouse as house, minute, off, SettableClock, unlock } from "../../kit/automation-house.ts";
import { eventually } from "../../kit/eventually.ts";
import { udfOf } from "../../kit/named-things.ts";

const opens: Trigger = { tests: [{ udf: udfOf(3), property: "Open", test: "is", value: true }] };
const cold: Trigger = { tests: [{ udf: udfOf(4), property: "Temperature", test: "below", value: 18 }] };
const on = [{ command: "Set", targets: [{ udf: udfOf(1), arguments: [{ Name: "On", Value: true }] }], spoken: "lamp: on" }];

describe("hub: rules", (it) => {
  it("is carried out each time when it becomes so, and not while it stays so", async () => {
    const { addRule, reports, pass, given, automations } = await house();
    await addRule(opens);
    reports(3, { Open: false });
    await pass(1);
    assert.is(given.length, 0);
    reports(3, { Open: true });
    await pass(1);
    reports(3, { Open: true, Battery: 80 });
    await pass(1);
    assert.is(given.length, 1);
    reports(3, { Open: false });
    reports(3, { Open: true });
    await pass(1);
    assert.is(given.length, 2);
    assert.is(automations.list()[0]?.last?.result, "done");
  });

  it("a value that passes a limit, and a button that is pressed again", async () => {
    const { addRule, reports, pass, given } = await house();
    await addRule(cold);
    await addRule({ tests: [{ udf: udfOf(5), property: "Presses", test: "changes", value: true }] });
    for (const [Temperature, runs] of [
      [19, 0],
      [18, 0],
      [17.9, 1],
      [15, 1],
      [18.5, 1],
      [17, 2],
    ] as const) {
      reports(4, { Temperature });
      await pass(1);
      assert.is(given.length, runs, `${Temperature}`);
    }
    reports(5, { Presses: 7 });
    reports(5, { Presses: 8 });
    await pass(1);
    assert.is(given.length, 4, "each press counts");
    reports(5, { Presses: 9 });
    await pass(1);
    assert.is(given.length, 5);
  });

  it("waits until it has been so for a time; what is over before that counts for nothing", async () => {
    const { addRule, reports, pass, given, clock } = await house();
    await addRule({ ...opens, heldSeconds: 600 });
    reports(3, { Open: true });
    await pass(9 * minute);
    reports(3, { Open: false });
    await pass(2 * minute);
    assert.is(given.length, 0);
    reports(3, { Open: true });
    clock.set(clock.now() + 6 * 3_600_000);
    await pass(9 * minute);
    assert.is(given.length, 0, "whatever the clock is set to");
    await pass(minute);
    await pass(30 * minute);
    assert.is(given.length, 1, "once for each time that it is so");
  });

  it("a span goes on over a restart; one that was over more than five minutes before the start is told as missed, and one that was served is not again", async () => {
    const values: readonly StateValue[] = [{ Name: "Open", Value: true }];
    const before = new Map([[udfOf(3), values]]);
    const first = await house();
    await first.addRule({ ...opens, heldSeconds: 1800 });
    await first.addRule({ ...opens, heldSeconds: 600 });
    await first.addRule({ ...opens, heldSeconds: 60 });
    first.reports(3, { Open: true });
    await first.pass(61_000);
    assert.is(first.given.length, 1);
    await first.close();
    first.clock.advance(20 * minute);
    const { given, pass, automations } = await house({ dir: first.dir, clock: first.clock, before });
    await pass(1);
    assert.is(given.length, 0);
    assert.is(automations.list().find(({ trigger }) => trigger?.heldSeconds === 600)?.last?.result, "missed");
    await pass(10 * minute);
    assert.is(given.length, 1);
    assert.is(automations.list().find(({ trigger }) => trigger?.heldSeconds === 1800)?.last?.result, "done");
  });

  it("a device that flutters keeps no other device's rule from being set off", async () => {
    const { addRule, reports, pass, given } = await house();
    await addRule({ tests: [{ udf: udfOf(4), property: "Temperature", test: "below", value: 18 }] });
    await addRule(opens);
    reports(4, { Temperature: 20 });
    reports(3, { Open: false });
    for (let at = 0; at < 600; at++) reports(4, { Temperature: at % 2 === 0 ? 15 : 20 });
    reports(3, { Open: true });
    await pass(1);
    await pass(1);
    assert.is(given.length, 3, "the one that flutters once, and once more for all that came since");
  });

  it("what a device says when it comes back is told as missed, and sets nothing off; what it tells of itself then does", async () => {
    const { addRule, reports, leaves, pass, given, automations } = await house();
    await addRule(opens);
    reports(3, { Open: false });
    leaves(3);
    reports(3, { Open: true }, "none");
    await pass(1);
    assert.is(given.length, 0);
    assert.is(automations.list()[0]?.last?.result, "missed");
    reports(3, { Open: false }, "none");
    reports(3, { Open: true }, "none");
    await pass(1);
    assert.is(given.length, 1);
    reports(3, { Open: false });
    reports(3, { Open: true }, "start");
    await pass(1);
    assert.is(given.length, 1, "a device that has started");
  });

  it("waits for no timer whose device does not answer, and stands still for none", async () => {
    const { add, addRule, reports, given, clock, automations, pass, onGiven } = await house();
    let answers = (): void => undefined;
    const waits = new Promise<void>((resolve) => {
      answers = resolve;
    });
    const slow = [{ command: "Lock", targets: [{ udf: udfOf(2), arguments: [] }], spoken: "door: lock" }];
    onGiven(async ({ command }) => (command === "Lock" ? waits : undefined));
    await add({ kind: "after", seconds: 60 }, slow);
    await add({ kind: "after", seconds: 61 });
    await addRule(opens);
    await pass(1);
    clock.advance(60_000);
    await eventually("the door is told", () => given.length === 1);
    reports(3, { Open: true });
    await eventually("the rule is carried out", () => given.length === 2);
    clock.advance(1000);
    await eventually("the other timer is run", () => given.length === 3);
    answers();
    await automations.settled();
    assert.equal(
      automations.list().map(({ last }) => last?.result),
      ["done", "done", "done"],
    );
  });

  it("counts in its part of the day, over midnight, on its days, and by the sun", async () => {
    const evening = new Date(2026, 4, 4, 21, 59).getTime();
    const { addRule, reports, pass, given, clock } = await house({ clock: new SettableClock(evening) });
    await addRule({ ...opens, within: { from: { minutes: 22 * 60 }, until: { minutes: 6 * 60 }, days: [1] } });
    const at = async (time: Date): Promise<number> => {
      clock.set(time.getTime());
      given.length = 0;
      reports(3, { Open: false });
      reports(3, { Open: true });
      await pass(1);
      return given.length;
    };
    assert.equal(
      [
        await at(new Date(2026, 4, 4, 21, 59)),
        await at(new Date(2026, 4, 4, 22, 0)),
        await at(new Date(2026, 4, 5, 5, 59)),
        await at(new Date(2026, 4, 5, 6, 0)),
        await at(new Date(2026, 4, 5, 22, 30)),
      ],
      [0, 1, 1, 0, 0],
    );
    await addRule({ ...opens, within: { from: { event: "sunset" }, until: { event: "sunrise" } } });
    // Greenwich, in May: the sun sets between 18 and 20 UTC.
    assert.equal([await at(new Date(Date.UTC(2026, 4, 6, 12))), await at(new Date(Date.UTC(2026, 4, 6, 23)))], [0, 1]);
  });

  it("what follows later is on the disk, and begins anew when the rule is set off again", async () => {
    const { addRule, reports, pass, given } = await house();
    await addRule(opens, { orders: on, back: { seconds: 600, orders: off } });
    reports(3, { Open: true });
    await pass(1);
    await pass(8 * minute);
    reports(3, { Open: false });
    reports(3, { Open: true });
    await pass(1);
    await pass(8 * minute);
    const values = () => given.map(({ arguments: [value] }) => value?.Value);
    assert.equal(values(), [true, true]);
    await pass(2 * minute);
    assert.equal(values(), [true, true, false]);
  });

  it("is of who made it: what he may not see sets nothing off for him, and what can do harm is not taken", async () => {
    const { addRule } = await house();
    const blind = grantPrincipal({ Key: "K", Kind: "guest", LocalName: "bob", Rights: [{ Allows: "command" }] }, "house");
    await throwsMesh(addRule(opens, { principal: blind }), "ERR_NOT_AUTHORIZED");
    await throwsMesh(addRule(opens, { orders: unlock }), "ERR_CONFIRMATION_NEEDED");
    await throwsMesh(addRule(opens, { orders: on, back: { seconds: 60, orders: unlock } }), "ERR_CONFIRMATION_NEEDED");
    await throwsMesh(addRule({ tests: [{ udf: udfOf(99), property: "On", test: "is", value: true }] }), "ERR_COMMAND");
  });
});

describe("hub: rules of whoever has fewer rights than when he made them", (it) => {
  it("what he may not see any more sets nothing off for him, and nothing follows", async () => {
    const guest = (...allowed: readonly ("read" | "command")[]): Principal =>
      grantPrincipal({ Key: "K", Kind: "guest", LocalName: "bob", Rights: allowed.map((Allows) => ({ Allows })) }, "house");
    let standing = guest("read", "command");
    const { addRule, reports, pass, given, automations } = await house({ standing: () => standing });
    await addRule(opens, { principal: standing, back: { seconds: 60, orders: off } });
    standing = guest("command");
    reports(3, { Open: true });
    await pass(1);
    await pass(2 * minute);
    assert.is(given.length, 0);
    assert.match(automations.list()[0]?.last?.text ?? "", /bob \(guest\) may not see/);
  });
});

describe("hub: automations of the account", (it) => {
  const entry = { key: "NAAA-RULE", said: "said", orders: off, paused: false, version: "1" } as const;

  it("are run by the hub of their devices at once, changed, paused and forgotten with the account, and not to be deleted here", async () => {
    let known: readonly KnownAutomation[] = [{ ...entry, trigger: opens }];
    const { reports, pass, given, automations } = await house({ known: () => known });
    await pass(1);
    reports(3, { Open: true });
    await pass(1);
    assert.is(given.length, 1);
    assert.is(given[0]?.principal.kind, "automation");
    await throwsMesh(automations.remove("NAAA-RULE"), "ERR_NOT_AUTHORIZED");
    known = [{ ...entry, trigger: opens, paused: true, version: "2" }];
    automations.changed();
    await pass(1);
    reports(3, { Open: false });
    reports(3, { Open: true });
    await pass(1);
    assert.is(given.length, 1);
    known = [];
    automations.changed();
    await pass(1);
    assert.equal(automations.list(), []);
  });

  it("a schedule of the account keeps its time over restarts, is run at it, and told as missed when the hub slept over it", async () => {
    const clock = new SettableClock(new Date(2026, 4, 4, 6, 0).getTime());
    const known = () => [{ ...entry, when: { kind: "every", minutes: 420, days: [0, 1, 2, 3, 4, 5, 6] } as const }];
    const first = await house({ known, clock });
    await first.pass(1);
    await first.pass(60 * minute);
    assert.is(first.given.length, 1);
    await first.close();
    clock.advance(25 * 3_600_000);
    const again = await house({ known, clock, dir: first.dir });
    await again.pass(1);
    assert.is(again.given.length, 0);
    assert.is(again.automations.list()[0]?.last?.result, "missed");
    assert.is(again.automations.list()[0]?.due, new Date(2026, 4, 6, 7, 0).getTime());
  });

  it("what can do harm is asked on the owner's devices each time, and not done", async () => {
    const { reports, pass, given, asked, automations } = await house({ known: () => [{ ...entry, trigger: opens, orders: unlock }] });
    await pass(1);
    reports(3, { Open: true });
    await pass(1);
    assert.equal(asked, ['automation "said": Unlock']);
    assert.equal(
      given.map(({ principal }) => principal.rights.some(({ allows, harmless }) => allows === "command" && harmless !== true)),
      [false],
    );
    assert.match(automations.list()[0]?.last?.text ?? "", /owner is asked/);
  });

  it("what ends an order that has to be confirmed comes so long after the owner has confirmed it", async () => {
    const lock = [{ ...unlock[0], command: "Lock", targets: unlock[0]?.targets ?? [], spoken: "" }];
    const known = () => [{ ...entry, trigger: opens, orders: unlock, back: { seconds: 60, orders: lock } }];
    const { reports, pass, given, asked, confirm } = await house({ known });
    const locked = () => given.filter(({ command }) => command === "Lock").length;
    await pass(1);
    reports(3, { Open: true });
    await pass(1);
    assert.is(asked.length, 1);
    await pass(4 * minute);
    const before = locked();
    await confirm();
    await pass(59_000);
    assert.is(locked(), before);
    await pass(1000);
    assert.is(locked(), before + 1);
  });

  it("of devices of other hubs, or that are not there, nothing is run here", async () => {
    const elsewhere = { udf: udfOf(99), property: "Open", test: "is", value: true } as const;
    const strange = [{ command: "Set", targets: [{ udf: udfOf(98), arguments: [] }], spoken: "" }];
    const known = () => [
      { ...entry, key: "NAAA-ONE", trigger: { tests: [elsewhere] } },
      { ...entry, key: "NAAA-TWO", trigger: opens, orders: strange },
      { ...entry, key: "NAAA-THREE", trigger: opens, orders: [...strange, ...off] },
    ];
    const { reports, pass, given, automations } = await house({ known });
    await pass(1);
    reports(3, { Open: true });
    await pass(1);
    assert.equal(
      automations.list().map(({ key }) => key),
      ["NAAA-THREE"],
    );
    assert.equal(
      given.map(({ deviceUdf }) => deviceUdf),
      [udfOf(1)],
    );
  });
});
