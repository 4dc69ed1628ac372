/** Messages that a machine closed before it was removed stay closed; it closes nothing afterwards, and who was removed is not let in by a request of before. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { removePendingFile } from "../../../src/account/connect/pending-file.ts";
import type { AccountContext } from "../../../src/account/index.ts";
import {
  acceptConnection,
  attend,
  authorizeDevice,
  completeConnection,
  inspectWaiting,
  issuePin,
  pendingConnections,
  rejectConnection,
  requestConnection,
  revokeDevice,
} from "../../../src/account/index.ts";
import { newNonce, parseConnectUri } from "../../../src/crypto/index.ts";
import { MessageComplete } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
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

  it(
    "a request is not accepted when its device was let in and removed after somebody had looked at it",
    async () => {
      const desk = await house.join(alice, "second desk", ["admin"]);
      const dir = house.home("tablet");
      const first = await ask(dir);
      await removePendingFile(dir);
      const second = await ask(dir);
      for (const context of [alice, desk]) await context.sync();
      const old = (await pendingConnections(desk)).find(({ witness }) => witness === first);
      const newer = (await pendingConnections(alice)).find(({ witness }) => witness === second);
      assert.ok(old && newer);
      await acceptConnection(alice, newer, { roles: ["device"] });
      await revokeDevice(alice, newer.deviceUdf);
      const error = await throwsMesh(acceptConnection(desk, old, { roles: ["admin"] }), "ERR_REJECTED");
      assert.match(error.message, /has removed .+ after it had asked/);
      await alice.sync();
      assert.is(alice.directory.find(newer.deviceUdf), undefined);
    },
    { timeoutMs: 300_000 },
  );

  it(
    "what an administrator closed stays closed when it loses that role; afterwards it closes nothing that administrators alone close",
    async () => {
      const laptop = await house.join(alice, "third laptop", ["admin"]);
      const closed = await ask(house.home("somebody"));
      await laptop.sync();
      const asked = (await pendingConnections(laptop)).find(({ witness }) => witness === closed);
      assert.ok(asked);
      await rejectConnection(laptop, asked);
      await alice.sync();
      const isOpen = async (witness: string): Promise<boolean> => (await witnesses(alice)).includes(witness);
      assert.is(await isOpen(closed), false);
      await authorizeDevice(alice, laptop.deviceUdf, { roles: ["device"] });
      await alice.sync();
      assert.is(await isOpen(closed), false, "it had closed it as an administrator");
      const later = await ask(house.home("somebody else"));
      const body = MessageComplete.encode({ MessageId: newNonce(ports.random), References: [{ MessageId: later, Relationship: "Closed" }] });
      const forged = messageOf({ type: MessageComplete.tag, body, signer: laptop.keys.signature });
      await alice.client.transact({ Account: address, RequestId: newNonce(ports.random), Inbound: [forged] });
      await alice.sync();
      assert.is(await isOpen(later), true);
    },
    { timeoutMs: 300_000 },
  );

  it(
    "and when it is connected anew, with other keys",
    async () => {
      const name = "fourth laptop";
      const laptop = await house.join(alice, name, ["admin"]);
      const closed = await ask(house.home("a caller"));
      await laptop.sync();
      const asked = (await pendingConnections(laptop)).find(({ witness }) => witness === closed);
      assert.ok(asked);
      await rejectConnection(laptop, asked);
      await laptop.close();
      for (const file of ["account.json", "stores"]) rmSync(join(house.home(name), file), { recursive: true });
      const dir = house.home(name);
      const { account, code } = parseConnectUri((await issuePin(alice, { roles: ["admin"], minutes: 10 })).uri);
      await requestConnection({ dir, address: account, pin: code, serviceUrl: house.service.url, ports });
      await alice.sync();
      await attend(alice, { claim: false });
      const again = await completeConnection({ dir, waitSeconds: 5, ports });
      onCleanup(() => again.close());
      assert.is(again.deviceUdf, laptop.deviceUdf);
      assert.not.equal(again.keys.signature.public.udf, laptop.keys.signature.public.udf);
      for (const context of [alice, again]) {
        await context.sync();
        assert.is((await witnesses(context)).includes(closed), false);
      }
    },
    { timeoutMs: 300_000 },
  );
});
