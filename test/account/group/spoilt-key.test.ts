/** What an administrator's machine has written in the place of a group's key, before its removal: the next renewal makes another key all the same. */
import { inspectInvitations } from "../../../src/account/group/invitation.ts";
import type { AccountContext, CatalogWrite } from "../../../src/account/index.ts";
import {
  acceptInvitation,
  addMember,
  createGroup,
  inGroup,
  members,
  openAccountEnvelope,
  put,
  remove,
  removeFromGroup,
  renewGroup,
} from "../../../src/account/index.ts";
import { fromUtf8, utf8 } from "../../../src/base/bytes.ts";
import { tag } from "../../../src/codec/index.ts";
import { generateScalarKey } from "../../../src/crypto/index.ts";
import { sealEnvelope } from "../../../src/dare/index.ts";
import {
  CatalogedMember,
  groupKeyCatalog,
  groupKeyEntry,
  keyDataOf,
  nextGroupKeyCatalog,
  nextGroupKeyEntry,
  privateKeyDataOf,
  publicKeyOf,
} from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { acquaint } from "../../kit/acquaint.ts";
import { ports, startHousehold } from "../../kit/household.ts";

const family = "family@example.com";

const otherType = (key: string): CatalogWrite => ({
  store: groupKeyCatalog.label,
  key,
  change: () => tag(CatalogedMember, { ContactAddress: "nobody@example.com" }),
});

/** What somebody writes, and what he calls it. */
const spoiling: readonly (readonly [string, (group: AccountContext) => readonly CatalogWrite[]])[] = [
  [
    "a key whose halves do not belong together, under the name of a member's share",
    (group) => [
      put(groupKeyCatalog, {
        PowerId: members(group)[0]?.ServiceCapabilityId ?? "",
        Own: { ...privateKeyDataOf(generateScalarKey("X448", ports.random)), ...keyDataOf(generateScalarKey("X448", ports.random).public) },
        Service: keyDataOf(generateScalarKey("X448", ports.random).public),
      }),
    ],
  ],
  ["an entry of another type", () => [otherType(groupKeyEntry)]],
  ["nothing", () => [remove(groupKeyCatalog, groupKeyEntry)]],
  ["the key in force as the next one", (group) => [put(nextGroupKeyCatalog, { ...group.get(groupKeyCatalog, groupKeyEntry)! })]],
  ["an entry of another type as the next one", () => [otherType(nextGroupKeyEntry)]],
];

async function acceptAll(member: AccountContext): Promise<void> {
  for (;;) {
    await member.sync();
    const newest = (await inspectInvitations(member)).pending.at(-1);
    if (!newest) return;
    await acceptInvitation(member, newest);
  }
}

describe("the place of a group's key", (it) => {
  it(
    "keeps no renewal back, whatever is in it, and what members have opens what is older",
    async () => {
      const house = await startHousehold();
      try {
        const alice = await house.create("alice", "alice@example.com");
        const bob = await house.create("bob", "bob@example.com");
        const carol = await house.create("carol", "carol@example.com");
        for (const one of [bob, carol]) await acquaint(one, alice);
        await createGroup(alice, { address: family, serviceUrl: house.service.url });
        await addMember(alice, family, bob.address);
        await acceptAll(bob);
        const keyNow = () => inGroup(alice, family, async ({ profile }) => publicKeyOf(profile.AccountEncryption));
        const sealed = async (text: string) => sealEnvelope({ plaintext: utf8(text), recipients: [await keyNow()], random: ports.random });
        for (const [what, write] of spoiling) {
          const former = await keyNow();
          const older = await sealed(`before ${what}`);
          await inGroup(alice, family, (group) => group.transact({ catalogs: [...write(group)] }));
          await renewGroup(alice, family);
          assert.is.not((await keyNow()).udf, former.udf, what);
          await acceptAll(bob);
          assert.is(fromUtf8(await openAccountEnvelope(bob, await sealed(what))), what);
          assert.is(fromUtf8(await openAccountEnvelope(bob, older)), `before ${what}`, what);
        }
        // A removal renews it, too.
        await addMember(alice, family, carol.address);
        await inGroup(alice, family, (group) => group.transact({ catalogs: [...(spoiling[3]?.[1](group) ?? [])] }));
        const former = await keyNow();
        await removeFromGroup(alice, family, carol.address);
        assert.is.not((await keyNow()).udf, former.udf);
      } finally {
        await house.stop();
      }
    },
    { timeoutMs: 400_000 },
  );
});
