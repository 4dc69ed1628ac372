/**
 * Alice's laptop is removed, and somebody has it. It still has its connection, which the administrators' key in force has signed, and answers bob's
 * request for her; the service carries it, as one does that is in league with it.
 */
import type { AccountContext } from "../../../src/account/index.ts";
import {
  attend,
  followConfirmation,
  outcomeOf,
  replaceKeys,
  requestConfirmation,
  revokeDevice,
  sentConfirmation,
} from "../../../src/account/index.ts";
import { outgoingMail } from "../../../src/account/message/mail.ts";
import { responseId, sha512 } from "../../../src/crypto/index.ts";
import { encodeEnvelope } from "../../../src/dare/index.ts";
import type { ConnectionDevice, Enveloped } from "../../../src/schema/index.ts";
import { deviceCatalog, ResponseConfirmation } from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { acquaint } from "../../kit/acquaint.ts";
import type { Household } from "../../kit/household.ts";
import { startHousehold } from "../../kit/household.ts";

describe("attack: an answer of a machine that was removed", (it) => {
  let house: Household;
  let alice: AccountContext;
  let laptop: AccountContext;
  let bob: AccountContext;
  let connection: Enveloped<ConnectionDevice>;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    laptop = await house.join(alice, "laptop", ["web"]);
    bob = await house.create("bob", "bob@example.com");
    await acquaint(bob, alice);
    await laptop.sync();
    connection = laptop.get(deviceCatalog, laptop.deviceUdf)!.EnvelopedConnectionDevice;
  });
  it.after(() => house.stop());

  /** The laptop has the request, as the service gave it, and signs with all that it has. */
  const answer = async (envelopeId: string): Promise<void> => {
    const sent = await sentConfirmation(bob, envelopeId);
    const message = await bob.messageAt("MMM_Outbound", sent!.index);
    const { envelope } = await outgoingMail(laptop, {
      struct: ResponseConfirmation,
      value: {
        MessageId: responseId(sent!.messageId),
        Sender: alice.address,
        Recipient: bob.address,
        Request: message!.envelope,
        Accept: true,
        RequestDigest: sha512(encodeEnvelope(message!.envelope)),
        EnvelopedConnectionDevice: connection,
      },
      to: bob.profile,
      signer: laptop.keys.accountSignature!,
      beside: laptop.keys.signature,
    });
    await alice.transact({ messages: [{ spool: "MMM_Outbound", envelope, to: [bob.address] }] });
    await bob.sync();
  };

  it("counts for nothing where the newer profile was kept from bob: his program asks her service for it", async () => {
    const asked = await requestConfirmation(bob, { address: alice.address, text: "open the safe" });
    await bob.sync();
    await revokeDevice(alice, laptop.deviceUdf);
    await replaceKeys(alice);
    await alice.sync();
    await answer(asked.envelopeId);
    const sent = await sentConfirmation(bob, asked.envelopeId);
    assert.is((await outcomeOf(bob, sent!)).stage, "accepted", "by the profile that he has");
    const [, outcome] = await followConfirmation(bob, sent!.envelopeId, () => bob.sync());
    assert.equal([outcome.stage, outcome.deviceUdf], ["pending", undefined]);
    await attend(bob, { claim: false });
    assert.is((await outcomeOf(bob, sent!)).stage, "pending");
  });

  it("counts for nothing where bob knows the newer profile, though no administrators' key was replaced", async () => {
    const asked = await requestConfirmation(bob, { address: alice.address, text: "open the door" });
    await bob.sync();
    await answer(asked.envelopeId);
    const sent = await sentConfirmation(bob, asked.envelopeId);
    assert.is((await outcomeOf(bob, sent!)).stage, "pending");
  });
});
