/**
 * Who has only seen the code, and who puts another device behind it: two owners with a hub each at one service, and lights that run the firmware of
 * the virtual light.
 */

import { join } from "node:path";
import { attend } from "../../../src/account/index.ts";
import type { MeshError } from "../../../src/base/errors.ts";
import { deriveKey, newNonce, parseConnectUri, publicationId } from "../../../src/crypto/index.ts";
import { describe as askDescription } from "../../../src/link/index.ts";
import { ClaimConfirm, deviceCatalog, envelopeObject, keyName } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { ports } from "../../kit/household.ts";
import type { Bulb, World } from "../../kit/hub.ts";
import { makeBulb, startWorld } from "../../kit/hub.ts";
import { claimWith, clientOf, contributionOf, sealedUnder } from "./forgery.ts";
import type { Neighbour } from "./neighbour.ts";
import { answerTo, moveIn, offerAnything } from "./neighbour.ts";

const { random } = ports;

describe("attack: the code", (it) => {
  let world: World;
  let alice: Neighbour;
  let bob: Neighbour;
  it.before(async () => {
    world = await startWorld();
    await world.agent(false);
    alice = await moveIn(world, "alina");
    bob = await moveIn(world, "bob");
  });
  it.after(async () => {
    await alice.stop();
    await bob.stop();
    await world.stop();
  });

  const owner = (bulb: Bulb): unknown => bulb.core.status().accountUdf;
  const isOn = (who: Neighbour, udf: string) => () => who.hub.links.status(udf) === "Online";

  it(
    "a photo of the code before the first connection: the thief is first, provisionally; the button of the device ends it",
    async () => {
      const bulb = await world.bulb("photo-before");
      bulb.on();
      assert.is((await bob.onboard(bulb.made.uri))?.state, "done");
      assert.is(owner(bulb), bob.admin.accountUdf);
      assert.is(bulb.core.status().lock, "provisional");
      // Off and on: what it hailed before is forgotten.
      bulb.off();
      bulb.on();
      const refused = await alice.onboard(bulb.made.uri);
      assert.equal([refused?.step, refused?.error?.code], ["find", "ERR_DEVICE_NOT_FOUND"]);
      assert.match(refused?.error?.hint ?? "", /reset it by its button/);
      bulb.core.factoryReset();
      await eventually("it shows itself anew", () => bulb.core.status().mode === "onboard" && bulb.core.status().lock === "open");
      bulb.on();
      const done = await alice.onboard(bulb.made.uri, "mine");
      assert.equal([done?.step, done?.state], ["register", "done"], done?.error?.message);
      assert.is(owner(bulb), alice.admin.accountUdf);
      await eventually("alice's", isOn(alice, bulb.made.deviceUdf));
      await eventually("no longer bob's", () => !isOn(bob, bulb.made.deviceUdf)());
      const order = { deviceUdf: bulb.made.deviceUdf, messageId: "NBOB", command: "Set", arguments: [{ Name: "On", Value: true }], timeoutMs: 500 };
      await bob.hub.links.command(order).then(
        () => assert.unreachable(),
        (error: MeshError) => assert.ok(error.code),
      );
      assert.is(bulb.core.values.On, false);
      bulb.off();
    },
    { timeoutMs: 60_000 },
  );

  it(
    "a photo after the first connection, and after a factory reset of a device that is more than a day its owner's",
    async () => {
      const bulb = await world.bulb("photo-after");
      bulb.on();
      assert.is((await alice.onboard(bulb.made.uri, "hers"))?.state, "done");
      bulb.off();
      bulb.on();
      const unseen = await bob.onboard(bulb.made.uri);
      assert.equal([unseen?.step, unseen?.error?.code], ["find", "ERR_DEVICE_NOT_FOUND"]);
      // At the device itself: it does not even say what it is.
      const stream = await world.medium.open({ medium: "tcp", address: "photo-after" } as never);
      await throwsMesh(askDescription({ stream, clock: ports.clock, timeoutMs: 300 }), "ERR_TIMEOUT");
      await stream.close();

      bulb.skipHours(25);
      bulb.core.factoryReset();
      await eventually("it hails with the code again", () => bulb.core.status().mode === "onboard");
      assert.is(bulb.core.status().lock, "permanent");
      bulb.on();
      const stopped = await bob.onboard(bulb.made.uri);
      assert.equal([stopped?.step, stopped?.error?.code], ["deliver", "ERR_OWNED"], stopped?.error?.message);
      assert.match(stopped?.error?.hint ?? "", /belonged to somebody else/);
      assert.is.not(owner(bulb), bob.admin.accountUdf);
      const entry = bob.admin.get(deviceCatalog, bulb.made.deviceUdf);
      assert.is(entry?.Connected, undefined, "bob's account does not call it connected");
      bulb.off();
      bulb.on();
      const again = await alice.onboard(bulb.made.uri);
      assert.equal([again?.step, again?.state], ["register", "done"], again?.error?.message);
      assert.is(owner(bulb), alice.admin.accountUdf);
      bulb.off();
    },
    { timeoutMs: 60_000 },
  );

  it(
    "another device answers to the code, with a description that opens under it",
    async () => {
      const scanned = await world.preconfigure();
      const planted = await world.preconfigure();
      const described = sealedUnder(scanned.uri, planted);
      // The planted device has everything that follows from the code, its own keys, and the forged description.
      const image = { ...scanned.image, PrivateKeyUDF: planted.image.PrivateKeyUDF, SealedDescription: described };
      const fake = makeBulb({ dir: join(world.dir, "planted"), address: "planted", medium: world.medium, made: { ...scanned, image } });
      fake.on();
      const last = await alice.onboard(scanned.uri);
      assert.equal([last?.step, last?.error?.code], ["describe", "ERR_DESCRIPTION"]);
      assert.match(last?.error?.hint ?? "", /somebody has replaced it or its code/);
      fake.off();
    },
    { timeoutMs: 30_000 },
  );

  it(
    "the true description, and another device behind it",
    async () => {
      const scanned = await world.preconfigure();
      const image = { ...scanned.image, PrivateKeyUDF: (await world.preconfigure()).image.PrivateKeyUDF };
      const fake = makeBulb({ dir: join(world.dir, "impersonator"), address: "impersonator", medium: world.medium, made: { ...scanned, image } });
      fake.on();
      const last = await alice.onboard(scanned.uri);
      assert.is(last?.step, "link");
      assert.is(last?.state, "failed");
      fake.off();
    },
    { timeoutMs: 30_000 },
  );

  it(
    "a hub that offers another device than the one that was scanned",
    async () => {
      const scanned = await world.preconfigure();
      const planted = await world.preconfigure();
      const { context } = alice.hub;
      const offers = [
        { uri: scanned.uri, described: sealedUnder(scanned.uri, planted), contribution: contributionOf(planted.image) },
        { uri: scanned.uri, described: planted.image.SealedDescription, contribution: contributionOf(planted.image) },
        { uri: scanned.uri, described: scanned.image.SealedDescription, contribution: contributionOf(planted.image) },
      ];
      for (const offer of offers) {
        const id = await offerAnything(context, offer);
        let answer = await answerTo(context, id);
        for (let turn = 0; !answer && turn < 100; turn++) {
          await ports.clock.sleep(50);
          answer = await answerTo(context, id);
        }
        assert.is(answer?.Result, "Reject");
        assert.ok(answer?.ErrorReport);
        for (const { deviceUdf } of [scanned, planted]) assert.is(alice.admin.get(deviceCatalog, deviceUdf), undefined);
      }
    },
    { timeoutMs: 30_000 },
  );

  it(
    "a hub that sells the very device to a stranger: the owner is not told that it is connected",
    async () => {
      const bulb = await world.bulb("sold");
      bulb.on();
      // Bob's hub was lent to alice: it has the code from her scan, and offers to bob instead.
      assert.is((await bob.onboard(bulb.made.uri))?.state, "done");
      await alice.admin.sync();
      assert.is(alice.admin.get(deviceCatalog, bulb.made.deviceUdf), undefined);
      assert.is(bulb.core.status().lock, "provisional");
      bulb.off();
    },
    { timeoutMs: 30_000 },
  );

  it(
    "a claim by a stranger: none without the code, none that lasts with a photo of it",
    async () => {
      const bulb = await world.bulb("claimed");
      const uri = parseConnectUri(bulb.made.uri);
      await throwsMesh(
        claimWith(bob.admin, world.household.service.url, { id: publicationId(uri.key), key: random.bytes(15), maker: uri.account }),
        "ERR_VERIFICATION",
      );
      await claimWith(bob.admin, world.household.service.url, { id: publicationId(uri.key), key: uri.key, maker: uri.account });
      bulb.on();
      const done = await alice.onboard(bulb.made.uri);
      assert.is(done?.state, "done", done?.error?.message);
      await alice.admin.sync();
      await attend(alice.admin, { claim: true });
      assert.ok(alice.admin.get(deviceCatalog, bulb.made.deviceUdf)?.Claimed, "the device's word outdoes a provisional claim");
      const refused = await throwsMesh(
        claimWith(bob.admin, world.household.service.url, { id: publicationId(uri.key), key: uri.key, maker: uri.account }),
        "ERR_CODE_CLAIMED",
      );
      assert.not.match(JSON.stringify([refused.message, refused.detail]), new RegExp(`${alice.admin.address}|${alice.admin.accountUdf}`));
      // A confirmation that another device signed.
      const other = await world.preconfigure();
      const forged: ClaimConfirm = { PublicationId: publicationId(uri.key), AccountUdf: bob.admin.accountUdf, MessageId: newNonce(random) };
      const signer = deriveKey(other.image.PrivateKeyUDF, keyName.deviceSign, "Ed25519");
      const client = clientOf(bob.admin, world.household.service.url);
      await throwsMesh(
        client.claim({
          TargetAccountAddress: uri.account,
          EnvelopedClaimConfirm: envelopeObject({ struct: ClaimConfirm, value: forged, signers: [signer], random }),
        }),
        "ERR_VERIFICATION",
      );
      client.close();
      bulb.off();
    },
    { timeoutMs: 60_000 },
  );
});
