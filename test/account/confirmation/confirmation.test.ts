/** Bob asks alice to confirm something; alice has a laptop and a phone of role message. The real service carries it all. */
import type { AccountContext } from "../../../src/account/index.ts";
import {
  answerConfirmation,
  blockAddress,
  findWaiting,
  inspectWaiting,
  outcomeOf,
  readAnswers,
  requestConfirmation,
  sentConfirmation,
  unblockAddress,
} from "../../../src/account/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { befriend } from "../../kit/befriend.ts";
import type { Household } from "../../kit/household.ts";
import { startHousehold } from "../../kit/household.ts";

async function waitingOf(context: AccountContext) {
  await context.sync();
  return (await inspectWaiting(context)).waiting;
}

async function confirmationIn(context: AccountContext, text: string) {
  const found = (await waitingOf(context)).find((message) => message.kind === "confirmation" && message.text === text);
  assert.ok(found?.kind === "confirmation", `${text} waits`);
  return (found as Extract<typeof found, { kind: "confirmation" }>).item;
}

async function stageOf(context: AccountContext, envelopeId: string) {
  await context.sync();
  const sent = await sentConfirmation(context, envelopeId);
  return outcomeOf(context, sent!);
}

describe("confirmations", (it) => {
  let house: Household;
  let alice: AccountContext;
  let phone: AccountContext;
  let bob: AccountContext;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    phone = await house.join(alice, "phone", ["message"]);
    bob = await house.create("bob", "bob@example.com");
    await befriend(bob, alice);
  });
  it.after(() => house.stop());

  it("are asked of contacts alone, seen by all devices that speak for the account, and answered by one of them", async () => {
    await throwsMesh(requestConfirmation(bob, { address: "nobody@example.com", text: "x" }), "ERR_NOT_FOUND");
    await throwsMesh(requestConfirmation(bob, { address: "alice@example.com", text: " " }), "ERR_USAGE");
    await throwsMesh(requestConfirmation(bob, { address: "alice@example.com", text: "x".repeat(2001) }), "ERR_USAGE");
    const asked = await requestConfirmation(bob, { address: "alice@example.com", text: "pay 5" });
    assert.ok(asked.isTaken);
    assert.equal((await stageOf(bob, asked.envelopeId)).stage, "pending");
    assert.is((await stageOf(bob, asked.envelopeId)).delivery, "Received");
    const onLaptop = await confirmationIn(alice, "pay 5");
    const onPhone = await confirmationIn(phone, "pay 5");
    assert.equal([onPhone.sender.address, onPhone.sender.udf, onPhone.sender.way], ["bob@example.com", bob.accountUdf, "FirstUse"]);
    await answerConfirmation(phone, onPhone, true);
    const outcome = await stageOf(bob, asked.envelopeId);
    assert.equal([outcome.stage, outcome.deviceUdf], ["accepted", phone.deviceUdf]);
    assert.equal(await waitingOf(alice), []);
    await throwsMesh(answerConfirmation(alice, onLaptop, false), "ERR_EXISTS");
    assert.equal(
      (await readAnswers(bob)).map(({ outcome: { stage } }) => stage),
      ["accepted"],
    );
    await bob.sync();
    assert.equal(await readAnswers(bob), []);
    assert.is((await stageOf(bob, asked.envelopeId)).stage, "accepted");
  });

  it("can be rejected, expire, and be asked by a phone", async () => {
    const asked = await requestConfirmation(bob, { address: "alice@example.com", text: "pay 6" });
    await answerConfirmation(alice, await confirmationIn(alice, "pay 6"), false);
    assert.equal((await stageOf(bob, asked.envelopeId)).stage, "rejected");
    const brief = await requestConfirmation(bob, { address: "alice@example.com", text: "quick", lifeMs: 2000 });
    const item = await confirmationIn(alice, "quick");
    await new Promise((resolve) => setTimeout(resolve, 2100));
    await throwsMesh(answerConfirmation(alice, item, true), "ERR_COMMAND_EXPIRED");
    assert.equal((await stageOf(bob, brief.envelopeId)).stage, "expired");
    assert.equal(await waitingOf(alice), []);
    await phone.sync();
    const back = await requestConfirmation(phone, { address: "bob@example.com", text: "from the phone" });
    await answerConfirmation(bob, await confirmationIn(bob, "from the phone"), true);
    assert.equal((await stageOf(phone, back.envelopeId)).stage, "accepted");
  });

  it("end with a block: what waits is closed, what comes is refused like a stranger's, until it is taken back", async () => {
    await requestConfirmation(bob, { address: "alice@example.com", text: "before" });
    const [waiting] = await waitingOf(alice);
    assert.is(findWaiting([waiting!], waiting!.messageId.slice(0, 9)).text, "before");
    await throwsMesh(blockAddress(phone, "bob@example.com"), "ERR_NOT_AUTHORIZED");
    assert.equal(await blockAddress(alice, "Bob@Example.com"), { address: "bob@example.com", closed: 1 });
    assert.equal(await waitingOf(alice), []);
    assert.equal(await waitingOf(phone), []);
    const refused = await requestConfirmation(bob, { address: "alice@example.com", text: "after" });
    assert.is(refused.isTaken, false);
    assert.equal((await stageOf(bob, refused.envelopeId)).stage, "undelivered");
    await throwsMesh(requestConfirmation(alice, { address: "bob@example.com", text: "x" }), "ERR_USAGE");
    await unblockAddress(alice, "bob@example.com");
    await throwsMesh(unblockAddress(alice, "bob@example.com"), "ERR_NOT_FOUND");
    assert.ok((await requestConfirmation(bob, { address: "alice@example.com", text: "again" })).isTaken);
    await confirmationIn(phone, "again");
  });
});
