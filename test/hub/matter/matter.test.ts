/** The house for Matter, with a process that is played: what goes out, what controllers may order, who is let in, and what a new start remembers. */
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../../src/base/clock.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { MeshError } from "../../../src/base/errors.ts";
import { silentLog } from "../../../src/base/log.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { describeDevice } from "../../../src/driver/index.ts";
import { Orders } from "../../../src/hub/command/order.ts";
import type { MatterOptions } from "../../../src/hub/matter/matter.ts";
import { Matter } from "../../../src/hub/matter/matter.ts";
import { MatterBook } from "../../../src/hub/matter/matter-book.ts";
import type { StateChange } from "../../../src/hub/state/state-keeper.ts";
import type { BookDevice } from "../../../src/names/name-book.ts";
import type { CatalogedGrant, StateValue } from "../../../src/schema/index.ts";
import { ManualClock, movableClock } from "../../harness/manual-clock.ts";
import { assert, describe, onCleanup, tempDirectory, throwsMesh } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { catalogue, udfOf } from "../../kit/named-things.ts";
import { PlayedMatter } from "../../kit/played-matter.ts";

const named = (number: number, name: string, deviceClass: string): BookDevice => {
  const driver = catalogue.drivers.get(deviceClass);
  if (!driver) throw new Error(`no driver ${deviceClass}`);
  const description = describeDevice(driver, { manufacturer: "Lumen Works", model: "L1", version: "1" });
  return { udf: udfOf(number), name, description, own: true, entry: {} } as unknown as BookDevice;
};

/** A house of three devices that do as they are told when they are not deaf. */
async function house(dir = tempDirectory(), isEnabled = true, own?: Pick<MatterOptions, "env">, clock: Clock = systemClock) {
  const devices = [named(1, "lamp", "light"), named(2, "front door", "lock"), named(3, "siren", "siren")];
  const state = new Map<string, StateValue[]>([
    [udfOf(1), [{ Name: "On", Value: false }]],
    [udfOf(2), [{ Name: "Locked", Value: true }]],
  ]);
  const listeners: ((change: StateChange) => void)[] = [];
  const asked: string[] = [];
  const grants: CatalogedGrant[] = [];
  const house = { isDeaf: false, isRefusing: false };
  const shadow = (udf: string) => ({
    deviceUdf: udf,
    status: "Online" as const,
    updated: 0,
    restored: false,
    reported: { DeviceUdf: udf, Sequence: 1, Time: "2026-01-01T00:00:00Z", Values: state.get(udf) ?? [] },
  });
  const report = (udf: string, values: readonly StateValue[]): void => {
    const others = (state.get(udf) ?? []).filter(({ Name }) => values.every((value) => value.Name !== Name));
    state.set(udf, [...others, ...values]);
    for (const listener of listeners) listener({ shadow: shadow(udf), changed: values.map(({ Name }) => Name) });
  };
  const keeper = {
    shadow,
    onChange: (listener: (change: StateChange) => void) => {
      listeners.push(listener);
      return () => undefined;
    },
    want: () => undefined,
    unwant: () => undefined,
  };
  const given: string[] = [];
  const orders = new Orders({
    devices: {
      status: () => "Online",
      command: async ({ deviceUdf, command, arguments: values }: { deviceUdf: string; command: string; arguments: readonly StateValue[] }) => {
        if (house.isDeaf) throw new MeshError("ERR_TIMEOUT", "the device does not answer");
        given.push(`${command} ${deviceUdf}`);
        if (house.isRefusing) return { Result: "Reject", ErrorReport: "too hot" };
        report(deviceUdf, values);
        return { Result: "Accept", State: {} };
      },
    },
    keeper,
    describe: (udf: string) => devices.find((device) => device.udf === udf)?.description,
    placesOf: () => [],
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
  } as unknown as ConstructorParameters<typeof Orders>[0]);
  const processes = await PlayedMatter.make(3);
  let opened = 0;
  const book = await MatterBook.open({ dir, clock, random: systemRandom, log: silentLog });
  const matter = new Matter({
    book,
    config: { stateDir: dir, matter: { enabled: isEnabled, port: 0 } },
    names: { devices: () => devices },
    keeper,
    orders,
    questions: {
      askOrder: ({ principal, command, deviceUdf }) => {
        asked.push(`${principal.name}: ${command} ${deviceUdf}`);
        return { outcome: new Promise(() => undefined) } as never;
      },
    },
    grants: { list: () => grants },
    clock,
    random: systemRandom,
    log: silentLog,
    ...(own ?? { env: {}, open: () => processes[opened++] as PlayedMatter }),
  });
  onCleanup(() => matter.stop());
  return { dir, matter, book, processes, devices, grants, asked, given, report, house };
}

describe("hub: Matter", (it) => {
  it("lets nothing out that the owner has not named, and takes away what he does not name any more", async () => {
    const { matter, processes, dir } = await house();
    const [process] = processes as [PlayedMatter];
    matter.start();
    await eventually("it is up", async () => (await matter.status()).state === "up");
    assert.equal([process.shown.size, (await matter.devices()).devices.map(({ seen }) => seen)], [0, ["no", "no", "no"]]);
    assert.equal(
      (await matter.share(["Lamp", udfOf(2)], true)).map(({ name, seen, as }) => [name, seen, as]),
      [
        ["lamp", "list", ["white"]],
        ["front door", "list", ["lock"]],
      ],
    );
    await eventually("two are shown", () => process.shown.size === 2);
    assert.equal(process.shown.get(udfOf(1))?.values, { on: false });
    await throwsMesh(() => matter.share(["siren"], true), "ERR_USAGE");
    await throwsMesh(() => matter.share(["nothing"], true), "ERR_NOT_FOUND");
    assert.is(statSync(join(dir, "matter.json")).mode & 0o777, 0o600);
    await matter.share(["front door"], false);
    await eventually("one is left", () => process.shown.size === 1);
    assert.is((await matter.status()).devices, 1);
  });

  it("lets out what a grant of the account names, too", async () => {
    const { matter, processes, grants } = await house();
    const [process] = processes as [PlayedMatter];
    grants.push({ Key: "NAAA", Kind: "matter", LocalName: "the flat", Rights: [{ Allows: "read", Devices: [udfOf(1)] }] });
    grants.push({ Key: "NAAB", Kind: "home-assistant", LocalName: "another", Rights: [{ Allows: "read" }] });
    matter.start();
    await eventually("one is shown", () => process.shown.size === 1);
    assert.equal(
      (await matter.devices()).devices.map(({ seen }) => seen),
      ["grant", "no", "no"],
    );
    assert.equal((await process.want(udfOf(1), { on: true })).outcome, "refused", "the grant only reads");
  });

  it("carries harmless orders out, and answers with what the device has reported", async () => {
    const { matter, processes, house: devices, given } = await house();
    const [process] = processes as [PlayedMatter];
    await matter.share(["lamp"], true);
    matter.start();
    await eventually("it is shown", () => process.shown.size === 1);
    const lit = await process.want(udfOf(1), { on: true, level: 30 });
    assert.equal([lit.outcome, lit.values], ["done", { on: true, level: 30 }]);
    await eventually("the report was told before", () => process.shown.get(udfOf(1))?.values.on === true);
    devices.isDeaf = true;
    const lost = await process.want(udfOf(1), { on: false });
    assert.equal([lost.outcome, lost.values], ["failed", { on: true, level: 30 }], "what was not reported is not shown");
    devices.isDeaf = false;
    devices.isRefusing = true;
    assert.is((await process.want(udfOf(1), { on: false })).outcome, "failed");
    assert.equal(given, [`Set ${udfOf(1)}`, `Set ${udfOf(1)}`]);
    assert.is(process.shown.get(udfOf(1))?.values.on, true);
  });

  it("refuses what can do harm and what does not go out; the owner is asked for the one, and for the other nobody", async () => {
    const { matter, processes, asked, given } = await house();
    const [process] = processes as [PlayedMatter];
    await matter.share(["front door"], true);
    matter.start();
    await eventually("it is shown", () => process.shown.size === 1);
    assert.is((await process.want(udfOf(2), { locked: false })).outcome, "refused");
    assert.equal(asked, [`Matter: Unlock ${udfOf(2)}`]);
    assert.is((await process.want(udfOf(2), { locked: true })).outcome, "done");
    for (const udf of [udfOf(1), udfOf(3), udfOf(9)]) assert.is((await process.want(udf, { on: true })).outcome, "refused");
    assert.equal([asked.length, given], [1, [`Lock ${udfOf(2)}`]]);
    await matter.share(["front door"], false);
    assert.is((await process.want(udfOf(2), { locked: true })).outcome, "refused", "at once");
  });

  it("makes a new code for each pairing, keeps it for whoever starts anew, and ends it when somebody has come in", async () => {
    const { matter, processes, book, dir } = await house();
    const [process, next] = processes as [PlayedMatter, PlayedMatter];
    matter.start();
    assert.is(book.pairing.isOpen, false);
    const first = await matter.pair();
    const { passcode } = book.pairing;
    assert.equal([first.minutes, first.manual, book.pairing.isOpen], [15, "34970112332", true]);
    await matter.pair();
    assert.ok(book.pairing.passcode !== passcode);
    const windows = process.told.filter(({ call }) => call === "window");
    assert.is(new Set(windows.map((call) => (call.call === "window" ? call.passcode : 0))).size, 2);
    process.die("killed");
    await eventually("another is started", () => next.told.length > 0);
    const [start] = next.told;
    assert.ok(start?.call === "start" && start.isOpen && start.passcode === book.pairing.passcode);
    await eventually("it is up", async () => (await matter.status()).state === "up");
    next.say({ tell: "fabrics", fabrics: [{ index: 1, vendor: 0x1349, label: "Home" }], more: [] });
    await eventually("nobody else is let in", () => !book.pairing.isOpen);
    assert.equal((await matter.status()).ecosystems, [{ vendor: 0x1349, label: "Home" }]);
    assert.not.ok(readFileSync(join(dir, "matter.json"), "utf8").includes(String(passcode)));
  });

  it("closes a pairing when its time is over, and not at the next look", async () => {
    const clock = movableClock();
    const { matter, processes, book } = await house(undefined, true, undefined, clock);
    const [process] = processes as [PlayedMatter];
    matter.start();
    await matter.pair();
    clock.ahead = 15 * 60_000 - 500;
    matter.changed();
    assert.ok(book.pairing.isOpen);
    await eventually("nobody is let in", () => process.told.some((call) => call.call === "window" && !call.isOpen));
    assert.is(book.pairing.until, 0);
  });

  it("ends the code for whoever comes in while another leaves, or as the eighteenth", async () => {
    const { matter, processes, book } = await house();
    const [process] = processes as [PlayedMatter];
    const told = (indices: readonly number[]): void => {
      const fabrics = indices.slice(0, 16).map((index) => ({ index, vendor: 0x1349, label: `Home ${index}` }));
      process.say({ tell: "fabrics", fabrics, more: indices.slice(16) });
    };
    const seventeen = Array.from({ length: 17 }, (_, i) => i + 1);
    matter.start();
    await eventually("it is up", async () => (await matter.status()).state === "up");
    told(seventeen);
    await eventually("they are heard", async () => (await matter.status()).ecosystems.length === 16);
    await matter.pair();
    told(seventeen.slice(1));
    await eventually("one has left", () => book.pairing.before.length === 16);
    assert.ok(book.pairing.isOpen);
    told([...seventeen.slice(1), 1]);
    await eventually("another one has its number", () => !book.pairing.isOpen);
    await matter.pair();
    told([...seventeen.slice(1), 1, 18]);
    await eventually("the eighteenth was the last", () => !book.pairing.isOpen);
    await matter.pair();
    told([...seventeen.slice(2), 18, 19]);
    await eventually("as many as before, but not the same", () => !book.pairing.isOpen);
  });

  it("takes the code from the process, too, when the newcomer has given up (the minute before that is cut short)", async () => {
    const clock: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms === 60_000 ? 100 : ms, signal) };
    const { matter, processes } = await house(undefined, true, undefined, clock);
    const [process] = processes as [PlayedMatter];
    matter.start();
    await matter.pair();
    process.say({ tell: "fabrics", fabrics: [{ index: 1, vendor: 0x1349, label: "Home" }], more: [] });
    process.say({ tell: "fabrics", fabrics: [], more: [] });
    await eventually("nobody is let in", () => process.told.some((call) => call.call === "window" && !call.isOpen));
  });

  it("begins as no other bridge than the new one, whatever changes while it leaves", async () => {
    const { matter, processes, book } = await house();
    const [process, next] = processes as [PlayedMatter, PlayedMatter];
    matter.start();
    await eventually("it is up", async () => (await matter.status()).state === "up");
    const renew = book.renew.bind(book);
    book.renew = async () => {
      matter.changed();
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.equal(next.told, [], "nothing is started before the bridge is another one");
      await renew();
    };
    await matter.disconnect();
    await eventually("it has begun", () => next.told.length > 0);
    const [start] = next.told;
    assert.is(start?.call === "start" ? start.unique : "", book.unique);
    assert.ok(process.told.some(({ call }) => call === "leave"));
  });

  it("leaves every ecosystem, forgets what they said, and begins as another bridge with the same list", async () => {
    const { matter, processes, book, dir } = await house();
    const [process, next] = processes as [PlayedMatter, PlayedMatter];
    await matter.share(["lamp"], true);
    matter.start();
    await eventually("it is up", async () => (await matter.status()).state === "up");
    process.say({ tell: "fabrics", fabrics: [{ index: 1, vendor: 0x1349, label: "Home" }], more: [] });
    await eventually("it is heard", async () => (await matter.status()).ecosystems.length === 1);
    const { unique } = book;
    const { default: fs } = await import("node:fs");
    fs.mkdirSync(join(dir, "matter"));
    fs.writeFileSync(join(dir, "matter", "fabrics"), "x");
    assert.equal(await matter.disconnect(), { ecosystems: 1 });
    assert.is(process.told.at(-1)?.call, "leave");
    assert.not.ok(existsSync(join(dir, "matter", "fabrics")));
    await eventually("another shows the lamp", () => next.shown.size === 1);
    assert.ok(book.unique !== unique);
  });

  it("starts no process under the user of a hub that systemd runs, and says which unit is wanted", async () => {
    const { matter } = await house(tempDirectory(), true, { env: { NOTIFY_SOCKET: "/run/systemd/notify" } });
    matter.start();
    await eventually("it is told", async () => (await matter.status()).state === "unavailable");
    assert.match((await matter.status()).detail ?? "", /sudo mesh-hub install --matter/);
    await throwsMesh(() => matter.pair(), "ERR_ADAPTER");
  });

  it("is off unless the configuration says otherwise, and keeps its list", async () => {
    const { matter } = await house(tempDirectory(), false);
    matter.start();
    await matter.share(["lamp"], true);
    assert.equal(await matter.status(), { state: "off", devices: 1, ecosystems: [] });
    await throwsMesh(() => matter.pair(), "ERR_CONFIG");
    await throwsMesh(() => matter.disconnect(), "ERR_CONFIG");
  });

  it("lets nothing out and nobody in by a file that is damaged, and keeps it aside", async () => {
    const dir = tempDirectory();
    writeFileSync(join(dir, "matter.json"), '{"version":1,"devices":["MAAA');
    const book = await MatterBook.open({ dir, clock: systemClock, random: systemRandom, log: silentLog });
    assert.equal([book.devices, book.pairing.isOpen], [[], false]);
    assert.not.ok(existsSync(join(dir, "matter.json")));
  });

  it("codes are random, none that Matter forbids, and a clock that is put back makes none count longer", async () => {
    const clock = new ManualClock();
    const dir = tempDirectory();
    const book = await MatterBook.open({ dir, clock, random: systemRandom, log: silentLog });
    const seen = new Set<number>();
    for (let i = 0; i < 20; i++) {
      const { passcode, discriminator } = await book.openPairing([]);
      assert.ok(passcode >= 1 && passcode <= 99_999_998 && discriminator >= 0 && discriminator <= 4095);
      seen.add(passcode);
    }
    assert.is(seen.size, 20);
    clock.advance(15 * 60_000 - 1);
    assert.ok(book.pairing.isOpen);
    clock.advance(1);
    assert.not.ok(book.pairing.isOpen);
    clock.advance(-3_600_000);
    assert.not.ok(book.pairing.isOpen);
  });
});
