/**
 * What hubs and makers do with a device's keys: forged, replayed and outdated deliveries against the virtual light as a process of its own over TCP; the
 * maker's copy of the base seed; and a revoked hub, with the service, the account and the hub's own links.
 */

import { connect as connectSocket } from "node:net";
import { join } from "node:path";
import type { VirtualDevice } from "../../../firmware-stubs/virtual/spawn.ts";
import { startVirtualDevice } from "../../../firmware-stubs/virtual/spawn.ts";
import { attend, revokeDevice } from "../../../src/account/index.ts";
import { systemClock } from "../../../src/base/clock.ts";
import type { MeshError } from "../../../src/base/errors.ts";
import { encodeBase64url } from "../../../src/codec/index.ts";
import type { PrivateKey } from "../../../src/crypto/index.ts";
import { deriveKey, newSeed, seedSpecifier } from "../../../src/crypto/index.ts";
import type { LinkStream } from "../../../src/link/index.ts";
import { describe as askDescription, makeHail, openLink, openOneWay } from "../../../src/link/index.ts";
import { AcceptConnection, acceptMac, ConnectionDevice, deviceCatalog, peekObject, publicKeyOf, sealedPrologue } from "../../../src/schema/index.ts";
import { packetsOf } from "../../../src/transport/tcp/tcp-stream.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import { listen, newImage } from "../../kit/device.ts";
import { eventually } from "../../kit/eventually.ts";
import { ports } from "../../kit/household.ts";
import type { World } from "../../kit/hub.ts";
import { collect, pump, startHub, startWorld } from "../../kit/hub.ts";
import type { Holding, Hub, Made, Tamper } from "../../kit/owner.ts";
import { dealTo, hold, linkLinked, linkOnboard, makeDevice, makeHub, makeOwner, random, readContribution, wholeScalar } from "../../kit/owner.ts";

const alice = makeOwner("alice@example.com");

async function power(imageDir: string): Promise<VirtualDevice> {
  const device = await startVirtualDevice({ imageDir, medium: "tcp", args: ["--no-mdns"] });
  onCleanup(async () => void (await device.kill()));
  return device;
}

async function dial(device: VirtualDevice): Promise<LinkStream> {
  const { port } = await device.status();
  const stream = packetsOf(connectSocket({ host: "127.0.0.1", port: Number(port) }), systemClock);
  onCleanup(() => stream.close());
  // Its hails come first.
  await new Promise((resolve) => stream.onPacket(resolve));
  return stream;
}

async function described(device: VirtualDevice, made: Made, hub: Hub, epoch = 0) {
  const session = await linkOnboard(await dial(device), made, hub, epoch);
  const contribution = readContribution((await session.request("Describe", {})).Contribution, made);
  return { session, contribution, holding: hold(alice, made, contribution) };
}

/** A light process that is alice's, through a hub. */
async function owned(epoch = 1) {
  const made = makeDevice();
  const device = await power(newImage(made));
  const hub = makeHub();
  const { session, contribution, holding } = await described(device, made, hub);
  const dealt = dealTo(holding, hub, epoch);
  assert.is((await session.request("Deliver", { Sealed: dealt.sealed })).Result, "Accept");
  const linked = await linkLinked(await dial(device), holding, hub, dealt);
  const seen = listen(linked);
  await device.waitFor("accepted", { from: 0 });
  return { made, device, hub, contribution, holding, dealt, linked, seen };
}

/** Resets it by its button, after more than a day. */
async function resetForGood(device: VirtualDevice): Promise<void> {
  await device.send("powered 25");
  await device.send("factory-reset");
}

describe("attack: deliveries to a light process", (it) => {
  it(
    "a hub connects nothing by itself: in the owner's name, under keys that are not hers, or with all of the activation",
    async () => {
      const { made, device, hub, holding, linked } = await owned();
      const mallory = makeOwner(alice.address);
      // As the owner would have to have made it for a device to become whole without its hub: signed by her, and refused for what it holds.
      const whole = wholeScalar(holding.activation.signature).export().Private;
      const also = (extra: Record<string, unknown>): Tamper => ({ respond: (respond) => ({ ...respond, ...extra }) });
      const forged: Readonly<Record<string, Tamper>> = {
        "the activation beside its share": also({ Extra: whole }),
        "the activation in text": also({ Extra: { Deep: [encodeBase64url(whole)] } }),
        "the seed of the activation": also({ ActivationKey: newSeed(random, seedSpecifier.deviceActivation) }),
        "the hub's own signature": { signer: mallory.administrator },
        "the hub's own signature on the connections": { connectionSigner: mallory.administrator },
        "all signatures the hub's": { signer: mallory.administrator, connectionSigner: mallory.administrator },
        "the whole activation": { whole: true },
        "an owner of its own": { respond: (respond) => ({ ...respond, AccountUdf: mallory.accountUdf }), signer: mallory.administrator },
      };
      const before = await device.status();
      for (const [name, tamper] of Object.entries(forged)) {
        const answer = await linked.request("Deliver", { Sealed: dealTo(holding, hub, 2, tamper).sealed });
        assert.is(answer.Result, "Reject", name);
        assert.is(/whole activation/.test(answer.ErrorReport ?? ""), /activation/.test(name), `${name}: ${answer.ErrorReport}`);
      }
      const { dealEpoch, accountUdf, hubUdf } = await device.status();
      assert.equal([dealEpoch, accountUdf, hubUdf], [before.dealEpoch, before.accountUdf, before.hubUdf]);
      assert.is(accountUdf, alice.accountUdf);
      assert.is(before.deviceUdf, made.deviceUdf);
    },
    { timeoutMs: 40_000 },
  );

  it(
    "a delivery is replayed: to the device that has it, after a later one, and after a reset",
    async () => {
      const { made, device, hub, holding, dealt, linked } = await owned();
      assert.is((await linked.request("Deliver", { Sealed: dealt.sealed })).Result, "Accept", "the same again is the same");
      assert.is((await device.status()).dealEpoch, 1);
      const second = dealTo(holding, hub, 2);
      assert.is((await linked.request("Deliver", { Sealed: second.sealed })).Result, "Accept");
      const next = await linkLinked(await dial(device), holding, hub, second);
      listen(next);
      assert.is((await next.request("Ping", {})).Result, "Accept");
      assert.is((await device.status()).dealEpoch, 2);
      for (const epoch of [1, 2]) {
        const old = epoch === 1 ? dealt.sealed : dealTo(holding, hub, epoch).sealed;
        assert.is((await next.request("Deliver", { Sealed: old })).Result, "Reject", `epoch ${epoch}`);
      }
      await throwsMesh(linkLinked(await dial(device), holding, hub, dealt), "ERR_LINK");

      await device.send("factory-reset");
      const { session, contribution } = await described(device, made, hub);
      assert.is(contribution.DealEpoch, 2, "the epoch outlives the reset");
      for (const { sealed } of [dealt, second]) assert.is((await session.request("Deliver", { Sealed: sealed })).Result, "Reject");
      // Sealed anew to the new link key: the owner's signature is good, the epoch is old.
      const renewed: Holding = { ...hold(alice, made, contribution), linkRoot: holding.linkRoot };
      for (const epoch of [1, 2]) {
        assert.is((await session.request("Deliver", { Sealed: dealTo(renewed, hub, epoch).sealed })).Result, "Reject", `epoch ${epoch}`);
      }
      assert.is((await session.request("Deliver", { Sealed: dealTo(renewed, hub, 3).sealed })).Result, "Accept");
    },
    { timeoutMs: 40_000 },
  );

  it(
    "a second owner with the code, the device and a button, after the first day",
    async () => {
      const { made, device } = await owned();
      await resetForGood(device);
      assert.is((await device.status()).lock, "permanent");
      const bob = makeOwner("bob@example.com");
      const hub = makeHub();
      const { session, contribution } = await described(device, made, hub);
      const answer = await session.request("Deliver", { Sealed: dealTo(hold(bob, made, contribution), hub, 9).sealed });
      assert.is(answer.Result, "Reject");
      assert.is((await device.status()).lock, "permanent");
      const hers = await session.request("Deliver", { Sealed: dealTo(hold(alice, made, contribution), hub, 2).sealed });
      assert.is(hers.Result, "Accept", hers.ErrorReport);
    },
    { timeoutMs: 40_000 },
  );

  it(
    "the maker kept the base seed, the code and the factory image",
    async () => {
      const { made, device, hub, holding, dealt, contribution } = await owned();
      const base = (name: string): PrivateKey => deriveKey(made.seed, name, "Ed25519");
      const baseLink = deriveKey(made.seed, "BaseDeviceLink25519", "X25519");
      // Reach it: the code's mode is shut, and without LinkRoot there is no psk for the other.
      await throwsMesh(linkOnboard(await dial(device), made, makeHub()), "ERR_LINK");
      await throwsMesh(askDescription({ stream: await dial(device), clock: systemClock, timeoutMs: 300 }), "ERR_TIMEOUT");
      for (const psk of [made.factory.KLink, made.factory.KHail, made.factory.Kd, random.bytes(32)]) {
        const failed = await linkLinked(await dial(device), holding, hub, { psk, epoch: 1 }).catch((error: MeshError) => error.code);
        assert.ok(failed === "ERR_VERIFICATION" || failed === "ERR_LINK", String(failed));
      }
      // Read what was delivered to it.
      const prologue = sealedPrologue("RespondDevice", { deviceUdf: made.deviceUdf, hubUdf: hub.udf, dealEpoch: 1 });
      await throwsMesh(() => openOneWay({ recipient: baseLink, prologue, sealed: dealt.sealed }), "ERR_VERIFICATION");
      // Be it, in the account: no base key is the device's key, and none of its fresh ones follows from the seed.
      const connection = peekObject(ConnectionDevice, dealt.connectionDevice);
      const held = [base("BaseDeviceSign"), base("BaseDeviceEncrypt"), base("BaseDeviceProfile"), baseLink].map((key) => key.public.udf);
      for (const { Udf } of [connection.Signature, connection.Encryption, connection.Authentication, ...connection.Link])
        assert.not.ok(held.includes(Udf));
      for (const { Udf } of [contribution.Signature, contribution.Encryption, contribution.Link25519]) assert.not.ok(held.includes(Udf));
      // Say that it is connected: the owner's check needs LinkRoot.
      const fields = { DeviceUdf: made.deviceUdf, AccountUdf: alice.accountUdf, HubUdf: hub.udf, DealEpoch: 1, ConnectionDigest: random.bytes(64) };
      for (const guess of [made.factory.Kd, made.factory.KLink]) {
        assert.not.equal(acceptMac(guess, fields), acceptMac(holding.linkRoot, fields));
      }
      assert.is(AcceptConnection.tag, "AcceptConnection");
      // Answer in its place: a hub that has dealt with the device wants the fresh link key.
      const impostor = await power(newImage(made));
      const refused = await openLink({
        stream: await dial(impostor),
        mode: "linked",
        id: made.deviceUdf,
        local: hub.link,
        remote: publicKeyOf(contribution.Link25519),
        psk: dealt.psk,
        hubUdf: hub.udf,
        dealEpoch: 1,
        clock: systemClock,
        random,
        timeoutMs: 1000,
      }).catch((error: MeshError) => error.code);
      assert.ok(refused === "ERR_LINK" || refused === "ERR_TIMEOUT" || refused === "ERR_VERIFICATION", String(refused));
    },
    { timeoutMs: 40_000 },
  );
});

describe("attack: a revoked hub", (it) => {
  let world: World;
  it.before(async () => {
    world = await startWorld();
  });
  it.after(() => world.stop());

  it(
    "fetches nothing, is believed by nothing it wrote later, and by no device that has met its successor",
    async () => {
      const { alice: admin, hubContext, household, medium } = world;
      const old = await startHub({ context: hubContext, media: [medium], dir: join(world.dir, "old") });
      const bulb = await world.bulb("bulb");
      bulb.on();
      const last = (await collect(old.onboarding.onboard({ uri: bulb.made.uri, name: "lamp" }))).at(-1);
      assert.equal([last?.step, last?.state], ["register", "done"], last?.error?.message);
      const { deviceUdf } = bulb.made;
      await eventually("online", () => old.links.status(deviceUdf) === "Online");
      const stolen = old.links.devices.get(deviceUdf);
      assert.ok(stolen);
      await world.agent(false);
      await revokeDevice(admin, hubContext.deviceUdf);
      await throwsMesh(hubContext.sync(), "ERR_REVOKED");
      await throwsMesh(hubContext.client.status({ Account: hubContext.address, Catalogs: ["MMM_Device"], Spools: [] }), "ERR_REVOKED");
      // What remains, and is said plainly: a device that has not met the new epoch still listens to it.
      const order = { deviceUdf, messageId: "NOLD-1", command: "Set", arguments: [{ Name: "On", Value: true }], timeoutMs: 3000 };
      assert.is((await old.links.command(order)).Result, "Accept");

      const nextContext = await household.join(admin, "next hub", ["hub"]);
      await admin.sync();
      const agent = pump(async () => {
        await admin.sync();
        await attend(admin, { claim: false });
      });
      const next = await startHub({ context: nextContext, media: [medium], dir: join(world.dir, "next") });
      try {
        await eventually("the successor has it", () => next.links.status(deviceUdf) === "Online", 15_000);
        await eventually("the device is connected anew", () => nextContext.get(deviceCatalog, deviceUdf)?.Connected !== undefined, 15_000);
        await eventually("the old one is out", () => old.links.status(deviceUdf) !== "Online", 15_000);
        const late = await old.links.command({ ...order, messageId: "NOLD-2", timeoutMs: 1000 }).then(
          ({ Result }) => Result as string,
          (error: MeshError) => error.code as string,
        );
        assert.not.ok(late === "Accept", late);
        // By its old psk, at the device itself.
        const stream = await medium.open({ medium: "tcp", address: "bulb" } as never);
        const refused = await openLink({
          stream,
          mode: "linked",
          id: deviceUdf,
          local: hubContext.keys.base.link25519,
          remote: stolen.link,
          psk: stolen.activation.Psk,
          hubUdf: hubContext.deviceUdf,
          dealEpoch: stolen.activation.DealEpoch,
          clock: ports.clock,
          random: ports.random,
          timeoutMs: 1500,
        }).catch((error: MeshError) => error.code);
        assert.is(refused, "ERR_LINK");
        await stream.close();
        // Its broker login and its hail are of the old deal, too.
        const hail = makeHail(stolen.activation.HailKey, ports.random);
        assert.is.not(next.links.devices.match(hail)?.deal, "current");
        const status = bulb.core.status();
        assert.is(status.hubUdf, nextContext.deviceUdf);
        assert.ok(Number(status.dealEpoch) > stolen.activation.DealEpoch);
      } finally {
        await next.stop();
        await agent.stop();
        await old.stop();
        await nextContext.close();
      }
    },
    { timeoutMs: 90_000 },
  );
});
