/** Maps in a journal: what was set is there again, what was deleted is not, and the file keeps to twice what is in force. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { RecordFormat } from "../../src/base/journal-map.ts";
import { JournalMap } from "../../src/base/journal-map.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";

type Line = { readonly k: string; readonly v?: number };

const marked: RecordFormat<number, Line> = {
  read: ({ k, v }) => [k, v],
  write: (k, v) => [{ k, v }],
  gone: (k) => ({ k }),
};
const erasing: RecordFormat<number, Line> = { read: marked.read, write: marked.write };

const step = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), key: fc.constantFrom("a", "b", "c", "d"), value: fc.nat(9) }),
  fc.record({ kind: fc.constant("delete" as const), key: fc.constantFrom("a", "b", "c", "d") }),
  fc.record({ kind: fc.constant("reopen" as const) }),
);

describe("journal map", (it) => {
  for (const [name, format] of [
    ["marks", marked],
    ["erases", erasing],
  ] as const) {
    it(`${name} what is gone: it holds what a map would hold, over any number of openings`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const path = join(tempDirectory(), "map.journal");
          const open = (): Promise<JournalMap<number, Line>> => JournalMap.open({ path, format, spare: 4 });
          let map = await open();
          const truth = new Map<string, number>();
          for (const done of steps) {
            if (done.kind === "set") {
              truth.set(done.key, done.value);
              await map.set(done.key, done.value);
            } else if (done.kind === "delete") {
              truth.delete(done.key);
              await map.delete(done.key);
            } else {
              await map.close();
              map = await open();
            }
            assert.equal([...map.values()].sort(), [...truth.values()].sort());
          }
          await map.close();
          const last = await open();
          for (const key of ["a", "b", "c", "d"]) assert.is(last.get(key), truth.get(key));
          await last.close();
        }),
        { numRuns: 40 },
      );
    });
  }

  it("stays small, however often a key changes", async () => {
    const path = join(tempDirectory(), "map.journal");
    const map = await JournalMap.open({ path, format: marked });
    for (let value = 0; value < 5000; value += 250) {
      await Promise.all(Array.from({ length: 250 }, (_, i) => map.set("a", value + i)));
    }
    await map.close();
    assert.ok(statSync(path).size < 100_000, `${statSync(path).size} octets`);
    const again = await JournalMap.open({ path, format: marked });
    assert.is(again.get("a"), 4999);
    await again.close();
  });

  it("replaces a value so that the one before is gone from the disk", async () => {
    const path = join(tempDirectory(), "map.journal");
    const map = await JournalMap.open({ path, format: erasing });
    await map.set("a", 123_456);
    await map.set("b", 1);
    await map.replace("a", 2);
    await map.close();
    const text = readFileSync(path, "utf8");
    assert.not.match(text, "123456");
    assert.match(text, '{"k":"b","v":1}');
  });
});
