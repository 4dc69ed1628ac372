import type { AccountContext } from "../../src/account/index.ts";
import {
  acceptConnection,
  acceptOffer,
  addPlace,
  attend,
  closeWindow,
  completeConnection,
  dealWaiting,
  issuePin,
  openWindow,
  pendingConnections,
  pendingOffers,
  processAccepts,
  releaseDevice,
  requestConnection,
  revokeDevice,
} from "../../src/account/index.ts";
import { put } from "../../src/account/store/edit.ts";
import { MeshError } from "../../src/base/errors.ts";
import { addPrivate, addPublic, parseConnectUri, privateKeyFromScalar } from "../../src/crypto/index.ts";
import { ActivationHub, ConnectionDevice, deviceCatalog, openDescription, openObject, peekObject, publicKeyOf } from "../../src/schema/index.ts";
import { assert, describe, onCleanup, throwsMesh } from "../harness/suite.ts";
import type { Bulb } from "../kit/bulb.ts";
import { deliver, forwardAccept, makeBulb, offer } from "../kit/bulb.ts";
import type { Household } from "../kit/household.ts";
import { ports, startHousehold } from "../kit/household.ts";

describe("account: a hub offers a bulb, an administrator connects it", (it) => {
  let house: Household;
  let alice: AccountContext;
  let hub: AccountContext;
  let bulb: Bulb;

  it.before(async () => {
    house = await startHousehold();
    const maker = await house.create("maker", "maker@example.com");
    alice = await house.create("alice", "alice@example.com");
    hub = await house.join(alice, "hub", ["hub"]);
    bulb = await makeBulb(maker);
  });
  it.after(() => house.stop());

  it("has a code that commits to the bulb", () => {
    const { account, key } = parseConnectUri(bulb.made.uri);
    const opened = openDescription({ sealed: bulb.made.image.SealedDescription, key, account });
    assert.is(opened.deviceUdf, bulb.made.deviceUdf);
    assert.is(opened.maker, "maker@example.com");
  });

  it("shows the hub no key that it has no right to", () => {
    assert.equal([...hub.keys.storeKeys.keys()].sort(), [
      "MMM_Automation",
      "MMM_Device",
      "MMM_Grant",
      "MMM_Joined",
      "MMM_Network",
      "MMM_Place",
      "MMM_Publication",
      "MMM_State",
    ]);
    assert.is(hub.keys.administrator, undefined);
    assert.is(hub.keys.accountSignature, undefined);
  });

  it("waits for the owner when no window is open", async () => {
    await addPlace(alice, { name: "kitchen" });
    await offer(hub, bulb, { LocalName: "kitchen light", Place: "kitchen" });
    await alice.sync();
    const events = await attend(alice, { claim: false });
    assert.equal(
      events.map(({ kind }) => kind),
      ["waiting"],
    );
  });

  it("connects it inside a window of its class only", async () => {
    await openWindow({ dir: alice.dir, minutes: 5, classes: ["sensor"], ports });
    assert.equal(
      (await attend(alice, { claim: false })).map(({ kind }) => kind),
      ["waiting"],
    );
    await openWindow({ dir: alice.dir, minutes: 5, classes: ["light"], ports });
    assert.equal(
      (await attend(alice, { claim: false })).map(({ kind }) => kind),
      ["accepted"],
    );
    await closeWindow(alice.dir);
  });

  it("gives bulb and hub parts that add up, and neither of them the whole", async () => {
    await hub.sync();
    const entry = hub.get(deviceCatalog, bulb.made.deviceUdf);
    assert.ok(entry);
    assert.is(entry.LocalName, "kitchen light");
    const respond = deliver(bulb, entry, alice);
    const part = openObject(
      ActivationHub,
      (entry.EnvelopedActivationHub ?? [])[0] as never,
      [hub.keys.encryption],
      [publicKeyOf(hub.profile.AdministratorSignature)],
    );
    const connection = peekObject(ConnectionDevice, entry.EnvelopedConnectionDevice);
    const own = addPrivate(addPrivate(bulb.base.signature, bulb.fresh.signature), privateKeyFromScalar("Ed25519", respond.SignatureShare));
    assert.equal(own.public.octets, respond.PartialSignature);
    assert.is.not(own.public.udf, connection.Signature.Udf);
    assert.is(addPublic(own.public, publicKeyOf(part.SignatureShare)).udf, connection.Signature.Udf);
    await forwardAccept(hub, bulb, respond);
  });

  it("is connected only when the bulb's own word has been verified", async () => {
    assert.is(alice.get(deviceCatalog, bulb.made.deviceUdf)?.Connected, undefined);
    await alice.sync();
    const { processed } = await processAccepts(alice, 0);
    assert.equal(processed, [{ deviceUdf: bulb.made.deviceUdf, kind: "connected" }]);
    assert.ok(alice.get(deviceCatalog, bulb.made.deviceUdf)?.Connected);
    assert.equal((await processAccepts(alice, 0)).processed, []);
  });

  it("passes over in silence what the bulb said of a deal before the one in force", async () => {
    const entry = alice.get(deviceCatalog, bulb.made.deviceUdf)!;
    const { Connected: _connected, ...waiting } = entry;
    await alice.transact({ catalogs: [put(deviceCatalog, { ...waiting, DealEpoch: (entry.DealEpoch ?? 0) + 1 })] });
    const { log } = alice.ports;
    const { warn } = log;
    const said: string[] = [];
    log.warn = (event) => void said.push(event);
    const { processed } = await processAccepts(alice, 0);
    log.warn = warn;
    assert.equal([processed, said], [[], []]);
    assert.is(alice.get(deviceCatalog, bulb.made.deviceUdf)?.Connected, undefined);
    await alice.transact({ catalogs: [put(deviceCatalog, entry)] });
  });

  it("claims it at the maker's service", async () => {
    const events = await attend(alice, { claim: true });
    assert.equal(
      events.map(({ kind }) => kind),
      ["claimed"],
    );
    assert.ok(alice.get(deviceCatalog, bulb.made.deviceUdf)?.Claimed);
  });

  it("keeps the deal when the same bulb is offered again", async () => {
    const before = alice.get(deviceCatalog, bulb.made.deviceUdf);
    await offer(hub, bulb);
    await alice.sync();
    const [again] = await pendingOffers(alice);
    assert.ok(again);
    await acceptOffer(alice, again);
    assert.is(alice.get(deviceCatalog, bulb.made.deviceUdf)?.DealEpoch, before?.DealEpoch);
    await alice.sync();
    assert.is((await pendingOffers(alice)).length, 0);
  });

  it("orders a release under a new code", async () => {
    const uri = await releaseDevice(alice, bulb.made.deviceUdf);
    assert.is(parseConnectUri(uri).account, "alice@example.com");
    assert.ok(alice.get(deviceCatalog, bulb.made.deviceUdf)?.SealedReleaseDevice);
  });

  it("deals the bulb of a removed hub to the next one, without a new scan", async () => {
    const { orphans } = await revokeDevice(alice, hub.deviceUdf);
    assert.equal(orphans, [bulb.made.deviceUdf]);
    const before = alice.get(deviceCatalog, bulb.made.deviceUdf)?.DealEpoch ?? 0;
    assert.equal(await dealWaiting(alice), [], "a hub of another house is given nothing");
    // The service does not take the deals of the turn that connects the hub.
    const { transact } = alice;
    const hasDeals = (transaction: Parameters<typeof transact>[0]): boolean => transaction.catalogs?.length === 1 && !transaction.messages;
    alice.transact = (transaction) =>
      hasDeals(transaction) ? Promise.reject(new MeshError("ERR_BUSY", "the service is short of memory")) : transact.call(alice, transaction);
    await throwsMesh(house.join(alice, "second hub", ["hub"]), "ERR_BUSY");
    alice.transact = transact;
    await alice.sync();
    assert.is(alice.get(deviceCatalog, bulb.made.deviceUdf)?.HubUdf, undefined);
    const events = await attend(alice, { claim: false });
    assert.equal(
      events.map(({ kind, deviceUdf }) => [kind, deviceUdf]),
      [
        ["dealt", bulb.made.deviceUdf],
        ["rekeyed", undefined],
      ],
      "the next turn does, and the stores that the removed hub could read go on under new keys",
    );
    assert.equal(await attend(alice, { claim: false }), []);
    const next = await completeConnection({ dir: house.home("second hub"), waitSeconds: 5, ports });
    onCleanup(() => next.close());
    await next.sync();
    const entry = next.get(deviceCatalog, bulb.made.deviceUdf);
    assert.is(entry?.HubUdf, next.deviceUdf);
    assert.ok((entry?.DealEpoch ?? 0) > before);
    assert.ok(entry && deliver(bulb, entry, alice));
    const part = openObject(ActivationHub, (entry?.EnvelopedActivationHub ?? [])[0] as never, [next.keys.encryption]);
    assert.ok(part.PreviousHailKey);
  });
});

describe("account: names that hubs and machines ask for", (it) => {
  it("are taken over by the rules of names, by the agent and by hand", async () => {
    const house = await startHousehold();
    try {
      const maker = await house.create("maker", "maker@example.com");
      const alice = await house.create("alice", "alice@example.com");
      const hub = await house.join(alice, "hub", ["hub"]);
      await addPlace(alice, { name: "kitchen" });
      await openWindow({ dir: alice.dir, minutes: 5, ports });
      const asked = ["kitchen light", "kitchen\u200b light", "Kitchen  LIGHT", "line\nbreak", "x".repeat(3000), "hub"];
      const told: (string | undefined)[] = [];
      for (const LocalName of asked) {
        await offer(hub, await makeBulb(maker), { LocalName, Place: "kitchen" });
        await alice.sync();
        told.push(...(await attend(alice, { claim: false })).map(({ name }) => name));
      }
      const given = ["kitchen light", ...[2, 3, 4, 5, 6].map((number) => `kitchen light ${number}`)];
      assert.equal(told, given);
      const names = alice.list(deviceCatalog).map(({ value }) => value.LocalName);
      assert.equal(names.sort(), [...given, "alice", "hub"].sort());

      await closeWindow(alice.dir);
      await offer(hub, await makeBulb(maker), { LocalName: "stove", Place: "kitchen" });
      await alice.sync();
      const [pending] = await pendingOffers(alice);
      for (const localName of asked) await throwsMesh(acceptOffer(alice, pending!, { localName }), "ERR_NAME");
      assert.is((await acceptOffer(alice, pending!)).LocalName, "stove");

      await throwsMesh(issuePin(alice, { roles: ["web"], minutes: 5, localName: "a\nb" }), "ERR_NAME");
      await throwsMesh(issuePin(alice, { roles: ["web"], minutes: 5, localName: "HUB" }), "ERR_NAME");
      const joining = { dir: house.home("laptop"), address: alice.address, serviceUrl: house.service.url, ports };
      await throwsMesh(requestConnection({ ...joining, localName: "a\nb" }), "ERR_NAME");
      await requestConnection({ ...joining, localName: "laptop" });
      await alice.sync();
      const [request] = await pendingConnections(alice);
      for (const localName of ["Hub", "a\u202eb", "please"])
        await throwsMesh(acceptConnection(alice, request!, { roles: ["web"], localName }), "ERR_NAME");
      const device = await acceptConnection(alice, { ...request!, localName: "hub\n" }, { roles: ["web"] });
      assert.is(device.LocalName, "machine");
    } finally {
      await house.stop();
    }
  });
});
