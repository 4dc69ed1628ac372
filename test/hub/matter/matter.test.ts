/** The house for Matter, with a process that is played: what goes out, what controllers may order, who is let in, and what a new start remembers. */
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../../src/base/clock.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { MatterBook } from "../../../src/hub/matter/matter-book.ts";
import { ManualClock, movableClock } from "../../harness/manual-clock.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { matterHouse } from "../../kit/matter-house.ts";
import { udfOf } from "../../kit/named-things.ts";
import type { PlayedMatter } from "../../kit/played-matter.ts";

describe("hub: Matter", (it) => {
  it("lets nothing out that the owner has not named, and takes away what he does not name any more", async () => {
    const { matter, processes, dir } = await matterHouse();
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
    const { matter, processes, grants } = await matterHouse();
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
    const { matter, processes, house: devices, given } = await matterHouse();
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
    const { matter, processes, asked, given } = await matterHouse();
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
    const { matter, processes, book, dir } = await matterHouse();
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
    const { matter, processes, book } = await matterHouse({ clock });
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
    const { matter, processes, book } = await matterHouse();
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
    const { matter, processes } = await matterHouse({ clock });
    const [process] = processes as [PlayedMatter];
    matter.start();
    await matter.pair();
    process.say({ tell: "fabrics", fabrics: [{ index: 1, vendor: 0x1349, label: "Home" }], more: [] });
    process.say({ tell: "fabrics", fabrics: [], more: [] });
    await eventually("nobody is let in", () => process.told.some((call) => call.call === "window" && !call.isOpen));
  });

  it("starts no process under the user of a hub that systemd runs, and says which unit is wanted", async () => {
    const { matter } = await matterHouse({ own: { env: { NOTIFY_SOCKET: "/run/systemd/notify" } } });
    matter.start();
    await eventually("it is told", async () => (await matter.status()).state === "unavailable");
    assert.match((await matter.status()).detail ?? "", /sudo mesh-hub install --matter/);
    await throwsMesh(() => matter.pair(), "ERR_ADAPTER");
  });

  it("is off unless the configuration says otherwise, and keeps its list", async () => {
    const { matter } = await matterHouse({ isEnabled: false });
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
