import { dealMembership } from "../../../src/account/group/members.ts";
import {
  addMember,
  completeGroup,
  groupPin,
  inGroup,
  joinGroup,
  openAccountEnvelope,
  put,
  removeFromGroup,
  renewGroup,
  revokeDevice,
  syncGroup,
} from "../../../src/account/index.ts";
import { addPrivate, generateScalarKey, newNonce } from "../../../src/crypto/index.ts";
import { openEnvelope } from "../../../src/dare/index.ts";
import {
  CapabilityKeyGenerate,
  groupKeyCatalog,
  groupKeyEntry,
  keyDataOf,
  nextGroupKeyCatalog,
  nextGroupKeyEntry,
  ProfileService,
  powerCatalog,
  privateKeyDataOf,
  publicKeyOf,
  sealServicedShare,
  verifyProfile,
} from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { accept, administrator, family, friend, keyNow, opens, sealedTo, startFamily } from "../../kit/family.ts";
import { ports } from "../../kit/household.ts";

describe("a group that two machines administer", (it) => {
  it(
    "is changed and renewed by each, and by neither once it is removed from the group",
    async () => {
      const house = await startFamily();
      const { alice } = house;
      const bob = await friend(house, "bob");
      const laptop = await house.join(alice, "laptop", ["super", "admin", "web", "message"]);
      for (const context of [alice, laptop]) await context.sync();
      const { uri } = await groupPin(alice, family, { minutes: 10, root: true });
      assert.is(await joinGroup(laptop, { code: uri, serviceUrl: async () => house.service.url }), family);
      const synced = await syncGroup(alice, family);
      assert.equal([synced.administrators, synced.dealt.length], [2, 1]);
      await completeGroup(laptop, family, 5);
      assert.equal((await syncGroup(laptop, family)).dealt, [], "everybody has a part");
      const first = await sealedTo(alice, "one");
      assert.is((await addMember(laptop, family, bob.address)).outcome, "invited");
      await accept(bob);
      assert.is(await opens(bob, first), "one");
      // A machine without the group's root removes him at once, and leaves the key to who has it.
      const tablet = await administrator(house, "tablet", { root: false });
      const former = (await keyNow(alice)).udf;
      assert.is(await removeFromGroup(tablet, family, bob.address), undefined);
      await throwsMesh(() => openAccountEnvelope(bob, first), "ERR_NOT_AUTHORIZED");
      assert.is((await keyNow(alice)).udf, former);
      // The laptop renews, and the first machine goes on with the new key.
      await renewGroup(laptop, family);
      assert.is((await addMember(alice, family, bob.address)).outcome, "invited");
      await accept(bob);
      assert.is(await opens(bob, await sealedTo(alice, "two")), "two");
      // Removed from the group: its part is used for nobody any more.
      const udf = await inGroup(laptop, family, async ({ deviceUdf }) => deviceUdf);
      await inGroup(laptop, family, async (group) => {
        await inGroup(alice, family, (other) => revokeDevice(other, udf));
        await throwsMesh(dealMembership(group, { address: bob.address, udf: bob.accountUdf }), "ERR_REVOKED");
      });
      await renewGroup(alice, family);
      await accept(bob);
      assert.is(await opens(bob, await sealedTo(alice, "three")), "three");
    },
    { timeoutMs: 400_000 },
  );

  it(
    "is renewed by both at once, and has one key in the end, of which both deal shares",
    async () => {
      const house = await startFamily();
      const { alice } = house;
      const bob = await friend(house, "bob");
      const laptop = await administrator(house, "laptop", { root: true, roles: ["super", "admin", "web", "message"] });
      await addMember(alice, family, bob.address);
      await accept(bob);
      for (const round of [1, 2]) {
        const before = await sealedTo(alice, `before ${round}`);
        const ends = await Promise.allSettled([alice, laptop].map((own) => renewGroup(own, family)));
        // Who comes second waits for the part that the first one deals.
        const refused = ends.flatMap((end) => (end.status === "rejected" ? [String(end.reason.code)] : []));
        assert.ok(
          refused.every((code) => code === "ERR_CONFLICT" || code === "ERR_NOT_AUTHORIZED") && refused.length < 2,
          ends.map((end) => (end.status === "rejected" ? end.reason.message : end.status)).join("; "),
        );
        for (const own of [alice, laptop]) {
          const udf = await inGroup(own, family, async (group) => {
            await group.sync();
            assert.is(group.get(nextGroupKeyCatalog, nextGroupKeyEntry), undefined, "nothing is half done");
            return group.profile.AccountEncryption.Udf;
          });
          assert.is((await addMember(own, family, bob.address)).outcome, "invited");
          await accept(bob);
          const file = await sealedTo(own, `round ${round}`);
          assert.is(file.header.recipients?.[0]?.kid, udf);
          assert.is(await opens(bob, file), `round ${round}`);
        }
        assert.is(await opens(bob, before), `before ${round}`);
      }
    },
    { timeoutMs: 400_000 },
  );

  for (const [place, catalog] of [
    ["the next", nextGroupKeyCatalog],
    ["the", groupKeyCatalog],
  ] as const) {
    it(
      `a machine without the group's root does not choose ${place} key: what it has put there before its removal is made anew`,
      async () => {
        const house = await startFamily();
        const { alice } = house;
        const bob = await friend(house, "bob");
        const tablet = await administrator(house, "tablet", { root: false });
        await addMember(alice, family, bob.address);
        await accept(bob);
        const { link, former } = await inGroup(alice, family, async ({ identity, profile }) => ({
          link: identity.base.link448.public.udf,
          former: profile.AccountEncryption.Udf,
        }));
        // It knows both parts, and has the service take its own for one that alice may deal of.
        const [own, service] = [generateScalarKey("X448", ports.random), generateScalarKey("X448", ports.random)];
        const whole = addPrivate(own, service);
        const udf = await inGroup(tablet, family, async (group) => {
          const Id = newNonce(ports.random);
          const EnvelopedKeyShare = sealServicedShare({
            share: service,
            accountUdf: group.accountUdf,
            capabilityId: Id,
            service: publicKeyOf(verifyProfile(ProfileService, group.serviceProfile).value.ServiceEncryption),
            random: ports.random,
          });
          const value: CapabilityKeyGenerate = {
            Id,
            Active: true,
            GranteeUdf: link,
            Resource: "AccountEncryption",
            Curves: [],
            EnvelopedKeyShare,
          };
          const word = group.get(groupKeyCatalog, groupKeyEntry)?.EnvelopedWord;
          await group.transact({
            catalogs: [
              // With the word on another key, too, it is none.
              put(catalog, {
                PowerId: Id,
                Own: privateKeyDataOf(own),
                Service: keyDataOf(service.public),
                ...(word ? { EnvelopedWord: word } : {}),
              }),
              put(powerCatalog, { Capability: { tag: CapabilityKeyGenerate.tag as "CapabilityKeyGenerate", value } }),
            ],
          });
          return group.deviceUdf;
        });
        await inGroup(alice, family, (group) => revokeDevice(group, udf));
        // Whichever command comes next.
        assert.is((await addMember(alice, family, bob.address)).outcome, "invited");
        await accept(bob);
        const file = await sealedTo(alice, "after the removal");
        const { current, left } = await inGroup(alice, family, async (group) => ({
          current: group.profile.AccountEncryption.Udf,
          left: group.get(nextGroupKeyCatalog, nextGroupKeyEntry),
        }));
        assert.is.not(current, whole.public.udf);
        assert.is.not(current, former);
        assert.is(left, undefined);
        assert.throws(() => openEnvelope(file, { keys: [whole] }));
        assert.is(await opens(bob, file), "after the removal");
        await renewGroup(alice, family);
        await accept(bob);
        assert.is(await opens(bob, await sealedTo(alice, "renewed")), "renewed");
      },
      { timeoutMs: 400_000 },
    );
  }
});
