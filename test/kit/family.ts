/** A household with a group, which alice has made: who belongs to it, which of her machines administer it, and what is sealed to it. */
import { inspectInvitations } from "../../src/account/group/invitation.ts";
import type { AccountContext } from "../../src/account/index.ts";
import {
  acceptInvitation,
  completeGroup,
  createGroup,
  groupPin,
  inGroup,
  joinGroup,
  openAccountEnvelope,
  syncGroup,
} from "../../src/account/index.ts";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import type { PublicKey } from "../../src/crypto/index.ts";
import type { DareEnvelope } from "../../src/dare/index.ts";
import { sealEnvelope } from "../../src/dare/index.ts";
import type { Role } from "../../src/schema/index.ts";
import { publicKeyOf } from "../../src/schema/index.ts";
import { onCleanup } from "../harness/suite.ts";
import { acquaint } from "./acquaint.ts";
import type { HouseDisk, Household } from "./household.ts";
import { ports, startHousehold } from "./household.ts";

/** The group's address. */
export const family = "family@example.com";

/** The house, and her who administers the group. */
export interface Family extends Household {
  readonly alice: AccountContext;
}

/** A house with alice and her group. */
export async function makeFamily(): Promise<Family> {
  const house = await startHousehold();
  const alice = await house.create("alice", "alice@example.com");
  await createGroup(alice, { address: family, serviceUrl: house.service.url });
  return { ...house, alice };
}

/** The same, which ends with the test. */
export async function startFamily(): Promise<Family> {
  const house = await makeFamily();
  onCleanup(() => house.stop());
  return house;
}

/** One that was there before, of its disk; it ends with the test. */
export async function familyOf(disk: HouseDisk): Promise<Family> {
  const house = await startHousehold(undefined, disk);
  onCleanup(() => house.stop());
  return { ...house, alice: await house.open("alice") };
}

/** Somebody whom alice knows, and who may be invited. */
export async function friend({ alice, create }: Family, name: string): Promise<AccountContext> {
  const context = await create(name, `${name}@example.com`);
  await acquaint(context, alice);
  return context;
}

/** A further machine of alice's: one that administers the group, with the group's root or without. */
export async function administrator(
  house: Family,
  name: string,
  { root, roles = ["admin", "web", "message"] }: { readonly root: boolean; readonly roles?: readonly Role[] },
): Promise<AccountContext> {
  const { alice } = house;
  const machine = await house.join(alice, name, roles);
  for (const context of [alice, machine]) await context.sync();
  await begin(house, machine, root);
  await completeGroup(machine, family, 5);
  await alice.sync();
  return machine;
}

/** The machine asks to administer the group, and alice gives it a part of the key. */
async function begin({ alice, service }: Family, machine: AccountContext, root: boolean): Promise<void> {
  const { uri } = await groupPin(alice, family, { minutes: 10, root });
  await joinGroup(machine, { code: uri, serviceUrl: async () => service.url });
  await syncGroup(alice, family);
}

/** Takes the invitations that wait, the newest first: two machines may have invited somebody in the same moment, and the newest share is the one that counts. */
export async function accept(member: AccountContext): Promise<void> {
  for (;;) {
    await member.sync();
    const newest = (await inspectInvitations(member)).pending.at(-1);
    if (!newest) return;
    await acceptInvitation(member, newest);
  }
}

/** The key that the group publishes now, as a machine of it sees it. */
export function keyNow(own: AccountContext): Promise<PublicKey> {
  return inGroup(own, family, async ({ profile }) => publicKeyOf(profile.AccountEncryption));
}

/** What somebody encrypts to the group with the key that it publishes now. */
export async function sealedTo(own: AccountContext, text: string): Promise<DareEnvelope> {
  return sealEnvelope({ plaintext: utf8(text), recipients: [await keyNow(own)], random: ports.random });
}

/** What a member reads in it. */
export async function opens(context: AccountContext, file: DareEnvelope): Promise<string> {
  return fromUtf8(await openAccountEnvelope(context, file));
}
