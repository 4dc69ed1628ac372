/** A guest who replaces keys: the owner's agent gives his grant the newer profile, so that a hub that he has not spoken to since hears no machine he removed. */
import { join } from "node:path";
import type { AccountContext } from "../../../src/account/index.ts";
import {
  addGuest,
  attend,
  dynamicCode,
  exchangeContact,
  findGrant,
  guestHouses,
  putGrant,
  replaceKeys,
  revokeDevice,
} from "../../../src/account/index.ts";
import { dateTime } from "../../../src/base/clock.ts";
import { encodeObject } from "../../../src/codec/index.ts";
import { envelopeId, newNonce } from "../../../src/crypto/index.ts";
import { sealEnvelope } from "../../../src/dare/index.ts";
import { GrantBook } from "../../../src/hub/command/grant-book.ts";
import { GuestLog } from "../../../src/hub/command/guest-log.ts";
import { GuestOrders } from "../../../src/hub/command/guest-orders.ts";
import { GuestOrder, ProfileUser, verifyProfile } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, tempDirectory } from "../../harness/suite.ts";
import { ports, startHousehold } from "../../kit/household.ts";

/** An order as bob's program sends it, under a key of his; his profile does not come with it. */
async function send(bob: AccountContext, house: AccountContext, { hub, text, signer }: { hub: AccountContext; text: string; signer: unknown }) {
  const [{ hubs } = assert.unreachable() as never] = await guestHouses(bob);
  const value: GuestOrder = {
    ...{ MessageId: newNonce(ports.random), Sender: bob.address, Recipient: house.address, HubUdf: hub.deviceUdf, Text: text },
    Expires: dateTime(ports.clock.now() + 30_000),
  };
  const envelope = sealEnvelope({
    plaintext: encodeObject(GuestOrder, value),
    envelopeId: envelopeId(value.MessageId),
    contentMeta: { MessageType: GuestOrder.tag, cty: "application/mmm/object" },
    signers: [signer as NonNullable<AccountContext["keys"]["accountSignature"]>],
    recipients: [hubs[0]!.encryption],
    random: ports.random,
  });
  await bob.transact({ messages: [{ spool: "MMM_Outbound", envelope, to: [house.address] }] });
}

describe("account: a guest who replaces keys", (it) => {
  it("has them in his grant when the owner's agent has heard of it, and the machine that he removed is heard no more", async () => {
    const house = await startHousehold();
    onCleanup(() => house.stop());
    const alice = await house.create("alice", "alice@example.com");
    const hub = await house.join(alice, "hub", ["hub"]);
    const [bob, carol] = [await house.create("bob", "bob@example.com"), await house.create("carol", "carol@example.com")];
    for (const guest of [bob, carol]) {
      await exchangeContact(alice, (await dynamicCode(guest)).uri);
      await guest.sync();
      await attend(guest, { claim: false });
    }
    await addGuest(alice, bob.address, { until: ports.clock.now() + 3_600_000 });
    const { EnvelopedProfileUser: given, Updated: _, ...terms } = findGrant(alice, bob.address);
    // What was given to bob's root is his, whoever has the address that it names.
    await putGrant(alice, { ...terms, Key: newNonce(ports.random), Address: carol.address, ...(given && { EnvelopedProfileUser: given }) });
    const renewed = async (): Promise<readonly (string | undefined)[]> => {
      await alice.sync();
      return (await attend(alice, { claim: false })).filter(({ kind }) => kind === "renewed").map(({ address }) => address);
    };
    assert.equal(await renewed(), []);

    const old = await house.join(bob, "bobs old phone", ["web"]);
    await old.sync();
    const oldKey = old.keys.accountSignature;
    await revokeDevice(bob, old.deviceUdf);
    assert.ok((await replaceKeys(bob)).members.includes("AccountSignature"));
    await bob.sync();
    await attend(bob, { claim: false });
    assert.equal(await renewed(), [bob.address]);
    const { EnvelopedProfileUser: now, Updated: __, ...kept } = findGrant(alice, terms.Key);
    assert.equal(kept, terms);
    assert.equal(now && verifyProfile(ProfileUser, now).value, bob.profile);
    assert.equal(await renewed(), [], "it is done once");

    const log = await GuestLog.open({ path: join(tempDirectory(), "guest.journal") });
    const heard: string[] = [];
    const orders = new GuestOrders({ account: hub, log, grants: new GrantBook(hub), time: { now: () => ports.clock.now() }, from: 0 });
    orders.start(async ({ text }) => {
      heard.push(text);
      return { kind: "done", text: "done", targets: [] };
    });
    onCleanup(async () => {
      await orders.stop();
      await log.close();
    });
    await send(bob, alice, { hub, text: "turn on the first", signer: oldKey });
    await send(bob, alice, { hub, text: "turn on the second", signer: bob.keys.accountSignature });
    await hub.sync();
    await orders.onSync();
    assert.equal(heard, ["turn on the second"]);
  });
});
