/** The curves of a hub: numbers alone, a day of them, and no more devices than the bound however many there are. */
import { History } from "../../../src/hub/state/history.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe } from "../../harness/suite.ts";

describe("history", (it) => {
  const clock = new ManualClock();
  const history = new History(clock);
  const note = (deviceUdf: string, values: Readonly<Record<string, unknown>>, restored = false): void =>
    history.note({
      shadow: { deviceUdf, restored, reported: { Values: Object.entries(values).map(([Name, Value]) => ({ Name, Value })) } },
    } as never);

  it("keeps numbers that were reported, the newest always", () => {
    note("A", { Temperature: 20, On: true, Label: "x", Odd: Number.NaN }, true);
    assert.equal(history.of("A"), []);
    const first = clock.now();
    note("A", { Temperature: 20, On: true, Label: "x", Odd: Number.NaN });
    clock.advance(1000);
    note("A", { Temperature: 21 });
    clock.advance(1000);
    note("A", { Temperature: 22 });
    assert.equal(history.of("A"), [
      {
        name: "Temperature",
        samples: [
          { at: first, value: 20 },
          { at: first + 2000, value: 22 },
        ],
      },
    ]);
    for (let minute = 0; minute < 3000; minute++) {
      clock.advance(60_000);
      note("A", { Temperature: minute });
    }
    const [{ samples } = { samples: [] }] = history.of("A");
    assert.is(samples.length, 288);
    assert.is(samples.at(-1)?.value, 2999);
    const span = (samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0);
    assert.ok(span >= 23 * 3_600_000, `${span} ms`);
  });

  it("forgets the device that was heard of longest ago, and takes so many properties of one", () => {
    for (let i = 0; i < 600; i++) note(`D${i}`, Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`P${n}`, n])));
    assert.equal(history.of("A"), []);
    assert.equal(history.of("D87"), []);
    assert.is(history.of("D88").length, 8);
  });
});
