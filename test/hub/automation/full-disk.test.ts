/** Orders for another time on a disk that is full: what was refused is not done, and what was taken is not lost. */
import { join } from "node:path";
import { openAutomationBook } from "../../../src/hub/automation/automation-book.ts";
import { socketOwner } from "../../../src/hub/command/principal.ts";
import { openAsItIs } from "../../../src/hub/salvage.ts";
import type { KnownAutomation } from "../../../src/names/automation.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { automationHouse as house, minute, off, SettableClock } from "../../kit/automation-house.ts";
import { fullDisk } from "../../kit/full-disk.ts";
import { udfOf } from "../../kit/named-things.ts";

describe("hub: orders for another time on a full disk", (it) => {
  it("one that could not be noted is not done", async () => {
    const { dir, add, pass, given, automations } = await house();
    const disk = await fullDisk(join(dir, "automation.journal"));
    disk.fill();
    await throwsMesh(add({ kind: "after", seconds: 60 }), "ERR_DISK_FULL");
    disk.free();
    await pass(minute);
    assert.is(given.length, 0);
    assert.is(automations.list().length, 0);
  });

  it("one whose beginning cannot be noted is done when there is room soon, and told as missed when there is none for long", async () => {
    const { dir, add, pass, given, automations } = await house();
    await add({ kind: "after", seconds: 60 });
    const disk = await fullDisk(join(dir, "automation.journal"));
    disk.fill();
    await pass(minute);
    assert.is(given.length, 0);
    disk.free();
    await pass(minute);
    assert.is(given.length, 1);
    await add({ kind: "after", seconds: 60 });
    disk.fill();
    for (let passed = 0; passed < 10; passed++) await pass(minute);
    disk.free();
    await pass(minute);
    assert.is(given.length, 1);
    assert.equal(
      automations.list().map(({ last }) => last?.result),
      ["missed", "done"],
    );
  });

  it("what ends harm waits for no disk, and is given once", async () => {
    const { dir, automations, pass, given } = await house();
    const shut = [{ command: "Close", targets: [{ udf: udfOf(7), arguments: [] }], spoken: "valve: close" }];
    const when = { kind: "after", seconds: 60 } as const;
    await automations.add({ said: "for a minute", spoken: "", when, orders: shut, principal: socketOwner, ends: true });
    const disk = await fullDisk(join(dir, "automation.journal"));
    disk.fill();
    for (let passed = 0; passed < 3; passed++) await pass(minute);
    assert.is(given.length, 1);
    disk.free();
  });

  it("what is over is forgotten as ever, and the next timer is run when there is room", async () => {
    const { dir, add, pass, given } = await house();
    await add({ kind: "after", seconds: 60 });
    await add({ kind: "after", seconds: 2 * 86_400 });
    await pass(minute);
    const disk = await fullDisk(join(dir, "automation.journal"));
    disk.fill();
    await pass(36 * 60 * minute);
    disk.free();
    await pass(12 * 60 * minute);
    assert.is(given.length, 2);
  });

  it("what was cut off is told, and an automation that is gone from the account is not run", async () => {
    const clock = new SettableClock(new Date(2026, 4, 4, 6, 0).getTime());
    const when = { kind: "every", minutes: 420, days: [0, 1, 2, 3, 4, 5, 6] } as const;
    const entry: KnownAutomation = { key: "NAAA-DAILY", said: "said", orders: off, paused: false, version: "1", when };
    let known: readonly KnownAutomation[] = [entry];
    const first = await house({ clock, known: () => known });
    await first.pass(1);
    await first.close();
    const path = join(first.dir, "automation.journal");
    const book = await openAutomationBook(path, openAsItIs);
    const found = book.get(entry.key);
    if (!found) throw new Error("not kept");
    await book.set(entry.key, { ...found, begun: clock.now() });
    await book.close();
    (await fullDisk(path)).fill();
    const { pass, given, automations } = await house({ dir: first.dir, clock, known: () => known });
    await pass(1);
    assert.is(automations.list()[0]?.last?.result, "unknown");
    known = [];
    automations.changed();
    await pass(2 * 60 * minute);
    assert.equal(automations.list(), []);
    assert.is(given.length, 0);
  });
});
