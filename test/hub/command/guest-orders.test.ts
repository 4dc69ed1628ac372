/** Guests who give orders by a message of their account: each is judged by its signature and its grant, carried out once and answered once. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AccountContext, SentGuestOrder } from "../../../src/account/index.ts";
import {
  addGuest,
  attend,
  dynamicCode,
  endGrant,
  exchangeContact,
  findGrant,
  guestAnswer,
  guestHouses,
  replaceKeys,
  revokeDevice,
  sendGuestOrder,
} from "../../../src/account/index.ts";
import type { SayRequest, SayResult } from "../../../src/api/index.ts";
import { dateTime } from "../../../src/base/clock.ts";
import { encodeObject } from "../../../src/codec/index.ts";
import { envelopeId, newNonce } from "../../../src/crypto/index.ts";
import type { DareEnvelope } from "../../../src/dare/index.ts";
import { sealEnvelope } from "../../../src/dare/index.ts";
import { AlarmFile } from "../../../src/hub/alarm-file.ts";
import { GrantBook } from "../../../src/hub/command/grant-book.ts";
import { GuestLog } from "../../../src/hub/command/guest-log.ts";
import { GuestOrders } from "../../../src/hub/command/guest-orders.ts";
import type { Principal } from "../../../src/hub/command/principal.ts";
import { salvaging } from "../../../src/hub/salvage.ts";
import { GuestOrder } from "../../../src/schema/index.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, onCleanup, tempDirectory, throwsMesh } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";

/** A hub that notes what it is told, and does nothing. */
interface ListeningHub {
  readonly heard: { readonly request: SayRequest; readonly principal: Principal; readonly until: number }[];
  /** Looks at what came. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

describe("hub: orders of guests by message", (it) => {
  let house: Household;
  let alice: AccountContext;
  let hub: AccountContext;
  let bob: AccountContext;
  let time = 0;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    hub = await house.join(alice, "hub", ["hub"]);
    bob = await house.create("bob", "bob@example.com");
    await exchangeContact(alice, (await dynamicCode(bob)).uri);
    await bob.sync();
    await attend(bob, { claim: false });
  });
  it.after(() => house.stop());

  async function listen(
    path: string,
    answer: () => SayResult = () => ({ kind: "done", text: "hall light is on", targets: [] }),
    from = 0,
  ): Promise<ListeningHub> {
    const alarms = await AlarmFile.open(tempDirectory(), ports.log);
    const log = await GuestLog.open({ path, openFile: salvaging(alarms) });
    const heard: { request: SayRequest; principal: Principal; until: number }[] = [];
    const orders = new GuestOrders({ account: hub, log, grants: new GrantBook(hub), time: { now: () => ports.clock.now() + time }, from });
    orders.start(async (request, principal, until) => {
      heard.push({ request, principal, until });
      return answer();
    });
    let isStopped = false;
    const stop = async (): Promise<void> => {
      if (isStopped) return;
      isStopped = true;
      await orders.stop();
      await log.close();
    };
    onCleanup(stop);
    return {
      heard,
      async look() {
        await hub.sync();
        await orders.onSync();
      },
      stop,
    };
  }

  /** What was sent before is no news. */
  const listenAnew = (path: string): Promise<ListeningHub> => listen(path, undefined, hub.spoolCount("MMM_Command"));

  const file = (): string => join(tempDirectory(), "guest.journal");

  async function answerOf(sent: SentGuestOrder) {
    let found: Awaited<ReturnType<typeof guestAnswer>>;
    await eventually("the answer is there", async () => {
      await bob.sync();
      found = await guestAnswer(bob, sent);
      return found !== undefined;
    });
    return found!;
  }

  /** An order as bob's program sends it, with changes; whoever signs it. */
  async function send(change: Partial<GuestOrder>, signer = bob.keys.accountSignature!): Promise<DareEnvelope> {
    const [{ hubs } = assert.unreachable() as never] = await guestHouses(bob);
    const value: GuestOrder = {
      MessageId: newNonce(ports.random),
      Sender: bob.address,
      Recipient: alice.address,
      HubUdf: hub.deviceUdf,
      Text: "turn on the light",
      Expires: dateTime(ports.clock.now() + 30_000),
      ...change,
    };
    const envelope = sealEnvelope({
      plaintext: encodeObject(GuestOrder, value),
      envelopeId: envelopeId(value.MessageId),
      contentMeta: { MessageType: GuestOrder.tag, cty: "application/mmm/object" },
      signers: [signer],
      recipients: [hubs[0]!.encryption],
      random: ports.random,
    });
    await bob.transact({ messages: [{ spool: "MMM_Outbound", envelope, to: [alice.address] }] });
    return envelope;
  }

  it("says a sentence to the hub of a house that let him in, and has its answer", async () => {
    await throwsMesh(sendGuestOrder(bob, { address: alice.address, text: "turn on the light" }), "ERR_NOT_FOUND");
    const { isTold } = await addGuest(alice, bob.address, { until: ports.clock.now() + 3_600_000 });
    assert.ok(isTold);
    await bob.sync();
    const [home] = await guestHouses(bob);
    assert.equal(
      home?.hubs.map(({ udf }) => udf),
      [hub.deviceUdf],
    );
    const { heard, look } = await listen(file());
    const sent = await sendGuestOrder(bob, { address: alice.address, text: "turn on the light", language: "en" });
    await look();
    assert.equal(
      heard.map(({ request }) => request),
      [{ text: "turn on the light", language: "en", conversation: "guest" }],
    );
    assert.is(heard[0]?.principal.kind, "guest");
    assert.is(heard[0]?.principal.from, "afar");
    const answer = await answerOf(sent);
    assert.equal(answer, { result: "Accept", text: "hall light is on" });
    await look();
    assert.is(heard.length, 1);
  });

  it("is done until its end and not after, also when others are looked at before it", async () => {
    const { heard, look } = await listen(file(), () => {
      time = 60_000;
      return { kind: "done", text: "hall light is on", targets: [] };
    });
    await look();
    time = heard.length = 0;
    const before = ports.clock.monotonic();
    const first = await sendGuestOrder(bob, { address: alice.address, text: "turn on the light", seconds: 30 });
    const second = await sendGuestOrder(bob, { address: alice.address, text: "turn it off again", seconds: 30 });
    try {
      await look();
      assert.is((await answerOf(first)).result, "Accept");
      assert.is((await answerOf(second)).result, "Expired");
    } finally {
      time = 0;
    }
    assert.is(heard.length, 1);
    const until = heard[0]?.until ?? Infinity;
    assert.ok(until > before && until <= ports.clock.monotonic() + 30_000, `${until - before} ms`);
  });

  it("tells what was not done, and why", async () => {
    const target = {
      udf: "M",
      name: "blender",
      result: "Pending",
      text: "",
      error: { code: "ERR_CONFIRMATION_NEEDED", message: "" },
      values: [],
    } as const;
    const { look } = await listen(file(), () => ({ kind: "failed", text: "blender waits for the owner", targets: [{ ...target, values: [] }] }));
    const sent = await sendGuestOrder(bob, { address: alice.address, text: "start the blender" });
    await look();
    assert.equal(await answerOf(sent), { result: "Pending", text: "blender waits for the owner", errorCode: "ERR_CONFIRMATION_NEEDED" });
  });

  it("takes nothing under another key, in another name, for another hub, or twice under one name", async () => {
    const path = file();
    const { heard, look, stop } = await listen(path);
    await look();
    heard.length = 0;
    await send({}, bob.keys.signature);
    await send({ Sender: "carol@example.com" });
    await send({ HubUdf: alice.deviceUdf });
    await send({ Recipient: "carol@example.com" });
    const messageId = newNonce(ports.random);
    await send({ MessageId: messageId, Text: "turn on the first" });
    await look();
    await send({ MessageId: messageId, Text: "turn on the second" });
    await look();
    assert.equal(
      heard.map(({ request: { text } }) => text),
      ["turn on the first"],
    );
    await stop();
    const next = await listen(path);
    await next.look();
    assert.equal(next.heard, [], "what was carried out before the restart is not carried out again");
  });

  it("refuses what is over, and what ends too late", async () => {
    const { heard, look } = await listen(file());
    await look();
    heard.length = 0;
    await send({ Expires: dateTime(ports.clock.now() - 1000) });
    await send({ Expires: dateTime(ports.clock.now() + 3_600_000) });
    await send({ Text: "x".repeat(300) });
    await look();
    assert.equal(heard, []);
  });

  it("carries nothing out twice when its clock is put back, or its list is damaged", async () => {
    const path = file();
    const first = await listen(path);
    await first.look();
    const { heard } = first;
    heard.length = 0;
    await sendGuestOrder(bob, { address: alice.address, text: "turn on the third" });
    await first.look();
    assert.is(heard.length, 1);
    // A day later it is forgotten; then a service that lies about the time shows all of it to a hub that has begun anew.
    time = 86_400_000;
    await send({ Text: "turn on the fourth", Expires: dateTime(ports.clock.now() + time + 30_000) });
    await first.look();
    assert.is(heard.length, 2);
    await first.stop();
    time = 0;
    const again = await listen(path);
    await again.look();
    assert.equal(again.heard, []);
    await again.stop();
    writeFileSync(path, "what is no journal\n");
    const anew = await listen(path);
    await anew.look();
    assert.equal(anew.heard, []);
  });

  it("carries out nothing that the service kept back, when it tells an old time after the next start", async () => {
    const path = file();
    const before = await listenAnew(path);
    await before.look();
    await before.stop();
    const weeks = 21 * 86_400_000;
    await send({ Text: "turn on the fifth", Expires: dateTime(ports.clock.now() - weeks + 30_000) });
    time = -weeks;
    const after = await listenAnew(path);
    await after.look();
    time = 0;
    assert.equal(after.heard, []);
  });

  it("notes while it runs what has passed, for a start after a crash", async () => {
    const log = await GuestLog.open({ path: file() });
    onCleanup(() => log.close());
    const begun = ports.clock.now();
    const clock = new ManualClock(begun);
    const { deviceUdf, address, keys } = hub;
    const account = {
      ...{ deviceUdf, address, keys, ports: { ...hub.ports, clock } },
      ...{ messages: hub.messages.bind(hub), spoolCount: hub.spoolCount.bind(hub), transact: hub.transact.bind(hub), get: hub.get.bind(hub) },
    };
    const orders = new GuestOrders({ account, log, grants: new GrantBook(hub), time: { now: () => clock.now() }, from: 0 });
    orders.start(() => Promise.reject(new Error("nothing was said")));
    onCleanup(() => orders.stop());
    const isPassed = (): Promise<boolean> => log.mayBeForgotten(begun + 300_000, { now: begun, lifeMs: 120_000 });
    assert.is(await isPassed(), false);
    clock.advance(600_000);
    await eventually("it is noted", isPassed);
  });

  it("carries out what is in time when an earlier run believed a time far ahead", async () => {
    const path = file();
    time = 40 * 86_400_000;
    const misled = await listenAnew(path);
    await misled.look();
    await misled.stop();
    time = 2 * 86_400_000;
    await send({ Text: "turn on the sixth", Expires: dateTime(ports.clock.now() + time + 30_000) });
    const { heard, look } = await listenAnew(path);
    await look();
    time = 0;
    assert.equal(
      heard.map(({ request: { text } }) => text),
      ["turn on the sixth"],
    );
  });

  it("hears no machine that a guest has removed, once it has seen his newer profile: also after a restart", async () => {
    const old = await house.join(bob, "bobs old phone", ["web"]);
    await old.sync();
    const oldKey = old.keys.accountSignature!;
    await revokeDevice(bob, old.deviceUdf);
    assert.ok((await replaceKeys(bob)).members.includes("AccountSignature"));
    await bob.sync();
    const path = file();
    const first = await listenAnew(path);
    await first.look();
    first.heard.length = 0;
    await send({ Text: "turn on the seventh", EnvelopedProfileAccount: bob.profileEnvelope });
    await first.look();
    await send({ Text: "turn on the eighth" }, oldKey);
    await first.look();
    const texts = ({ heard }: ListeningHub) => heard.map(({ request: { text } }) => text);
    assert.equal(texts(first), ["turn on the seventh"]);
    await first.stop();
    const next = await listenAnew(path);
    await send({ Text: "turn on the ninth" }, oldKey);
    await next.look();
    assert.equal(texts(next), []);
    await send({ Text: "turn on the tenth" });
    await next.look();
    assert.equal(texts(next), ["turn on the tenth"], "and him, who shows his profile no more");
  });

  it("hears a guest no more whose grant was taken back, and tells him so", async () => {
    await endGrant(alice, findGrant(alice, bob.address));
    await bob.sync();
    assert.equal(await guestHouses(bob), []);
    await throwsMesh(sendGuestOrder(bob, { address: alice.address, text: "turn on the light" }), "ERR_NOT_FOUND");
    assert.is(alice.address, "alice@example.com");
  });
});
