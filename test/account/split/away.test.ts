/** A phone connects a device within a split while the service goes away for moments (its requests fail before they are sent; the hub is none that answers). */
import { connectBySplit, grantSplit, preconfigureDevice } from "../../../src/account/index.ts";
import { MeshError } from "../../../src/base/errors.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import { startHousehold } from "../../kit/household.ts";
import { describing } from "../../kit/named-things.ts";

describe("connecting within a split", (it) => {
  it("goes on when the service was away: only the time that it may take ends it", async () => {
    const house = await startHousehold();
    onCleanup(() => house.stop());
    const alice = await house.create("alice", "alice@example.com");
    const maker = await house.create("maker", "maker@example.com");
    const hub = await house.join(alice, "hub", ["hub"]);
    const phone = await house.join(alice, "phone", ["device", "command"]);
    await alice.sync();
    await grantSplit(alice, { granteeUdf: phone.deviceUdf, hubUdf: hub.deviceUdf, classes: ["light"], count: 2, until: Date.now() + 86_400_000 });
    await phone.sync();
    const made = await preconfigureDevice(maker, { description: describing("light"), hailing: ["tcp"] });
    const wait = phone.wait.bind(phone);
    let failures = 0;
    phone.wait = async (request) => {
      if (failures >= 3) return wait(request);
      failures += 1;
      throw new MeshError("ERR_SERVICE_UNREACHABLE", "cannot reach the service");
    };
    const connecting = connectBySplit(phone, { code: made.uri, seconds: 6 }, { turn: (task) => task(), tell: () => undefined });
    await throwsMesh(connecting, "ERR_TIMEOUT");
    assert.is(failures, 3);
  });
});
