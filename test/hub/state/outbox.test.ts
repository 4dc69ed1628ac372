/** The queue of entries: numbered without a gap, there after a crash, bounded. */
import { appendFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { silentLog } from "../../../src/base/log.ts";
import { Outbox } from "../../../src/hub/state/outbox.ts";
import { assert, describe, onCleanup, tempDirectory } from "../../harness/suite.ts";
import { udfOf } from "../../kit/named-things.ts";

const entry = (device: number, value: number) => ({
  DeviceUdf: udfOf(device),
  Updated: "2026-05-01T12:00:00Z",
  Status: "Online" as const,
  Via: udfOf(900),
  Reported: { DeviceUdf: udfOf(device), Sequence: value, Values: [{ Name: "Brightness", Value: value }] },
});

async function open(path: string, limit?: number): Promise<Outbox> {
  const outbox = await Outbox.open({ path, log: silentLog, ...(limit === undefined ? {} : { limit }) });
  onCleanup(() => outbox.close());
  return outbox;
}

const plain = { event: false, floor: 0 };
const numbers = (outbox: Outbox): number[] => outbox.peek(Number.POSITIVE_INFINITY).map(({ Sequence }) => Sequence);

describe("outbox", (it) => {
  it("numbers each device's entries without a gap, over restarts and above what the catalog has", async () => {
    const path = join(tempDirectory(), "outbox.journal");
    const first = await open(path);
    await Promise.all([1, 2, 3].map((value) => first.put(entry(1, value), { ...plain, report: value })));
    await first.put(entry(2, 1), { event: false, floor: 40 });
    assert.equal(numbers(first), [1, 2, 3, 41]);
    await first.done(first.peek(2));
    // Not closed: a kill leaves it like this, with the last line torn.
    appendFileSync(path, '0123456789abcdef 999 [{"put":');
    const second = await open(path);
    assert.equal(numbers(second), [3, 41]);
    assert.is(second.reportOf(udfOf(1)), 3);
    await second.put(entry(1, 4), plain);
    assert.equal(numbers(second), [3, 41, 4]);
  });

  it("keeps the numbers when everything is published and the file is written anew", async () => {
    const path = join(tempDirectory(), "outbox.journal");
    const outbox = await open(path);
    for (let value = 0; value < 900; value++) {
      await outbox.put(entry(1, value), { ...plain, report: value });
      await outbox.done(outbox.peek(1));
    }
    assert.ok(statSync(path).size < 400_000, `the file has ${statSync(path).size} octets`);
    const again = await open(path);
    await again.put(entry(1, 0), plain);
    assert.equal(numbers(again), [901]);
  });

  it("gives up older values of a device above its limit, and no event", async () => {
    const path = join(tempDirectory(), "outbox.journal");
    const outbox = await open(path, 20);
    for (let value = 0; value < 15; value++) await outbox.put(entry(1, value), plain);
    for (let value = 0; value < 6; value++) await outbox.put(entry(2, value), { event: true, floor: 0 });
    assert.equal(numbers(outbox), [15, 1, 2, 3, 4, 5, 6]);
    assert.equal(numbers(await open(path)), [15, 1, 2, 3, 4, 5, 6]);
  });
});
