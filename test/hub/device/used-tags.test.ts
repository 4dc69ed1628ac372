/** Logins at the broker: a tag is good once per device and deal, over restarts, and the memory is bounded. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { Releases } from "../../../src/hub/device/releases.ts";
import { UsedTags } from "../../../src/hub/device/used-tags.ts";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";

describe("used tags", (it) => {
  it("takes a tag once per device and deal, and refuses an older deal", async () => {
    const dir = tempDirectory();
    const tags = await UsedTags.open(dir);
    assert.ok(await tags.use({ device: "A", epoch: 1, tag: "t1" }));
    assert.not.ok(await tags.use({ device: "A", epoch: 1, tag: "t1" }));
    assert.ok(await tags.use({ device: "B", epoch: 1, tag: "t1" }));
    assert.ok(await tags.use({ device: "A", epoch: 2, tag: "t1" }));
    assert.not.ok(await tags.use({ device: "A", epoch: 1, tag: "t2" }));
    await tags.close();
    const again = await UsedTags.open(dir);
    assert.not.ok(await again.use({ device: "A", epoch: 2, tag: "t1" }));
    assert.ok(await again.use({ device: "A", epoch: 2, tag: "t3" }));
    await again.forget("A");
    assert.ok(await again.use({ device: "A", epoch: 2, tag: "t1" }));
    await again.close();
  });

  it("stays small, however often a device logs in", async () => {
    const dir = tempDirectory();
    const tags = await UsedTags.open(dir);
    const tag = (i: number): string => i.toString(16).padStart(24, "0");
    for (let from = 0; from < 10_000; from += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, i) => tags.use({ device: "A", epoch: 1, tag: tag(from + i) })));
    }
    assert.not.ok(await tags.use({ device: "A", epoch: 1, tag: tag(9_999) }));
    await tags.close();
    const path = join(dir, "mqtt-tags.journal");
    assert.ok(existsSync(path));
    assert.ok(statSync(path).size < 1_000_000, `${statSync(path).size} octets`);
  });

  it("remembers releases until the account no longer names the device", async () => {
    const dir = tempDirectory();
    const releases = await Releases.open(dir);
    await releases.note("A", 3);
    await releases.close();
    const again = await Releases.open(dir);
    assert.ok(again.has("A", 3));
    assert.not.ok(again.has("A", 4));
    await again.forget("A");
    await again.close();
    const empty = await Releases.open(dir);
    assert.not.ok(empty.has("A", 3));
    await empty.close();
  });
});
