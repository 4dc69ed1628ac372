/** The Matter process is kept: it is shown the house, dies, hangs, babbles and floods, and the hub goes on. */
import { silentLog } from "../../src/base/log.ts";
import { systemRandom } from "../../src/base/random.ts";
import type { AnsweredWant, MatterKeeperOptions } from "../../src/matter/keeper.ts";
import { MatterKeeper } from "../../src/matter/keeper.ts";
import type { BridgedDevice, BridgedWant } from "../../src/matter/line.ts";
import { mostLine } from "../../src/matter/line.ts";
import { ManualClock } from "../harness/manual-clock.ts";
import { assert, describe, onCleanup, throwsMesh } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { udfOf } from "../kit/named-things.ts";
import { PlayedMatter } from "../kit/played-matter.ts";

const lamp = (number: number, change: Partial<BridgedDevice> = {}): BridgedDevice => ({
  udf: udfOf(number),
  unique: String(number).padStart(32, "0"),
  label: `lamp ${number}`,
  product: "light",
  kinds: ["dimmable"],
  hasBattery: false,
  limits: {},
  isReachable: true,
  values: { on: false, level: 40 },
  ...change,
});
const identity = { unique: "0".repeat(32), name: "Mesh Hub", version: "1.0.0", passcode: 20_250_101, discriminator: 77, isOpen: false };

/** A keeper with processes that are played. */
async function kept(change: Partial<MatterKeeperOptions> = {}, count = 2) {
  const clock = new ManualClock();
  const processes = await PlayedMatter.make(count);
  const wants: [string, BridgedWant][] = [];
  const fabrics: (readonly number[])[] = [];
  const warnings: string[] = [];
  let opened = 0;
  const keeper = new MatterKeeper({
    absent: () => undefined,
    open: () => processes[opened++] as PlayedMatter,
    identity: () => identity,
    order: async (udf, want): Promise<AnsweredWant> => {
      wants.push([udf, want]);
      return { outcome: "done", isReachable: true, values: { on: want.on === true } };
    },
    onFabrics: (told) => fabrics.push(told),
    clock,
    random: systemRandom,
    log: { ...silentLog, warn: (event, data) => warnings.push(`${event} ${String(data?.reason)}`) },
    ...change,
  });
  onCleanup(() => keeper.stop());
  /** Goes on when somebody sleeps. */
  const pass = async (what: string, holds: () => boolean): Promise<void> =>
    eventually(what, async () => {
      if (holds()) return true;
      await clock.advance(1000);
      return false;
    });
  return { keeper, clock, processes, wants, fabrics, warnings, opened: () => opened, pass };
}

describe("Matter: the process is kept", (it) => {
  it("is shown the devices, what they report, and those that leave", async () => {
    const { keeper, processes } = await kept();
    const [process] = processes as [PlayedMatter];
    keeper.show([lamp(1), lamp(2)]);
    keeper.start();
    await eventually("both are shown", () => process.shown.size === 2);
    assert.equal(process.told[0], { call: "start", id: 1, ...identity });
    const before = process.told.length;
    keeper.report(udfOf(1), { isReachable: true, values: { on: true, level: 40 } });
    keeper.report(udfOf(1), { isReachable: true, values: { on: true, level: 40 } });
    keeper.report(udfOf(3), { isReachable: true, values: { on: true } });
    await eventually("it is on", () => process.shown.get(udfOf(1))?.values.on === true);
    assert.is(process.told.length, before + 1, "what is known is not told again, and nothing of who does not go out");
    keeper.show([lamp(1, { label: "night light", values: { on: true, level: 40 } })]);
    await eventually("one has another name, one is gone", () => process.shown.size === 1 && process.shown.get(udfOf(1))?.label === "night light");
  });

  it("is started again when it dies, after a pause, and is shown everything anew", async () => {
    const { keeper, processes, warnings, pass, opened } = await kept();
    const [first, second] = processes as [PlayedMatter, PlayedMatter];
    keeper.show([lamp(1)]);
    keeper.start();
    await eventually("it is up", () => keeper.status().state === "up");
    first.die("the Matter process ended (SIGKILL)");
    await eventually("it is down", () => keeper.status().state === "down");
    assert.match(keeper.status().detail ?? "", /SIGKILL/);
    assert.is(opened(), 1, "not at once");
    keeper.report(udfOf(1), { isReachable: true, values: { on: true, level: 9 } });
    await throwsMesh(() => keeper.window({ passcode: 1, discriminator: 1, isOpen: true }), "ERR_ADAPTER");
    await pass("another one shows it", () => second.shown.get(udfOf(1))?.values.level === 9);
    assert.equal(warnings, ["matter.process_ended the Matter process ended (SIGKILL)"]);
  });

  it("is ended when it hangs, and when it never starts", async () => {
    const { keeper, processes, pass } = await kept({}, 3);
    const [first, second, third] = processes as [PlayedMatter, PlayedMatter, PlayedMatter];
    first.mute = ["start"];
    second.mute = ["ping"];
    keeper.start();
    await pass("the second is up", () => keeper.status().state === "up");
    assert.match(await first.ended, /was ended/);
    await pass("the third is there", () => third.told.length > 0);
    assert.match(await second.ended, /was ended/);
  });

  for (const [what, text] of [
    ["no JSON", "hello\n"],
    ["an unknown word", '{"tell":"keys"}\n'],
    ["a member too many", '{"tell":"done","id":1,"and":1}\n'],
    ["a value out of bounds", '{"tell":"order","order":1,"udf":"MAAA-AAAA","want":{"level":101}}\n'],
    ["a name that is none", '{"tell":"order","order":1,"udf":"../../etc","want":{"on":true}}\n'],
    ["a line without end", "x".repeat(mostLine + 1)],
  ] as const) {
    it(`is ended when it says ${what}`, async () => {
      const { keeper, processes, wants } = await kept();
      const [process] = processes as [PlayedMatter];
      keeper.start();
      await eventually("it is up", () => keeper.status().state === "up");
      process.babble(text);
      await eventually("it is down", () => keeper.status().state === "down");
      assert.match(keeper.status().detail ?? "", /does not speak as it should/);
      assert.equal(wants, []);
    });
  }

  it("is ended when it says more than anybody could mean", async () => {
    const { keeper, processes } = await kept();
    const [process] = processes as [PlayedMatter];
    keeper.start();
    await eventually("it is up", () => keeper.status().state === "up");
    for (let i = 0; i < 1100; i++) process.say({ tell: "fabrics", fabrics: [], more: [] });
    await eventually("it is down", () => keeper.status().state === "down");
    assert.match(keeper.status().detail ?? "", /more than 100 lines a second/);
  });

  it("gets orders carried out up to a bound, with how the device is then, and is told busy beyond", async () => {
    const released: (() => void)[] = [];
    const order = (): Promise<AnsweredWant> =>
      new Promise((resolve) => released.push(() => resolve({ outcome: "failed", isReachable: true, values: { on: false } })));
    const { keeper, processes } = await kept({ order });
    const [process] = processes as [PlayedMatter];
    keeper.show([lamp(1)]);
    keeper.start();
    await eventually("it is shown", () => process.shown.size === 1);
    const answers = Array.from({ length: 9 }, () => process.want(udfOf(1), { on: true }));
    assert.equal((await (answers[8] as (typeof answers)[number])).outcome, "busy");
    await eventually("eight are under way", () => released.length === 8);
    for (const release of released) release();
    const { outcome, values, isReachable } = await (answers[0] as (typeof answers)[number]);
    assert.equal([outcome, values, isReachable], ["failed", { on: false }, true]);
    await Promise.all(answers);
  });

  it("asks no more often than its quota allows", async () => {
    const { keeper, processes, wants } = await kept();
    const [process] = processes as [PlayedMatter];
    keeper.start();
    await eventually("it is up", () => keeper.status().state === "up");
    const outcomes: string[] = [];
    for (let i = 0; i < 120; i++) outcomes.push((await process.want(udfOf(1), { on: true })).outcome);
    assert.is(wants.length, 100);
    assert.equal([...new Set(outcomes.slice(100))], ["busy"]);
  });

  it("is told the latest of a device that reports faster than it takes, and lives", async () => {
    const { keeper, processes } = await kept();
    const [process] = processes as [PlayedMatter];
    keeper.show([lamp(1), lamp(2)]);
    keeper.start();
    await eventually("both are shown", () => process.shown.size === 2);
    const before = process.told.length;
    // A bulb that alternates, each time after the process has answered the last: its answers are owed, and count against nobody.
    for (let i = 1; i <= 1200; i++) {
      keeper.report(udfOf(1), { isReachable: true, values: { level: i % 2 } });
      if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    keeper.report(udfOf(1), { isReachable: true, values: { level: 77 } });
    keeper.report(udfOf(2), { isReachable: true, values: { level: 5 } });
    await eventually(
      "the last of both is shown",
      () => process.shown.get(udfOf(1))?.values.level === 77 && process.shown.get(udfOf(2))?.values.level === 5,
    );
    assert.is(keeper.status().state, "up");
    assert.ok(process.told.length - before <= 240, `${process.told.length - before} calls`);
  });

  it("does not count what it owes against it, and does count what it answers unasked", async () => {
    const { keeper, processes } = await kept();
    const [process] = processes as [PlayedMatter];
    keeper.show([lamp(1)]);
    keeper.start();
    await eventually("it is shown", () => process.shown.size === 1);
    for (let i = 1; i <= 1100; i++) {
      keeper.report(udfOf(1), { isReachable: true, values: { level: i % 2 } });
      await eventually("it is told", () => process.shown.get(udfOf(1))?.values.level === i % 2);
    }
    assert.is(keeper.status().state, "up");
    for (let i = 0; i < 1100; i++) process.say({ tell: "done", id: 999_999 });
    await eventually("it is down", () => keeper.status().state === "down");
  });

  it("notes a device that it cannot show, and goes on with the others", async () => {
    const { keeper, processes } = await kept();
    const [process] = processes as [PlayedMatter];
    process.refuses = udfOf(1);
    keeper.show([lamp(1), lamp(2)]);
    keeper.start();
    await eventually("the other is shown", () => process.shown.has(udfOf(2)));
    await eventually("the one is noted", () => keeper.status().refused.length === 1);
    assert.equal([keeper.status().refused, keeper.status().state], [[udfOf(1)], "up"]);
  });

  it("is not started where its package is missing, and is once it is there", async () => {
    let missing: string | undefined = "the package is not installed";
    const { keeper, opened, pass } = await kept({ absent: () => missing });
    keeper.start();
    await eventually("it is told", () => keeper.status().state === "unavailable");
    assert.equal([keeper.status().detail, opened()], ["the package is not installed", 0]);
    missing = undefined;
    await pass("it is up", () => keeper.status().state === "up");
  });

  it("tells of ecosystems, opens and closes the pairing, and leaves", async () => {
    const { keeper, processes, fabrics } = await kept();
    const [process] = processes as [PlayedMatter];
    keeper.start();
    await eventually("it is up", () => keeper.status().state === "up");
    assert.equal(await keeper.window({ passcode: 5, discriminator: 6, isOpen: true }), { manual: "34970112332", qr: "MT:Y.K9042C00KA0648G00" });
    assert.is(await keeper.window({ passcode: 5, discriminator: 6, isOpen: false }), undefined);
    process.say({ tell: "fabrics", fabrics: [{ index: 1, vendor: 0xfff1, label: "Home" }], more: [7] });
    await eventually("it is heard", () => fabrics.length === 1);
    assert.equal([keeper.status().fabrics, fabrics[0]], [[{ index: 1, vendor: 0xfff1, label: "Home" }], [1, 7]]);
    await keeper.leave();
    assert.is(process.told.at(-1)?.call, "leave");
  });
});
