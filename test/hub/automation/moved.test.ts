/** The house stands elsewhere, by its configuration: what is done by the sun is planned anew, and nothing is done twice for it. */
import { type Position, sunTime } from "../../../src/hub/automation/sun.ts";
import { socketOwner } from "../../../src/hub/command/principal.ts";
import type { KnownAutomation } from "../../../src/names/automation.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { automationHouse as house, minute, off, SettableClock } from "../../kit/automation-house.ts";
import { udfOf } from "../../kit/named-things.ts";

const madrid = { latitude: 40.4, longitude: -3.7 };
const berlin = { latitude: 52.52, longitude: 13.4 };
const hour = 60 * minute;
const everyDay = [0, 1, 2, 3, 4, 5, 6];
const sunset = { kind: "sun", event: "sunset", offsetMinutes: 0 } as const;
/** In the first days of May the sun sets at 18:37 in Berlin, and at 19:13 in Madrid. UTC. */
const at = (hours: number, minutes = 0) => new SettableClock(Date.UTC(2026, 4, 4, hours, minutes));
const sets = (place: Position, day = 4): string => clockTime(sunTime("sunset", place, Date.UTC(2026, 4, day, 12)));
const rises = (place: Position, day: number): string => clockTime(sunTime("sunrise", place, Date.UTC(2026, 4, day, 12)));
const clockTime = (due: number | undefined): string => new Date(due ?? 0).toISOString().slice(5, 16);

describe("hub: a house that stands elsewhere", (it) => {
  it("takes orders by the sun from when its place is known, and plans those anew that it has", async () => {
    const { add, automations, moves, pass, given } = await house({ clock: at(12), position: "unknown" });
    await throwsMesh(add(sunset), "ERR_CONFIG");
    moves(berlin);
    await add(sunset);
    await add({ ...sunset, days: everyDay });
    const dues = (): string[] => automations.list().map(({ due }) => clockTime(due));
    assert.equal(dues(), [sets(berlin), sets(berlin)]);
    moves(madrid);
    await pass(1);
    assert.equal(dues(), [sets(madrid), sets(madrid)]);
    await pass(6 * hour + 45 * minute);
    assert.is(given.length, 0, "the sun has set in Berlin");
    await pass(30 * minute);
    assert.is(given.length, 2);
  });

  it("does nothing a second time on the day on which it was done; what the sun of the new place has behind it is done on the next", async () => {
    const { add, automations, moves, pass, given } = await house({ clock: at(18), position: berlin });
    const { key } = await add({ ...sunset, days: everyDay });
    await pass(38 * minute);
    assert.is(given.length, 1);
    moves(madrid);
    await pass(hour);
    assert.is(given.length, 1);
    assert.equal(
      automations.list().map(({ due }) => clockTime(due)),
      [sets(madrid, 5)],
    );
    await automations.remove(key);
    // It is 19:45: at sunset is tomorrow, by either place.
    moves(berlin);
    await add(sunset);
    assert.is(clockTime(automations.list()[0]?.due), sets(berlin, 5));
    moves(madrid);
    await pass(1);
    assert.is(clockTime(automations.list()[0]?.due), sets(madrid, 5));
  });

  it("what was said of tonight is of tomorrow where the sun has set already", async () => {
    const { add, automations, moves, pass, given } = await house({ clock: at(18, 30), position: madrid });
    await add(sunset);
    await pass(30 * minute);
    moves(berlin);
    await pass(1);
    assert.is(given.length, 0);
    assert.is(clockTime(automations.list()[0]?.due), sets(berlin, 5));
  });

  it("what follows something still comes after it when it is planned anew, at a restart, too", async () => {
    const first = await house({ clock: at(1), position: berlin });
    const sunrise = { kind: "sun", event: "sunrise", offsetMinutes: 0 } as const;
    const said = { said: "on at sunset and off at sunrise", spoken: "lamp: off", orders: off, principal: socketOwner };
    const once = await first.automations.add({ ...said, when: sunrise, follows: sunset });
    const daily = await first.automations.add({ ...said, when: { ...sunrise, days: everyDay }, follows: { ...sunset, days: everyDay } });
    const dues = [clockTime(once.due), clockTime(daily.due)];
    assert.equal(dues, [rises(berlin, 5), rises(berlin, 5)]);
    await first.close();
    const { automations, pass, moves } = await house({ dir: first.dir, clock: first.clock, position: berlin });
    await pass(1);
    assert.equal(
      automations.list().map(({ due }) => clockTime(due)),
      dues,
    );
    moves(madrid);
    await pass(1);
    assert.equal(
      automations.list().map(({ due }) => clockTime(due)),
      [rises(madrid, 5), rises(madrid, 5)],
    );
  });

  it("keeps what it has planned while its place is unknown again, and goes by another one after a restart", async () => {
    const first = await house({ clock: at(12), position: berlin });
    await first.add({ ...sunset, days: everyDay });
    first.moves(undefined);
    await first.pass(1);
    assert.is(clockTime(first.automations.list()[0]?.due), sets(berlin));
    await first.close();
    const { automations, pass } = await house({ dir: first.dir, clock: first.clock, position: madrid });
    await pass(1);
    assert.is(clockTime(automations.list()[0]?.due), sets(madrid));
  });

  it("gives the account's automations the time that they had not, and none to one that is paused", async () => {
    const entry = { said: "x", when: { ...sunset, days: everyDay }, orders: off, version: "1", paused: false };
    const known: readonly KnownAutomation[] = [
      { ...entry, key: "DAILY-0" },
      { ...entry, key: "PAUSED-0", paused: true },
    ];
    const { automations, moves, pass } = await house({ clock: at(12), position: "unknown", known: () => known });
    await pass(1);
    assert.equal(
      automations.list().map(({ due }) => due),
      [undefined, undefined],
    );
    moves(madrid);
    await pass(1);
    assert.equal(
      automations
        .list()
        .map(({ key, due }) => [key, due && clockTime(due)])
        .sort(),
      [
        ["DAILY-0", sets(madrid)],
        ["PAUSED-0", undefined],
      ],
    );
  });

  it("judges a part of the day by where the house stands now", async () => {
    const { addRule, reports, moves, pass, given } = await house({ clock: at(19), position: madrid });
    await addRule({
      tests: [{ udf: udfOf(3), property: "Open", test: "is", value: true }],
      within: { from: { event: "sunset" }, until: { event: "sunrise" } },
    });
    const opensNow = async (): Promise<number> => {
      reports(3, { Open: false });
      reports(3, { Open: true });
      await pass(1);
      return given.length;
    };
    assert.is(await opensNow(), 0);
    moves(berlin);
    assert.is(await opensNow(), 1);
  });
});
