/** An administrator without the account's seed that would like a machine of its own to be given it: by a PIN, and by a role that it signs itself. */

import { authorityOf } from "../../../src/account/context/administrator.ts";
import { reissue } from "../../../src/account/device/reissue.ts";
import type { AccountContext } from "../../../src/account/index.ts";
import { attend, issuePin, pendingConnections, replaceKeys, requestConnection, revokeDevice } from "../../../src/account/index.ts";
import { freshPin } from "../../../src/account/message/issued-pin.ts";
import { newSeed, seedSpecifier } from "../../../src/crypto/index.ts";
import { deviceCatalog } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";

const address = "alice@example.com";

describe("attack: the seed for a machine of an administrator that has not got it", (it) => {
  let house: Household;
  let alice: AccountContext;
  let desk: AccountContext;
  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", address);
    desk = await house.join(alice, "desk", ["admin", "web"]);
  });
  it.after(() => house.stop());

  it("not by a PIN for the role super: the machine with the seed takes those that it issued itself alone", async () => {
    const roles = ["super", "admin", "web"] as const;
    await throwsMesh(() => issuePin(desk, { roles, minutes: 5 }), "ERR_NOT_AUTHORIZED");
    const { pin, message } = freshPin(desk, { action: "Device", seconds: 600, Roles: roles });
    await desk.transact({ messages: [message] });
    await requestConnection({ dir: house.home("mallet"), address, pin, serviceUrl: house.service.url, ports });
    for (const context of [alice, desk]) {
      await context.sync();
      await attend(context, { claim: false });
      await context.sync();
      const [request] = await pendingConnections(context);
      assert.ok(request, "it waits");
      assert.is(context.directory.find(request?.deviceUdf ?? ""), undefined);
    }
    assert.is((await pendingConnections(alice))[0]?.grant, undefined, "for a person");
  });

  it(
    "not with the next keys, for a role that it has signed itself; a machine that has the seed keeps it",
    async () => {
      const pad = await house.join(alice, "pad", ["web"]);
      const safe = await house.join(alice, "safe", ["super", "admin", "web"]);
      const phone = await house.join(alice, "phone", ["web"]);
      const { accountSeed } = alice.keys;
      await desk.sync();
      const authority = { ...authorityOf(desk), accountSeed: newSeed(ports.random, seedSpecifier.deviceActivation) };
      await desk.transact({ catalogs: reissue(desk, { deviceUdf: pad.deviceUdf, roles: ["super", "admin", "web"], authority }) });
      await alice.sync();
      await revokeDevice(alice, phone.deviceUdf);
      await replaceKeys(alice);
      for (const context of [pad, safe]) await context.sync();
      assert.ok(pad.roles.includes("super") && pad.keyEpochOf("MMM_Device") > 0, "it was given the new keys");
      assert.is.not(pad.keys.accountSeed, accountSeed);
      assert.is(safe.keys.accountSeed, accountSeed);
      // Sealed anew by who has it, as long as who signed it before is known.
      assert.ok(safe.get(deviceCatalog, safe.deviceUdf)?.EnvelopedActivationSuper);
      await attend(safe, { claim: false });
      await safe.sync();
      assert.is(safe.get(deviceCatalog, safe.deviceUdf)?.EnvelopedActivationSuper, undefined);
      assert.is(safe.keys.accountSeed, accountSeed);
    },
    { timeoutMs: 120_000 },
  );
});
