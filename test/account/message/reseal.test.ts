/**
 * Contacts at another service whose account has replaced its keys, or is full: what was sealed to a key of before goes out once more under the
 * profile that their service shows, a profile that was issued anew is told again when there is room, and what came under its keys waits for it. Two real services; their time runs, and is moved ahead.
 */
import type { AccountContext } from "../../../src/account/index.ts";
import {
  acceptContact,
  answerConfirmation,
  attend,
  contactOfAddress,
  followConfirmation,
  inspectWaiting,
  outcomeOf,
  pendingContacts,
  profileOf,
  renewOwnContact,
  replaceKeys,
  requestConfirmation,
  requestContact,
  revokeDevice,
  sentConfirmation,
} from "../../../src/account/index.ts";
import { notTaken } from "../../../src/account/message/not-taken.ts";
import { reissueProfile } from "../../../src/account/removal/reissue-profile.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import type { Household } from "../../kit/household.ts";
import { startHousehold } from "../../kit/household.ts";
import type { TwoOptions } from "../../kit/two-services.ts";
import { TwoServices } from "../../kit/two-services.ts";

/** alice at one service and bob at the other, who have each other's contact. */
async function neighbours(options: TwoOptions = {}) {
  const world = await new TwoServices({ ...options, isRunning: true }).start();
  const at = async (url: string): Promise<Household> => {
    const house = await startHousehold(async () => ({ url, stop: async () => undefined }));
    onCleanup(() => house.stop());
    return house;
  };
  const [com, net] = [await at(world.com.url), await at(world.net.url)];
  const alice = await com.create("ann", "ann@example.com");
  const bob = await net.create("ben", "ben@example.net");
  await requestContact(bob, alice.address, { configured: world.com.url });
  await eventually("the request comes", async () => {
    await alice.sync();
    const [pending] = await pendingContacts(alice);
    if (pending) await acceptContact(alice, pending);
    return pending !== undefined;
  });
  await eventually("the answer comes", async () => {
    await turn(bob);
    return contactOfAddress(bob, alice.address)?.entry.Requested === undefined;
  });
  return { world, com, net, alice, bob };
}

async function turn(context: AccountContext): Promise<readonly string[]> {
  await context.sync();
  return (await attend(context, { claim: false })).map(({ kind, address, reason }) => [kind, address, reason].filter(Boolean).join(" "));
}

/** A machine comes and is removed, so that the account's keys are replaced; nobody is told of it yet. */
async function replace(house: Household, context: AccountContext, name: string): Promise<void> {
  const phone = await house.join(context, name, ["message"]);
  await revokeDevice(context, phone.deviceUdf);
  await replaceKeys(context);
}

function versionOf(context: AccountContext, address: string): number | undefined {
  return profileOf(contactOfAddress(context, address)!)?.value.Version;
}

async function waitingText(context: AccountContext, text: string) {
  await context.sync();
  const found = (await inspectWaiting(context)).waiting.find((one) => one.kind === "confirmation" && one.text === text);
  return found?.kind === "confirmation" ? found.item : undefined;
}

/** The states in which a request is seen until it is decided, or until `isEnough`. */
async function stagesOf(context: AccountContext, envelopeId: string, isEnough: () => Promise<boolean>): Promise<readonly string[]> {
  const stages = new Set<string>();
  await eventually("the request is where it should be", async () => {
    const [, { stage }] = await followConfirmation(context, envelopeId, () => context.sync());
    stages.add(stage);
    return stage !== "pending" || (await isEnough());
  });
  return [...stages];
}

describe("requests under keys that the sender has replaced", (it) => {
  it(
    "are believed by a machine that may not write contacts as soon as the profile waits beside them, in whatever order they come",
    async () => {
      const { com, net, alice, bob } = await neighbours();
      const tablet = await net.join(bob, "tablet", ["message"]);
      await replace(com, alice, "phone");
      const early = await requestConfirmation(alice, { address: bob.address, text: "before the profile" });
      await eventually("the request comes, and is not put before the owner", async () => {
        await turn(tablet);
        for await (const { envelopeId } of tablet.messages("MMM_Inbound")) if (envelopeId === early.envelopeId) return true;
        return false;
      });
      assert.equal(
        (await turn(tablet)).filter((event) => event.startsWith("refused")),
        [],
      );
      assert.is(await waitingText(tablet, "before the profile"), undefined);
      assert.equal(await renewOwnContact(alice), [bob.address]);
      await eventually("the profile comes", async () => (await waitingText(tablet, "before the profile")) !== undefined);
      assert.is(versionOf(tablet, alice.address), undefined, "nobody has taken the contact in");
      await requestConfirmation(alice, { address: bob.address, text: "after it" });
      await eventually("the next one is believed", async () => (await waitingText(tablet, "after it")) !== undefined);
      assert.equal(
        (await turn(tablet)).filter((event) => event.startsWith("refused")),
        [],
      );
      await answerConfirmation(tablet, (await waitingText(tablet, "before the profile"))!, true);
      assert.is((await stagesOf(alice, early.envelopeId, async () => false)).at(-1), "accepted");
    },
    { timeoutMs: 240_000 },
  );
});

describe("messages that another service did not take", (it) => {
  it(
    "are not told as undelivered when they went out once more: who waits goes on waiting",
    async () => {
      const { net, alice, bob } = await neighbours();
      await replace(net, bob, "phone");
      const asked = await requestConfirmation(alice, { address: bob.address, text: "once more" });
      const isThere = async (): Promise<boolean> => (await waitingText(bob, "once more")) !== undefined;
      assert.equal(await stagesOf(alice, asked.envelopeId, isThere), ["pending"]);
      await answerConfirmation(bob, (await waitingText(bob, "once more"))!, true);
      assert.is((await stagesOf(alice, asked.envelopeId, async () => false)).at(-1), "accepted");
    },
    { timeoutMs: 240_000 },
  );

  it(
    "because they are sealed to a key of before go out once more, requests and answers, and are learnt from",
    async () => {
      const { net, alice, bob } = await neighbours();
      await replace(net, bob, "phone");
      assert.is(bob.profile.Version, 1);
      const asked = await requestConfirmation(alice, { address: bob.address, text: "open?" });
      assert.is(versionOf(alice, bob.address), undefined);
      await eventually("the request comes under the newer key", async () => {
        await turn(alice);
        return (await waitingText(bob, "open?")) !== undefined;
      });
      assert.is(versionOf(alice, bob.address), 1);
      await alice.sync();
      let sent = 0;
      for await (const { envelopeId } of alice.messages("MMM_Outbound")) if (envelopeId === asked.envelopeId) sent += 1;
      assert.is(sent, 2);
      await answerConfirmation(bob, (await waitingText(bob, "open?"))!, true);
      await eventually("the answer is believed", async () => {
        await alice.sync();
        return (await outcomeOf(alice, (await sentConfirmation(alice, asked.envelopeId))!)).stage === "accepted";
      });

      const question = await requestConfirmation(bob, { address: alice.address, text: "close?" });
      await eventually("the question comes", async () => (await waitingText(alice, "close?")) !== undefined);
      await replace(net, bob, "tablet");
      await answerConfirmation(alice, (await waitingText(alice, "close?"))!, false);
      await eventually("the answer comes under the newest key", async () => {
        await turn(alice);
        await bob.sync();
        return (await outcomeOf(bob, (await sentConfirmation(bob, question.envelopeId))!)).stage === "rejected";
      });
      assert.is(versionOf(alice, bob.address), 2);
    },
    { timeoutMs: 240_000 },
  );

  it(
    "all of them, however many were on the way when the key was replaced",
    async () => {
      const { net, alice, bob } = await neighbours();
      await replace(net, bob, "phone");
      const texts = ["one", "two", "three", "four", "five", "six"];
      for (const text of texts) await requestConfirmation(alice, { address: bob.address, text });
      await eventually("every one of them comes under the newer key", async () => {
        await turn(alice);
        await bob.sync();
        const shown = (await inspectWaiting(bob)).waiting.map(({ text }) => text);
        return texts.every((text) => shown.includes(text));
      });
    },
    { timeoutMs: 240_000 },
  );

  it(
    "because the recipient is full are sent again when there is room: a contact is told of a profile that was issued anew",
    async () => {
      const limits = { com: { deliveryMs: 1 }, net: { contactMessagesEach: 2, strangerMessagesEach: 2, strangerMs: 3 * 3600_000 } };
      const { world, alice, bob } = await neighbours(limits);
      const countOf = (context: AccountContext): number => context.spoolCount("MMM_Inbound");
      for (const text of ["one", "two"]) await requestConfirmation(alice, { address: bob.address, text });
      await eventually("bob is full of alice", async () => {
        await bob.sync();
        return (await inspectWaiting(bob)).waiting.length >= 1;
      });
      await reissueProfile(alice, []);
      await alice.sync();
      assert.equal(await renewOwnContact(alice), [bob.address]);
      const before = countOf(bob);
      world.clock.advance(60_000);
      await eventually("the telling has failed", async () => {
        await world.clock.pass(1000);
        await alice.sync();
        return [...(await notTaken(alice)).values()].some(({ state, errorCode }) => state === "Undelivered" && errorCode === "ERR_QUOTA");
      });
      assert.equal(await renewOwnContact(alice), [], "not at once");
      await bob.sync();
      assert.is(countOf(bob), before);
      // Each look lets both services live through an hour, which takes its time.
      const hoursMs = 60_000;
      await eventually(
        "alice tells again, and bob has it",
        async () => {
          await world.clock.pass(3600_000);
          await alice.sync();
          await renewOwnContact(alice);
          await turn(bob);
          return versionOf(bob, alice.address) === 1;
        },
        hoursMs,
      );
      await eventually(
        "once it has arrived, nobody is told again",
        async () => {
          await alice.sync();
          await world.clock.pass(3600_000);
          return (await renewOwnContact(alice)).length === 0;
        },
        hoursMs,
      );
    },
    { timeoutMs: 240_000 },
  );
});
