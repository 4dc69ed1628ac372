/** Who owns a virtual device: factory reset, lock, recovery, orders of the owner, release, successor hub. */

import { readdirSync, readFileSync } from "node:fs";
import { provisionalSeconds } from "../../firmware-stubs/virtual/image/image.ts";
import { matchesHail } from "../../src/link/index.ts";
import { keyDataOf, ReleaseDevice, ResetDevice } from "../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { connect, join, listen, newImage, order, powerOn, prepare, releaseTo } from "../kit/device.ts";
import { eventually } from "../kit/eventually.ts";
import { dealTo, linkLinked, linkOnboard, makeDevice, makeHub, makeOwner, newCode, random } from "../kit/owner.ts";

const alice = makeOwner("alice@example.com");
const bob = makeOwner("bob@example.com");

function orders(DeviceUdf: string, DealEpoch: number): ResetDevice {
  return { DeviceUdf, DealEpoch, Nonce: random.bytes(16) };
}

/** A device connected to alice, whose lock is permanent. */
async function owned() {
  const made = makeDevice();
  const dir = newImage(made);
  const device = powerOn(dir);
  const hub = makeHub();
  const connected = await connect(device, made, alice, hub);
  device.powered.skip(25);
  return { made, dir, device, hub, ...connected };
}

describe("virtual device, lock", (it) => {
  it("outlives a factory reset: another owner is refused, the same one comes back at a higher epoch", async () => {
    const { made, dir, device, hub, linked, contribution, holding } = await owned();
    device.core.factoryReset();
    await eventually("closed", () => linked.isClosed);
    assert.is(device.image.active, undefined);
    await device.off();

    const again = powerOn(dir);
    const { mode, lock, accountUdf, dealEpoch } = again.core.status();
    assert.equal([mode, lock, accountUdf, dealEpoch], ["onboard", "permanent", alice.accountUdf, 1]);
    const stranger = await prepare(again, made, bob, hub);
    assert.is(stranger.contribution.DealEpoch, 1);
    assert.is.not(stranger.contribution.Signature.Udf, contribution.Signature.Udf, "f is a fresh one");
    assert.is.not(stranger.contribution.Link25519.Udf, contribution.Link25519.Udf);
    const refused = await stranger.session.request("Deliver", { Sealed: stranger.dealt.sealed });
    assert.match(refused.ErrorReport ?? "", /another owner/);

    const claims = { ...holding, contribution: stranger.contribution };
    const pretender = dealTo({ ...claims, owner: { ...alice, administrator: bob.administrator } }, hub, 2);
    assert.is((await stranger.session.request("Deliver", { Sealed: pretender.sealed })).Result, "Reject", "alice's name is not alice's key");
    const low = dealTo(claims, hub, 1);
    assert.match((await stranger.session.request("Deliver", { Sealed: low.sealed })).ErrorReport ?? "", /epoch 1 is not above 1/);
    const { dealt } = await connect(again, made, alice, hub);
    assert.is(dealt.epoch, 2);
    assert.is(again.core.status().mode, "linked");
  });

  it("is provisional for 24 powered hours: a button reset clears it, and keeps the epoch", async () => {
    for (const [hours, lock] of [
      [23.9, "open"],
      [24.1, "permanent"],
    ] as const) {
      const made = makeDevice();
      const device = powerOn(newImage(made));
      await connect(device, made, bob, makeHub());
      assert.is(device.core.status().lock, "provisional");
      device.powered.skip(hours);
      device.core.factoryReset();
      assert.is(device.core.status().lock, lock);
      assert.is(device.core.status().dealEpoch, 1);
      const { session, dealt } = await prepare(device, made, alice, makeHub());
      assert.is((await session.request("Deliver", { Sealed: dealt.sealed })).Result, lock === "open" ? "Accept" : "Reject");
    }
  });

  it("does not become provisional again when its owner connects again", async () => {
    const { made, device } = await owned();
    device.core.factoryReset();
    await connect(device, made, alice, makeHub());
    assert.is(device.core.status().lock, "permanent");
  });

  it("opens by the slow recovery, which the owner's delivery ends", async () => {
    const { made, device } = await owned();
    assert.throws(() => device.core.recover(), /connected/);
    device.core.factoryReset();
    assert.is(device.core.recover(), provisionalSeconds);
    device.powered.skip(12);
    assert.is(device.core.recover(), provisionalSeconds / 2);
    await connect(device, made, alice, makeHub());
    device.core.factoryReset();
    assert.is(device.core.recover(), provisionalSeconds, "begun anew");
    device.powered.skip(24);
    assert.is(device.core.recover(), 0);
    assert.is(device.core.status().lock, "open");
    await connect(device, made, bob, makeHub());
  });

  it("moves to a new administrator key that the old one signed", async () => {
    const { device, hub, holding, linked } = await owned();
    const next = makeOwner(alice.address).administrator;
    const renewed = { ...alice, administrator: next };
    const direct = dealTo({ ...holding, owner: renewed }, hub, 2);
    assert.is((await linked.request("Deliver", { Sealed: direct.sealed })).Result, "Reject");
    const rotation = dealTo(holding, hub, 2, { respond: (respond) => ({ ...respond, NewAdministrator: keyDataOf(next.public) }) });
    assert.is((await linked.request("Deliver", { Sealed: rotation.sealed })).Result, "Accept");
    await join(device, holding, hub, rotation);
    await eventually("flipped", () => device.core.status().dealEpoch === 2);
    assert.is(device.image.lock.Administrator?.Udf, next.public.udf);
    const { linked: now } = await join(device, holding, hub, rotation);
    assert.is((await now.request("Deliver", { Sealed: dealTo(holding, hub, 3).sealed })).Result, "Reject", "the old key is out");
    assert.is((await now.request("Deliver", { Sealed: dealTo({ ...holding, owner: renewed }, hub, 3).sealed })).Result, "Accept");
  });
});

describe("virtual device, orders of the owner", (it) => {
  it("a reset has to be signed by the owner, for this device and epoch", async () => {
    const { made, device, hub, holding, linked } = await owned();
    const wrong = [
      {},
      order(ResetDevice, orders(made.deviceUdf, 1), holding, hub, bob.administrator),
      order(ResetDevice, orders(makeDevice().deviceUdf, 1), holding, hub),
      order(ResetDevice, orders(made.deviceUdf, 0), holding, hub),
    ];
    for (const message of wrong) assert.is((await linked.request("Reset", message)).Result, "Reject");
    assert.is(device.core.status().mode, "linked");
    assert.is((await linked.request("Reset", order(ResetDevice, orders(made.deviceUdf, 1), holding, hub))).Result, "Accept");
    const { mode, lock } = device.core.status();
    assert.equal([mode, lock], ["onboard", "permanent"]);
    await eventually("closed", () => linked.isClosed);
    assert.ok(device.renewals.includes(true), "it has to take a new name at its medium");
  });

  it("a release gives the device to whoever has the new code, and to nobody else", async () => {
    const { made, dir, device, hub, holding, linked } = await owned();
    const renewed = newCode(made);
    const bad = order(ReleaseDevice, releaseTo(renewed, 1), holding, hub, bob.administrator);
    assert.is((await linked.request("Release", bad)).Result, "Reject");
    assert.is((await linked.request("Release", order(ReleaseDevice, releaseTo(made, 1), holding, hub))).Result, "Reject", "the old code");
    const good = order(ReleaseDevice, releaseTo(renewed, 1), holding, hub);
    const label = { Name: "Label", Value: "where the key lies" };
    assert.is((await linked.request("Command", { Command: "Set", Arguments: [label] })).Result, "Accept");
    assert.is((await linked.request("Release", good)).Result, "Accept");
    await eventually("closed", () => linked.isClosed);
    const written = (shown: typeof device) => shown.core.values.Label;
    assert.is(written(device), "");
    await device.off();

    const sold = powerOn(dir);
    assert.is(written(sold), "", "over a loss of power");
    const flash = readdirSync(dir).map((name) => readFileSync(`${dir}/${name}`));
    assert.ok(!flash.some((octets) => octets.includes(label.Value)), "in neither copy");
    const { mode, lock, dealEpoch, publicationId } = sold.core.status();
    assert.equal([mode, lock, dealEpoch, publicationId], ["onboard", "open", 1, renewed.factory.PublicationId]);
    assert.equal(
      sold.core.hails().map((hail) => [matchesHail(made.factory.KHail, hail), matchesHail(renewed.factory.KHail, hail)]),
      [[false, true]],
    );
    await throwsMesh(linkOnboard(sold.stream(), made, hub), "ERR_LINK");
    const { contribution } = await prepare(sold, renewed, bob, makeHub());
    assert.is(contribution.DealEpoch, 1);
    const { dealt } = await connect(sold, renewed, bob, makeHub());
    assert.is(dealt.epoch, 2);
    assert.is(sold.core.status().accountUdf, bob.accountUdf);
  });

  it("a release also reaches a device that was reset", async () => {
    const { made, device, hub, holding } = await owned();
    device.core.factoryReset();
    const { session, contribution } = await prepare(device, made, alice, hub);
    const renewed = newCode(made);
    const message = order(ReleaseDevice, releaseTo(renewed, 1), { ...holding, contribution }, hub);
    assert.is((await session.request("Release", message)).Result, "Accept");
    assert.is(device.core.status().lock, "open");
  });
});

describe("virtual device, successor hub", (it) => {
  it("takes over without the code; the old hub and its share are out", async () => {
    const { device, hub: old, holding, dealt: first, linked } = await owned();
    const hub = makeHub();
    const dealt = dealTo(holding, hub, 2);
    const successor = await linkLinked(device.stream(), holding, hub, dealt);
    const seen = listen(successor);
    assert.is((await successor.request("Command", { Command: "Identify", Arguments: [] })).Result, "Reject", "it may deliver, not command");
    assert.is((await linked.request("Ping", {})).Result, "Accept", "the old one is still in force");
    const before = device.image.active!.Connection.SignatureShare;
    assert.is((await successor.request("Deliver", { Sealed: dealt.sealed })).Result, "Accept");
    assert.equal(device.image.active!.Connection.SignatureShare, before);
    const [previous, next] = device.core.hails();
    assert.ok(matchesHail(first.hailKey, previous!) && matchesHail(dealt.hailKey, next!));

    assert.is((await successor.request("Ping", {})).Result, "Accept");
    await eventually("accepted", () => seen.some(({ tag }) => tag === "Accepted"));
    assert.is(device.core.status().hubUdf, hub.udf);
    await eventually("old hub closed", () => linked.isClosed);
    await throwsMesh(linkLinked(device.stream(), holding, old, first), "ERR_LINK");
    assert.is((await successor.request("Command", { Command: "Identify", Arguments: [] })).Result, "Accept");
  });

  it("refuses a hub that names an epoch its psk is not for, a lower epoch, and another link root", async () => {
    const { device, hub: old, holding, dealt: first } = await owned();
    const hub = makeHub();
    await throwsMesh(linkLinked(device.stream(), holding, hub, { psk: first.psk, epoch: 2 }), "ERR_VERIFICATION");
    await throwsMesh(linkLinked(device.stream(), holding, hub, { ...dealTo(holding, hub, 1) }), "ERR_LINK");
    const dealt = dealTo(holding, hub, 2);
    const session = await linkLinked(device.stream(), holding, hub, dealt);
    const otherRoot = dealTo({ ...holding, linkRoot: random.bytes(32) }, hub, 2);
    assert.is((await session.request("Deliver", { Sealed: otherRoot.sealed })).Result, "Reject");
    const forOld = dealTo(holding, old, 2);
    assert.is((await session.request("Deliver", { Sealed: forOld.sealed })).Result, "Reject", "of another hub");
    assert.is((await session.request("Deliver", { Sealed: dealt.sealed })).Result, "Accept");
  });
});
