/** What is accepted is what was shown: a contact, or a hub, that uses the name of a message again once the first is over; a request that nobody can answer. */

import { senderBook } from "../../../src/account/contact/sender-book.ts";
import { accountSignatureOf } from "../../../src/account/context/account-keys.ts";
import type { AccountContext } from "../../../src/account/index.ts";
import { attend, findWaiting, formerNames, inspectWaiting, put } from "../../../src/account/index.ts";
import { outgoingMail } from "../../../src/account/message/mail.ts";
import { messageEnvelope } from "../../../src/account/message/message-envelope.ts";
import { dateTime } from "../../../src/base/clock.ts";
import type { Struct } from "../../../src/codec/index.ts";
import { string, struct } from "../../../src/codec/index.ts";
import { newNonce } from "../../../src/crypto/index.ts";
import { ConfirmOrder, deviceCatalog, publicKeyOf, RequestConfirmation } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { acquaint } from "../../kit/acquaint.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { make } from "../../kit/made-device.ts";

const { random, clock } = ports;
const briefMs = 1500;

describe("attack: a name that is used again", (it) => {
  let house: Household;
  let alice: AccountContext;
  let bob: AccountContext;
  let hub: AccountContext;
  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    bob = await house.create("bob", "bob@example.com");
    await acquaint(bob, alice);
    hub = await house.join(alice, "hub", ["hub"]);
  });
  it.after(() => house.stop());

  const ask = async (
    MessageId: string,
    Text: string,
    {
      lifeMs,
      kind = RequestConfirmation,
      more = {},
    }: { readonly lifeMs?: number; readonly kind?: Struct<RequestConfirmation>; readonly more?: object },
  ): Promise<void> => {
    const to = senderBook(bob)(alice.address)!.profile;
    const Expires = lifeMs === undefined ? {} : { Expires: dateTime(clock.now() + lifeMs) };
    const value: RequestConfirmation = { MessageId, Sender: bob.address, Recipient: alice.address, Text, ...Expires, ...more };
    await bob.transact({ messages: [await outgoingMail(bob, { struct: kind, value, to, signer: accountSignatureOf(bob) })] });
  };
  const waiting = async () => {
    await alice.sync();
    await attend(alice, { claim: false });
    await alice.sync();
    return (await inspectWaiting(alice)).waiting;
  };

  it("a request under the name of one that is over is put before nobody, nor one that begins like it taken for it", async () => {
    const name = newNonce(random);
    await ask(name, "lunch at noon?", { lifeMs: briefMs });
    assert.is(findWaiting(await waiting(), name).text, "lunch at noon?");
    await clock.sleep(briefMs + 100);
    await ask(name, "I owe bob 1000 EUR", { lifeMs: 3_600_000 });
    assert.equal(await waiting(), []);
    const other = `${name.slice(0, 12)}${newNonce(random).slice(12)}`;
    await ask(other, "I owe bob 2000 EUR", { lifeMs: 3_600_000 });
    const now = await waiting();
    assert.equal(
      now.map(({ text }) => text),
      ["I owe bob 2000 EUR"],
    );
    const former = await formerNames(alice);
    await throwsMesh(async () => findWaiting(now, name.slice(0, 10), former), "ERR_AMBIGUOUS");
    assert.is(findWaiting(now, other, former).text, "I owe bob 2000 EUR");
  });

  it("an order of a hub neither", async () => {
    const lamp = make("light", { hub: hub.deviceUdf, name: "hall lamp" }).entry;
    const door = make("lock", { hub: hub.deviceUdf, name: "front door" }).entry;
    await alice.transact({ catalogs: [put(deviceCatalog, lamp), put(deviceCatalog, door)] });
    await hub.sync();
    const MessageId = newNonce(random);
    const order = async (DeviceUdf: string, Command: string, lifeMs: number): Promise<void> => {
      const Expires = dateTime(clock.now() + lifeMs);
      const value: ConfirmOrder = { MessageId, Sender: hub.deviceUdf, DeviceUdf, LocalName: "x", Command, Arguments: [], Principal: "mqtt", Expires };
      const recipients = [publicKeyOf(hub.profile.AccountEncryption)];
      const envelope = messageEnvelope({ struct: ConfirmOrder, value, signer: hub.keys.signature, recipients, ports });
      await hub.transact({ messages: [{ spool: "MMM_Inbound", envelope }] });
    };
    await order(lamp.DeviceUdf, "On", briefMs);
    assert.is(findWaiting(await waiting(), MessageId).kind, "order");
    await clock.sleep(briefMs + 100);
    await order(door.DeviceUdf, "Unlock", 300_000);
    assert.not(
      (await waiting()).some(({ kind }) => kind === "order"),
      "the door's order is put before nobody",
    );
  });

  it("a request that no answer could carry along is closed; one without an end has one", async () => {
    const fields = { ...(RequestConfirmation.fields as object), Pad: string } as never;
    const padded = struct<RequestConfirmation>(RequestConfirmation.tag, fields);
    await ask(newNonce(random), "stuck", { kind: padded, more: { Pad: "x".repeat(28_000) } });
    await ask(newNonce(random), "for ever", {});
    const found = (await waiting()).filter(({ text }) => text === "stuck" || text === "for ever");
    assert.equal(
      found.map(({ text }) => text),
      ["for ever"],
    );
    const days = (Date.parse(found[0]?.expires ?? "") - clock.now()) / 86_400_000;
    assert.ok(days > 29 && days < 31, `it ends in ${days} days`);
  });
});
