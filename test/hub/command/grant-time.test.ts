/** The end of a grant over restarts: a service that tells an old time when a hub starts brings nothing back, and one that once told a time far ahead ends nothing for long. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../../src/base/clock.ts";
import { fromDateTime } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { GrantTime } from "../../../src/hub/command/grant-time.ts";
import { authorize, grantPrincipal } from "../../../src/hub/command/principal.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";

const noon = fromDateTime("2026-05-01T12:00:00Z");
const hour = 3_600_000;
const day = 24 * hour;

/** One run of a hub, with its machine's clock and what its service tells. */
async function run({ path, clock, told }: { readonly path: string; readonly clock: Clock; readonly told: () => number | undefined }) {
  const time = await GrantTime.open({ path, time: { now: told }, clock, log: silentLog });
  time.start();
  return time;
}

const guest = grantPrincipal(
  { Key: "NG", Kind: "guest", LocalName: "bob", Rights: [{ Allows: "command" }], NotOnOrAfter: "2026-05-01T13:00:00Z" },
  "house",
);
const mayOrder = (now: number | undefined): boolean =>
  authorize(guest, { deviceUdf: "MLAMP", deviceClass: "light", places: [], command: "Set" }, { standing: "good", now }) === undefined;

describe("the end of a grant", (it) => {
  it("stays over when the hub starts again and its service tells an old time", async () => {
    const path = join(tempDirectory(), "grant-time.json");
    const clock = new ManualClock(noon);
    const first = await run({ path, clock, told: () => clock.now() });
    assert.ok(mayOrder(first.now()));
    clock.advance(2 * hour);
    assert.not.ok(mayOrder(first.now()));
    await first.stop();
    // The machine's clock was put back, too.
    const later = new ManualClock(noon - day);
    const second = await run({ path, clock: later, told: () => later.now() });
    assert.is(second.now(), noon + 2 * hour);
    assert.not.ok(mayOrder(second.now()));
    later.advance(hour);
    assert.is(second.now(), noon + 3 * hour, "and goes on from there");
    await second.stop();
    // The machine's clock, and a day: no further is believed.
    assert.is(readFileSync(path, "utf8"), '{"passed":"2026-05-01T14:00:00Z"}\n');
  });

  it("comes after a restart as it would have come without", async () => {
    const path = join(tempDirectory(), "grant-time.json");
    const clock = new ManualClock(noon);
    await (await run({ path, clock, told: () => clock.now() })).stop();
    const later = new ManualClock(noon - 4 * hour);
    const second = await run({ path, clock: later, told: () => later.now() });
    assert.ok(mayOrder(second.now()));
    later.advance(hour);
    assert.not.ok(mayOrder(second.now()));
    await second.stop();
  });

  it("is noted while the hub runs, for the day of a power cut", async () => {
    const path = join(tempDirectory(), "grant-time.json");
    const clock = new ManualClock(noon);
    await run({ path, clock, told: () => clock.now() });
    clock.advance(600_000);
    await eventually("it is noted", () => existsSync(path));
    const after = await run({ path, clock: new ManualClock(noon), told: () => noon });
    assert.is(after.now(), noon + 600_000);
  });

  it("is judged by no time before the service has told one", async () => {
    const path = join(tempDirectory(), "grant-time.json");
    writeFileSync(path, JSON.stringify({ passed: "2026-05-01T12:00:00Z" }));
    const time = await run({ path, clock: new ManualClock(noon), told: () => undefined });
    assert.is(time.now(), undefined);
    assert.not.ok(mayOrder(time.now()));
  });

  it("is not brought near by a service that once told a time far ahead, nor by a note that is none", async () => {
    const path = join(tempDirectory(), "grant-time.json");
    const clock = new ManualClock(noon);
    await (await run({ path, clock, told: () => noon + 300 * day })).stop();
    assert.is((await run({ path, clock, told: () => noon })).now(), noon + day);
    // A clock that was never set bounds nothing: nothing is noted.
    const unset = join(tempDirectory(), "grant-time.json");
    await (await run({ path: unset, clock: new ManualClock(0), told: () => noon + 300 * day })).stop();
    assert.is((await run({ path: unset, clock, told: () => noon })).now(), noon);
    for (const damage of ["torn", "null", '{"passed":"9999-12-31T23:59:59Z"}', '{"passed":5}']) {
      writeFileSync(path, damage);
      assert.is((await run({ path, clock, told: () => noon })).now(), noon, damage);
    }
  });
});
