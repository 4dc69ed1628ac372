/** Two machines administer a group and write at once: what one has ended the other does not bring back. */

import {
  AccountContext,
  addMember,
  groupPin,
  inGroup,
  joinGroup,
  members,
  removeFromGroup,
  renewGroup,
  revokeDevice,
  syncGroup,
} from "../../../src/account/index.ts";
import type { PowerClient } from "../../../src/account/power/power-client.ts";
import { PowerClient as Powers } from "../../../src/account/power/power-client.ts";
import { deviceCatalog, memberKey, powerCatalog } from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { administrator, family, familyOf, friend, makeFamily } from "../../kit/family.ts";
import { madeOnce } from "../../kit/house-made-once.ts";

const another = madeOnce(async () => {
  const house = await makeFamily();
  const bob = await friend(house, "bob");
  await administrator(house, "laptop", { root: true });
  await addMember(house.alice, family, bob.address);
  return house;
}, familyOf);

async function home() {
  const house = await another();
  return { house, alice: house.alice, bob: await house.open("bob"), laptop: await house.open("laptop") };
}

/** Does something when the service is asked for a share the nth time, before it is asked. */
async function whileDealing<T>(nth: number, other: () => Promise<unknown>, task: () => Promise<T>): Promise<T> {
  const { operate } = Powers.prototype;
  let count = 0;
  Powers.prototype.operate = async function (this: PowerClient, operations) {
    if (operations[0]?.tag === "CryptographicOperationShare" && ++count === nth) await other();
    return operate.call(this, operations);
  };
  try {
    return await task();
  } finally {
    Powers.prototype.operate = operate;
    assert.ok(count >= nth, `${count} shares were dealt`);
  }
}

/** Does something before a member's entry is written the first time. */
async function beforeWriting<T>(address: string, other: () => Promise<unknown>, task: () => Promise<T>): Promise<T> {
  const { transact } = AccountContext.prototype;
  let isDone = false;
  AccountContext.prototype.transact = async function (this: AccountContext, transaction) {
    if (!isDone && transaction.catalogs?.some(({ key }) => key === memberKey(address))) {
      isDone = true;
      await other();
    }
    return transact.call(this, transaction);
  };
  try {
    return await task();
  } finally {
    AccountContext.prototype.transact = transact;
    assert.ok(isDone);
  }
}

/** What the service does for somebody in the group, and whether he is a member. */
const standing = (own: AccountContext, address: string) =>
  inGroup(own, family, async (group) => ({
    isMember: members(group).some(({ ContactAddress }) => ContactAddress === address),
    powers: group.list(powerCatalog).filter(({ value: { Capability } }) => {
      const { tag, value } = Capability;
      return tag === "CapabilityDecryptServiced" && value.GranteeAccount === address;
    }).length,
  }));

describe("two machines that change a group at once", (it) => {
  it(
    "a member that one removes is not brought back by the other's renewal",
    async () => {
      const { alice, bob, laptop } = await home();
      // The first share is that of alice's machine, the second bob's.
      const { members: brought } = await whileDealing(
        2,
        () => removeFromGroup(alice, family, bob.address, { renew: false }),
        () => renewGroup(laptop, family),
      );
      assert.equal(await standing(alice, bob.address), { isMember: false, powers: 0 });
      assert.equal(brought, [], "and nobody is told that he has a share");
    },
    { timeoutMs: 300_000 },
  );

  it(
    "a removal ends the share that the other has dealt in the same moment",
    async () => {
      const { alice, bob, laptop } = await home();
      await beforeWriting(
        bob.address,
        () => addMember(laptop, family, bob.address),
        () => removeFromGroup(alice, family, bob.address, { renew: false }),
      );
      assert.equal(await standing(laptop, bob.address), { isMember: false, powers: 0 });
    },
    { timeoutMs: 300_000 },
  );

  it(
    "of two shares that are dealt to one member at once one stays, and of a key that was renewed meanwhile none is dealt",
    async () => {
      const { alice, bob, laptop } = await home();
      await beforeWriting(
        bob.address,
        () => addMember(laptop, family, bob.address),
        () => addMember(alice, family, bob.address),
      );
      assert.equal(await standing(laptop, bob.address), { isMember: true, powers: 1 });
      await whileDealing(
        1,
        () => renewGroup(laptop, family),
        () => addMember(alice, family, bob.address),
      );
      await inGroup(alice, family, async (group) => {
        const [member] = members(group);
        assert.is(member?.KeyUdf, group.profile.AccountEncryption.Udf, "of the key in force");
      });
      // Of the former key one share stays, which opens what is older.
      assert.equal(await standing(laptop, bob.address), { isMember: true, powers: 2 });
    },
    { timeoutMs: 300_000 },
  );

  it(
    "a machine that one removes gets no part of the key by the other",
    async () => {
      const { house, alice, laptop } = await home();
      const tablet = await house.join(alice, "tablet", ["admin", "web", "message"]);
      await tablet.sync();
      const { uri } = await groupPin(alice, family, { minutes: 10, root: false });
      await joinGroup(tablet, { code: uri, serviceUrl: async () => house.service.url });
      const before = await inGroup(laptop, family, async (group) => group.list(deviceCatalog).map(({ key }) => key));
      let links: readonly string[] = [];
      await whileDealing(
        1,
        async () => {
          const udf = await inGroup(laptop, family, async (group) =>
            group
              .list(deviceCatalog)
              .map(({ key }) => key)
              .find((key) => !before.includes(key)),
          );
          await inGroup(laptop, family, async (group) => {
            links = group.directory.find(udf ?? "")?.connection.Link.map(({ Udf }) => Udf) ?? [];
            await revokeDevice(group, udf ?? "");
          });
        },
        () => syncGroup(alice, family),
      );
      assert.ok(links.length > 0);
      const left = await inGroup(alice, family, async (group) =>
        group
          .list(powerCatalog)
          .filter(({ value: { Capability } }) => links.includes(Capability.tag === "NullCapability" ? "" : (Capability.value.GranteeUdf ?? "")))
          .map(({ key }) => key),
      );
      assert.equal(left, []);
    },
    { timeoutMs: 300_000 },
  );
});
