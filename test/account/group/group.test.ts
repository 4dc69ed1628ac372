/** Groups: whose share counts, what a removal ends, what is possible with copies of disks, and that steps that were cut off are gone on with. */
import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { accountSignatureOf } from "../../../src/account/context/account-keys.ts";
import { renewGroupKey } from "../../../src/account/group/group-key.ts";
import { inspectInvitations } from "../../../src/account/group/invitation.ts";
import {
  AccountContext,
  addMember,
  createGroup,
  inGroup,
  openAccountEnvelope,
  put,
  remove,
  removeFromGroup,
  removeMember,
  renewGroup,
} from "../../../src/account/index.ts";
import { outgoingMail } from "../../../src/account/message/mail.ts";
import { fromUtf8, utf8 } from "../../../src/base/bytes.ts";
import { isMeshError } from "../../../src/base/errors.ts";
import type { PrivateKey } from "../../../src/crypto/index.ts";
import { addPrivate, generateScalarKey, newNonce } from "../../../src/crypto/index.ts";
import { openEnvelope, sealEnvelope } from "../../../src/dare/index.ts";
import { loadIdentity } from "../../../src/provider/identity.ts";
import type { CatalogedGroup } from "../../../src/schema/index.ts";
import {
  envelopeObject,
  GroupInvitation,
  GroupMembership,
  groupCatalog,
  groupKey,
  keyDataOf,
  nextGroupKeyCatalog,
  nextGroupKeyEntry,
  ProfileUser,
  privateKeyOf,
  verifyProfile,
} from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { acquaint } from "../../kit/acquaint.ts";
import { accept, family, familyOf, friend, keyNow, makeFamily, opens, sealedTo } from "../../kit/family.ts";
import { madeOnce } from "../../kit/house-made-once.ts";
import { ports } from "../../kit/household.ts";
import { sharesIn } from "../../kit/power-shares.ts";

const another = madeOnce(async () => {
  const house = await makeFamily();
  const [bob, mallet] = [await friend(house, "bob"), await friend(house, "mallet")];
  await acquaint(mallet, bob);
  await house.alice.sync();
  return house;
}, familyOf);

async function home() {
  const house = await another();
  const [bob, mallet] = [await house.open("bob"), await house.open("mallet")];
  const key = await keyNow(house.alice);
  /** A file for the group. */
  const file = () => sealEnvelope({ plaintext: utf8("for the family"), recipients: [key], random: ports.random });
  return { ...house, bob, mallet, file };
}

async function joined(alice: AccountContext, member: AccountContext): Promise<void> {
  assert.is((await addMember(alice, family, member.address)).outcome, "invited");
  await accept(member);
}

const shareOf = (context: AccountContext): CatalogedGroup => context.get(groupCatalog, groupKey(family))!;

/** Somebody with a share, the service's disk and its seed: every share that ever stood there, added to his own. */
async function openedWithService(alice: AccountContext, share: Parameters<typeof privateKeyOf>[0], disk: string) {
  const { encryption } = await loadIdentity({ dir: disk, random: ports.random });
  const own = privateKeyOf(share);
  const udf = await inGroup(alice, family, async ({ accountUdf }) => accountUdf);
  const access = readdirSync(disk, { recursive: true }).filter((name) => String(name).endsWith("MMM_Access.dare"));
  const found = await Promise.all(access.map((name) => sharesIn(join(disk, String(name)), [encryption], udf)));
  const parts = found.flatMap((shares) => [...shares.values()]);
  assert.ok(parts.length >= 3, `${parts.length} shares`);
  const sums = parts.map((part) => addPrivate(own, part));
  return (sealed: ReturnType<typeof sealEnvelope>): boolean =>
    sums.some((key) => {
      try {
        return openEnvelope(sealed, { keys: [key] }).length > 0;
      } catch {
        return false;
      }
    });
}

describe("groups", (it) => {
  it("a member opens, the administrator does not before she adds herself, and a removal ends it at once", async () => {
    const { alice, bob, file, dir, home: at } = await home();
    await joined(alice, bob);
    assert.is(await opens(bob, file()), "for the family");
    await throwsMesh(() => openAccountEnvelope(alice, file()), "ERR_VERIFICATION");
    cpSync(at("bob"), join(dir, "copy"), { recursive: true });
    await inGroup(alice, family, (group) => removeMember(group, bob.address));
    await throwsMesh(() => openAccountEnvelope(bob, file()), "ERR_NOT_AUTHORIZED");
    assert.is((await addMember(alice, family, alice.address)).outcome, "member");
    assert.is(await opens(alice, file()), "for the family");
    // Taken in again, with a share of another deal: the former one opens nothing.
    const former = shareOf(bob).Share;
    await joined(alice, bob);
    assert.is.not(shareOf(bob).Share?.ServiceId, former?.ServiceId);
    assert.is(await opens(bob, file()), "for the family");
  });

  it("a renewed key is of those who are members then: they open what is older too, and a removed one opens nothing new with the service's whole disk", async () => {
    const { alice, bob, mallet, file, dir } = await home();
    for (const member of [bob, mallet]) await joined(alice, member);
    assert.is((await addMember(alice, family, alice.address)).outcome, "member");
    const before = file();
    const stolen = shareOf(mallet).Share!;
    await inGroup(alice, family, (group) => removeMember(group, mallet.address));
    const { key, members: brought } = await renewGroup(alice, family);
    assert.equal(
      brought.map(({ address, outcome }) => [address, outcome]),
      [
        [alice.address, "member"],
        [bob.address, "invited"],
      ],
    );
    assert.is.not(key, stolen.Key.Udf);
    const current = await keyNow(alice);
    assert.is(current.udf, key);
    const after = sealEnvelope({ plaintext: utf8("without mallet"), recipients: [current], random: ports.random });
    await throwsMesh(() => openAccountEnvelope(bob, after), "ERR_VERIFICATION");
    await accept(bob);
    for (const member of [alice, bob]) {
      assert.is(await opens(member, before), "for the family", member.address);
      assert.is(await opens(member, after), "without mallet", member.address);
    }
    await throwsMesh(() => openAccountEnvelope(mallet, before), "ERR_NOT_AUTHORIZED");
    await throwsMesh(() => openAccountEnvelope(mallet, after), "ERR_VERIFICATION");
    const isOpened = await openedWithService(alice, stolen.Share, join(dir, "service"));
    assert.ok(isOpened(before), "the former key is his with the service's disk");
    assert.not(isOpened(after), "the renewed one is not");
    // Who is taken in now gets the key in force; who goes, goes with all his shares.
    await joined(alice, mallet);
    assert.is(await opens(mallet, after), "without mallet");
    await throwsMesh(() => openAccountEnvelope(mallet, before), "ERR_NOT_AUTHORIZED");
    await inGroup(alice, family, (group) => removeMember(group, bob.address));
    for (const sealed of [before, after]) await throwsMesh(() => openAccountEnvelope(bob, sealed), "ERR_NOT_AUTHORIZED");
    await renewGroup(alice, family);
    for (const sealed of [before, after]) assert.ok((await opens(alice, sealed)).length > 0);
  });

  it("a removal renews the key by itself: what is sealed after opens for those who stay, and not with the old disk of who went and the service's", async () => {
    const { alice, bob, mallet, file, dir, home: at } = await home();
    for (const member of [bob, mallet]) await joined(alice, member);
    const before = file();
    cpSync(at("mallet"), join(dir, "copy"), { recursive: true });
    const stolen = shareOf(mallet).Share!;
    const renewed = await removeFromGroup(alice, family, mallet.address);
    assert.equal(
      renewed?.members.map(({ address, outcome }) => [address, outcome]),
      [[bob.address, "invited"]],
    );
    const after = await sealedTo(alice, "without mallet");
    await accept(bob);
    assert.equal([await opens(bob, before), await opens(bob, after)], ["for the family", "without mallet"]);
    const copy = await AccountContext.open({ dir: join(dir, "copy"), ports });
    await throwsMesh(() => openAccountEnvelope(copy, before), "ERR_NOT_AUTHORIZED");
    await throwsMesh(() => openAccountEnvelope(copy, after), "ERR_VERIFICATION");
    await copy.close();
    const isOpened = await openedWithService(alice, stolen.Share, join(dir, "service"));
    assert.equal([isOpened(before), isOpened(after)], [true, false]);
    // Told to keep the key, or by a machine without the group's root: he is out by the service's policy alone.
    assert.is(await removeFromGroup(alice, family, bob.address, { renew: false }), undefined);
    await throwsMesh(() => openAccountEnvelope(bob, after), "ERR_NOT_AUTHORIZED");
  });

  it("a removal that was cut off before the new key was made is gone on with by the next command", async () => {
    const { alice, bob, mallet } = await home();
    for (const member of [bob, mallet]) await joined(alice, member);
    const former = (await keyNow(alice)).udf;
    // Everything of removeFromGroup up to where the program dies.
    assert.ok(await inGroup(alice, family, (group) => removeMember(group, mallet.address, { renew: true })));
    await throwsMesh(() => inGroup(alice, family, (group) => removeMember(group, mallet.address)), "ERR_NOT_FOUND");
    await joined(alice, bob);
    const sealed = await sealedTo(alice, "after all");
    assert.is.not((await keyNow(alice)).udf, former);
    assert.is(await opens(bob, sealed), "after all");
  });

  it("a renewal that was cut off goes on: at each step of its making the key in force is one that members open", async () => {
    const { alice, bob } = await home();
    await joined(alice, bob);
    const lost = new Error("the program has died here");
    for (let step = 1, whole = false; !whole; step++) {
      let left = step;
      whole = await inGroup(alice, family, async (group) => {
        for (const name of ["transact", "operate", "bind"] as const) {
          const real = group.client[name].bind(group.client) as (...given: readonly unknown[]) => Promise<unknown>;
          Object.assign(group.client, {
            [name]: (...given: readonly unknown[]) => {
              if (left-- <= 1) throw lost;
              return real(...given);
            },
          });
        }
        return renewGroupKey(group).then(
          () => true,
          (error) => {
            assert.is(error.cause ?? error, lost);
            return false;
          },
        );
      });
      assert.ok(whole || step < 20);
      // The next command, whichever it is, goes on with it.
      await joined(alice, bob);
      const sealed = await sealedTo(alice, `step ${step}`);
      assert.is(await opens(bob, sealed), `step ${step}`);
      assert.is(await inGroup(alice, family, async (group) => group.get(nextGroupKeyCatalog, nextGroupKeyEntry)), undefined);
    }
  });

  it("a share is its member's: another account has it used by nobody, and a capability of another group opens nothing", async () => {
    const { alice, bob, mallet, file, service } = await home();
    await joined(alice, bob);
    const stolen = shareOf(bob);
    const keep = (member: AccountContext, share: CatalogedGroup["Share"]) =>
      member.transact({ catalogs: [put(groupCatalog, { ...stolen, ...(share && { Share: share }) })] });
    // Bob's whole share, in mallet's account, who speaks for himself.
    await keep(mallet, stolen.Share);
    await throwsMesh(() => openAccountEnvelope(mallet, file()), "ERR_NOT_AUTHORIZED");
    // A member of another group has the service's share of that one used, beside bob's.
    const others = "others@example.com";
    await createGroup(alice, { address: others, serviceUrl: service.url });
    assert.is((await addMember(alice, others, mallet.address)).outcome, "invited");
    await accept(mallet);
    const ofOthers = mallet.get(groupCatalog, groupKey(others))!.Share!;
    await keep(mallet, { ...stolen.Share!, ServiceId: ofOthers.ServiceId });
    await throwsMesh(() => openAccountEnvelope(mallet, file()), "ERR_NOT_AUTHORIZED");
    // Under the address of that group too: what the service answers is of another key.
    const { EnvelopedProfileGroup } = mallet.get(groupCatalog, groupKey(others))!;
    await mallet.transact({
      catalogs: [
        put(groupCatalog, {
          Key: groupKey(others),
          EnvelopedProfileGroup: EnvelopedProfileGroup!,
          Share: { ...stolen.Share!, ServiceId: ofOthers.ServiceId },
        }),
      ],
    });
    await mallet.transact({ catalogs: [remove(groupCatalog, groupKey(family))] });
    await throwsMesh(() => openAccountEnvelope(mallet, file()), "ERR_VERIFICATION");
    assert.is(await opens(bob, file()), "for the family");
  });

  it("an invitation counts as the group's word alone: made up, or dealt to another account, it is closed", async () => {
    const { alice, bob, mallet, file } = await home();
    await joined(alice, bob);
    const profile = await inGroup(alice, family, async ({ profileEnvelope }) => profileEnvelope);
    const { Share } = shareOf(bob);
    const forged = async (MemberUdf: string, signer: PrivateKey, own: PrivateKey): Promise<void> => {
      const ServiceId = newNonce(ports.random);
      const { crv, Private } = own.export();
      const said = {
        GroupUdf: profileOfGroup.ProfileSignature.Udf,
        MemberUdf,
        ServiceId,
        Key: Share!.Key,
        Share: keyDataOf(own.public),
        Time: "2099-01-01T00:00:00Z",
      };
      const value = {
        MessageId: newNonce(ports.random),
        Sender: mallet.address,
        Recipient: bob.address,
        Contact: {
          tag: "ContactGroup",
          value: {
            NetworkAddresses: [
              {
                Address: family,
                EnvelopedProfileAccount: profile,
                Capabilities: [
                  {
                    tag: "CapabilityDecryptPartial",
                    value: { ServiceId, KeyData: { Udf: ServiceId, PrivateParameters: { tag: "PrivateKeyECDH", value: { crv, Private } } } },
                  },
                ],
              },
            ],
          },
        },
        EnvelopedMembership: envelopeObject({ struct: GroupMembership, value: said, signers: [signer], random: ports.random }),
      };
      const message = await outgoingMail(mallet, { struct: GroupInvitation, value, to: bob.profile, signer: accountSignatureOf(mallet) });
      await mallet.transact({ messages: [message] });
      await bob.sync();
    };
    const profileOfGroup = verifyProfile(ProfileUser, profile).value;
    const own = () => generateScalarKey("X448", ports.random);
    // Mallet is a contact of bob's, and signs in the group's place.
    await forged(bob.accountUdf, mallet.keys.administrator!.signature, own());
    // The group did sign, but for another account.
    const administrator = await inGroup(alice, family, async ({ keys }) => keys.administrator!.signature);
    await forged(mallet.accountUdf, administrator, own());
    const { pending, refused } = await inspectInvitations(bob);
    assert.equal([pending.length, refused.length], [0, 2]);
    assert.is(await opens(bob, file()), "for the family");
  });

  it("who is removed while he asks gets nothing that is answered after the removal", async () => {
    const { alice, bob, file } = await home();
    await joined(alice, bob);
    let isOver = false;
    const late: string[] = [];
    const asking = (async () => {
      for (let n = 0; n < 400; n++) {
        const began = isOver;
        try {
          await openAccountEnvelope(bob, file());
          if (began) late.push(`${n}`);
        } catch (error) {
          if (!isMeshError(error, "ERR_NOT_AUTHORIZED")) throw error;
          return;
        }
      }
    })();
    await inGroup(alice, family, (group) => removeMember(group, bob.address));
    isOver = true;
    await asking;
    assert.equal(late, []);
    await throwsMesh(() => openAccountEnvelope(bob, file()), "ERR_NOT_AUTHORIZED");
  });

  it("copies of disks: a removed member's and the service's without its seed open nothing; with the seed both halves are there", async () => {
    const { alice, bob, file, dir } = await home();
    await joined(alice, bob);
    const { Share } = shareOf(bob);
    const own = privateKeyOf(Share!.Share);
    const udf = await inGroup(alice, family, async (group) => {
      await removeMember(group, bob.address);
      return group.accountUdf;
    });
    const disk = join(dir, "service");
    const all = readdirSync(disk, { recursive: true })
      .map(String)
      .filter((name) => name.endsWith("MMM_Access.dare"));
    const theirs = async (keys: readonly PrivateKey[]): Promise<PrivateKey | undefined> => {
      for (const name of all) {
        const found = (await sharesIn(join(disk, name), keys, udf)).get(Share!.ServiceId);
        if (found) return found;
      }
      return undefined;
    };
    const ofBob = [
      bob.keys.encryption,
      bob.keys.authentication,
      own,
      ...[...bob.keys.storeKeys.values()].flatMap((list) => list.map(({ key }) => key)),
    ];
    assert.is(await theirs(ofBob), undefined, "the service's disk and bob's, without the service's seed");
    const { encryption } = await loadIdentity({ dir: disk, random: ports.random });
    const share = await theirs([...ofBob, encryption]);
    assert.ok(share, "the entry's former frame stands in the service's store");
    // This is what remains, and the pages say so: the two together are the group's key, also for what is encrypted later.
    assert.is(fromUtf8(openEnvelope(file(), { keys: [addPrivate(own, share!)], sealed: true })), "for the family");
    assert.throws(() => openEnvelope(file(), { keys: [own], sealed: true }));
    assert.throws(() => openEnvelope(file(), { keys: [share!], sealed: true }));
  });
});
