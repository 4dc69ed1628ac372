/**
 * A lock against its own hub, which has the link, its halves and all that passes, and against phones that were removed: it does not open alone, twice,
 * or late, and nothing but the lock's signed report says that it opened.
 */
import { systemClock } from "../../../src/base/clock.ts";
import { generatePrivateKey } from "../../../src/crypto/index.ts";
import { encodeEnvelopeB, openEnvelope, parseEnvelope, sealEnvelope } from "../../../src/dare/index.ts";
import { ConnectionDevice, peekObject, publicKeyOf, ReleaseDevice } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { connect, order, releaseTo } from "../../kit/device.ts";
import { eventually } from "../../kit/eventually.ts";
import type { House } from "../../kit/lock-house.ts";
import { carriedOut, delegate, delegation, lockHouse, makePhone, orderOf, relink, restart, verified, work } from "../../kit/lock-house.ts";
import type { Hub, Owner } from "../../kit/owner.ts";
import { makeHub, makeOwner, newCode, random } from "../../kit/owner.ts";

/** A lock that takes the orders of one phone. */
async function prepared(commands?: readonly string[]) {
  const house = await lockHouse();
  const phone = makePhone();
  assert.is((await delegate(house, delegation(house, 1, [phone], commands))).Result, "Accept");
  return { house, phone };
}

const isLocked = (house: Awaited<ReturnType<typeof lockHouse>>): unknown => house.device.core.values.Locked;

describe("attack: a lock and its own hub", (it) => {
  it("opens for the owner's phone, once, and says so under its own key", async () => {
    const { house, phone } = await prepared();
    const { nonce, seconds } = await house.power.nonce(30);
    assert.is(seconds, 30);
    const order = orderOf(house, phone, { Nonce: nonce });
    const { result, reported } = await house.power.judge(order);
    assert.is(result, "Accept");
    assert.is(isLocked(house), false);
    const report = verified(house, reported);
    assert.equal([report.MessageId, report.Result, [...(report.Nonce ?? [])]], [order.messageId, "Accept", [...nonce]]);
    assert.is(report.Values.find(({ Name }) => Name === "Locked")?.Value, false);
  });

  it("does not open by the hub's own word", async () => {
    const { house } = await prepared();
    const refused = await house.session.request("Command", { Command: "Unlock", Arguments: [] });
    assert.equal([refused.Result, refused.ErrorCode], ["Reject", "ERR_NOT_AUTHORIZED"]);
    // Signed by itself, and sealed as an owner's device would.
    const { nonce } = await house.power.nonce(30);
    const forged = await house.power.judge(orderOf(house, makePhone(), { Nonce: nonce }));
    assert.equal([forged.result, forged.code, forged.reported], ["Reject", "ERR_VERIFICATION", undefined]);
    assert.is(
      (
        await delegate(
          house,
          delegation({ ...house, owner: { ...house.owner, administrator: generatePrivateKey("Ed25519", random) } }, 9, [makePhone()]),
        )
      ).Result,
      "Reject",
    );
    assert.is(isLocked(house), true);
    assert.is((await house.session.request("Command", { Command: "Lock", Arguments: [] })).Result, "Accept", "what does no harm goes on");
  });

  it("does not open twice by one order", async () => {
    const { house, phone } = await prepared();
    const order = orderOf(house, phone, { Nonce: (await house.power.nonce(30)).nonce });
    const both = await Promise.all([
      house.session.request("Order", { Sealed: order.sealed }),
      house.session.request("Order", { Sealed: order.sealed }),
    ]);
    assert.ok(both.some(({ Result }) => Result === "Accept"));
    assert.is(carriedOut(house.device), 1);
    await house.session.request("Command", { Command: "Lock", Arguments: [] });
    for (let attempt = 0; attempt < 3; attempt++) await house.session.request("Order", { Sealed: order.sealed });
    assert.is(isLocked(house), true);
    assert.is(carriedOut(house.device), 1);
    assert.is(house.signed.filter(({ report }) => report.MessageId === order.messageId).length, 1, "one order has one outcome");
  });

  it("does not open late", async () => {
    const { house, phone } = await prepared();
    const order = orderOf(house, phone, { Nonce: (await house.power.nonce(1)).nonce });
    await systemClock.sleep(1100);
    const { result, code, reported } = await house.power.judge(order);
    assert.equal([result, code, reported, isLocked(house)], ["Reject", "ERR_REPLAY", undefined, true]);
  });

  it("does not open with an order from before a loss of power", async () => {
    const { house, phone } = await prepared();
    const order = orderOf(house, phone, { Nonce: (await house.power.nonce(30)).nonce });
    const later = await restart(house);
    const { result, code } = await later.power.judge(order);
    assert.equal([result, code, isLocked(later)], ["Reject", "ERR_REPLAY", true]);
    const again = orderOf(later, phone, { Nonce: (await later.power.nonce(30)).nonce });
    assert.is((await later.power.judge(again)).result, "Accept", "whose orders it takes outlives the power");
  });

  it("takes one order for a nonce, in whatever sequence they come", async () => {
    const { house, phone } = await prepared();
    const [a, b] = [(await house.power.nonce(30)).nonce, (await house.power.nonce(30)).nonce];
    const [first, second, third] = [
      orderOf(house, phone, { Nonce: a }),
      orderOf(house, phone, { Nonce: b, Command: "Lock" }),
      orderOf(house, phone, { Nonce: a }),
    ];
    assert.is((await house.power.judge(second)).result, "Accept");
    assert.is((await house.power.judge(first)).result, "Accept");
    assert.equal(await house.power.judge(third).then(({ result, code }) => [result, code]), ["Reject", "ERR_REPLAY"]);
    assert.is(carriedOut(house.device), 2);
  });

  it("gives out only so many nonces: the ninth ends the first", async () => {
    const { house, phone } = await prepared();
    const { nonce: oldest } = await house.power.nonce(30);
    for (let i = 0; i < 8; i++) await house.power.nonce(30);
    assert.is((await house.power.judge(orderOf(house, phone, { Nonce: oldest }))).code, "ERR_REPLAY");
  });

  it("one who orders has two nonces out: his third ends his first, and nobody keeps another's order from being judged", async () => {
    const { house, phone } = await prepared();
    const [mine] = [(await house.power.nonce(30, 1)).nonce, await house.power.nonce(30, 3)];
    const [first, second] = [(await house.power.nonce(30, 2)).nonce, (await house.power.nonce(30, 2)).nonce];
    for (let i = 0; i < 20; i++) await house.power.nonce(30, 2);
    assert.is((await house.power.judge(orderOf(house, phone, { Nonce: first }))).code, "ERR_REPLAY");
    assert.is((await house.power.judge(orderOf(house, phone, { Nonce: second }))).code, "ERR_REPLAY");
    // Also where several together take all there are: the oldest of whoever has most goes first.
    for (const who of [4, 5, 6, 7, 4, 5, 6, 7]) await house.power.nonce(30, who);
    assert.is((await house.power.judge(orderOf(house, phone, { Nonce: mine }))).result, "Accept");
  });

  it("opens nothing with a wrong share, and loses nothing by it", async () => {
    const { house, phone } = await prepared();
    const order = orderOf(house, phone, { Nonce: (await house.power.nonce(30)).nonce });
    const other = generatePrivateKey("Ed25519", random);
    const wrong = await relink(house, { ...house.dealt.hubShares, encryption: other });
    assert.equal(await wrong.power.judge(order).then(({ result, code }) => [result, code]), ["Reject", "ERR_VERIFICATION"]);
    const right = await relink(house);
    assert.is((await right.power.judge(order)).result, "Accept");
  });

  it("is not said to have opened when the hub's share is of another deal", async () => {
    const { house, phone } = await prepared();
    const order = orderOf(house, phone, { Nonce: (await house.power.nonce(30)).nonce });
    const wrong = await relink(house, { ...house.dealt.hubShares, signature: generatePrivateKey("Ed25519", random) });
    const { result, reported } = await wrong.power.judge(order);
    assert.equal([result, reported], ["Pending", undefined]);
  });

  it("opens once for a hub that is killed between the halves", async () => {
    for (const at of ["Agree", "Sign", "Signature"] as const) {
      const { house, phone } = await prepared();
      const order = orderOf(house, phone, { Nonce: (await house.power.nonce(30)).nonce });
      house.session.onMessage(async (message) => {
        if (message.tag !== at) return (await house.power.answer(message)) ?? { tag: "Result", value: { Result: "Accept" } };
        // The end of a process closes its streams.
        await house.device.off();
        return undefined;
      });
      await throwsMesh(house.power.judge(order), "ERR_LINK");
      const later = await relink(house);
      const { result, reported } = await later.power.judge(order);
      assert.is(result, "Accept", at);
      assert.is(verified(later, reported ?? later.signed.find(({ report }) => report.MessageId === order.messageId)?.enveloped).Result, "Accept");
      assert.is(carriedOut(house.device), 1, at);
    }
  });

  it("takes no points from its hub that are none", async () => {
    const { house, phone } = await prepared();
    for (const point of [
      new Uint8Array(32),
      Uint8Array.of(1, ...new Uint8Array(31)),
      new Uint8Array(31).fill(9),
      Uint8Array.of(2, ...new Uint8Array(31)),
    ]) {
      const { nonce } = await house.power.nonce(30);
      house.session.onMessage(async ({ tag }) =>
        tag === "Agree" ? { tag: "Agreed", value: { Share: point } } : { tag: "Result", value: { Result: "Accept" } },
      );
      assert.is((await house.session.request("Order", { Sealed: orderOf(house, phone, { Nonce: nonce }).sealed })).Result, "Reject");
      house.session.onMessage(async (message) =>
        message.tag === "Sign"
          ? { tag: "Commitment", value: { Commitment: point } }
          : ((await house.power.answer(message)) ?? { tag: "Result", value: { Result: "Accept" } }),
      );
      const answer = await house.session.request("Report", {});
      assert.is(answer.Result, "Reject");
    }
    assert.is(carriedOut(house.device), 0);
  });

  it("forgets a phone with the next delegation, and does not go back to the one before", async () => {
    const { house, phone } = await prepared();
    const old = delegation(house, 1, [phone]);
    const other = makePhone();
    assert.is((await delegate(house, delegation(house, 2, [other]))).Result, "Accept");
    assert.is((await delegate(house, old)).ErrorCode, "ERR_REPLAY");
    assert.is((await delegate(house, delegation(house, 2, [phone, other]))).ErrorCode, "ERR_REPLAY", "another one of the same number");
    const stolen = await house.power.judge(orderOf(house, phone, { Nonce: (await house.power.nonce(30)).nonce }));
    assert.equal([stolen.result, stolen.code], ["Reject", "ERR_VERIFICATION"]);
    const later = await restart(house);
    assert.is((await delegate(later, old)).ErrorCode, "ERR_REPLAY", "over a restart, too");
    assert.is((await later.power.judge(orderOf(later, other, { Nonce: (await later.power.nonce(30)).nonce }))).result, "Accept");
  });

  it("takes no delegation of an earlier connection, also where it belonged to somebody else between", async () => {
    const { house: first, phone: thief } = await prepared();
    const old = delegation(first, 1, [thief]);
    /** Another owner gets it, by a new code. */
    const pass = async (house: House, owner: Owner, hub: Hub): Promise<House> => {
      const made = newCode(house.made);
      const { holding, dealt, session, device } = house;
      assert.is((await session.request("Release", order(ReleaseDevice, releaseTo(made, dealt.epoch), holding, house.hub))).Result, "Accept");
      await eventually("the session is over", () => session.isClosed);
      const connected = await connect(device, made, owner, hub);
      const connection = peekObject(ConnectionDevice, parseEnvelope(encodeEnvelopeB(connected.dealt.connectionDevice)));
      const next = { ...house, ...connected, made, owner, hub, connection };
      return { ...next, ...work(connected.linked, next) };
    };
    const second = await pass(first, makeOwner("bob@example.com"), makeHub());
    assert.is((await delegate(second, delegation(second, 5, [makePhone()]))).Result, "Accept");
    const third = await pass(second, first.owner, first.hub);
    assert.is((await delegate(third, old)).ErrorCode, "ERR_REPLAY");
    assert.is((await third.power.judge(orderOf(third, thief, { Nonce: (await third.power.nonce(30)).nonce }))).result, "Reject");
    const owner = makePhone();
    assert.is((await delegate(third, delegation(third, 1, [owner]))).Result, "Accept", "hers of now");
    assert.is((await third.power.judge(orderOf(third, owner, { Nonce: (await third.power.nonce(30)).nonce }))).result, "Accept");
  });

  it("signs that it refused what the sender was not given, and what does not fit", async () => {
    const { house, phone } = await prepared(["Lock"]);
    const given = await house.power.judge(orderOf(house, phone, { Nonce: (await house.power.nonce(30)).nonce }));
    assert.equal([given.result, verified(house, given.reported).ErrorCode], ["Reject", "ERR_NOT_AUTHORIZED"]);
    const unfit = orderOf(house, phone, {
      Nonce: (await house.power.nonce(30)).nonce,
      Command: "Lock",
      Arguments: [{ Name: "Locked", Value: false }],
    });
    const answer = await house.power.judge(unfit);
    assert.equal([answer.result, verified(house, answer.reported).ErrorCode], ["Reject", "ERR_COMMAND"]);
    assert.is(isLocked(house), true);
  });

  it("obeys no order for another lock, deal or owner", async () => {
    const { house, phone } = await prepared();
    for (const change of [{ DeviceUdf: "MDEV" }, { AccountUdf: "MACC" }, { DealEpoch: house.dealt.epoch + 1 }, { DealEpoch: 0 }]) {
      const { nonce } = await house.power.nonce(30);
      const { result, reported } = await house.power.judge(orderOf(house, phone, { Nonce: nonce, ...change }));
      assert.equal([result, reported], ["Reject", undefined]);
    }
    assert.is(carriedOut(house.device), 0);
  });

  it("signs how it is for who asks, and what happens to it", async () => {
    const { house } = await prepared();
    const nonce = random.bytes(16);
    const now = verified(house, await house.power.report(nonce));
    assert.equal([[...(now.Nonce ?? [])], now.MessageId], [[...nonce], undefined]);
    house.device.appliance.change("Locked", false);
    for (let i = 0; i < 200 && house.signed.length < 2; i++) await systemClock.sleep(20);
    const event = verified(house, house.signed[1]?.enveloped);
    assert.ok(event.Sequence > now.Sequence);
    assert.is(event.Values.find(({ Name }) => Name === "Locked")?.Value, false);
  });

  it("opens a file that was sealed to it, with its hub, and neither opens it alone", async () => {
    const { house } = await prepared();
    const plaintext = new Uint8Array(5000).fill(7);
    const envelope = sealEnvelope({ plaintext, recipients: [publicKeyOf(house.connection.Encryption)], random });
    assert.equal(await house.device.core.open(envelope), plaintext);
    await throwsMesh(() => openEnvelope(envelope, { keys: [house.dealt.hubShares.encryption] }), "ERR_VERIFICATION");
    const wrong = await relink(house, { ...house.dealt.hubShares, encryption: generatePrivateKey("Ed25519", random) });
    await house.session.close();
    await eventually("the former session is over", () => house.session.isClosed);
    await throwsMesh(wrong.device.core.open(envelope), "ERR_VERIFICATION");
    const other = sealEnvelope({ plaintext, recipients: [generatePrivateKey("Ed25519", random).public], random });
    await throwsMesh(wrong.device.core.open(other), "ERR_VERIFICATION");
  });
});
