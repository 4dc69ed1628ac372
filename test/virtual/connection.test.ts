/** First connection, life with a hub, and refused deliveries: device core and image against a scripted owner. */

import { freshKeys } from "../../firmware-stubs/virtual/image/own-key.ts";
import { equalBytes } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { decodeObject } from "../../src/codec/index.ts";
import { addPrivate, addPublic, deriveKey, newSeed, privateKeyFromScalar, seedSpecifier, sha512 } from "../../src/crypto/index.ts";
import { describe as askDescription, matchesHail } from "../../src/link/index.ts";
import { AcceptConnection, acceptMac, ClaimConfirm, keyDataOf, publicKeyOf, verifyObject } from "../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { connect, join, listen, newImage, powerOn, prepare } from "../kit/device.ts";
import { eventually } from "../kit/eventually.ts";
import { dealTo, linkLinked, linkOnboard, makeDevice, makeHub, makeOwner, random, readContribution, sealFor, wholeScalar } from "../kit/owner.ts";

const alice = makeOwner("alice@example.com");
const set = (value: boolean, MessageId?: string) => ({
  Command: "Set",
  Arguments: [{ Name: "On", Value: value }],
  ...(MessageId === undefined ? {} : { MessageId }),
});

describe("virtual device, first connection", (it) => {
  it("goes from the code to a light that answers", async () => {
    const made = makeDevice();
    const device = powerOn(newImage(made));
    const hub = makeHub();
    assert.equal(device.core.status().mode, "onboard");
    assert.is(device.core.password("00"), undefined);
    assert.ok(matchesHail(made.factory.KHail, device.core.hails()[0]!));
    assert.equal(await askDescription({ stream: device.stream(), clock: systemClock, timeoutMs: 1000 }), made.factory.SealedDescription);

    const { session, holding, dealt } = await prepare(device, made, alice, hub);
    assert.ok(dealt.plaintextLength <= 3072, `RespondDevice has ${dealt.plaintextLength} octets`);
    assert.is((await session.request("Deliver", { Sealed: dealt.sealed })).Result, "Accept");
    assert.is(device.core.status().mode, "onboard");
    const [first, second] = device.core.hails();
    assert.ok(matchesHail(made.factory.KHail, first!) && matchesHail(dealt.hailKey, second!));
    assert.is((await session.request("Deliver", { Sealed: dealt.sealed })).Result, "Accept", "the same again is the same");

    const { linked, seen } = await join(device, holding, hub, dealt);
    await eventually("accepted", () => device.core.status().accepted === true);
    assert.equal(
      seen.map(({ tag }) => tag),
      ["Accepted", "State"],
    );
    const message = seen[0]!;
    const accepted = decodeObject(AcceptConnection, message.tag === "Accepted" ? message.value.Accept : new Uint8Array());
    assert.equal(accepted.ConnectionDigest, sha512(dealt.connectionDevice.body));
    assert.equal(accepted.Mac, acceptMac(holding.linkRoot, accepted));
    assert.equal([accepted.DeviceUdf, accepted.AccountUdf, accepted.HubUdf, accepted.DealEpoch], [made.deviceUdf, alice.accountUdf, hub.udf, 1]);

    assert.is(device.core.status().mode, "linked");
    assert.ok(session.isClosed, "the session under the code has ended");
    await throwsMesh(linkOnboard(device.stream(), made, hub), "ERR_LINK");
    await throwsMesh(askDescription({ stream: device.stream(), clock: systemClock, timeoutMs: 100 }), "ERR_TIMEOUT");
    assert.equal(
      device.core.hails().map((hail) => [matchesHail(made.factory.KHail, hail), matchesHail(dealt.hailKey, hail)]),
      [[false, true]],
    );
    const answer = await linked.request("Command", set(true));
    assert.is(answer.Result, "Accept");
    assert.is(answer.State?.Cause, "command");
    assert.is(answer.State?.Values[0]?.Value, true);
  });

  it("gives the same contribution until it is connected, and tells of its button", async () => {
    const made = makeDevice();
    const dir = newImage(made);
    const device = powerOn(dir);
    const session = await linkOnboard(device.stream(), made, makeHub());
    const { Contribution: first } = await session.request("Describe", {});
    assert.equal((await session.request("Describe", {})).Contribution, first);
    const again = powerOn(dir);
    const later = await linkOnboard(again.stream(), made, makeHub());
    assert.equal((await later.request("Describe", {})).Contribution, first);
    assert.is(readContribution(first, made).Presence, false);
    again.core.press();
    const { Contribution: pressed } = await later.request("Describe", {});
    assert.equal({ ...readContribution(pressed, made) }, { ...readContribution(first, made), Presence: true });
  });

  it("says AcceptConnection in each session until it is acknowledged", async () => {
    const made = makeDevice();
    const device = powerOn(newImage(made));
    const hub = makeHub();
    const { session, holding, dealt } = await prepare(device, made, alice, hub);
    await session.request("Deliver", { Sealed: dealt.sealed });
    const octets: Uint8Array[] = [];
    for (let turn = 0; turn < 2; turn++) {
      const linked = await linkLinked(device.stream(), holding, hub, dealt);
      const seen = listen(linked, "Pending");
      await eventually("asked", () => seen.some(({ tag }) => tag === "Accepted"));
      for (const message of seen) if (message.tag === "Accepted") octets.push(message.value.Accept);
      await linked.close();
    }
    assert.ok(equalBytes(octets[0]!, octets[1]!));
    const { seen } = await join(device, holding, hub, dealt);
    await eventually("accepted", () => device.core.status().accepted === true);
    const { seen: after } = await join(device, holding, hub, dealt);
    await eventually("state", () => after.some(({ tag }) => tag === "State"));
    assert.ok(seen.some(({ tag }) => tag === "Accepted"));
    assert.not(after.some(({ tag }) => tag === "Accepted"));
  });

  it("confirms the owner's claim under its base key", async () => {
    const made = makeDevice();
    const device = powerOn(newImage(made));
    const hub = makeHub();
    const { session, holding, dealt } = await prepare(device, made, alice, hub, {
      respond: (respond) => ({ ...respond, ClaimMessageId: "NCLAIM" }),
    });
    await session.request("Deliver", { Sealed: dealt.sealed });
    const { seen } = await join(device, holding, hub, dealt);
    await eventually("accepted", () => device.core.status().accepted === true);
    const message = seen.find(({ tag }) => tag === "Accepted")!;
    const { EnvelopedClaimConfirm } = decodeObject(AcceptConnection, message.tag === "Accepted" ? message.value.Accept : new Uint8Array());
    const { value } = verifyObject(ClaimConfirm, EnvelopedClaimConfirm!, [made.base.signature]);
    assert.equal([value.PublicationId, value.AccountUdf, value.MessageId], [made.factory.PublicationId, alice.accountUdf, "NCLAIM"]);
  });

  it("rejects in mode onboard what is for its owner", async () => {
    const made = makeDevice();
    const device = powerOn(newImage(made));
    const session = await linkOnboard(device.stream(), made, makeHub());
    assert.is((await session.request("Command", set(true))).Result, "Reject");
    assert.is((await session.request("Deliver", { Sealed: new Uint8Array(100) })).Result, "Reject", "before Describe");
    assert.is((await session.request("Reset", {})).Result, "Reject");
    assert.is((await session.request("Release", { Sealed: new Uint8Array(100) })).Result, "Reject");
    assert.is((await session.request("Order", { Sealed: new Uint8Array(100) })).Result, "Reject");
    assert.is((await session.request("Delegate", { Delegation: new Uint8Array(100) })).Result, "Reject");
    await throwsMesh(session.request("Challenge", { Seconds: 30 }), "ERR_REJECTED");
    assert.is((await session.request("Ping", {})).State, undefined);
    assert.equal(device.core.values.On, false);
  });

  it("takes nothing from a hub with the right psk and another static key", async () => {
    const made = makeDevice();
    const device = powerOn(newImage(made));
    const hub = makeHub();
    const { holding, dealt } = await connect(device, made, alice, hub);
    const thief = { udf: hub.udf, link: makeHub().link };
    const linked = await linkLinked(device.stream(), holding, thief, dealt);
    await eventually("closed", () => linked.isClosed);
  });
});

describe("virtual device, connected", (it) => {
  it("reports its switch, keeps reports while nobody listens, and never repeats a number", async () => {
    const made = makeDevice();
    const dir = newImage(made);
    const device = powerOn(dir);
    const hub = makeHub();
    const { linked, seen, holding, dealt } = await connect(device, made, alice, hub);
    await eventually("start", () => seen.some((message) => message.tag === "State" && message.value.Cause === "start"));
    device.appliance.change("On", true);
    await eventually("switch", () => seen.some((message) => message.tag === "State" && message.value.Cause === "switch"));
    await linked.close();
    await eventually("closed", () => device.core.status().linked === false);
    device.appliance.change("Brightness", 30);
    await device.off();

    const restarted = powerOn(dir);
    const { On, Brightness, ColourTemperature } = restarted.core.values;
    assert.equal([On, Brightness, ColourTemperature], [true, 30, 2700]);
    const { seen: after } = await join(restarted, holding, hub, dealt);
    await eventually("state", () => after.some(({ tag }) => tag === "State"));
    const numbers = [...seen, ...after].flatMap((message) => (message.tag === "State" ? [message.value.Sequence] : []));
    assert.ok(
      numbers.every((number, index) => index === 0 || number > numbers[index - 1]!),
      numbers.join(),
    );
  });

  it("carries out a command once, also after a restart, and refuses what does not fit", async () => {
    const made = makeDevice();
    const dir = newImage(made);
    const device = powerOn(dir);
    const hub = makeHub();
    const { linked, holding, dealt } = await connect(device, made, alice, hub);
    assert.is((await linked.request("Command", set(true, "NAAA"))).State?.Values[0]?.Value, true);
    device.appliance.change("On", false);
    assert.is((await linked.request("Command", set(true, "NAAA"))).State?.Values[0]?.Value, false, "its present state");
    await device.off();
    const restarted = powerOn(dir);
    const { linked: again } = await join(restarted, holding, hub, dealt);
    assert.is((await again.request("Command", set(true, "NAAA"))).State?.Values[0]?.Value, false);
    for (const bad of [
      { Command: "Explode", Arguments: [] },
      { Command: "Set", Arguments: [{ Name: "Brightness", Value: 400 }] },
      { Command: "Set", Arguments: [{ Name: "Colour", Value: 1 }] },
    ]) {
      const answer = await again.request("Command", bad);
      assert.is(answer.Result, "Reject");
      assert.ok(answer.ErrorReport !== undefined && answer.ErrorReport !== "internal error");
    }
    assert.equal(restarted.core.values.Brightness, 100);
  });

  it("lies and is late when told so", async () => {
    const made = makeDevice();
    const device = powerOn(newImage(made));
    const { linked } = await connect(device, made, alice, makeHub());
    device.core.setFault({ lie: true });
    assert.is((await linked.request("Command", set(true))).State?.Values[0]?.Value, false);
    assert.is(device.core.values.On, true);
    device.core.setFault({ lie: false, lateMs: 300 });
    await throwsMesh(linked.request("Ping", {}, { timeoutMs: 50 }), "ERR_TIMEOUT");
    device.core.setFault({ lateMs: 0 });
    assert.is((await linked.request("Ping", {})).State?.Values[0]?.Value, true);
  });

  it("the composite key needs the hub: the parts of the two add up, and neither is all", async () => {
    const made = makeDevice();
    const device = powerOn(newImage(made));
    const { holding, contribution } = await connect(device, made, alice, makeHub());
    const slot = device.image.active!.Connection;
    const whole = addPublic(addPublic(made.base.signature, publicKeyOf(contribution.Signature)), holding.activation.signature.public);
    const mine = addPublic(
      addPublic(made.base.signature, publicKeyOf(contribution.Signature)),
      privateKeyFromScalar("Ed25519", slot.SignatureShare).public,
    );
    assert.is.not(mine.udf, whole.udf);
    assert.not.equal(slot.SignatureShare, slot.EncryptShare);
  });
});

describe("virtual device, refused deliveries", (it) => {
  const bob = makeOwner("bob@example.com");
  const other = makeDevice();
  const cases: Readonly<Record<string, (hub: ReturnType<typeof makeHub>) => Parameters<typeof dealTo>[3]>> = {
    "signed by somebody else": () => ({ signer: bob.administrator }),
    "connections signed by somebody else": () => ({ connectionSigner: bob.administrator }),
    "another administrator inside": () => ({
      respond: (respond) => ({ ...respond, AdministratorSignature25519: keyDataOf(bob.administrator.public) }),
    }),
    "OwnerAuthenticate of another address": () => ({ respond: (respond) => ({ ...respond, AccountAddress: "mallory@example.com" }) }),
    "another device": () => ({ respond: (respond) => ({ ...respond, DeviceUdf: other.deviceUdf }) }),
    "another hub": () => ({ respond: (respond) => ({ ...respond, HubUdf: makeHub().udf }) }),
    "another hub in ConnectionHub": () => ({ hub: (hub) => ({ ...hub, Subject: makeHub().udf }) }),
    "another epoch in ConnectionHub": () => ({ hub: (hub) => ({ ...hub, DealEpoch: hub.DealEpoch + 1 }) }),
    "another device in ConnectionHub": () => ({ hub: (hub) => ({ ...hub, DeviceUdf: [other.deviceUdf] }) }),
    "another account in ConnectionHub": () => ({ hub: (hub) => ({ ...hub, Authority: bob.accountUdf }) }),
    "a link key that is not the peer's": () => ({ hub: (hub) => ({ ...hub, LinkKeys: [keyDataOf(makeHub().link.public)] }) }),
    "another device in ConnectionDevice": () => ({ device: (device) => ({ ...device, Subject: other.deviceUdf }) }),
    "another account in ConnectionDevice": () => ({ device: (device) => ({ ...device, Authority: bob.accountUdf }) }),
    "another link key in ConnectionDevice": () => ({ device: (device) => ({ ...device, Link: [keyDataOf(other.base.link)] }) }),
    "epoch 0": () => ({ respond: (respond) => ({ ...respond, DealEpoch: 0 }), hub: (hub) => ({ ...hub, DealEpoch: 0 }) }),
    "a wrong point": () => ({ respond: (respond) => ({ ...respond, PartialSignature: respond.PartialEncryption }) }),
    "a wrong share": () => ({ respond: (respond) => ({ ...respond, EncryptShare: respond.SignatureShare }) }),
    "a share of zero": () => ({ respond: (respond) => ({ ...respond, EncryptShare: new Uint8Array(32) }) }),
    "the whole activation as share": () => ({ whole: true }),
    "a short link root": () => ({ respond: (respond) => ({ ...respond, LinkRoot: new Uint8Array(16) }) }),
    "another epoch in the prologue": () => ({ prologueEpoch: 77 }),
  };
  for (const [name, tamper] of Object.entries(cases)) {
    it(name, async () => {
      const made = makeDevice();
      const device = powerOn(newImage(made));
      const hub = makeHub();
      const { session, dealt, holding } = await prepare(device, made, alice, hub, tamper(hub));
      const answer = await session.request("Deliver", { Sealed: dealt.sealed });
      assert.is(answer.Result, "Reject");
      assert.not.match(answer.ErrorReport ?? "", /internal/);
      assert.is(device.image.stored, undefined);
      const good = dealTo(holding, hub, 1);
      assert.is((await session.request("Deliver", { Sealed: good.sealed })).Result, "Accept", "and takes the right one after it");
    });
  }

  it("the whole activation, its seed or the composite key in any other member", async () => {
    const made = makeDevice();
    const device = powerOn(newImage(made));
    const hub = makeHub();
    const { session, holding } = await prepare(device, made, alice, hub);
    const fresh = device.image.ownSlot!;
    const a = wholeScalar(holding.activation.signature);
    const composite = addPrivate(addPrivate(deriveKey(made.seed, "BaseDeviceSign", "Ed25519"), freshKeys(fresh).signature), a);
    for (const [name, extra] of Object.entries({
      scalar: { Extra: a.export().Private },
      "scalar in text": { Extra: { Deep: [Buffer.from(a.export().Private).toString("base64url")] } },
      composite: { Extra: composite.export().Private },
      seed: { ActivationKey: newSeed(random, seedSpecifier.deviceActivation) },
    })) {
      const dealt = dealTo(holding, hub, 1, { respond: (respond) => ({ ...respond, ...extra }) as typeof respond });
      const answer = await session.request("Deliver", { Sealed: dealt.sealed });
      assert.is(answer.Result, "Reject", name);
      assert.match(answer.ErrorReport ?? "", /whole activation/, name);
    }
    const harmless = dealTo(holding, hub, 1, { respond: (respond) => ({ ...respond, Extra: new Uint8Array(32).fill(7) }) as typeof respond });
    assert.is((await session.request("Deliver", { Sealed: harmless.sealed })).Result, "Accept");
  });

  it("something else under the same seal", async () => {
    const made = makeDevice();
    const device = powerOn(newImage(made));
    const hub = makeHub();
    const { session, holding, dealt } = await prepare(device, made, alice, hub);
    const sealed = sealFor(holding, "RespondDevice", dealt.connectionDevice, { hubUdf: hub.udf, dealEpoch: 1 });
    assert.is((await session.request("Deliver", { Sealed: sealed })).Result, "Reject");
    assert.is((await session.request("Deliver", { Sealed: new Uint8Array(12_000) })).Result, "Reject");
  });
});
