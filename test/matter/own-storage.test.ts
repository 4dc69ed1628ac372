/** What ecosystems have told a bridge stays with it, and is gone when it is another one. */
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ownStorage } from "../../src/matter/process/own-storage.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";

const [one, other] = ["0".repeat(32), "1".repeat(32)] as const;

describe("Matter: what the process keeps", (it) => {
  it("stays as long as the bridge is the same, from before it had a mark on", async () => {
    const storage = tempDirectory();
    mkdirSync(join(storage, "bridge"));
    writeFileSync(join(storage, "bridge", "fabrics"), "x");
    for (let start = 0; start < 2; start++) await ownStorage(storage, one);
    assert.equal(readdirSync(storage).sort(), ["bridge", "bridge.id"]);
    assert.equal(readdirSync(join(storage, "bridge")), ["fabrics"]);
    assert.is(statSync(join(storage, "bridge.id")).mode & 0o777, 0o600);
  });

  it("is gone once it is another bridge, whoever has started that, and comes back by none before", async () => {
    const storage = tempDirectory();
    await ownStorage(storage, one);
    mkdirSync(join(storage, "bridge"));
    writeFileSync(join(storage, "bridge", "fabrics"), "x");
    await ownStorage(storage, other);
    assert.equal(readdirSync(storage), ["bridge.id"]);
    writeFileSync(join(storage, "fabrics"), "x");
    await ownStorage(storage, one);
    assert.equal(readdirSync(storage), ["bridge.id"]);
  });
});
