/** Groups: whose share counts, what a removal ends, what is possible with copies of disks, and that steps that were cut off are gone on with. */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { inspectInvitations } from "../../../src/account/group/invitation.ts";
import type { AccountContext } from "../../../src/account/index.ts";
import { acceptInvitation, addMember, createGroup, inGroup, openAccountEnvelope, removeMember } from "../../../src/account/index.ts";
import { fromUtf8, utf8 } from "../../../src/base/bytes.ts";
import { sealEnvelope } from "../../../src/dare/index.ts";
import type { CatalogedGroup } from "../../../src/schema/index.ts";
import { groupCatalog, groupKey, publicKeyOf } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { acquaint } from "../../kit/acquaint.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";

const family = "family@example.com";

interface Home extends Household {
  readonly alice: AccountContext;
  readonly bob: AccountContext;
  readonly mallet: AccountContext;
  /** A file for the group. */
  file(): ReturnType<typeof sealEnvelope>;
}

async function home(): Promise<Home> {
  const house = await startHousehold();
  const alice = await house.create("alice", "alice@example.com");
  const bob = await house.create("bob", "bob@example.com");
  const mallet = await house.create("mallet", "mallet@example.com");
  await acquaint(bob, alice);
  await acquaint(mallet, alice);
  await acquaint(mallet, bob);
  await alice.sync();
  await createGroup(alice, { address: family, serviceUrl: house.service.url });
  const key = await inGroup(alice, family, async ({ profile }) => publicKeyOf(profile.AccountEncryption));
  const file = () => sealEnvelope({ plaintext: utf8("for the family"), recipients: [key], random: ports.random });
  return { ...house, alice, bob, mallet, file };
}

async function accept(member: AccountContext): Promise<void> {
  await member.sync();
  const [pending] = (await inspectInvitations(member)).pending;
  assert.ok(pending, "an invitation waits");
  await acceptInvitation(member, pending!);
}

async function joined(alice: AccountContext, member: AccountContext): Promise<void> {
  assert.is((await addMember(alice, family, member.address)).outcome, "invited");
  await accept(member);
}

const shareOf = (context: AccountContext): CatalogedGroup => context.get(groupCatalog, groupKey(family))!;
const opens = async (context: AccountContext, file: ReturnType<typeof sealEnvelope>) => fromUtf8(await openAccountEnvelope(context, file));

describe("groups", (it) => {
  it("a member opens, the administrator does not before she adds herself, and a removal ends it at once", async () => {
    const { alice, bob, file, stop, dir, home: at } = await home();
    try {
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
    } finally {
      await stop();
    }
  });
});
