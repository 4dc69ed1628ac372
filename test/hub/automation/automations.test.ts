/** Orders for another time: run once, at their time, as orders of whoever made them; what was missed is told and not made up for. */
import { join } from "node:path";
import { openAutomationBook } from "../../../src/hub/automation/automation-book.ts";
import { mostAutomations } from "../../../src/hub/automation/automations.ts";
import { asBefore } from "../../../src/hub/automation/ends.ts";
import type { Principal } from "../../../src/hub/command/principal.ts";
import { grantPrincipal, socketOwner } from "../../../src/hub/command/principal.ts";
import { openAsItIs } from "../../../src/hub/salvage.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { automationHouse as house, minute, off, SettableClock, unlock } from "../../kit/automation-house.ts";
import { udfOf } from "../../kit/named-things.ts";

describe("hub: orders for another time", (it) => {
  it("runs a timer once when its time is over, as an order of whoever made it, and never one that can do harm", async () => {
    const { add, pass, given, automations } = await house();
    await add({ kind: "after", seconds: 600 });
    await pass(599_000);
    assert.is(given.length, 0);
    await pass(1000);
    await pass(10 * minute);
    assert.equal(
      given.map(({ deviceUdf, command, principal }) => [deviceUdf, command, principal.name, principal.rights.every(({ harmless }) => harmless)]),
      [[udfOf(1), "Set", "the owner", true]],
    );
    const [over] = automations.list();
    assert.is(over?.due, undefined);
    assert.is(over?.last?.result, "done");
  });

  it("a timer goes by the time that passes, whatever the clock is set to in between", async () => {
    const { add, pass, given, clock } = await house();
    await add({ kind: "after", seconds: 600 });
    clock.set(clock.now() + 8 * 3_600_000);
    await pass(60_000);
    assert.is(given.length, 0);
    clock.set(clock.now() - 20 * 3_600_000);
    await pass(539_000);
    assert.is(given.length, 0);
    await pass(1000);
    assert.is(given.length, 1);
  });

  it("what follows something comes after it, also where its own time of today is before that", async () => {
    const { automations, pass, given } = await house({ clock: new SettableClock(new Date(2026, 4, 4, 8, 0).getTime()) });
    const at = { kind: "at", minutes: 420 } as const;
    const said = { said: "on at seven and off at nine", spoken: "lamp: off", orders: off, principal: socketOwner };
    const { due } = await automations.add({ ...said, when: { kind: "at", minutes: 540 }, follows: at });
    assert.is(due, new Date(2026, 4, 5, 9, 0).getTime());
    const weekly = await automations.add({
      ...said,
      when: { kind: "every", minutes: 540, days: [1] },
      follows: { kind: "every", minutes: 420, days: [1] },
    });
    assert.is(weekly.due, new Date(2026, 4, 11, 9, 0).getTime());
    await pass(2 * 60 * minute);
    assert.is(given.length, 0);
  });

  it("tomorrow is the day after the one on which it was said, of both of two times", async () => {
    const { automations } = await house({ clock: new SettableClock(new Date(2026, 4, 4, 20, 0).getTime()) });
    const said = { said: "on at seven and off tomorrow at nine", spoken: "lamp: off", orders: off, principal: socketOwner };
    const nine = { kind: "at", minutes: 540, tomorrow: true } as const;
    for (const follows of [
      { kind: "at", minutes: 420, tomorrow: true },
      { kind: "at", minutes: 420 },
    ] as const) {
      assert.is((await automations.add({ ...said, when: nine, follows })).due, new Date(2026, 4, 5, 9, 0).getTime());
    }
    await throwsMesh(automations.add({ ...said, when: { ...nine, minutes: 360 }, follows: { kind: "at", minutes: 420 } }), "ERR_COMMAND");
  });

  it("a timer goes on after a restart; one whose time was over by more than five minutes is told as missed, and not run", async () => {
    const first = await house();
    await first.add({ kind: "after", seconds: 600 });
    await first.add({ kind: "after", seconds: 7200 });
    await first.close();
    first.clock.advance(3_600_000);
    const { pass, given, automations } = await house({ dir: first.dir, clock: first.clock });
    await pass(1);
    assert.is(given.length, 0);
    assert.is(automations.list().find(({ last }) => last)?.last?.result, "missed");
    await pass(3_600_000);
    assert.is(given.length, 1);
  });

  it("a schedule is run each time, and a clock that leaps over its time by hours does not make it run late", async () => {
    const { add, pass, given, clock, automations } = await house({ clock: new SettableClock(new Date(2026, 4, 4, 6, 0).getTime()) });
    await add({ kind: "every", minutes: 420, days: [1, 2, 3, 4, 5] });
    await pass(59 * minute);
    assert.is(given.length, 0);
    await pass(minute);
    assert.is(given.length, 1);
    for (let hour = 0; hour < 24; hour++) await pass(3_600_000);
    assert.is(given.length, 2);
    clock.set(new Date(2026, 4, 6, 12, 0).getTime());
    await pass(minute);
    assert.is(given.length, 2);
    assert.is(automations.list()[0]?.last?.result, "missed");
    assert.is(automations.list()[0]?.due, new Date(2026, 4, 7, 7, 0).getTime());
  });

  it("a clock that was days ahead silences nothing when it is put right, and one that is put back by a moment runs nothing twice", async () => {
    const { add, pass, given, clock } = await house({ clock: new SettableClock(new Date(2026, 4, 4, 6, 0).getTime()) });
    await add({ kind: "every", minutes: 420, days: [0, 1, 2, 3, 4, 5, 6] });
    await pass(60 * minute);
    assert.is(given.length, 1);
    clock.set(clock.now() - 30 * minute);
    await pass(45 * minute);
    assert.is(given.length, 1, "seven comes a second time");
    clock.set(new Date(2026, 4, 10, 12, 0).getTime());
    await pass(minute);
    clock.set(new Date(2026, 4, 4, 12, 0).getTime());
    await pass(minute);
    await pass(19 * 60 * minute - minute);
    assert.is(given.length, 2, "the next morning");
  });

  it("keeps no time of the day while the clock is not set", async () => {
    const { add, pass, given, clock, automations } = await house({ clock: new SettableClock(0) });
    await throwsMesh(add({ kind: "every", minutes: 420, days: [1] }), "ERR_COMMAND");
    await add({ kind: "after", seconds: 60 });
    clock.set(Date.parse("2026-05-04T00:00:00Z"));
    await pass(61_000);
    assert.is(given.length, 1);
    assert.is(automations.list().length, 1);
  });

  it("what was cut off is told as unknown, and not run again", async () => {
    const first = await house();
    const { key } = await first.add({ kind: "every", minutes: 0, days: [0, 1, 2, 3, 4, 5, 6] });
    await first.close();
    const book = await openAutomationBook(join(first.dir, "automation.journal"), openAsItIs);
    const found = book.get(key);
    if (!found) throw new Error("not kept");
    await book.set(key, { ...found, begun: first.clock.now() });
    await book.close();
    const { automations, given, pass } = await house({ dir: first.dir, clock: first.clock });
    await pass(1);
    assert.is(automations.list()[0]?.last?.result, "unknown");
    assert.is(given.length, 0);
  });

  it("refuses what can do harm, what the speaker may not do, devices of others, and more than it keeps", async () => {
    const { add, automations } = await house();
    await throwsMesh(add({ kind: "after", seconds: 60 }, unlock), "ERR_CONFIRMATION_NEEDED");
    const warm = [{ command: "Set", targets: [{ udf: udfOf(6), arguments: [{ Name: "Target", Value: 35 }] }], spoken: "heating: 35" }];
    await throwsMesh(add({ kind: "after", seconds: 60 }, warm), "ERR_CONFIRMATION_NEEDED");
    const guest = grantPrincipal({ Key: "K", Kind: "guest", LocalName: "bob", Rights: [{ Allows: "read" }] }, "house");
    await throwsMesh(add({ kind: "after", seconds: 60 }, off, guest), "ERR_NOT_AUTHORIZED");
    const elsewhere = [{ command: "Set", targets: [{ udf: udfOf(9), arguments: [] }], spoken: "x" }];
    await throwsMesh(add({ kind: "after", seconds: 60 }, elsewhere), "ERR_COMMAND");
    await throwsMesh(add({ kind: "for", seconds: 60 }), "ERR_COMMAND");
    const may = grantPrincipal({ Key: "K", Kind: "guest", LocalName: "bob", Rights: [{ Allows: "command" }] }, "house");
    for (let i = 0; i < 32; i++) await add({ kind: "after", seconds: 6000 }, off, may);
    await throwsMesh(add({ kind: "after", seconds: 60 }, off, may), "ERR_QUOTA");
    for (let i = 32; i < mostAutomations; i++) await add({ kind: "after", seconds: 6000 });
    await throwsMesh(add({ kind: "after", seconds: 60 }), "ERR_QUOTA");
    assert.is(automations.list().length, mostAutomations);
  });

  it("orders nothing any more for a guest whose grant was taken back", async () => {
    const may = grantPrincipal({ Key: "K", Kind: "guest", LocalName: "bob", Rights: [{ Allows: "command" }] }, "house");
    let standing: Principal | undefined = may;
    const { add, pass, given, automations } = await house({ standing: () => standing });
    await add({ kind: "after", seconds: 60 }, off, may);
    standing = undefined;
    await throwsMesh(add({ kind: "after", seconds: 60 }, off, may), "ERR_NOT_AUTHORIZED");
    await pass(60_000);
    assert.is(given.length, 0);
    assert.match(automations.list()[0]?.last?.text ?? "", /bob \(guest\) may not order anything any more/);
  });

  it("what ends something for a time is put off when the same is said again, for the devices of which it is said, and puts back what was before both", async () => {
    const { automations, pass, given } = await house();
    const dim = (number: number, value: number) => ({ udf: udfOf(number), arguments: [{ Name: "Brightness", Value: value }] });
    const end = (seconds: number, targets: readonly ReturnType<typeof dim>[]) => {
      const orders = asBefore([{ command: "Set", targets, spoken: "" }], automations.ends());
      return automations.add({ said: "for a time", spoken: "", when: { kind: "after", seconds }, orders, principal: socketOwner, ends: true });
    };
    await end(600, [dim(1, 80), dim(6, 40)]);
    await pass(300_000);
    // It is at 20 now, since the first was said.
    await automations.endAlone((await end(600, [dim(1, 20)])).key);
    await pass(300_000);
    const told = () => given.map(({ deviceUdf, arguments: args }) => [deviceUdf, args[0]?.Value]);
    assert.equal(told(), [[udfOf(6), 40]]);
    await pass(300_000);
    assert.equal(told(), [
      [udfOf(6), 40],
      [udfOf(1), 80],
    ]);
  });

  it("one that fails does not keep the next from being run; deleted ones are gone", async () => {
    const { add, pass, given, fail, automations } = await house();
    fail(new Error("broken"));
    await add({ kind: "after", seconds: 60 });
    await add({ kind: "after", seconds: 60 });
    const { key } = await add({ kind: "after", seconds: 60 });
    await automations.remove(key.slice(0, 14));
    await pass(60_000);
    assert.is(given.length, 2);
    assert.equal(
      automations.list().map(({ last }) => [last?.result, last?.text]),
      [
        ["failed", "broken"],
        ["failed", "broken"],
      ],
    );
    await throwsMesh(automations.remove("AAAAAA"), "ERR_NOT_FOUND");
  });
});
