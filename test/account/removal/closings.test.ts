/** Messages that a machine closed before it was removed stay closed; it closes nothing afterwards, and who was removed is not let in by a request of before. */
import { removePendingFile } from "../../../src/account/connect/pending-file.ts";
import type { AccountContext } from "../../../src/account/index.ts";
import {
  acceptConnection,
  inspectWaiting,
  pendingConnections,
  rejectConnection,
  requestConnection,
  revokeDevice,
} from "../../../src/account/index.ts";
import { newNonce } from "../../../src/crypto/index.ts";
import { MessageComplete } from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { messageOf } from "../../kit/malformed.ts";

const address = "alice@example.com";

describe("what a removed machine closed", (it) => {
  let house: Household;
  let alice: AccountContext;
  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", address);
  });
  it.after(() => house.stop());

  const ask = async (dir: string): Promise<string> => (await requestConnection({ dir, address, serviceUrl: house.service.url, ports })).witness;
  const witnesses = async (context: AccountContext): Promise<readonly string[]> => (await pendingConnections(context)).map(({ witness }) => witness);

  it(
    "stays closed up to its removal, for whoever knew it and for who comes later",
    async () => {
      const laptop = await house.join(alice, "laptop", ["admin"]);
      await ask(house.home("stranger"));
      await laptop.sync();
      const [asked] = await pendingConnections(laptop);
      assert.ok(asked);
      await rejectConnection(laptop, asked);
      await alice.sync();
      assert.equal(await witnesses(alice), []);
      await revokeDevice(alice, laptop.deviceUdf);
      await alice.sync();
      assert.equal(await witnesses(alice), []);
      assert.equal((await inspectWaiting(alice)).waiting, []);
      const later = await house.join(alice, "desk", ["admin"]);
      assert.equal(await witnesses(later), [], "a machine that never knew the laptop");

      // Its key, in the hands of who has its disk: another device carries what it signs.
      const witness = await ask(house.home("visitor"));
      const References = [{ MessageId: witness, Relationship: "Closed" }];
      const body = MessageComplete.encode({ MessageId: newNonce(ports.random), References });
      const forged = messageOf({ type: MessageComplete.tag, body, signer: laptop.keys.signature });
      await alice.client.transact({ Account: address, RequestId: newNonce(ports.random), Inbound: [forged] });
      for (const context of [alice, later]) {
        await context.sync();
        assert.equal(await witnesses(context), [witness]);
      }
      const [visitor] = await pendingConnections(alice);
      assert.ok(visitor);
      await rejectConnection(alice, visitor);
    },
    { timeoutMs: 300_000 },
  );

  it(
    "a request from before the removal of its own device is never offered, a later one is",
    async () => {
      const dir = house.home("phone");
      // Two requests of one device, of which the account answers one.
      const first = await ask(dir);
      await removePendingFile(dir);
      const second = await ask(dir);
      await alice.sync();
      const both = await pendingConnections(alice);
      assert.equal(
        both.map(({ witness }) => witness),
        [first, second],
      );
      const [, newer] = both;
      assert.ok(newer);
      await acceptConnection(alice, newer, { roles: ["device"] });
      await revokeDevice(alice, newer.deviceUdf);
      await alice.sync();
      assert.equal(await witnesses(alice), []);
      const { refused } = await inspectWaiting(alice);
      assert.equal(
        refused.map(({ messageId }) => messageId),
        [first],
      );
      await removePendingFile(dir);
      const third = await ask(dir);
      await alice.sync();
      assert.equal(await witnesses(alice), [third]);
    },
    { timeoutMs: 300_000 },
  );
});
