/**
 * A machine that spoke for the account is removed: the account goes on under other keys of the same root, its devices read what came before, its
 * service and its contacts go by the newer profile, and the removed machine's keys are good for nothing that comes after. The real service.
 */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { bindProfile } from "../../../src/account/connect/bind-profile.ts";
import { contactOfAddress, profileOf } from "../../../src/account/contact/contact-book.ts";
import type { AccountContext } from "../../../src/account/index.ts";
import {
  answerConfirmation,
  attend,
  AccountContext as Context,
  inspectWaiting,
  membersToReplace,
  outcomeOf,
  replaceKeys,
  requestConfirmation,
  revokeDevice,
  sentConfirmation,
} from "../../../src/account/index.ts";
import { messageEnvelope } from "../../../src/account/message/message-envelope.ts";
import { accountEncryptionKeys } from "../../../src/account/power/opening-keys.ts";
import { dateTime } from "../../../src/base/clock.ts";
import { newNonce } from "../../../src/crypto/index.ts";
import { openEnvelope } from "../../../src/dare/index.ts";
import type { Enveloped, ProfileUser } from "../../../src/schema/index.ts";
import { accountMembers, isNewerProfile, publicKeyOf, RequestConfirmation } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { befriend } from "../../kit/befriend.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";

async function textsThatWait(context: AccountContext): Promise<readonly string[]> {
  await context.sync();
  return (await inspectWaiting(context)).waiting.flatMap(({ kind, text }) => (kind === "confirmation" && text !== undefined ? [text] : []));
}

async function answer(context: AccountContext, text: string): Promise<void> {
  const found = (await inspectWaiting(context)).waiting.find((one) => one.kind === "confirmation" && one.text === text);
  if (found?.kind !== "confirmation") throw new Error(`${text} does not wait`);
  await answerConfirmation(context, found.item, true);
}

describe("the account's own keys after a removal", (it) => {
  let house: Household;
  let alice: AccountContext;
  let laptop: AccountContext;
  let tablet: AccountContext;
  let admin: AccountContext;
  let bob: AccountContext;
  let first: ProfileUser;
  let firstEnvelope: Enveloped<ProfileUser>;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    laptop = await house.join(alice, "laptop", ["web"]);
    tablet = await house.join(alice, "tablet", ["message"]);
    admin = await house.join(alice, "admin", ["admin"]);
    bob = await house.create("bob", "bob@example.com");
    await befriend(bob, alice);
    await laptop.sync();
    first = alice.profile;
    firstEnvelope = alice.profileEnvelope;
  });
  it.after(() => house.stop());

  it(
    "are replaced under the same root, and every machine that is left has the new ones and those of before",
    async () => {
      await requestConfirmation(bob, { address: alice.address, text: "before" });
      cpSync(laptop.dir, join(house.dir, "old disk"), { recursive: true });
      await revokeDevice(alice, laptop.deviceUdf);
      assert.equal(membersToReplace(alice), accountMembers);
      const { members, waiting, without } = await replaceKeys(alice);
      assert.equal([members, waiting, without], [accountMembers, [], []]);
      assert.is(alice.profile.Version, 1);
      assert.is(alice.accountUdf, first.ProfileSignature.Udf);
      for (const member of accountMembers) assert.is.not(alice.profile[member].Udf, first[member].Udf);
      assert.is(alice.profile.AdministratorSignature.Udf, first.AdministratorSignature.Udf);
      for (const context of [alice, tablet, admin]) {
        assert.equal(await textsThatWait(context), ["before"]);
        assert.is(context.profile.Version, 1);
        assert.is(context.keys.accountEncryption?.public.udf, alice.profile.AccountEncryption.Udf);
        assert.is(context.keys.accountSignature?.public.udf, alice.profile.AccountSignature.Udf);
        assert.equal(
          accountEncryptionKeys(context).map(({ public: { udf } }) => udf),
          [alice.profile.AccountEncryption.Udf, first.AccountEncryption.Udf],
        );
      }
      assert.equal(membersToReplace(alice), []);
    },
    { timeoutMs: 120_000 },
  );

  it("are those that the service shows to who seals to a key of before, and that the message then goes out under", async () => {
    assert.is(profileOf(contactOfAddress(bob, alice.address)!)?.value.Version, undefined);
    const asked = await requestConfirmation(bob, { address: alice.address, text: "after" });
    assert.ok(asked.isTaken);
    assert.is(profileOf(contactOfAddress(bob, alice.address)!)?.value.Version, 1);
    assert.equal(await textsThatWait(tablet), ["before", "after"]);
    const old = await Context.open({ dir: join(house.dir, "old disk"), ports });
    const oldKeys = [old.keys.accountEncryption!, old.keys.encryption, old.keys.base.encryption];
    await old.close();
    await alice.sync();
    let opened = 0;
    for await (const { envelope, messageType } of alice.messages("MMM_Inbound")) {
      if (messageType !== RequestConfirmation.tag) continue;
      const text = (() => {
        try {
          return new TextDecoder().decode(openEnvelope(envelope, { keys: oldKeys }));
        } catch {
          return "";
        }
      })();
      opened += 1;
      assert.is(text.includes('"after"'), false, "the removed machine opens nothing that was sent after its removal");
    }
    assert.is(opened, 2);
    await answer(tablet, "after");
    await bob.sync();
    for await (const { envelope } of bob.messages("MMM_Outbound")) {
      const isUnderOld = envelope.header.recipients?.some(({ kid }) => kid === first.AccountEncryption.Udf) ?? false;
      const text = isUnderOld ? new TextDecoder().decode(openEnvelope(envelope, { keys: oldKeys })) : "";
      assert.is(text.includes('"after"'), false, "the sender's service keeps nothing of it under the removed machine's key");
    }
    const sent = await sentConfirmation(bob, asked.envelopeId);
    assert.is((await outcomeOf(bob, sent!)).stage, "accepted");
  });

  it("make the former signature worth nothing for what comes after, even where a service carries it", async () => {
    const old = await Context.open({ dir: join(house.dir, "old disk"), ports });
    const signer = old.keys.accountSignature!;
    await old.close();
    const send = async (text: string, key: typeof signer): Promise<void> => {
      const value = {
        MessageId: newNonce(ports.random),
        Sender: alice.address,
        Recipient: bob.address,
        Text: text,
        Expires: dateTime(Date.now() + 60_000),
      };
      const envelope = messageEnvelope({
        struct: RequestConfirmation,
        value,
        signer: key,
        recipients: [publicKeyOf(bob.profile.AccountEncryption)],
        ports,
      });
      await alice.transact({ messages: [{ spool: "MMM_Outbound", envelope, to: [bob.address] }] });
    };
    await send("by the removed laptop", signer);
    await send("by alice", alice.keys.accountSignature!);
    assert.equal(await textsThatWait(bob), ["by alice"]);
  });

  it("cannot be brought back: the service, a device and a contact refuse the profile of before", async () => {
    assert.ok(isNewerProfile(alice.profile, first));
    const backdated = { ...first, Updated: dateTime(Date.now() + 86_400_000) };
    assert.not(isNewerProfile(backdated, alice.profile), "a later time brings no former keys back");
    await throwsMesh(
      bindProfile({
        client: alice.client,
        address: alice.address,
        profile: firstEnvelope,
        link: alice.identity.base.link448,
        root: alice.keys.profileSignature!,
        serviceUdf: first.ServiceUdf,
        random: ports.random,
      }),
      "ERR_CONFLICT",
    );
    await tablet.sync();
    assert.is(tablet.profile.Version, 1);
  });

  it(
    "wait for a machine with the root key where an administrator without it removes, and are replaced when it comes",
    async () => {
      const phone = await house.join(alice, "phone", ["message"]);
      await admin.sync();
      await revokeDevice(admin, phone.deviceUdf);
      const { members, waiting, stores } = await replaceKeys(admin);
      assert.equal([members, waiting], [[], accountMembers]);
      assert.ok(stores.includes("MMM_Device"));
      await throwsMesh(phone.sync(), "ERR_REVOKED");
      await alice.sync();
      assert.ok((await attend(alice, { claim: false })).some(({ kind, reason }) => kind === "rekeyed" && reason?.includes("AccountEncryption")));
      assert.is(alice.profile.Version, 2);
      await admin.sync();
      assert.is(admin.profile.Version, 2);
      assert.equal(membersToReplace(admin), []);
      // Who was told of neither Version before gets the newest.
      await bob.sync();
      await attend(bob, { claim: false });
      assert.is(profileOf(contactOfAddress(bob, alice.address)!)?.value.Version, 2, "the owner's agent told the contact");
    },
    { timeoutMs: 120_000 },
  );

  it("go to a machine that joins later, with those of before", async () => {
    const late = await house.join(alice, "late", ["message"]);
    assert.is(late.profile.Version, 2);
    assert.is(accountEncryptionKeys(late).length, 3);
    assert.ok((await textsThatWait(late)).includes("before"));
  });
});
