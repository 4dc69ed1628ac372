/** The bridge leaves its ecosystems: it becomes another one, once, whoever asks meanwhile and whatever changes, and none of the old one lets anybody in. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, describe } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { matterHouse } from "../../kit/matter-house.ts";
import type { PlayedMatter } from "../../kit/played-matter.ts";

describe("hub: the Matter bridge leaves", (it) => {
  it("begins as no other bridge than the new one, whatever changes while it leaves", async () => {
    const { matter, processes, book } = await matterHouse();
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
    const { matter, processes, book, dir } = await matterHouse();
    const [process, next] = processes as [PlayedMatter, PlayedMatter];
    await matter.share(["lamp"], true);
    matter.start();
    await eventually("it is up", async () => (await matter.status()).state === "up");
    process.say({ tell: "fabrics", fabrics: [{ index: 1, vendor: 0x1349, label: "Home" }], more: [] });
    await eventually("it is heard", async () => (await matter.status()).ecosystems.length === 1);
    const { unique } = book;
    mkdirSync(join(dir, "matter"));
    writeFileSync(join(dir, "matter", "fabrics"), "x");
    assert.equal(await matter.disconnect(), { ecosystems: 1 });
    assert.is(process.told.at(-1)?.call, "leave");
    assert.not.ok(existsSync(join(dir, "matter", "fabrics")));
    await eventually("another shows the lamp", () => next.shown.size === 1);
    assert.ok(book.unique !== unique);
  });

  it("leaves once for all who ask at once, and a code that is asked for meanwhile is of the bridge after it", async () => {
    const { matter, processes, book } = await matterHouse();
    const [process, next] = processes as [PlayedMatter, PlayedMatter];
    matter.start();
    await eventually("it is up", async () => (await matter.status()).state === "up");
    process.say({ tell: "fabrics", fabrics: [{ index: 1, vendor: 0x1349, label: "Home" }], more: [] });
    await eventually("it is heard", async () => (await matter.status()).ecosystems.length === 1);
    const [first, second, paired] = await Promise.all([matter.disconnect(), matter.disconnect(), matter.pair()]);
    assert.equal([first, second], [{ ecosystems: 1 }, { ecosystems: 1 }]);
    assert.is(process.told.filter(({ call }) => call === "leave").length, 1);
    assert.is(process.told.filter(({ call }) => call === "window").length, 0, "nobody is let in by the old one");
    const [start] = next.told;
    assert.is(start?.call === "start" ? start.unique : "", book.unique);
    assert.equal([paired.minutes, book.pairing.isOpen, (await matter.status()).ecosystems], [15, true, []]);
    assert.ok(next.told.some((call) => call.call === "window" && call.passcode === book.pairing.passcode));
  });

  it("starts no process any more when the hub stops while the bridge leaves", async () => {
    const { matter, processes, book } = await matterHouse();
    const [process, next] = processes as [PlayedMatter, PlayedMatter];
    matter.start();
    await eventually("it is up", async () => (await matter.status()).state === "up");
    process.mute = ["leave"];
    const { unique } = book;
    const leaving = matter.disconnect();
    await eventually("it is asked to leave", () => process.told.some(({ call }) => call === "leave"));
    await matter.stop();
    assert.ok(book.unique !== unique, "the bridge is another one before the hub is down");
    assert.match((await leaving).untold ?? "", /the hub stops/);
    assert.equal(next.told, []);
  });
});
