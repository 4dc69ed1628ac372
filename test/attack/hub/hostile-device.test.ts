/** A connected device that lies: what it reports must fill neither disk nor account, stop nobody else's reports, and break nobody's view of the house. */
import { statSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { propertyValue } from "../../../src/api/index.ts";
import { silentLog } from "../../../src/base/log.ts";
import type { Datum } from "../../../src/codec/index.ts";
import { plainValues } from "../../../src/hub/names/plain-values.ts";
import { hurryQuota } from "../../../src/hub/state/hurry-budget.ts";
import { Outbox } from "../../../src/hub/state/outbox.ts";
import { ShadowBook } from "../../../src/hub/state/shadow-book.ts";
import { StateKeeper } from "../../../src/hub/state/state-keeper.ts";
import { decodeMessage, encodeMessage, type State } from "../../../src/link/verb.ts";
import type { StateValue } from "../../../src/schema/index.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, onCleanup, tempDirectory, throwsMesh } from "../../harness/suite.ts";
import { describing, udfOf } from "../../kit/named-things.ts";
import { ScriptedDevices } from "../../kit/scripted-state.ts";

const hubUdf = udfOf(900);
const liar = udfOf(1);
const honest = udfOf(2);
const foreign = udfOf(3);

async function hubState(dir = tempDirectory()) {
  const clock = new ManualClock();
  const devices = new ScriptedDevices();
  const book = await ShadowBook.open({ path: join(dir, "shadow.journal"), hubUdf });
  const outbox = await Outbox.open({ path: join(dir, "outbox.journal"), log: silentLog });
  const keeper = new StateKeeper({
    hubUdf,
    book,
    outbox,
    devices,
    describe: (udf) => (udf === foreign ? undefined : describing("light")),
    floor: () => 0,
    coalesceMs: 250,
    telemetryMs: 30_000,
    clock,
    log: silentLog,
  });
  keeper.start();
  onCleanup(async () => {
    await keeper.stop();
    await book.close();
    await outbox.close();
  });
  const of = (udf: string) => outbox.peek(100_000).filter(({ DeviceUdf }) => DeviceUdf === udf);
  return { dir, clock, devices, keeper, outbox, of };
}

/** What the hub makes of a report as it comes over the link. */
function overLink(Sequence: number, Values: readonly object[]): State {
  const message = decodeMessage(encodeMessage({ tag: "State", value: { Sequence, Values: Values as StateValue[] } }));
  if (message.tag !== "State") throw new Error(`read as ${message.tag}`);
  return message.value;
}

function nested(depth: number): Datum {
  let value: Datum = 1;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

describe("attack on the hub: a device that lies", (it) => {
  it("members beside name and value are not kept, however large or deep", async () => {
    const { dir, clock, keeper, of } = await hubState();
    const { Sequence, Values } = overLink(1, [
      { Name: "On", Value: true, Junk: "x".repeat(12_000) },
      { Name: "Brightness", Value: 10, Deep: nested(60) },
    ]);
    await keeper.report({ deviceUdf: liar, sequence: Sequence, values: Values });
    await clock.pass(300);
    assert.equal(of(liar).at(-1)?.Reported?.Values, [
      { Name: "On", Value: true },
      { Name: "Brightness", Value: 10 },
    ]);
    assert.ok(statSync(join(dir, "shadow.journal")).size < 2000);
  });

  it("a property has one value, whatever a report says", async () => {
    const { keeper } = await hubState();
    const { Sequence, Values } = overLink(1, [
      { Name: "On", Value: true },
      { Name: "On", Value: false },
    ]);
    await keeper.report({ deviceUdf: liar, sequence: Sequence, values: Values });
    assert.is(keeper.shadow(liar)?.reported?.Values.length, 1);
  });

  it("an integer of a thousand bits does not break the list of all devices", async () => {
    const { keeper } = await hubState();
    for (const [at, Value] of [2n ** 2000n, -(2n ** 1025n), 2n ** 64n - 1n].entries()) {
      const report = {
        sequence: at + 1,
        values: [
          { Name: "Brightness", Value },
          { Name: "On", Value: at % 2 === 0 },
        ],
      };
      await keeper.report({ deviceUdf: liar, ...report });
      const shown: unknown = JSON.parse(JSON.stringify(plainValues(keeper.shadow(liar)?.reported?.Values ?? [])));
      assert.ok(v.safeParse(v.array(propertyValue), shown).success, JSON.stringify(shown));
      const stored: unknown = JSON.parse(JSON.stringify(plainValues(report.values)));
      assert.ok(v.safeParse(v.array(propertyValue), stored).success, "also what an earlier version has stored");
    }
    assert.is(
      keeper.shadow(liar)?.reported?.Values.find(({ Name }) => Name === "Brightness"),
      undefined,
      "no light is as bright",
    );
    assert.is(keeper.shadow(liar)?.reported?.Values.find(({ Name }) => Name === "On")?.Value, true);
  });

  it("a device without a description keeps no more values than one report has", async () => {
    const { keeper } = await hubState();
    for (let round = 0; round < 20; round++) {
      const values = Array.from({ length: 64 }, (_, at) => ({ Name: `P${round}.${at}`, Value: "x".repeat(100) }));
      await keeper.report({ deviceUdf: foreign, sequence: round + 1, values });
    }
    assert.is(keeper.shadow(foreign)?.reported?.Values.length, 64);
  });

  it(
    "a light that flickers for minutes, and one that comes and goes, are gathered beyond their budget; others are not",
    async () => {
      const { clock, devices, outbox, keeper, of } = await hubState();
      const seconds = 350;
      for (let at = 0; at < 2 * seconds; at++) {
        devices.report(liar, at + 1, { On: at % 2 === 0 });
        devices.turn(foreign, at % 2 === 0 ? "Online" : "Offline");
        await clock.pass(500);
      }
      const most = hurryQuota.burst + seconds * hurryQuota.perSecond + seconds / 30 + 2;
      for (const udf of [liar, foreign]) assert.ok(of(udf).length <= most, `${of(udf).length} entries, at most ${most}`);
      const before = of(honest).length;
      devices.report(honest, 1, { On: true });
      await clock.pass(300);
      assert.is(of(honest).length, before + 1, "another device's change goes out at once");
      await clock.pass(31_000);
      assert.equal(of(liar).at(-1)?.Reported?.Sequence, keeper.shadow(liar)?.reported?.Sequence, "the newest goes out all the same");
      assert.ok(outbox.size > 0);
    },
    { timeoutMs: 60_000 },
  );

  it("an entry that cannot be written keeps nothing behind it from being sent", async () => {
    const { outbox } = await hubState();
    const entry = (DeviceUdf: string, extra: object = {}) =>
      ({ DeviceUdf, Updated: "2026-01-01T00:00:00Z", Status: "Online", Via: hubUdf, ...extra }) as const;
    await throwsMesh(outbox.put(entry(liar, { Deep: nested(70) }), { event: false, floor: 0 }), "ERR_ENCODING");
    await outbox.put(entry(honest), { event: false, floor: 0 });
    assert.equal(
      outbox.ready(10).map(({ DeviceUdf }) => DeviceUdf),
      [honest],
    );
  });
});
