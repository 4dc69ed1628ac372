/**
 * Automations that somebody else wrote: a hub that may only read them, with the service's help and in another's name, and an administrator's machine that
 * was taken over, which writes a thousand, of devices that are not there and of times that are none. What may not be written is not believed; what is
 * not well formed is not carried out, and does not keep the others from being.
 */
import type { AccountContext } from "../../../src/account/index.ts";
import { addAutomation } from "../../../src/account/index.ts";
import { tag } from "../../../src/codec/index.ts";
import { automationsOf } from "../../../src/names/name-book.ts";
import { automationCatalog, CatalogedAutomation, mostAutomations } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { udfOf } from "../../kit/named-things.ts";
import type { EditedHouse } from "./edited-house.ts";
import { address, startEditedHouse } from "./edited-house.ts";
import type { HostileService } from "./hostile-service.ts";
import { groupOf, groupUnder } from "./tamper.ts";

const order = { Command: "Set", Targets: [{ DeviceUdf: udfOf(1), Arguments: [{ Name: "On", Value: true }] }] };
const daily = { Said: "every day at 7 turn on the lamp", Time: { At: { Minutes: 420 }, Days: [0, 1, 2, 3, 4, 5, 6] }, Orders: [order] };
const evil: CatalogedAutomation = { Key: "NEVIL", ...daily };
const label = automationCatalog.label;

describe("attack: automations", (it) => {
  let house: Household;
  let service: HostileService;
  let alice: AccountContext;
  let laptop: AccountContext;
  let hub: AccountContext;
  let show: EditedHouse["show"];
  let honest: EditedHouse["honest"];

  it.before(async () => {
    const started = await startEditedHouse();
    ({ house, alice, laptop, hub, show, honest } = started);
    service = started.evil;
    honest();
    await addAutomation(alice, daily);
    for (const context of [laptop, hub]) await context.sync();
  });
  it.after(() => house.stop());

  const saidTo = (context: AccountContext): readonly string[] => automationsOf(context).map(({ key, said }) => (key === evil.Key ? "evil" : said));

  it("a hub may read and not write them, whatever its service does for it", async () => {
    honest();
    const write = { store: label, key: evil.Key, change: () => tag(CatalogedAutomation, evil) };
    await throwsMesh(hub.transact({ catalogs: [write] }), "ERR_NOT_AUTHORIZED");
    const truth = await service.frames(address, label);
    show(label, (all) => [...all, ...groupOf({ writer: hub, label, after: truth, key: evil.Key, entry: tag(CatalogedAutomation, evil) })], truth);
    const error = await throwsMesh(laptop.sync(), "ERR_VERIFICATION");
    assert.match(error.message, /no right/);
    assert.equal(saidTo(laptop), [daily.Said]);
    honest();
    await laptop.sync();
  });

  it("nor in the name of an administrator", async () => {
    honest();
    const truth = await service.frames(address, label);
    const storeKey = hub.keys.storeKeys.get(label)?.[0]?.key;
    assert.ok(storeKey);
    const signer = hub.keys.signature;
    const entry = tag(CatalogedAutomation, evil);
    show(label, (all) => [...all, ...groupUnder({ writer: alice, label, after: truth, key: evil.Key, entry, storeKey, signer })], truth);
    for (const victim of [laptop, hub]) {
      await throwsMesh(victim.sync(), "ERR_VERIFICATION");
      assert.equal(saidTo(victim), [daily.Said]);
    }
    honest();
    for (const victim of [laptop, hub]) await victim.sync();
  });

  it("times that are none, tests and orders of no form, and an entry under another's key are no automations, and stop no other", async () => {
    honest();
    const test = { DeviceUdf: udfOf(3), Property: "Open", Test: "is", Value: true };
    const mangled: readonly Omit<CatalogedAutomation, "Key">[] = [
      { ...daily, Time: { At: { Minutes: 1440 }, Days: [1] } },
      { ...daily, Time: { At: { Minutes: -1 }, Days: [1] } },
      { ...daily, Time: { At: { Minutes: 420, Event: "sunset" }, Days: [1] } },
      { ...daily, Time: { At: { Event: "doomsday" }, Days: [1] } },
      { ...daily, Time: { At: {}, Days: [1] } },
      { ...daily, Time: { At: { Minutes: 420 }, Days: [] } },
      { ...daily, Time: { At: { Minutes: 420 }, Days: [7] } },
      { ...daily, Time: { At: { Minutes: 420 }, Days: Array.from({ length: 5000 }, () => 1) } },
      { ...daily, Time: { At: { Event: "sunset" }, OffsetMinutes: 100_000, Days: [1] } },
      { ...daily, If: { Tests: [test] } },
      { Said: "neither", Orders: [order] },
      { Said: "x".repeat(300), Time: daily.Time, Orders: [order] },
      { ...daily, Orders: [] },
      { ...daily, Orders: Array.from({ length: 17 }, () => order) },
      { Said: "if", Orders: [order], If: { Tests: [] } },
      { Said: "if", Orders: [order], If: { Tests: Array.from({ length: 17 }, () => test) } },
      { Said: "if", Orders: [order], If: { Tests: [{ ...test, Test: "like" }] } },
      { Said: "if", Orders: [order], If: { Tests: [{ ...test, Test: "above", Value: "hot" }] } },
      { Said: "if", Orders: [order], If: { Tests: [{ ...test, Value: { x: 1 } as never }] } },
      { Said: "if", Orders: [order], If: { Tests: [test], HeldSeconds: 0 } },
      { Said: "if", Orders: [order], If: { Tests: [test], HeldSeconds: 1e12 } },
      { Said: "if", Orders: [order], If: { Tests: [test], From: { Minutes: 99_999 } } },
      { Said: "if", Orders: [order], If: { Tests: [test] }, AfterSeconds: -5, After: [order] },
    ];
    const catalogs = mangled.map((entry, at) => ({
      store: label,
      key: `NBAD${at}`,
      change: () => tag(CatalogedAutomation, { ...entry, Key: `NBAD${at}` }),
    }));
    const under = { store: label, key: "NOTHER", change: () => tag(CatalogedAutomation, evil) };
    await alice.transact({ catalogs: [...catalogs, under] });
    await hub.sync();
    assert.equal(saidTo(hub), [daily.Said]);
    await alice.transact({ catalogs: [...catalogs, under].map(({ key }) => ({ store: label, key, change: () => undefined })) });
  });

  it("a thousand of them: so many are read as an account may have, and no more", async () => {
    honest();
    for (let from = 0; from < 1000; from += 100)
      await alice.transact({
        catalogs: Array.from({ length: 100 }, (_, at) => {
          const entry: CatalogedAutomation = { ...daily, Key: `NMANY${from + at}` };
          return { store: label, key: entry.Key, change: () => tag(CatalogedAutomation, entry) };
        }),
      });
    await hub.sync();
    assert.is(automationsOf(hub).length, mostAutomations);
    const error = await throwsMesh(addAutomation(alice, daily), "ERR_QUOTA");
    assert.match(error.message, new RegExp(`\\d{4} automations already, and ${mostAutomations} at most`));
  });
});
