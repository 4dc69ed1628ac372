/**
 * A device of the account that may write a store, and writes what nobody can believe: the service cannot tell, the others must. What it left
 * there stops neither them nor what they do in other stores.
 */
import type { AgentEvent } from "../../../src/account/index.ts";
import { addPlace, issuePin, revokeDevice, runAgent } from "../../../src/account/index.ts";
import { deviceCatalog } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { spoil } from "../../kit/spoilt-store.ts";

const address = "alice@example.com";

describe("attack: a device that may write", (it) => {
  for (const how of ["key", "signature"] as const) {
    it(`leaves a group with the wrong ${how}: the agent goes on, and the device can be removed`, async () => {
      const house = await startHousehold();
      const alice = await house.create("alice", address);
      const pad = await house.join(alice, "pad", ["device"]);
      await spoil(pad, how);
      const error = await throwsMesh(alice.sync(), "ERR_VERIFICATION");
      assert.match(error.message, /MMM_Network/);
      await addPlace(alice, { name: "kitchen" });
      const { uri } = await issuePin(alice, { roles: ["device"], minutes: 10, localName: "phone" });
      assert.ok(uri);
      const stop = new AbortController();
      const events: AgentEvent[] = [];
      await alice.close();
      const running = runAgent({ dir: house.home("alice"), ports, signal: stop.signal, claim: false, onEvent: (event) => events.push(event) });
      const ended = running.then(
        () => "ended",
        (reason: Error) => reason.message,
      );
      await eventually("it tells", () => events.some(({ kind, reason }) => kind === "failed" && reason?.includes("MMM_Network")));
      stop.abort();
      assert.is(await ended, "ended");
      await house.stop();
    });
  }

  it("can be removed", async () => {
    const house = await startHousehold();
    const alice = await house.create("alice", address);
    const pad = await house.join(alice, "pad", ["device"]);
    await spoil(pad, "signature");
    await revokeDevice(alice, pad.deviceUdf);
    assert.is(alice.get(deviceCatalog, pad.deviceUdf), undefined);
    await house.stop();
  });
});
