/** What a hostile contact and a stranger send: another's name, the same name twice, forged answers, too much. Each ends clearly, and nothing is believed. */
import type { AccountContext } from "../../../src/account/index.ts";
import {
  answerConfirmation,
  attend,
  inspectWaiting,
  lookUpProfile,
  outcomeOf,
  requestConfirmation,
  sentConfirmation,
} from "../../../src/account/index.ts";
import { outgoingMail } from "../../../src/account/message/mail.ts";
import { dateTime } from "../../../src/base/clock.ts";
import { generatePrivateKey, newNonce, responseId, sha512 } from "../../../src/crypto/index.ts";
import { encodeEnvelope } from "../../../src/dare/index.ts";
import { deviceCatalog, RequestConfirmation, ResponseConfirmation } from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { acquaint } from "../../kit/acquaint.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";

const { random, clock } = ports;

describe("attack: messages of a hostile contact", (it) => {
  let house: Household;
  let alice: AccountContext;
  let bob: AccountContext;
  let mallet: AccountContext;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    bob = await house.create("bob", "bob@example.com");
    mallet = await house.create("mallet", "mallet@example.com");
    for (const other of [bob, mallet]) await acquaint(other, alice);
  });
  it.after(() => house.stop());

  const request = (text: string, change: Partial<RequestConfirmation> = {}): RequestConfirmation => ({
    MessageId: newNonce(random),
    Sender: mallet.address,
    Recipient: alice.address,
    Text: text,
    Expires: dateTime(clock.now() + 600_000),
    ...change,
  });
  const send = async (value: RequestConfirmation, signer = mallet.keys.accountSignature!): Promise<void> => {
    const to = (await lookUpProfile(mallet, alice.address, { configured: house.service.url })).value;
    await mallet.transact({ messages: [await outgoingMail(mallet, { struct: RequestConfirmation, value, to, signer })] });
  };
  const texts = async (): Promise<readonly (string | undefined)[]> => {
    await alice.sync();
    const { waiting } = await inspectWaiting(alice);
    await attend(alice, { claim: false });
    return waiting.map(({ text }) => text);
  };

  it("in another's name, with another's key, for another, or out of form, is closed and never shown", async () => {
    await send(request("as bob", { Sender: bob.address }));
    await send(request("wrong key"), generatePrivateKey("Ed448", random));
    await send(request("for bob", { Recipient: bob.address }));
    await send(request("x".repeat(2001)));
    await send(request("over", { Expires: dateTime(clock.now() - 1000) }));
    assert.equal(await texts(), []);
    await alice.sync();
    assert.equal(await attend(alice, { claim: false }), [], "all is closed");
  });

  it("under the same name twice: the first counts, and the answer is bound to it", async () => {
    const one = request("pay 1");
    await send(one);
    await send({ ...one, Text: "pay 1000" });
    assert.equal(await texts(), ["pay 1"]);
    await alice.sync();
    assert.equal(await texts(), ["pay 1"]);
    const [waiting] = (await inspectWaiting(alice)).waiting;
    assert.ok(waiting?.kind === "confirmation");
    if (waiting?.kind === "confirmation") await answerConfirmation(alice, waiting.item, true);
    assert.equal(await texts(), []);
  });

  it("in a flood: so many wait, the others are closed", async () => {
    for (let i = 0; i < 20; i++) await send(request(`flood ${i}`));
    assert.is((await texts()).length, 16);
  });

  it("that answer for alice, by mallet's device or for another request, are worth nothing", async () => {
    const asked = await requestConfirmation(bob, { address: alice.address, text: "open the door" });
    await bob.sync();
    const sent = await sentConfirmation(bob, asked.envelopeId);
    assert.ok(sent);
    const message = await bob.messageAt("MMM_Outbound", sent!.index);
    // What mallet could do at best: he has the request itself, and puts his answer where alice's would be.
    const forged = async (EnvelopedConnectionDevice: ReturnType<typeof connectionOf>, RequestDigest: Uint8Array) =>
      (
        await outgoingMail(mallet, {
          struct: ResponseConfirmation,
          value: {
            MessageId: responseId(sent!.messageId),
            Sender: alice.address,
            Recipient: bob.address,
            Request: message!.envelope,
            Accept: true,
            RequestDigest,
            ...(EnvelopedConnectionDevice ? { EnvelopedConnectionDevice } : {}),
          },
          to: bob.profile,
          signer: mallet.keys.signature,
        })
      ).envelope;
    const digest = sha512(encodeEnvelope(message!.envelope));
    // Sent by alice's account, so that her service vouches for the sender: only the device's signature is left to protect bob.
    for (const envelope of [
      await forged(connectionOf(mallet), digest),
      await forged(connectionOf(alice), digest),
      await forged(undefined, digest),
      await forged(connectionOf(alice), new Uint8Array(64)),
    ])
      await alice.transact({ messages: [{ spool: "MMM_Outbound", envelope, to: [bob.address] }] });
    await bob.sync();
    assert.equal((await outcomeOf(bob, sent!)).stage, "pending");
    await attend(bob, { claim: false });
    await bob.sync();
    assert.equal((await outcomeOf(bob, sent!)).stage, "pending");
  });

  function connectionOf(context: AccountContext) {
    return context.get(deviceCatalog, context.deviceUdf)?.EnvelopedConnectionDevice;
  }
});
