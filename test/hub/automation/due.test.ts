/** When something is due: on the house's clock over the changes of summer time, and by the sun. */
import { spawnSync } from "node:child_process";
import { packagePath } from "../../../src/base/package-root.ts";
import { firstDue, isWithin } from "../../../src/hub/automation/due.ts";
import { sunTime } from "../../../src/hub/automation/sun.ts";
import { assert, describe } from "../../harness/suite.ts";

const everyDay = [0, 1, 2, 3, 4, 5, 6];

/** Runs this in a process whose machine stands in Berlin: a running process does not move. */
function inBerlin(expression: string): string {
  const program = `import { firstDue, isWithin } from ${JSON.stringify(packagePath("src/hub/automation/due.ts"))}; console.log(${expression});`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program], {
    cwd: packagePath(),
    env: { ...process.env, TZ: "Europe/Berlin" },
    encoding: "utf8",
  });
  if (stderr !== "") throw new Error(stderr);
  return stdout.trim();
}

const iso = (when: string, now: string) => `new Date(firstDue(${when}, Date.parse("${now}"), undefined)).toISOString()`;

describe("hub: when something is due", (it) => {
  it("a time that summer time leaves out is due an hour later, a repeated one once, and 7 o'clock stays 7 o'clock", () => {
    const night = JSON.stringify({ kind: "every", minutes: 150, days: everyDay });
    const seven = JSON.stringify({ kind: "every", minutes: 420, days: everyDay });
    const found = inBerlin(
      `[${[
        iso(night, "2026-03-28T12:00:00Z"),
        iso(night, "2026-03-29T01:30:00Z"),
        iso(night, "2026-10-24T12:00:00Z"),
        iso(night, "2026-10-25T00:30:00Z"),
        iso(seven, "2026-03-28T12:00:00Z"),
        iso(seven, "2026-10-24T12:00:00Z"),
      ].join(",")}].join(" ")`,
    );
    assert.equal(found.split(" "), [
      "2026-03-29T01:30:00.000Z",
      "2026-03-30T00:30:00.000Z",
      "2026-10-25T00:30:00.000Z",
      "2026-10-26T01:30:00.000Z",
      "2026-03-29T05:00:00.000Z",
      "2026-10-25T06:00:00.000Z",
    ]);
  });

  it("days, tomorrow, and the next time that it is so late", () => {
    const monday = new Date(2026, 4, 4, 12, 0).getTime();
    const at = (day: number, hour: number) => new Date(2026, 4, day, hour, 0).getTime();
    assert.is(firstDue({ kind: "at", minutes: 780 }, monday, undefined), at(4, 13));
    assert.is(firstDue({ kind: "at", minutes: 420 }, monday, undefined), at(5, 7));
    assert.is(firstDue({ kind: "at", minutes: 780, tomorrow: true }, monday, undefined), at(5, 13));
    assert.is(firstDue({ kind: "at", minutes: 420, days: [1] }, monday, undefined), at(11, 7));
    assert.is(firstDue({ kind: "every", minutes: 420, days: [6, 0] }, monday, undefined), at(9, 7));
    assert.is(firstDue({ kind: "after", seconds: 90 }, monday, undefined), monday + 90_000);
  });

  it("the sun: within three minutes of the almanac in Greenwich and Berlin, and not at all in a polar night", () => {
    const near = (event: "sunrise" | "sunset", [latitude, longitude]: readonly [number, number], expected: string) => {
      const found = sunTime(event, { latitude, longitude }, Date.parse(`${expected.slice(0, 10)}T12:00:00Z`) - longitude * 240_000) ?? 0;
      assert.ok(Math.abs(found - Date.parse(expected)) <= 3 * 60_000, `${event} ${expected}: ${new Date(found).toISOString()}`);
    };
    const greenwich = [51.48, 0] as const;
    const berlin = [52.52, 13.405] as const;
    near("sunrise", greenwich, "2026-06-21T03:43:00Z");
    near("sunset", greenwich, "2026-06-21T20:21:00Z");
    near("sunrise", greenwich, "2026-12-21T08:04:00Z");
    near("sunset", greenwich, "2026-12-21T15:53:00Z");
    near("sunset", berlin, "2026-03-20T17:21:00Z");
    near("sunrise", berlin, "2026-03-20T05:11:00Z");
    assert.is(sunTime("sunset", { latitude: 78.2, longitude: 15.6 }, Date.parse("2026-12-21T12:00:00Z")), undefined);
    assert.is(firstDue({ kind: "sun", event: "sunset", offsetMinutes: 0 }, Date.now(), undefined), undefined);
    const before = firstDue({ kind: "sun", event: "sunset", offsetMinutes: -30 }, Date.parse("2026-06-21T06:00:00Z"), {
      latitude: 51.48,
      longitude: 0,
    });
    assert.ok(Math.abs((before ?? 0) - Date.parse("2026-06-21T19:51:00Z")) <= 3 * 60_000);
  });

  it("a part of the day from the sun to a time of the clock ends before the next day, unless that time is one of the night", () => {
    // On the meridian of this machine's clock.
    const at = (time: string) => new Date(time);
    const house = (time: Date) => ({ latitude: 51.48, longitude: time.getTimezoneOffset() / -4 });
    const evening = { from: { event: "sunset" }, until: { minutes: 19 * 60 } } as const;
    const night = { from: { event: "sunset" }, until: { minutes: 60 } } as const;
    const morning = { from: { minutes: 6 * 60 }, until: { event: "sunrise" } } as const;
    // The sun sets about 15:53 in winter, and at 20:21 in summer; it rises at 8:04 and at 3:43.
    for (const [within, time, isSo] of [
      [evening, "2026-12-21T18:00", true],
      [evening, "2026-06-21T20:40", false],
      [evening, "2026-06-21T12:00", false],
      [night, "2026-06-22T00:30", true],
      [night, "2026-06-22T12:00", false],
      [morning, "2026-12-21T07:00", true],
      [morning, "2026-06-21T07:00", false],
      [morning, "2026-06-21T22:00", false],
    ] as const)
      assert.is(isWithin(within, at(time).getTime(), house(at(time))), isSo, `${JSON.stringify(within)} at ${time}`);
  });

  it("it is night all day where the sun does not rise, and day where it does not set; a sun that sets after midnight is not forgotten", () => {
    const longyearbyen = { latitude: 78.2, longitude: 15.6 };
    const night = { from: { event: "sunset" }, until: { event: "sunrise" } } as const;
    const day = { from: { event: "sunrise" }, until: { event: "sunset" } } as const;
    for (const hour of ["00", "05", "11", "12", "18", "23"]) {
      const [winter, summer] = [Date.parse(`2026-12-21T${hour}:30:00Z`), Date.parse(`2026-06-21T${hour}:30:00Z`)];
      assert.equal([isWithin(night, winter, longyearbyen), isWithin(day, winter, longyearbyen)], [true, false], `winter ${hour}`);
      assert.equal([isWithin(night, summer, longyearbyen), isWithin(day, summer, longyearbyen)], [false, true], `summer ${hour}`);
    }
    assert.is(isWithin({ from: { event: "sunset" }, until: { minutes: 1380 } }, Date.parse("2026-06-21T12:00:00Z"), longyearbyen), false);
    const sunset = { kind: "sun", event: "sunset", offsetMinutes: 0 } as const;
    const midnight = new Date(2026, 5, 21).getTime();
    // So far in the west of its clock that the sun sets a quarter of an hour after midnight.
    const late = { latitude: 64, longitude: new Date(2026, 5, 21).getTimezoneOffset() / -4 - 30 };
    const due = firstDue(sunset, midnight, late) ?? 0;
    assert.ok(due - midnight < 3_600_000, new Date(due).toString());
    assert.is(firstDue(sunset, due - 1, late), due);
    assert.ok((firstDue(sunset, due, late) ?? 0) - due > 86_000_000);
  });
});
