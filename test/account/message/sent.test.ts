/** ann at example.com and ben at example.net become contacts over two services; what became of each message is told by the service alone. */
import { join } from "node:path";
import type { AccountContext } from "../../../src/account/index.ts";
import { acceptContact, attend, contactOfAddress, createAccount, pendingContacts, requestContact, sentMessages } from "../../../src/account/index.ts";
import { envelopeId, newNonce } from "../../../src/crypto/index.ts";
import { MessageComplete, MessageContact } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, tempDirectory } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { ports } from "../../kit/household.ts";
import { message, random } from "../../kit/service.ts";
import { TwoServices } from "../../kit/two-services.ts";

async function open(name: string, address: string, serviceUrl: string): Promise<AccountContext> {
  const context = await createAccount({ dir: join(tempDirectory(), name), address, serviceUrl, localName: name, ports });
  onCleanup(() => context.close());
  return context;
}

const states = async (context: AccountContext) =>
  (await sentMessages(context)).map(({ messageType, state, recipients }) => [
    messageType,
    state,
    ...recipients.map((recipient) => [recipient.address, recipient.state, recipient.errorCode].filter(Boolean).join(" ")),
  ]);

describe("account: messages that were sent", (it) => {
  it("tells how far they came, also between services, and believes nobody but the service", async () => {
    const world = await new TwoServices().start();
    const ann = await open("ann", "ann@example.com", world.com.url);
    const ben = await open("ben", "ben@example.net", world.net.url);
    const { outcome } = await requestContact(ann, "ben@example.net", { configured: world.net.url });
    assert.is(outcome, "sent");
    await eventually("it is asked", async () => {
      await ben.sync();
      return (await pendingContacts(ben)).length === 1;
    });
    await acceptContact(ben, (await pendingContacts(ben))[0]!);
    await eventually("it is answered", async () => {
      await ann.sync();
      await attend(ann, { claim: false });
      return contactOfAddress(ann, "ben@example.net")?.entry.Requested === undefined;
    });
    assert.is(contactOfAddress(ann, "ben@example.net")?.pin?.udf, ben.accountUdf);
    await eventually("it is told", async () => {
      await ann.sync();
      return (await states(ann))[0]?.[1] === "Received";
    });
    assert.equal(await states(ann), [[MessageContact.tag, "Received", "ben@example.net Received"]]);

    const envelope = message({ type: "MessageContact", body: { Sender: ann.address } });
    await ann.transact({ messages: [{ spool: "MMM_Outbound", envelope, to: ["x@example.info", "nobody@example.com", "ben@example.net"] }] });
    await eventually("two of three are told", async () => {
      await ann.sync();
      return (await states(ann))[1]?.includes("ben@example.net Received") === true;
    });
    assert.equal((await states(ann))[1], [
      MessageContact.tag,
      "Sent",
      "x@example.info Sent",
      "nobody@example.com Refused",
      "ben@example.net Received",
    ]);
    const [, sent] = await sentMessages(ann);
    const forged = message({
      type: MessageComplete.tag,
      id: newNonce(random),
      body: {
        MessageId: newNonce(random),
        References: [{ MessageId: envelopeId(newNonce(random)), Relationship: "Received", Index: sent!.index, Account: "x@example.info" }],
      },
      signer: ann.keys.signature,
    });
    await ann.transact({ messages: [{ spool: "MMM_Outbound", envelope: forged }] });
    await ann.sync();
    assert.is((await sentMessages(ann))[1]!.recipients[0]!.state, "Sent", "a device's word counts for nothing");
    world.clock.advance(49 * 3600_000);
    await eventually("the third is a dead letter", async () => {
      world.clock.advance(60_000);
      await ann.sync();
      return (await sentMessages(ann))[1]?.state === "Refused";
    });
    assert.equal((await states(ann))[1]?.[2], "x@example.info Undelivered ERR_SERVICE_UNREACHABLE");
  });
});
