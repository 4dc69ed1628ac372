/** A machine loses roles: what they let it read goes on under keys that it does not have, as if it had been removed, while it stays a device of the account. */
import type { AccountContext } from "../../../src/account/index.ts";
import { addPlace, authorizeDevice, membersToReplace, replaceKeys, revokeDevice, storesToRekey } from "../../../src/account/index.ts";
import { accountMembers, administratorMembers } from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { startHousehold } from "../../kit/household.ts";

describe("roles that are taken away", (it) => {
  let house: Household;
  let alice: AccountContext;
  let desk: AccountContext;
  let other: AccountContext;
  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    desk = await house.join(alice, "desk", ["admin", "web"]);
    other = await house.join(alice, "other", ["web"]);
    await addPlace(alice, { name: "hall" });
    await desk.sync();
  });
  it.after(() => house.stop());

  it(
    "take their keys with them: the administrators' and the account's, and those of stores that it reads no more",
    async () => {
      const before = alice.profile;
      const contacts = desk.keys.storeKeys.get("MMM_Contact")?.[0]?.key.public.udf;
      assert.ok(contacts);
      await authorizeDevice(alice, desk.deviceUdf, { roles: ["device"] });
      assert.equal(membersToReplace(alice), [...administratorMembers, ...accountMembers]);
      const wanted = storesToRekey(alice);
      assert.ok(wanted.has("MMM_Contact") && wanted.has("MMM_Access"));
      assert.not(wanted.has("MMM_Place"), "what it still reads keeps its key");
      const { members, without } = await replaceKeys(alice);
      assert.equal([members.length, without], [6, []]);
      await desk.sync();
      assert.not.ok(desk.keys.administrator);
      assert.is(desk.keys.members.size, 0);
      assert.is(desk.profile.Version, 1);
      for (const member of [...administratorMembers, ...accountMembers]) assert.is.not(desk.profile[member].Udf, before[member].Udf);
      await addPlace(alice, { name: "roof" });
      await desk.sync();
      await other.sync();
      assert.is(other.keys.accountEncryption?.public.udf, alice.profile.AccountEncryption.Udf);
      assert.equal([storesToRekey(alice).size, membersToReplace(alice)], [0, []]);
    },
    { timeoutMs: 120_000 },
  );

  it(
    "are what keys that were drawn for it are lost with: an administrator removed between the draw and the switch has none that counts",
    async () => {
      const second = await house.join(alice, "second", ["admin", "web"]);
      // Draws, and stops before anybody else has the keys: the entry is sealed to every administrator, this one too.
      await revokeDevice(alice, other.deviceUdf);
      const { drawKeys } = await import("../../../src/account/removal/draw.ts");
      await drawKeys(alice, { stores: storesToRekey(alice), members: membersToReplace(alice) });
      await alice.sync();
      await second.sync();
      const { drawnKeys } = await import("../../../src/account/removal/escrow.ts");
      const known = new Set(drawnKeys(second).map(({ key }) => key.public.udf));
      assert.ok(known.size > 0);
      await revokeDevice(alice, second.deviceUdf);
      await replaceKeys(alice);
      for (const keys of alice.keys.storeKeys.values()) {
        const [newest] = keys;
        assert.not(newest && newest.keyEpoch > 1 && known.has(newest.key.public.udf));
      }
      for (const member of accountMembers) assert.not(known.has(alice.profile[member].Udf), member);
      assert.equal([storesToRekey(alice).size, membersToReplace(alice)], [0, []]);
    },
    { timeoutMs: 120_000 },
  );

  it(
    "are gone on with by another administrator, at once, with the keys that the first one drew",
    async () => {
      const phone = await house.join(alice, "phone", ["device"]);
      const admin = await house.join(alice, "admin", ["admin", "web"]);
      await revokeDevice(alice, phone.deviceUdf);
      const { drawKeys } = await import("../../../src/account/removal/draw.ts");
      const { drawnKeys } = await import("../../../src/account/removal/escrow.ts");
      await drawKeys(alice, { stores: storesToRekey(alice), members: [] });
      const drawn = new Set(drawnKeys(alice).map(({ key }) => key.public.udf));
      await admin.sync();
      const { stores } = await replaceKeys(admin);
      assert.ok(stores.includes("MMM_Device"));
      for (const label of stores)
        assert.ok(drawn.has(admin.keys.storeKeys.get(label)?.[0]?.key.public.udf ?? ""), `${label} has the key that was drawn first`);
      await alice.sync();
      assert.is(storesToRekey(alice).size, 0);
      assert.is(alice.sizeOf("MMM_Device").epoch, admin.sizeOf("MMM_Device").epoch);
    },
    { timeoutMs: 120_000 },
  );
});
