/** What a peer's service shows in place of taking a message, and what an account says of itself from elsewhere, moves no contact, goes round no block and keeps nobody writing. */

import { bindProfile } from "../../../src/account/connect/bind-profile.ts";
import { senderBook } from "../../../src/account/contact/sender-book.ts";
import { accountSignatureOf } from "../../../src/account/context/account-keys.ts";
import type { AccountContext } from "../../../src/account/index.ts";
import {
  attend,
  blockAddress,
  contactOfAddress,
  contacts,
  dynamicCode,
  exchangeContact,
  inspectWaiting,
  refusedAddresses,
  unblockAddress,
} from "../../../src/account/index.ts";
import { accountMessage } from "../../../src/account/message/message-envelope.ts";
import { dateTime } from "../../../src/base/clock.ts";
import { decodeObject, encodeObject } from "../../../src/codec/index.ts";
import { generatePrivateKey, newNonce } from "../../../src/crypto/index.ts";
import { MeshClient, operations, PostResponse, statusDone } from "../../../src/protocol/index.ts";
import { PostRequest } from "../../../src/protocol/message/transact.ts";
import type { ContactPerson as Contact, Enveloped, ProfileUser as Profile } from "../../../src/schema/index.ts";
import { ContactPerson, envelopeObject, MessageContact, ProfileUser, publicKeyOf, signedObject } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, tempDirectory } from "../../harness/suite.ts";
import { acquaint } from "../../kit/acquaint.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { TwoServices } from "../../kit/two-services.ts";
import { startHostile } from "./hostile-service.ts";

const { random, clock } = ports;

async function householdAt(url: string): Promise<Household> {
  const house = await startHousehold(async () => ({ url, stop: async () => undefined }));
  onCleanup(() => house.stop());
  return house;
}

/** A profile of an account's root, one version later. */
function profileOf(context: AccountContext, change: Partial<Profile>): Enveloped<Profile> {
  const root = context.keys.profileSignature!;
  const value: Profile = { ...context.profile, ...change, Version: (context.profile.Version ?? 0) + 1, Updated: dateTime(clock.now() + 60_000) };
  return envelopeObject({ struct: ProfileUser, value, signers: [root], envelopeId: root.public.udf, random });
}

async function sentContacts(context: AccountContext): Promise<number> {
  let sent = 0;
  for await (const { messageType } of context.messages("MMM_Outbound")) if (messageType === MessageContact.tag) sent += 1;
  return sent;
}

describe("attack: a profile that is shown", (it) => {
  it(
    "with a refusal: the same one again and again ends the message; one of another address is believed by nobody",
    async () => {
      const hostile = await startHostile(tempDirectory());
      onCleanup(() => hostile.stop());
      const world = await new TwoServices({ peers: [{ domain: "evil.example", url: hostile.url }] }).start();
      const alice = await (await householdAt(world.com.url)).create("ann", "ann@example.com");
      const mallet = await (await householdAt(hostile.url)).create("mal", "mal@evil.example");
      let shown = mallet.profileEnvelope;
      let posts = 0;
      hostile.malice.answer = (_link, name, plain) => {
        if (name !== operations.Post.request.tag) return undefined;
        posts += 1;
        const { Messages, Accounts } = decodeObject(PostRequest, plain);
        const Entries = Messages.flatMap(({ header }) =>
          Accounts.map((Account) => {
            const refusal = { Result: "Reject" as const, ErrorCode: "ERR_KEY", EnvelopedProfileAccount: shown };
            return { EnvelopeId: header.EnvelopeId ?? "", Account, ...refusal };
          }),
        );
        return encodeObject(PostResponse, { Status: statusDone, Entries });
      };
      const turns = async (count: number): Promise<void> => {
        for (let turn = 0; turn < count; turn += 1) {
          await alice.sync();
          await attend(alice, { claim: false });
          for (let step = 0; step < 4; step += 1) {
            await world.clock.pass(500);
            await clock.sleep(5);
          }
        }
        await alice.sync();
      };
      const { uri } = await dynamicCode(mallet);
      await exchangeContact(alice, uri, { configured: hostile.url });
      for (let n = 0; n < 40 && posts === 0; n += 1) await turns(1);
      assert.ok(posts > 0, "the service of mallet was asked");
      await turns(6);
      assert.is(await sentContacts(alice), 1, "what shows nothing newer ends the message");
      shown = profileOf(mallet, { AccountAddress: "bank@example.net" });
      await turns(3);
      assert.equal(
        contacts(alice)
          .map(({ address }) => address)
          .sort(),
        ["ann@example.com", "mal@evil.example"],
      );
      assert.ok((await sentContacts(alice)) <= 2);
    },
    { timeoutMs: 120_000 },
  );

  it("by a contact from another address waits for the owner, and is refused where the contact is blocked", async () => {
    const house = await startHousehold();
    onCleanup(() => house.stop());
    const alice = await house.create("alice", "alice@example.com");
    const bob = await house.create("bob", "bob@example.com");
    await acquaint(bob, alice);
    const link = generatePrivateKey("X448", random);
    const address = "bob2@example.com";
    const client = new MeshClient({ url: house.service.url, link, account: address, clock, random });
    onCleanup(() => client.close());
    await client.hello();
    const profile = profileOf(bob, { AccountAddress: address });
    await bindProfile({ client, address, profile, link, root: bob.keys.profileSignature!, serviceUdf: bob.profile.ServiceUdf, random });
    const contact: Contact = {
      Id: bob.accountUdf,
      Anchors: [{ Udf: bob.accountUdf, Validation: "Self" }],
      NetworkAddresses: [{ Address: address, Protocols: [{ Protocol: "mmm" }], EnvelopedProfileAccount: profile }],
    };
    const AuthenticatedData = await signedObject({ struct: ContactPerson, value: contact, signer: accountSignatureOf(bob), random });
    const introduce = async (): Promise<void> => {
      const recipients = [publicKeyOf(senderBook(bob)(alice.address)!.profile.AccountEncryption)];
      const value: MessageContact = { MessageId: newNonce(random), Sender: address, Recipient: alice.address, AuthenticatedData, Reply: false };
      const envelope = await accountMessage({ struct: MessageContact, value, signer: accountSignatureOf(bob), recipients, ports });
      await client.transact({ Account: address, RequestId: newNonce(random), Outbound: [envelope], Accounts: [alice.address] });
      await alice.sync();
    };
    await alice.sync();
    await blockAddress(alice, bob.address);
    await introduce();
    const events = await attend(alice, { claim: false });
    assert.match(JSON.stringify(events), "of an account that is blocked as bob@example.com");
    await alice.sync();
    assert.equal((await inspectWaiting(alice)).waiting, []);
    assert.equal(refusedAddresses(alice), [bob.address]);
    await unblockAddress(alice, bob.address);
    await introduce();
    await attend(alice, { claim: false });
    await alice.sync();
    assert.ok(contactOfAddress(alice, bob.address), "nobody has moved the contact");
    const [item] = (await inspectWaiting(alice)).waiting;
    assert.equal([item?.kind, item?.from, item?.text], ["contact", address, "was bob@example.com before"]);
  });
});
