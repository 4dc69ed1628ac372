/** The service of a maker that refuses, lies or hangs when it is told of a claim: it costs a turn of the agent one failure, and ends nothing. */
import { attend, openWindow } from "../../../src/account/index.ts";
import { encodeObject } from "../../../src/codec/index.ts";
import { operations, Response } from "../../../src/protocol/index.ts";
import { deviceCatalog } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { deliver, forwardAccept, makeBulb, offer } from "../../kit/bulb.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { startHostile } from "./hostile-service.ts";

describe("attack: a maker's service", (it) => {
  it("one claim fails in a turn, whatever it fails with, and the devices stay connected", async () => {
    let evil: Awaited<ReturnType<typeof startHostile>> | undefined;
    const house = await startHousehold(async (dir) => {
      evil = await startHostile(dir);
      return evil;
    });
    onCleanup(() => house.stop());
    assert.ok(evil);
    const alice = await house.create("alice", "alice@example.com");
    const maker = await house.create("maker", "maker@example.com");
    const hub = await house.join(alice, "hub", ["hub"]);
    await openWindow({ dir: alice.dir, minutes: 60, ports });
    const bulbs = [];
    for (let n = 0; n < 3; n++) {
      const bulb = await makeBulb(maker);
      await offer(hub, bulb);
      bulbs.push(bulb);
    }
    await alice.sync();
    await attend(alice, { claim: false });
    await hub.sync();
    for (const bulb of bulbs) {
      const entry = hub.get(deviceCatalog, bulb.made.deviceUdf);
      assert.ok(entry);
      await forwardAccept(hub, bulb, deliver(bulb, entry, alice));
    }
    await alice.sync();
    let asked = 0;
    evil.malice.answer = (_, name) => {
      if (name !== operations.Claim.request.tag) return undefined;
      asked += 1;
      return encodeObject(Response, { Status: 401, ErrorCode: "ERR_REVOKED" });
    };
    const events = await attend(alice, { claim: true });
    assert.is(events.filter(({ kind }) => kind === "registered").length, 3);
    assert.is(asked, 1);
    await attend(alice, { claim: true });
    assert.is(asked, 2, "another one's turn");
    evil.malice.answer = undefined;
    assert.is((await attend(alice, { claim: true })).filter(({ kind }) => kind === "claimed").length, 1);
  });
});
