/** A contact that another service had no room for: it is told so, and sent again until there is room, or long enough. Two real services; time is the test's. */

import { nextTry } from "../../../src/account/contact/send-again.ts";
import {
  attend,
  contactOfAddress,
  contacts,
  pendingContacts,
  renewOwnContact,
  requestContact,
  undeliveredContacts,
} from "../../../src/account/index.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import type { Household } from "../../kit/household.ts";
import { startHousehold } from "../../kit/household.ts";
import { TwoServices } from "../../kit/two-services.ts";

describe("a contact that is not taken for want of room", (it) => {
  it(
    "goes out again by itself when there may be room, with all that it asks for",
    async () => {
      const limits = {
        com: { deliveryMs: 1 },
        net: { strangerMessages: 1, strangerMessagesOfSite: 1, strangerMessagesEach: 1, strangerMs: 3 * 3600_000 },
      };
      const world = await new TwoServices(limits).start();
      const at = async (url: string): Promise<Household> => {
        const house = await startHousehold(async () => ({ url, stop: async () => undefined }));
        onCleanup(() => house.stop());
        return house;
      };
      const [com, net] = [await at(world.com.url), await at(world.net.url)];
      const alice = await com.create("ann", "ann@example.com");
      const carol = await com.create("cai", "cai@example.com");
      const bob = await net.create("ben", "ben@example.net");
      await requestContact(carol, bob.address, { configured: world.net.url });
      await eventually("carol's request comes", async () => {
        await bob.sync();
        return (await pendingContacts(bob)).length === 1;
      });
      assert.is((await requestContact(alice, bob.address, { configured: world.net.url, subject: "hello" })).outcome, "sent");
      const missing = async () => (await undeliveredContacts(alice, contacts(alice))).get(contactOfAddress(alice, bob.address)!.key);
      world.clock.advance(60_000);
      await eventually("it is told that it was not taken", async () => {
        await world.clock.pass(1000);
        await alice.sync();
        return (await missing()) !== undefined;
      });
      const { errorCode, next } = (await missing())!;
      assert.is(errorCode, "ERR_QUOTA");
      assert.ok(next !== undefined, "and will be sent again");
      assert.equal(await renewOwnContact(alice), [], "not at once");
      await eventually("bob has it", async () => {
        await world.clock.pass(3600_000);
        await alice.sync();
        await renewOwnContact(alice);
        await bob.sync();
        return (await pendingContacts(bob)).some(({ address }) => address === alice.address);
      });
      const pending = (await pendingContacts(bob)).find(({ address }) => address === alice.address);
      assert.equal([pending?.subject, pending?.replyPin !== undefined], ["hello", true]);
      await eventually("it has arrived", async () => {
        await world.clock.pass(1000);
        await alice.sync();
        return (await missing()) === undefined;
      });
      let sent = 0;
      for await (const { messageType } of alice.messages("MMM_Outbound")) if (messageType === "MessageContact") sent += 1;
      assert.is(sent, 1, "the same message, once in Outbound");
      await requestContact(bob, alice.address, { configured: world.com.url });
      await eventually("both have each other", async () => {
        await alice.sync();
        await attend(alice, { claim: false });
        return contactOfAddress(alice, bob.address)?.entry.Requested === undefined;
      });
    },
    { timeoutMs: 240_000 },
  );

  it("comes again after pauses that grow to a day, and not for ever", () => {
    const hours = (times: number): number | undefined => {
      const next = nextTry({ index: 1, envelopeId: "", address: "", state: "Refused", errorCode: "ERR_QUOTA", times, time: 0 });
      return next === undefined ? undefined : next / 3600_000;
    };
    assert.equal([1, 2, 3, 5, 6, 11].map(hours), [1, 2, 4, 16, 24, 24]);
    assert.is(hours(12), undefined);
    const refused = { index: 1, envelopeId: "", address: "", state: "Refused", times: 1, time: 0 } as const;
    assert.is(nextTry(refused), undefined, "who does not want it is left alone");
  });
});
