/**
 * Machines of alice's are removed, and somebody has them. They still have their connections, which the administrators' key in force has signed, and
 * answer bob's requests for her; the service carries it, as one does that is in league with them.
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

type Signing = Pick<Parameters<typeof outgoingMail>[1], "signer" | "beside">;

/** Who answers for an account, and with what. */
interface Answering {
  readonly machine: AccountContext;
  /** Stands for the service that carries it. */
  readonly owner: AccountContext;
  readonly connection: Enveloped<ConnectionDevice>;
  readonly signing: Signing;
}

const allOf = ({ keys }: AccountContext): Signing => ({ signer: keys.accountSignature!, beside: keys.signature });

describe("attack: an answer of a machine that was removed", (it) => {
  let house: Household;
  let alice: AccountContext;
  let laptop: AccountContext;
  let bob: AccountContext;
  let connection: Enveloped<ConnectionDevice>;

  const connectionOf = (device: AccountContext): Enveloped<ConnectionDevice> =>
    device.get(deviceCatalog, device.deviceUdf)!.EnvelopedConnectionDevice;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    laptop = await house.join(alice, "laptop", ["web"]);
    bob = await house.create("bob", "bob@example.com");
    await acquaint(bob, alice);
    await laptop.sync();
    connection = connectionOf(laptop);
  });
  it.after(() => house.stop());

  /** A machine has the request, as the service gave it, and signs with what it has: the laptop with all of it. */
  const answer = async (envelopeId: string, by: Answering = { machine: laptop, owner: alice, connection, signing: allOf(laptop) }): Promise<void> => {
    const { machine, owner, signing } = by;
    const sent = await sentConfirmation(bob, envelopeId);
    const message = await bob.messageAt("MMM_Outbound", sent!.index);
    const { envelope } = await outgoingMail(machine, {
      struct: ResponseConfirmation,
      value: {
        MessageId: responseId(sent!.messageId),
        Sender: owner.address,
        Recipient: bob.address,
        Request: message!.envelope,
        Accept: true,
        RequestDigest: sha512(encodeEnvelope(message!.envelope)),
        EnvelopedConnectionDevice: by.connection,
      },
      to: bob.profile,
      ...signing,
    });
    await owner.transact({ messages: [{ spool: "MMM_Outbound", envelope, to: [bob.address] }] });
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

  it("counts for nothing of a phone of role threshold, which had no key of the account whose end would show", async () => {
    const carol = await house.create("carol", "carol@example.com");
    const phone = await house.join(carol, "phone", ["threshold"]);
    await phone.sync();
    await acquaint(bob, carol);
    const mine = connectionOf(phone);
    await revokeDevice(carol, phone.deviceUdf);
    await replaceKeys(carol);
    assert.is(carol.profile.Former?.some(({ Member }) => Member === "AccountSignature") ?? false, false, "her signature key stays");
    const asked = await requestConfirmation(bob, { address: carol.address, text: "open the safe" });
    await bob.sync();
    await answer(asked.envelopeId, { machine: phone, owner: carol, connection: mine, signing: { signer: phone.keys.signature } });
    const [, outcome] = await followConfirmation(bob, asked.envelopeId, () => bob.sync());
    assert.equal([outcome.stage, outcome.deviceUdf], ["pending", undefined]);
  });
});
