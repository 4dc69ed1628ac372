/** A turn of the owner's agent with items in the spools that nothing can come of: each fails alone, is closed, and is not looked at again. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { AccountContext } from "../../../src/account/index.ts";
import {
  AccountContext as Account,
  attend,
  closeUnwanted,
  completeConnection,
  issuePin,
  openWindow,
  pendingConnections,
  pendingOffers,
  rejectConnection,
  requestAgeMs,
  requestConnection,
} from "../../../src/account/index.ts";
import { dateTime, systemClock } from "../../../src/base/clock.ts";
import type { Datum, Struct } from "../../../src/codec/index.ts";
import { parseConnectUri, responseId } from "../../../src/crypto/index.ts";
import type { DeviceContribution, ProfileDevice } from "../../../src/schema/index.ts";
import {
  AcknowledgeConnection,
  DeviceReleased,
  deviceCatalog,
  ForwardAccept,
  MessageComplete,
  MessagePin,
  OfferConnection,
  openObject,
  publicKeyOf,
  RespondOffer,
} from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { grantInbound } from "../../kit/broad-rights.ts";
import type { Bulb } from "../../kit/bulb.ts";
import { deliver, forwardAccept, makeBulb, offer, offerOf } from "../../kit/bulb.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import type { Change } from "../../kit/malformed.ts";
import { change, changed, countReads, messageOf } from "../../kit/malformed.ts";
import { freshKey, store, storedRequest } from "../../kit/stranger.ts";

const kinds = (events: readonly { readonly kind: string }[]): string[] => events.map(({ kind }) => kind);

/** Keys that a 0.1.0 service took without looking. */
const badKeys: readonly Partial<ProfileDevice>[] = [
  { Encryption: { Udf: "MAAA" } },
  { Encryption: freshKey("Ed25519") },
  { Authentication: freshKey("Ed448") },
  { Link: [] },
];

describe("agent: requests to connect that nothing can come of", (it) => {
  let house: Household;
  let alice: AccountContext;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
  });
  it.after(() => house.stop());

  it("they are told and closed, and a PIN that came after them works", async () => {
    await store(
      alice,
      badKeys.map((keys) => storedRequest(alice, keys).envelope),
    );
    const events = await attend(alice, { claim: false });
    assert.is(events.length, badKeys.length);
    for (const { kind, reason } of events) assert.match(`${kind} ${reason}`, /refused ProfileDevice\.(Encryption|Authentication|Link): /);
    await house.join(alice, "laptop", ["web"]);
    assert.is(alice.list(deviceCatalog).length, 2);
  });

  it("they are closed for the account's other administrators, and over restarts", async () => {
    const other = await house.join(alice, "second admin", ["admin"]);
    await other.sync();
    assert.equal(kinds(await attend(other, { claim: false })), []);
    await alice.sync();
    const again = await Account.open({ dir: alice.dir, ports });
    const reads = countReads(again);
    assert.equal(await pendingConnections(again), []);
    const signers = reads.count;
    await pendingConnections(again);
    assert.is(reads.count, signers);
    await again.close();
  });

  it("one of them under a PIN that is good stops nobody", async () => {
    const { pin } = await issuePin(alice, { roles: ["web"], minutes: 10 });
    await store(alice, [storedRequest(alice, { Encryption: { Udf: "MAAA" } }, pin).envelope, storedRequest(alice, {}, pin).envelope]);
    assert.equal(kinds(await attend(alice, { claim: false })), ["connected", "refused"]);
  });

  it("the owner can refuse beside them; whoever only looks closes them, too", async () => {
    const good = storedRequest(alice);
    await store(alice, [storedRequest(alice, { Encryption: { Udf: "MAAA" } }).envelope, good.envelope]);
    await closeUnwanted(alice);
    await alice.sync();
    const pending = await pendingConnections(alice);
    assert.equal(
      pending.map(({ witness }) => witness),
      [good.witness],
    );
    for (const request of pending) await rejectConnection(alice, request);
    await alice.sync();
    assert.equal(await pendingConnections(alice), []);
    assert.equal(kinds(await attend(alice, { claim: false })), []);
  });

  it("without a PIN they are closed after a week, and their device is told when it can be", async () => {
    const dir = house.home("patient");
    await requestConnection({ dir, address: alice.address, serviceUrl: house.service.url, ports });
    await alice.sync();
    const [request] = await pendingConnections(alice);
    assert.ok(request);
    const { clock } = alice.ports;
    const after = (ms: number): void =>
      void Object.assign(alice, { ports: { ...alice.ports, clock: { ...systemClock, now: () => clock.now() + ms } } });
    after(requestAgeMs - 60_000);
    assert.is((await pendingConnections(alice)).length, 1, "not before");
    after(requestAgeMs + 60_000);
    assert.equal(await pendingConnections(alice), []);
    assert.equal(kinds(await attend(alice, { claim: false })), ["refused"]);
    await alice.sync();
    assert.equal(await attend(alice, { claim: false }), [], "told and closed once");
    Object.assign(alice, { ports: { ...alice.ports, clock } });
    assert.equal(await pendingConnections(alice), []);
    const error = await throwsMesh(completeConnection({ dir, ports }), "ERR_REJECTED");
    assert.match(error.message, /answered Expired/);
  });

  it("a window whose file is damaged is closed, and stops nothing", async () => {
    writeFileSync(join(alice.dir, "window.json"), "{");
    assert.equal(await attend(alice, { claim: false }), []);
    assert.equal(readdirSync(join(alice.dir, "kept")), ["window.json-1"]);
  });

  it("a turn reads what is new, however much is open", async () => {
    const open = Array.from({ length: 40 }, () => storedRequest(alice).envelope);
    await store(alice, open);
    const reads = countReads(alice);
    await attend(alice, { claim: false });
    const first = reads.count;
    assert.ok(first >= open.length);
    await attend(alice, { claim: false });
    assert.is(reads.count, first, "a second turn reads nothing");
    await store(alice, [storedRequest(alice).envelope]);
    await attend(alice, { claim: false });
    assert.ok(reads.count - first <= 2, `${reads.count - first} reads for one new request`);
    assert.is((await pendingConnections(alice)).length, open.length + 1);
  });
});

describe("agent: requests that another administrator answers", (it) => {
  it("a PIN that is seen as used before its request is seen as closed refuses nobody", async () => {
    const house = await startHousehold();
    const alice = await house.create("alice", "alice@example.com");
    const other = await house.join(alice, "other", ["admin"]);
    const { uri } = await issuePin(alice, { roles: ["device"], minutes: 10, localName: "pad" });
    const { account, code } = parseConnectUri(uri);
    const dir = house.home("pad");
    await requestConnection({ dir, address: account, pin: code, serviceUrl: house.service.url, ports });
    await alice.sync({ stores: ["MMM_Inbound"] });
    await other.sync();
    assert.ok(kinds(await attend(other, { claim: false })).includes("connected"));
    await alice.sync({ stores: ["MMM_Local"] });
    assert.not.ok(kinds(await attend(alice, { claim: false })).includes("refused"));
    await (await completeConnection({ dir, waitSeconds: 5, ports })).close();
    await house.stop();
  });
});

describe("agent: offers that nothing can come of", (it) => {
  let house: Household;
  let alice: AccountContext;
  let maker: AccountContext;
  let hub: AccountContext;
  let bulb: Bulb;

  it.before(async () => {
    house = await startHousehold();
    maker = await house.create("maker", "maker@example.com");
    alice = await house.create("alice", "alice@example.com");
    hub = await house.join(alice, "hub", ["hub"]);
    bulb = await makeBulb(maker);
    await openWindow({ dir: alice.dir, minutes: 60, ports });
  });
  it.after(() => house.stop());

  async function answerTo(messageId: string): Promise<RespondOffer | undefined> {
    await hub.sync();
    for await (const { envelope, messageType } of hub.messages("MMM_Command")) {
      if (messageType !== RespondOffer.tag) continue;
      const answer = openObject(RespondOffer, envelope, [hub.keys.encryption]);
      if (answer.MessageId === responseId(messageId)) return answer;
    }
    return undefined;
  }

  it("keys and epochs that cannot be dealt are refused with the reason, and the next bulb is accepted", async () => {
    const contributions: readonly Partial<DeviceContribution>[] = [
      { Encryption: freshKey("X448") },
      { Signature: { Udf: "MAAA" } },
      { Link25519: freshKey("X448") },
      { DealEpoch: 2 ** 32 },
      { DealEpoch: -1 },
    ];
    const sent: string[] = [];
    for (const contribution of contributions) sent.push(await offer(hub, await makeBulb(maker), {}, contribution));
    await offer(hub, bulb);
    await alice.sync();
    assert.equal(kinds(await attend(alice, { claim: false })), ["accepted", ...contributions.map(() => "refused")]);
    for (const messageId of sent) {
      const answer = await answerTo(messageId);
      assert.is(answer?.Result, "Reject");
      assert.match(answer?.ErrorReport ?? "", "DeviceContribution.");
    }
  });

  it("expired ones are closed and not opened again", async () => {
    const late = { Expires: dateTime(ports.clock.now() - 1000) };
    const sent = [await offer(hub, bulb, late), await offer(hub, bulb, late)];
    await alice.sync();
    await attend(alice, { claim: false });
    for (const messageId of sent) assert.is((await answerTo(messageId))?.Result, "Expired");
    await alice.sync();
    const reads = countReads(alice);
    assert.equal(kinds(await attend(alice, { claim: false })), []);
    assert.is(reads.count, 1, "the signature of the message that closed them, and nothing else");
    await attend(alice, { claim: false });
    assert.is(reads.count, 1);
  });

  it("an older offer of the same device is closed: accepting it later would undo the newer one", async () => {
    const other = await makeBulb(maker);
    const older = await offer(hub, other, {}, { Link25519: freshKey("X25519") });
    await offer(hub, other);
    await alice.sync();
    assert.equal(kinds(await attend(alice, { claim: false })), ["accepted", "refused"]);
    assert.is((await answerTo(older))?.Result, "Reject");
    await alice.sync();
    assert.equal(await pendingOffers(alice), []);
  });

  it("a device of the account that is no hub cannot offer, and stops nothing", async () => {
    const phone = await house.join(alice, "phone", ["message"]);
    await grantInbound(alice, phone);
    await offer(phone, bulb);
    await alice.sync();
    assert.equal(kinds(await attend(alice, { claim: false })), ["refused"]);
  });

  /** One malformed message of each kind that a turn reads, as devices of the account send them. */
  async function sendMalformed(changes: readonly Change[], target: Bulb): Promise<void> {
    const put = <T>(struct: Struct<T>, value: T, at: number): Datum => changed(struct, value, changes[at] ?? { at: 0, value: null });
    const recipients = [publicKeyOf(alice.profile.AdministratorEncryption)];
    const signer = hub.keys.signature;
    const admin = alice.keys.signature;
    const request = storedRequest(alice);
    const offered = offerOf(hub, target);
    const { MessageId, Expires } = offered;
    const names = { MessageId, HubUdf: hub.deviceUdf, DeviceUdf: target.made.deviceUdf };
    const pin: MessagePin = { MessageId, Account: alice.address, Expires, Automatic: true, SaltedPin: "AAAA", Action: "Device" };
    const closing: MessageComplete = { MessageId, References: [{ MessageId: "no UDF", Relationship: "Closed", Index: -1 }] };
    const accept = put(ForwardAccept, { ...names, Accept: new Uint8Array(9) }, 0);
    const released = put(DeviceReleased, { ...names, DealEpoch: 1 }, 1);
    await hub.transact({
      messages: [
        { spool: "MMM_Inbound", envelope: messageOf({ type: OfferConnection.tag, body: put(OfferConnection, offered, 2), signer, recipients }) },
        { spool: "MMM_Command", envelope: messageOf({ type: ForwardAccept.tag, body: accept, signer, recipients }) },
        { spool: "MMM_Command", envelope: messageOf({ type: DeviceReleased.tag, body: released, signer, recipients }) },
      ],
    });
    const asked = put(AcknowledgeConnection, request.value, 3);
    await alice.transact({
      messages: [
        { spool: "MMM_Local", envelope: messageOf({ type: MessagePin.tag, body: put(MessagePin, pin, 4), signer: admin, recipients }) },
        { spool: "MMM_Inbound", envelope: messageOf({ type: MessageComplete.tag, body: put(MessageComplete, closing, 5), signer: admin }) },
        { spool: "MMM_Inbound", envelope: messageOf({ type: AcknowledgeConnection.tag, body: asked, id: request.witness }) },
      ],
    });
  }

  it(
    "whatever devices of the account send, what is good is served",
    async () => {
      let guests = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(change, { minLength: 18, maxLength: 18 }), async (changes) => {
          const good = await makeBulb(maker);
          await sendMalformed(changes.slice(0, 6), good);
          await offer(hub, good);
          await sendMalformed(changes.slice(6, 12), good);
          await house.join(alice, `guest ${guests++}`, ["web"]);
          const { deviceUdf } = good.made;
          const entry = alice.get(deviceCatalog, deviceUdf);
          assert.ok(entry, "the good offer was accepted");
          await forwardAccept(hub, good, deliver(good, entry, alice));
          await sendMalformed(changes.slice(12), good);
          await alice.sync();
          const events = await attend(alice, { claim: false });
          assert.ok(events.some((event) => event.kind === "registered" && event.deviceUdf === deviceUdf));
        }),
        { numRuns: 4 },
      );
    },
    { timeoutMs: 240_000 },
  );
});
