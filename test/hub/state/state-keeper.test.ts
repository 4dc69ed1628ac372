/** Reports become shadows and entries: gathered by kind, never lost, never made up. */

import { cpSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../../../src/base/log.ts";
import { silentLog } from "../../../src/base/log.ts";
import type { Datum } from "../../../src/codec/index.ts";
import { eventQuota } from "../../../src/hub/state/event-budget.ts";
import { Outbox } from "../../../src/hub/state/outbox.ts";
import { saveQuota } from "../../../src/hub/state/save-pace.ts";
import { ShadowBook } from "../../../src/hub/state/shadow-book.ts";
import { StateKeeper } from "../../../src/hub/state/state-keeper.ts";
import { ManualClock, settle } from "../../harness/manual-clock.ts";
import { assert, describe, onCleanup, tempDirectory } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { describing, udfOf } from "../../kit/named-things.ts";
import { ScriptedDevices } from "../../kit/scripted-state.ts";

const hubUdf = udfOf(900);
const light = udfOf(1);
const sensor = udfOf(8);

async function open(dir: string, clock = new ManualClock(), log: Log = silentLog) {
  const devices = new ScriptedDevices();
  const book = await ShadowBook.open({ path: join(dir, "shadow.journal"), hubUdf });
  const outbox = await Outbox.open({ path: join(dir, "outbox.journal"), log: silentLog });
  const sensorKind = {
    ...describing("sensor"),
    Properties: describing("sensor").Properties.map((p) => (p.Name === "Motion" ? { ...p, Event: true } : p)),
  };
  const keeper = new StateKeeper({
    hubUdf,
    book,
    outbox,
    devices,
    describe: (udf) => (udf === light ? describing("light") : udf === sensor ? sensorKind : undefined),
    floor: () => 0,
    coalesceMs: 250,
    telemetryMs: 30_000,
    clock,
    log,
  });
  keeper.start();
  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await keeper.stop();
    await book.close();
    await outbox.close();
  };
  onCleanup(close);
  const queued = (udf: string): (readonly [number, unknown])[] =>
    outbox
      .peek(1000)
      .filter(({ DeviceUdf }) => DeviceUdf === udf)
      .map(({ Sequence, Reported }) => [Sequence, Object.fromEntries(Reported?.Values.map(({ Name, Value }) => [Name, Value]) ?? [])] as const);
  return { clock, devices, book, outbox, keeper, close, queued };
}

describe("state keeper", (it) => {
  it("gathers the changes of an actuator for 250 ms into one entry", async () => {
    const { clock, devices, queued } = await open(tempDirectory());
    devices.report(light, 1, { On: true, Brightness: 10 });
    await clock.pass(100);
    devices.report(light, 2, { On: true, Brightness: 20 });
    await clock.pass(100);
    devices.report(light, 3, { On: true, Brightness: 30 });
    assert.equal(queued(light), []);
    await clock.pass(100);
    assert.equal(queued(light), [[1, { On: true, Brightness: 30 }]]);
    devices.report(light, 4, { Brightness: 40 });
    await clock.pass(300);
    assert.equal(queued(light)[1], [2, { On: true, Brightness: 40 }]);
  });

  it("gathers the changes of all devices on one beat, and writes each shadow once", async () => {
    const { clock, devices, outbox } = await open(tempDirectory());
    await clock.pass(250 - (clock.monotonic() % 250) + 10);
    for (const [i, udf] of [light, udfOf(2), udfOf(3)].entries()) {
      devices.report(udf, 1, { On: true });
      await clock.pass(70);
      assert.is(outbox.size, 0, `device ${i} waits for the beat`);
    }
    await clock.pass(40);
    assert.is(outbox.size, 3);
  });

  it("queues what somebody is told of at once, however much the device has reported", async () => {
    const { clock, devices, keeper, queued } = await open(tempDirectory());
    const many = 2 * saveQuota.burst;
    for (let at = 1; at <= many; at += 1) devices.report(light, at, { On: at % 2 === 1 });
    await clock.pass(300);
    devices.report(light, many + 1, { On: true });
    await keeper.hasten(light);
    assert.equal(queued(light).at(-1)?.[1], { On: true });
  });

  it("gathers measured values for 30 s, and writes each event at once", async () => {
    const { clock, devices, queued } = await open(tempDirectory());
    devices.report(sensor, 1, { Temperature: 20 });
    await clock.pass(29_000);
    assert.equal(queued(sensor), [], "the status is gathered with the values");
    for (const [i, Motion] of [true, false, true, false].entries()) devices.report(sensor, 2 + i, { Motion });
    await settle();
    assert.equal(
      queued(sensor).map(([, values]) => (values as { Motion?: boolean }).Motion),
      [true, false, true, false],
    );
    await clock.pass(31_000);
    assert.is(queued(sensor).length, 4, "what the event carried is not written again");
  });

  it("writes a device that reports without end once a second, and acknowledges nothing before", async () => {
    const dir = tempDirectory();
    const { clock, keeper, close } = await open(dir);
    const lines = () => readFileSync(join(dir, "shadow.journal"), "utf8").split("\n").length - 2;
    let acknowledged = 0;
    const written: Promise<void>[] = [];
    for (let sequence = 1; sequence <= 300; sequence++) {
      const values = [{ Name: "Brightness", Value: sequence % 100 }];
      written.push(keeper.report({ deviceUdf: light, sequence, values }).then(() => void acknowledged++));
      await settle();
    }
    const atOnce = acknowledged;
    assert.ok(atOnce >= 60 && atOnce < 200, `${atOnce} at once`);
    assert.ok(lines() < 200, `${lines()} writes`);
    const before = lines();
    await clock.pass(1000);
    assert.is(acknowledged, 300);
    assert.is(lines(), before + 1);
    // Also when it ends in the middle.
    written.push(keeper.report({ deviceUdf: light, sequence: 301, values: [{ Name: "Brightness", Value: 3 }] }));
    await close();
    await Promise.all(written);
    const again = await open(dir);
    assert.is(again.book.get(light)?.reported?.Sequence, 301);
  });

  it("ignores reports that were seen, also out of order, but believes a device that starts anew", async () => {
    const { clock, devices, keeper, queued } = await open(tempDirectory());
    devices.report(light, 7, { On: true });
    await clock.pass(300);
    devices.report(light, 7, { On: true });
    devices.report(light, 6, { On: false });
    await clock.pass(300);
    assert.equal(queued(light), [[1, { On: true }]]);
    devices.report(light, 1, { On: false }, "start");
    await clock.pass(300);
    assert.is(keeper.shadow(light)?.reported?.Values[0]?.Value, false);
  });

  it("leaves out what the device's description does not allow, tells it once, and takes the rest of the report", async () => {
    const told: unknown[] = [];
    const log: Log = { ...silentLog, warn: (event, fields) => void told.push([event, fields]), child: () => log };
    const { clock, devices, keeper, queued } = await open(tempDirectory(), new ManualClock(), log);
    devices.report(light, 1, { On: true, Brightness: 10, ColourTemperature: 3000 });
    const misfits: readonly Readonly<Record<string, Datum>>[] = [
      { On: "x", Brightness: 11 },
      { On: true, Brightness: 9999 },
      { Brightness: "50" },
      { Brightness: -1 },
      { ColourTemperature: 10n ** 18n },
      { Label: 5 },
      { Level: 3 },
      { On: null, Brightness: Number.NaN },
    ];
    for (const [i, values] of misfits.entries()) devices.report(light, 2 + i, values);
    await clock.pass(300);
    assert.equal(queued(light), [[1, { On: true, Brightness: 11, ColourTemperature: 3000 }]]);
    assert.is(keeper.valuesRefused(light), 9);
    assert.equal(
      told.map((line) => (line as [string, { properties: string[]; unknown: boolean }])[1]).map(({ properties, unknown }) => [properties, unknown]),
      [
        [["On"], false],
        [["Brightness"], false],
        [["ColourTemperature"], false],
        [["Label"], false],
        [[], true],
      ],
    );
    assert.is(keeper.valuesRefused(sensor), 0);
  });

  it("gives up values of before that the description does not allow, with the device's next report", async () => {
    const dir = tempDirectory();
    const path = join(dir, "shadow.journal");
    const kept = await ShadowBook.open({ path, hubUdf });
    const old = { DeviceUdf: light, Sequence: 3, Time: "2026-01-01T00:00:00Z", Values: [{ Name: "On", Value: "x" }] };
    kept.update(light, { reported: old }, new ManualClock());
    await kept.save(light);
    await kept.close();
    const { clock, devices, keeper } = await open(dir);
    devices.report(light, 4, { Brightness: 10 });
    await clock.pass(300);
    assert.equal(keeper.shadow(light)?.reported?.Values, [{ Name: "Brightness", Value: 10 }]);
  });

  it("never shows what was asked as what is", async () => {
    const { clock, devices, keeper } = await open(tempDirectory());
    devices.report(light, 1, { On: false, Brightness: 10 });
    keeper.want(light, [{ Name: "On", Value: true }]);
    await clock.pass(300);
    assert.is(keeper.shadow(light)?.reported?.Values[0]?.Value, false);
    assert.equal(keeper.shadow(light)?.desired?.Values, [{ Name: "On", Value: true }]);
    devices.report(light, 2, { On: true, Brightness: 10 });
    assert.is(keeper.shadow(light)?.desired, undefined);
    assert.is(keeper.shadow(light)?.reported?.Values[0]?.Value, true);
  });

  it("keeps shadows over a restart and marks them until the device speaks", async () => {
    const dir = tempDirectory();
    const first = await open(dir);
    first.devices.report(light, 5, { On: true });
    await first.clock.pass(300);
    await first.close();
    const second = await open(dir, new ManualClock(first.clock.now() + 60_000));
    assert.is(second.keeper.shadow(light)?.restored, true);
    assert.is(second.keeper.shadow(light)?.status, "Unknown");
    assert.is(second.keeper.shadow(light)?.reported?.Values[0]?.Value, true);
    await second.clock.pass(300);
    assert.is(second.outbox.size, 1, "what was queued is not queued again");
    second.devices.report(light, 5, { On: true });
    assert.is(second.keeper.shadow(light)?.restored, false);
    assert.is(second.keeper.shadow(light)?.status, "Online");
  });

  it("queues after a crash what was stored and had not been queued", async () => {
    const dir = tempDirectory();
    const first = await open(dir);
    first.devices.report(light, 5, { On: true });
    await settle();
    // Killed within the 250 ms: nothing is stopped or closed in order.
    const second = await open(dir, new ManualClock(first.clock.now() + 1000));
    await second.clock.pass(300);
    assert.equal(second.queued(light), [[1, { On: true }]]);
  });

  it("takes from a device only what its description has and a value can be", async () => {
    const { clock, devices, keeper } = await open(tempDirectory());
    devices.report(light, 1, { On: true, Injected: "x".repeat(10), Brightness: Number.NaN, ColourTemperature: "y".repeat(5000) });
    devices.report(udfOf(77), 1, Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`P${i}`, i])));
    await clock.pass(300);
    assert.equal(keeper.shadow(light)?.reported?.Values, [{ Name: "On", Value: true }]);
    assert.is(keeper.shadow(udfOf(77))?.reported?.Values.length, 64);
  });

  it("writes a shadow to the disk once, however often it is asked to", async () => {
    const dir = tempDirectory();
    const book = await ShadowBook.open({ path: join(dir, "shadow.journal"), hubUdf });
    onCleanup(() => book.close());
    book.update(light, { status: "Online" }, new ManualClock());
    await Promise.all([book.save(light), book.save(light)]);
    const once = statSync(join(dir, "shadow.journal")).size;
    await book.save(light);
    assert.is(statSync(join(dir, "shadow.journal")).size, once);
    book.update(light, { status: "Offline" }, new ManualClock());
    await book.save(light);
    assert.ok(statSync(join(dir, "shadow.journal")).size > once);
  });

  it("tells a change of status once", async () => {
    const { clock, devices, keeper, outbox } = await open(tempDirectory());
    const seen: string[] = [];
    keeper.onChange(({ shadow }) => seen.push(shadow.status));
    devices.turn(light, "Online");
    devices.turn(light, "Online");
    devices.turn(light, "Offline");
    await clock.pass(300);
    assert.equal(seen, ["Online", "Offline"]);
    assert.equal(
      outbox.peek(10).map(({ Status }) => Status),
      ["Offline"],
    );
  });

  it("queues the events of a device one by one within its budget, and counts what it gathers beyond", async () => {
    const dir = tempDirectory();
    const first = await open(dir);
    const { clock, devices, outbox, keeper } = first;
    const press = (sequence: number): void => devices.report(sensor, sequence, { Motion: sequence % 2 === 1 });
    for (let sequence = 1; sequence <= 4000; sequence++) press(sequence);
    devices.report(light, 1, { On: true });
    await clock.pass(250);
    await eventually("the first are queued", () => outbox.size >= eventQuota.burst + 1);
    const ofSensor = () => outbox.peek(10_000).filter(({ DeviceUdf }) => DeviceUdf === sensor);
    assert.is(ofSensor().length, eventQuota.burst);
    assert.is(outbox.peek(10_000).filter(({ DeviceUdf }) => DeviceUdf === light).length, 1, "another device goes on");
    await clock.pass(30_000);
    await eventually("the newest is queued", () => ofSensor().length === eventQuota.burst + 1);
    const newest = ofSensor().at(-1);
    assert.is(newest?.Reported?.Sequence, 4000);
    const lost = 4000 - eventQuota.burst - 1;
    assert.is(newest?.EventsLost, lost);
    assert.is(keeper.shadow(sensor)?.eventsLost, lost);
    // Half a minute later there is room for a few again.
    press(4001);
    await eventually("it is queued by itself", () => ofSensor().length === eventQuota.burst + 2);
    await first.close();
    const second = await open(dir);
    assert.is(second.keeper.shadow(sensor)?.eventsLost, lost, "the count outlives the hub");
    assert.is(second.outbox.peek(10_000).filter(({ DeviceUdf }) => DeviceUdf === sensor).length, eventQuota.burst + 2);
  });

  it("queues a gathered event after a crash before its beat", async () => {
    const dir = tempDirectory();
    const { devices, book } = await open(dir);
    for (let sequence = 1; sequence <= eventQuota.burst + 10; sequence++) devices.report(sensor, sequence, { Motion: sequence % 2 === 1 });
    await book.save(sensor);
    const copy = tempDirectory();
    cpSync(dir, copy, { recursive: true });
    const { outbox } = await open(copy);
    await eventually("it is queued", () => outbox.peek(1000).at(-1)?.Reported?.Sequence === eventQuota.burst + 10);
    assert.is(outbox.peek(1000).at(-1)?.EventsLost, 9);
  });
});
