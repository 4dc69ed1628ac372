/** A service that was put back to an earlier day while its account went on: what administrators unite, and how everybody else goes on. */
import { existsSync } from "node:fs";
import type { AccountContext } from "../../../src/account/index.ts";
import {
  addPlace,
  closingMessage,
  deletePlace,
  edit,
  findPlace,
  nameDevice,
  pendingContacts,
  put,
  requestContact,
  revokeDevice,
} from "../../../src/account/index.ts";
import { newNonce } from "../../../src/crypto/index.ts";
import { accessCatalog, deviceCatalog, placeCatalog, stateCatalog } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { ports } from "../../kit/household.ts";
import { machine } from "../../kit/meshman-terminal.ts";
import { placesOf } from "../../kit/places-of.ts";
import { startPutBackHouse } from "../../kit/put-back-house.ts";
import { spoil } from "../../kit/spoilt-store.ts";

describe("repair", (it) => {
  it("a hub that alone knows all that it wrote to its own sequence goes on from what the service has", async () => {
    const house = await startPutBackHouse();
    const alice = await house.create("alice", "alice@example.com");
    const hub = await house.join(alice, "hub", ["hub"]);
    const say = (Sequence: number): Promise<unknown> => {
      const state = { DeviceUdf: hub.deviceUdf, Via: hub.deviceUdf, Updated: "2026-01-01T00:00:00Z", Sequence, Status: "Online" } as const;
      return hub.transact({ catalogs: [put(stateCatalog, state)] });
    };
    const seen = (context: AccountContext): number | undefined => context.get(stateCatalog, hub.deviceUdf)?.Sequence;
    await hub.sync();
    assert.ok(await hub.goOver());
    await say(1);
    await alice.sync();
    await house.backUp();
    await say(2);
    await alice.sync();
    await say(3);
    await house.putBack();
    for (const context of [alice, hub]) await throwsMesh(context.sync(), "ERR_ROLLBACK");
    await alice.repair();
    assert.is(seen(alice), 1);
    await hub.sync();
    await say(4);
    await alice.sync();
    assert.is(seen(alice), 4);
    await house.stop();
  });

  it("unites a service that was put back with what the devices know", async () => {
    const house = await startPutBackHouse();
    const alice = await house.create("alice", "alice@example.com");
    const laptop = await house.join(alice, "laptop", ["admin"]);
    const phone = await house.join(alice, "phone", ["web"]);
    const thief = await house.join(alice, "thief", ["web"]);
    for (const name of ["kitchen", "hall", "attic"]) await addPlace(alice, { name });
    for (const context of [alice, laptop, phone, thief]) await context.sync();
    await house.backUp();
    // The last day, which the service will have forgotten.
    const thiefUdf = thief.deviceUdf;
    await revokeDevice(alice, thiefUdf);
    await nameDevice(alice, phone.deviceUdf, { localName: "telephone" });
    await addPlace(alice, { name: "cellar" });
    await deletePlace(alice, "attic");
    await alice.transact({ catalogs: [edit(placeCatalog, findPlace(alice, "hall").Key, (one) => one && { ...one, LocalName: "entrance" })] });
    await phone.sync();
    await house.putBack();
    // A machine that was away goes on with the service as it is.
    await addPlace(laptop, { name: "garden" });
    await laptop.transact({ catalogs: [edit(placeCatalog, findPlace(laptop, "hall").Key, (one) => one && { ...one, LocalName: "corridor" })] });
    await throwsMesh(alice.sync(), "ERR_ROLLBACK");
    await throwsMesh(phone.sync(), "ERR_ROLLBACK");
    assert.ok(thief.client, "the service believes the removed machine again");
    await thief.sync();

    await alice.close();
    const { repaired } = await machine(house.home("alice"), house.service.url).json("account", "repair");
    const stores = repaired.map(({ store }: { store: string }) => store);
    for (const label of ["MMM_Access", "MMM_Device", "MMM_Place"]) assert.ok(stores.includes(label), label);
    for (const { heads, kept } of repaired) {
      assert.is(heads.length, 2);
      assert.ok(existsSync(kept));
    }
    const { conflicts } = await machine(house.home("alice"), house.service.url).json("conflicts", "list");
    assert.is(conflicts.filter(({ store }: { store: string }) => store === "MMM_Place").length, 1, JSON.stringify(conflicts));
    const names = ["cellar", "garden", "kitchen"];
    for (const context of [phone, laptop]) {
      await context.sync();
      for (const name of names) assert.ok(placesOf(context).includes(name), `${name} of ${placesOf(context)}`);
      assert.not(placesOf(context).includes("attic"));
      assert.is(context.get(deviceCatalog, phone.deviceUdf)?.LocalName, "telephone");
      assert.is(context.directory.find(thiefUdf), undefined, "a removal of either history stays one");
      assert.is(context.sizeOf("MMM_Device").epoch, 1);
    }
    assert.ok(laptop.list(accessCatalog).some(({ value }) => !value.Capability.value.Active));
    await throwsMesh(thief.sync(), "ERR_REVOKED");
    // Everybody writes on in one history.
    await addPlace(laptop, { name: "loft" });
    await phone.sync();
    assert.ok(placesOf(phone).includes("loft"));
    assert.equal((await machine(house.home("alice"), house.service.url).json("account", "repair")).repaired, []);
    await house.stop();
  });

  it("gives the service back messages that it has lost, as it wrote them, and every machine goes on", async () => {
    const house = await startPutBackHouse();
    const alice = await house.create("alice", "alice@example.com");
    const bob = await house.create("bob", "bob@example.com");
    const laptop = await house.join(alice, "laptop", ["admin"]);
    const phone = await house.join(alice, "phone", ["web"]);
    await house.backUp();
    await requestContact(bob, alice.address, { subject: "hello" });
    for (const name of ["one", "two"]) await alice.transact({ messages: [{ spool: "MMM_Command", envelope: closingMessage(alice, name) }] });
    for (const context of [alice, phone]) await context.sync();
    const [before] = await pendingContacts(alice);
    assert.is(before?.subject, "hello");
    const here = alice.spoolCount("MMM_Command");
    await house.putBack();
    await throwsMesh(alice.sync(), "ERR_ROLLBACK");
    const given = { Container: "MMM_Command", Index: here - 2, Envelopes: [] };
    const request = { Account: alice.address, RequestId: newNonce(ports.random), GivenBack: [given] };
    await throwsMesh(phone.client.transact(request), "ERR_NOT_AUTHORIZED");
    await throwsMesh(alice.client.transact({ ...request, GivenBack: [{ ...given, Container: "MMM_Place" }] }), "ERR_USAGE");
    await throwsMesh(alice.client.transact({ ...request, GivenBack: [{ ...given, Index: here }] }), "ERR_CONFLICT");
    await alice.close();
    const answer = await machine(house.home("alice"), house.service.url).json("account", "repair");
    const back = answer.messages.find(({ store }: { store: string }) => store === "MMM_Command");
    assert.equal(back, { store: "MMM_Command", service: here - 2, here });
    assert.is(answer.lost, undefined);
    for (const context of [phone, laptop]) await context.sync();
    assert.is(laptop.spoolCount("MMM_Command"), here);
    const [after] = await pendingContacts(laptop);
    assert.equal([after?.messageId, after?.address], [before?.messageId, "bob@example.com"]);
    assert.equal((await machine(house.home("alice"), house.service.url).json("account", "repair")).messages, undefined);
    await house.stop();
  });

  it("says of which spools the service has lost messages and has others since", async () => {
    const house = await startPutBackHouse();
    const alice = await house.create("alice", "alice@example.com");
    const laptop = await house.join(alice, "laptop", ["admin"]);
    await house.backUp();
    for (const name of ["one", "two"]) await alice.transact({ messages: [{ spool: "MMM_Command", envelope: closingMessage(alice, name) }] });
    await alice.sync();
    const here = alice.spoolCount("MMM_Command");
    await house.putBack();
    await laptop.transact({ messages: [{ spool: "MMM_Command", envelope: closingMessage(laptop, "another") }] });
    await alice.close();
    const answer = await machine(house.home("alice"), house.service.url).json("account", "repair");
    assert.equal(answer, { success: true, repaired: [], lost: [{ store: "MMM_Command", service: here - 1, here }] });
    await house.stop();
  });

  it("lets a store begin anew without an end that nobody can believe", async () => {
    const house = await startPutBackHouse();
    const alice = await house.create("alice", "alice@example.com");
    const pad = await house.join(alice, "pad", ["device"]);
    const phone = await house.join(alice, "phone", ["device"]);
    const network = (name: string) => ({
      store: "MMM_Network" as const,
      key: name,
      change: () => ({ CatalogedNetwork: { Service: name } }),
    });
    await alice.transact({ catalogs: [network("home")] });
    await pad.sync();
    await spoil(pad, "signature");
    await throwsMesh(alice.sync(), "ERR_VERIFICATION");
    await throwsMesh(phone.sync(), "ERR_VERIFICATION");
    const [repaired, ...others] = await alice.repair();
    assert.equal([repaired?.store, repaired?.how, others], ["MMM_Network", "cut", []]);
    await alice.transact({ catalogs: [network("guests")] });
    await phone.sync();
    assert.is(phone.sizeOf("MMM_Network").live, 2);
    await phone.transact({ catalogs: [network("garden")] });
    await alice.sync();
    assert.is(alice.sizeOf("MMM_Network").live, 3);
    await house.stop();
  });
});
