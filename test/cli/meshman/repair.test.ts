/** `account repair`: what was done is told, also where a later step fails. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { addPlace } from "../../../src/account/index.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { machine } from "../../kit/meshman-terminal.ts";
import { startPutBackHouse } from "../../kit/put-back-house.ts";

describe("meshman account repair", (it) => {
  it(
    "tells which stores were made whole although what it knows of the audit cannot be read",
    async () => {
      const house = await startPutBackHouse();
      onCleanup(() => house.stop());
      const alice = await house.create("alice", "alice@example.com");
      const laptop = await house.join(alice, "laptop", ["admin"]);
      await addPlace(alice, { name: "kitchen" });
      await laptop.sync();
      await house.backUp();
      await addPlace(alice, { name: "cellar" });
      await house.putBack();
      await addPlace(laptop, { name: "garden" });
      await alice.close();
      writeFileSync(join(house.home("alice"), "audit.json"), "damaged");
      const desk = machine(house.home("alice"), house.service.url);
      const first = await desk.run(["account", "repair"]);
      assert.is(first.status, 74, first.stderr);
      assert.match(first.stdout, /MMM_Place[\s\S]*united/);
      assert.match(first.stderr, /^error: .*audit\.json cannot be read/m);
      assert.match(first.stderr, /^hint: /m);
      const again = JSON.parse((await desk.run(["account", "repair", "--json"])).stdout);
      assert.equal([again.success, again.repaired, again.failed[0].code], [false, [], "ERR_STORE_DAMAGED"]);
    },
    { timeoutMs: 120_000 },
  );
});
