/** What contacts are pinned to, against whoever would be somebody else: another account under the address, forged and replayed messages, stolen PINs. */

import { contactMessage } from "../../../src/account/contact/contact-message.ts";
import { learn } from "../../../src/account/contact/learn.ts";
import { inspectContacts } from "../../../src/account/contact/pending.ts";
import { ownContact } from "../../../src/account/contact/self-contact.ts";
import { verifyContact } from "../../../src/account/contact/verify-contact.ts";
import { loadAccountFile, saveAccountFile } from "../../../src/account/context/account-file.ts";
import type { AccountContext as Context } from "../../../src/account/index.ts";
import {
  AccountContext,
  acceptContact,
  addContact,
  attend,
  contactOfAddress,
  deleteContact,
  fetchContact,
  findContact,
  lookUpProfile,
  messageEnvelope,
  pendingContacts,
  profileOf,
  renewOwnContact,
  requestContact,
  staticCode,
} from "../../../src/account/index.ts";
import { dateTime } from "../../../src/base/clock.ts";
import { deriveKey, generatePrivateKey, newNonce } from "../../../src/crypto/index.ts";
import { BindAuthorization } from "../../../src/protocol/index.ts";
import {
  ContactPerson,
  type Enveloped,
  envelopeObject,
  keyDataOf,
  keyName,
  MessageContact,
  ProfileUser,
  publicKeyOf,
  verifyProfile,
} from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";

const { random } = ports;

async function turn(context: Context): Promise<readonly string[]> {
  await context.sync();
  return (await attend(context, { claim: false })).map(({ kind, address, reason }) => [kind, address, reason].filter(Boolean).join(" "));
}

/** Issues an account's profile anew, as its owner does after a removal, and opens it again. */
async function reissue(context: Context): Promise<Context> {
  const root = deriveKey(context.keys.accountSeed ?? "", keyName.accountProfile, "Ed448");
  const value: ProfileUser = { ...context.profile, Updated: dateTime(ports.clock.now() + 60_000), Names: ["issued anew"] };
  const profile = envelopeObject({ struct: ProfileUser, value, signers: [root], envelopeId: root.public.udf, random });
  const authorization = {
    AccountAddress: context.address,
    ServiceUdf: value.ServiceUdf,
    LinkUdf: context.identity.base.link448.public.udf,
    HandshakeHash: await context.client.handshakeHash(),
  };
  await context.client.bind({
    AccountAddress: context.address,
    EnvelopedProfileAccount: profile,
    EnvelopedBindAuthorization: envelopeObject({ struct: BindAuthorization, value: authorization, signers: [root], random }),
  });
  await context.close();
  const file = await loadAccountFile(context.dir);
  await saveAccountFile(context.dir, { ...file!, EnvelopedProfileUser: profile });
  return AccountContext.open({ dir: context.dir, ports });
}

describe("contacts: pins", (it) => {
  let house: Household;
  let elsewhere: Household;
  let alice: Context;
  let bob: Context;
  let mallet: Context;

  it.before(async () => {
    [house, elsewhere] = [await startHousehold(), await startHousehold()];
    alice = await house.create("alice", "alice@example.com");
    bob = await house.create("bob", "bob@example.com");
    mallet = await house.create("mallet", "mallet@example.com");
  });
  it.after(async () => {
    await bob.close();
    await house.stop();
    await elsewhere.stop();
  });

  it("another account under the address is refused with both fingerprints, and the way out works", async () => {
    const impostor = await elsewhere.create("impostor", "bob@example.com");
    const configured = elsewhere.service.url;
    const known = await addContact(alice, "bob@example.com", { configured });
    assert.equal([known.pin?.udf, known.pin?.way], [impostor.accountUdf, "FirstUse"]);
    for (const refused of [
      () => addContact(alice, "bob@example.com"),
      () => requestContact(alice, "bob@example.com"),
      () => lookUpProfile(alice, "bob@example.com"),
    ]) {
      const error = await throwsMesh(refused, "ERR_VERIFICATION");
      assert.ok(error.message.includes(impostor.accountUdf) && error.message.includes(bob.accountUdf), error.message);
      assert.match(error.hint, /contact delete bob@example\.com/);
    }
    await requestContact(bob, "alice@example.com");
    const events = await turn(alice);
    assert.ok(events.some((line) => line.startsWith("asked bob@example.com") && line.includes(impostor.accountUdf) && line.includes(bob.accountUdf)));
    const [pending] = await pendingContacts(alice);
    await throwsMesh(acceptContact(alice, pending!), "ERR_VERIFICATION");
    assert.is(contactOfAddress(alice, "bob@example.com")?.pin?.udf, impostor.accountUdf);
    await deleteContact(alice, "bob@example.com");
    await acceptContact(alice, (await pendingContacts(alice))[0]!);
    assert.is(contactOfAddress(alice, "bob@example.com")?.pin?.udf, bob.accountUdf);
    assert.equal(await turn(bob), ["met alice@example.com"]);
  });

  it("a profile that was issued anew reaches the contacts, and an older one changes nothing", async () => {
    const before = profileOf(findContact(alice, "bob@example.com"))!;
    bob = await reissue(bob);
    await bob.sync();
    const { uri } = await staticCode(bob);
    assert.equal(await renewOwnContact(bob), ["alice@example.com"]);
    assert.equal(await renewOwnContact(bob), [], "once");
    assert.ok((await turn(alice)).includes("met bob@example.com"));
    const after = profileOf(findContact(alice, "bob@example.com"))!;
    assert.equal([after.value.Names, after.signer.udf], [["issued anew"], before.signer.udf]);
    await alice.transact({ catalogs: [learn(alice, { profile: before, way: "FirstUse" })] });
    assert.equal(profileOf(findContact(alice, "bob@example.com"))?.value.Names, ["issued anew"]);
    assert.equal((await lookUpProfile(alice, "bob@example.com")).value.Names, ["issued anew"]);
    assert.equal((await fetchContact(mallet, uri)).profile.value.Names, ["issued anew"], "what is published follows");
  });

  it("somebody else's contact in one's own message, and a profile of one's own with somebody else's address, are closed", async () => {
    const { uri } = await staticCode(bob);
    const stolen = (await fetchContact(mallet, uri)).contact.envelope;
    const to = (await lookUpProfile(mallet, "alice@example.com")).value;
    await mallet.transact({ messages: [await contactMessage(mallet, { to, own: stolen })] });
    assert.ok((await turn(alice)).some((line) => line.startsWith("refused")));

    const fake = generatePrivateKey("Ed448", random);
    const sign = generatePrivateKey("Ed448", random);
    const fresh = (curve: "X448" | "Ed448" | "Ed25519") => keyDataOf(generatePrivateKey(curve, random).public);
    const value: ProfileUser = {
      ...bob.profile,
      ProfileSignature: keyDataOf(fake.public),
      AccountSignature: keyDataOf(sign.public),
      AccountEncryption: fresh("X448"),
      AdministratorSignature: fresh("Ed448"),
      AccountAuthentication: fresh("X448"),
      AdministratorSignature25519: fresh("Ed25519"),
      AdministratorEncryption: fresh("X448"),
    };
    const profile = envelopeObject({ struct: ProfileUser, value, signers: [fake], envelopeId: fake.public.udf, random });
    const contact: ContactPerson = { NetworkAddresses: [{ Address: "carol@example.com", EnvelopedProfileAccount: profile }] };
    for (const address of ["bob@example.com", "carol@example.com"]) {
      const claimed = envelopeObject({
        struct: ProfileUser,
        value: { ...value, AccountAddress: address },
        signers: [fake],
        envelopeId: fake.public.udf,
        random,
      });
      const NetworkAddresses = [{ Address: address, EnvelopedProfileAccount: claimed }];
      const own = envelopeObject({ struct: ContactPerson, value: { ...contact, NetworkAddresses }, signers: [sign], random });
      await send({ sender: address, own, signer: sign, to });
      const events = await turn(alice);
      assert.ok(events.includes(`refused a contact of ${address} came from mallet@example.com`), events.join("\n"));
    }
    assert.equal(await pendingContacts(alice), []);
    assert.is(contactOfAddress(alice, "bob@example.com")?.pin?.udf, bob.accountUdf);
  });

  async function send(options: {
    readonly sender: string;
    readonly own: Enveloped<ContactPerson>;
    readonly signer: ReturnType<typeof generatePrivateKey>;
    readonly to: ProfileUser;
  }): Promise<void> {
    const { sender, own, signer, to } = options;
    const value: MessageContact = { MessageId: newNonce(random), Sender: sender, Recipient: to.AccountAddress, AuthenticatedData: own };
    const envelope = messageEnvelope({ struct: MessageContact, value, signer, recipients: [publicKeyOf(to.AccountEncryption)], ports });
    await mallet.transact({ messages: [{ spool: "MMM_Outbound", envelope, to: [to.AccountAddress] }] });
  }

  it("a stranger's contact with a thousand fields, or of another form, is closed", async () => {
    const to = (await lookUpProfile(mallet, "alice@example.com")).value;
    const own = await ownContact(mallet);
    const mesh = { Address: mallet.address, EnvelopedProfileAccount: mallet.profileEnvelope };
    const signer = mallet.keys.accountSignature!;
    const many = Array.from({ length: 1000 }, (_, i) => ({ Address: `a${i}` }));
    const contacts: ContactPerson[] = [
      { NetworkAddresses: [mesh, ...many.slice(0, 300)] },
      { NetworkAddresses: [mesh, mesh] },
      { NetworkAddresses: many.slice(0, 2) },
      { NetworkAddresses: [mesh], CommonNames: [{ FullName: "x".repeat(5000) }] },
    ];
    for (const value of contacts) {
      const envelope = envelopeObject({ struct: ContactPerson, value, signers: [signer], random });
      await mallet.transact({ messages: [await contactMessage(mallet, { to, own: envelope })] });
    }
    const events = await turn(alice);
    // Two have the same reason, which is told once.
    assert.is(events.filter((line) => line.startsWith("refused")).length, 3, events.join("\n"));
    assert.ok(events.some((line) => line.includes("more than 256 fields")) && events.some((line) => line.includes("a text of 5000 characters")));
    assert.equal(await pendingContacts(alice), []);
    assert.ok(own.envelope);
  });

  it("a PIN that was sent to one account is good for no other", async () => {
    const carol = await house.create("carol", "carol@example.com");
    await requestContact(carol, "alice@example.com");
    await alice.sync();
    const stolen = (await pendingContacts(alice)).find(({ address }) => address === "carol@example.com")?.replyPin;
    const to = (await lookUpProfile(mallet, "carol@example.com")).value;
    await mallet.transact({ messages: [await contactMessage(mallet, { to, own: (await ownContact(mallet)).envelope, knownCode: stolen! })] });
    assert.equal(await turn(carol), ["asked mallet@example.com the PIN was sent to another account"]);
    assert.is(contactOfAddress(carol, "mallet@example.com"), undefined);
  });

  it("a flood of one account leaves one request that waits, and the others their places", async () => {
    const to = (await lookUpProfile(mallet, "alice@example.com")).value;
    const before = alice.spoolCount("MMM_Inbound");
    for (let i = 0; i < 24; i += 1)
      await mallet.transact({
        messages: [await contactMessage(mallet, { to, own: (await ownContact(mallet)).envelope, replyPin: "ADXK-GZQ2-NZKD-2YJZ-FNRX-W2LF" })],
      });
    await turn(alice);
    assert.ok(alice.spoolCount("MMM_Inbound") - before <= 18);
    assert.is((await pendingContacts(alice)).filter(({ address }) => address === "mallet@example.com").length, 1);
    const dave = await house.create("dave", "dave@example.com");
    await requestContact(dave, "alice@example.com");
    assert.ok((await turn(alice)).includes("asked dave@example.com"));
  });
});

describe("contacts: what time and other issues of a profile change", (it) => {
  let house: Household;
  let alice: Context;
  let bob: Context;
  let carol: Context;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    bob = await house.create("bob", "bob@example.com");
    carol = await house.create("carol", "carol@example.com");
  });
  it.after(() => house.stop());

  it("a reissued profile with the address of another contact is refused", async () => {
    await addContact(alice, "bob@example.com");
    await addContact(alice, "carol@example.com");
    const root = deriveKey(bob.keys.accountSeed ?? "", keyName.accountProfile, "Ed448");
    const value = { ...bob.profile, AccountAddress: "carol@example.com", Updated: dateTime(ports.clock.now() + 60_000) };
    const moved = envelopeObject({ struct: ProfileUser, value, signers: [root], envelopeId: root.public.udf, random });
    const profile = verifyProfile(ProfileUser, moved);
    const error = await throwsMesh(alice.transact({ catalogs: [learn(alice, { profile, way: "FirstUse" })] }), "ERR_VERIFICATION");
    assert.ok(error.message.includes(bob.accountUdf) && error.message.includes(carol.accountUdf), error.message);
    assert.is(contactOfAddress(alice, "carol@example.com")?.pin?.udf, carol.accountUdf);
  });

  it("a contact that was signed under a former profile changes nothing", async () => {
    const signed = (name: string, profile: Enveloped<ProfileUser>) =>
      verifyContact(
        envelopeObject({
          struct: ContactPerson,
          value: { CommonNames: [{ FullName: name }], NetworkAddresses: [{ Address: "bob@example.com", EnvelopedProfileAccount: profile }] },
          signers: [bob.keys.accountSignature!],
          random,
        }),
      );
    const root = deriveKey(bob.keys.accountSeed ?? "", keyName.accountProfile, "Ed448");
    const value = { ...bob.profile, Updated: dateTime(ports.clock.now() + 60_000) };
    const newer = envelopeObject({ struct: ProfileUser, value, signers: [root], envelopeId: root.public.udf, random });
    await alice.transact({ catalogs: [learn(alice, { ...signed("Bob the newer", newer), way: "FirstUse" })] });
    await alice.transact({ catalogs: [learn(alice, { ...signed("Bob the older", bob.profileEnvelope), way: "FirstUse" })] });
    const known = contactOfAddress(alice, "bob@example.com");
    assert.equal([known?.name, known && profileOf(known)?.value.Updated], ["Bob the newer", value.Updated]);
  });

  it("a request that nobody answers ends after a month", async () => {
    await requestContact(carol, "bob@example.com");
    await bob.sync();
    assert.is((await pendingContacts(bob)).length, 1);
    await bob.close();
    const clock = { ...ports.clock, now: () => ports.clock.now() + 31 * 86_400_000 };
    const later = await AccountContext.open({ dir: bob.dir, ports: { ...ports, clock: Object.assign(Object.create(ports.clock), clock) } });
    const { pending, refused } = await inspectContacts(later);
    assert.equal(
      [pending.length, refused.map(({ relationship, reason }) => `${relationship}: ${reason}`)],
      [0, ["Expired: nobody answered carol@example.com for a month"]],
    );
    await later.close();
  });
});
