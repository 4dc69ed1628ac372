/** A hub offers what is behind its bridges: what the administrator takes, what she refuses, and what becomes of it when keys or hubs change. */
import type { AccountContext } from "../../src/account/index.ts";
import { acceptHosted, attend, inspectHosted, messageEnvelope, pendingHosted, replaceKeys, revokeDevice } from "../../src/account/index.ts";
import { dateTime } from "../../src/base/clock.ts";
import { newNonce, newSeed, seedSpecifier } from "../../src/crypto/index.ts";
import type { DeviceDescription } from "../../src/schema/index.ts";
import { deviceCatalog, factoryKeys, OfferHosted, preconfigurationOf, publicKeyOf } from "../../src/schema/index.ts";
import { assert, describe } from "../harness/suite.ts";
import type { Household } from "../kit/household.ts";
import { ports, startHousehold } from "../kit/household.ts";
import { lightDescription } from "../kit/hub.ts";

const plugSeed = newSeed(ports.random, seedSpecifier.device);

/** What a hub offers. */
async function offer(
  hub: AccountContext,
  more: Partial<OfferHosted> = {},
  { seed = plugSeed, description = lightDescription }: { readonly seed?: string; readonly description?: DeviceDescription } = {},
): Promise<string> {
  const { address: maker, deviceUdf, profile, keys } = hub;
  const made = factoryKeys(seed, false);
  const value: OfferHosted = {
    MessageId: newNonce(ports.random),
    Sender: deviceUdf,
    HubUdf: deviceUdf,
    EnvelopedDevicePreconfigurationPublic: preconfigurationOf({
      keys: made,
      description,
      maker,
      hailing: [],
      now: ports.clock.now(),
      random: ports.random,
    }),
    Bridge: "zigbee2mqtt",
    ForeignId: "0x00158d0000000001",
    LocalName: "shelf lamp",
    Expires: dateTime(ports.clock.now() + 60_000),
    ...more,
  };
  const recipients = [publicKeyOf(profile.AdministratorEncryption)];
  const envelope = messageEnvelope({ struct: OfferHosted, value, signer: keys.signature, recipients, ports });
  await hub.transact({ messages: [{ spool: "MMM_Inbound", envelope }] });
  return made.profile.public.udf;
}

describe("account: a hub offers what is behind its bridges", (it) => {
  let house: Household;
  let alice: AccountContext;
  let laptop: AccountContext;
  let hub: AccountContext;
  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    laptop = await house.join(alice, "laptop", ["admin"]);
    hub = await house.join(alice, "hub", ["hub"]);
  });
  it.after(() => house.stop());

  const reasons = async (): Promise<string[]> => {
    await alice.sync();
    return (await inspectHosted(alice)).refused.map(({ reason }) => reason);
  };

  it("takes one into the account with the role that says what it is, and no share of any key", async () => {
    const udf = await offer(hub);
    await alice.sync();
    const [pending] = await pendingHosted(alice);
    assert.is(pending?.device.deviceUdf, udf);
    const entry = await acceptHosted(alice, pending!);
    assert.is(entry.LocalName, "shelf lamp");
    assert.equal(
      [entry.HubUdf, entry.Constrained, entry.EnvelopedActivationHub, entry.SealedRespondDevice],
      [hub.deviceUdf, undefined, undefined, undefined],
    );
    await laptop.sync();
    assert.equal(laptop.directory.find(udf)?.connection.Roles, ["hosted"]);
    await alice.sync();
    assert.equal(await pendingHosted(alice), []);
  });

  it("takes a new description of it, and keeps the names that people gave", async () => {
    const udf = await offer(hub, { LocalName: "another name" }, { description: { ...lightDescription, Version: "2" } });
    await alice.sync();
    const [pending] = await pendingHosted(alice);
    const entry = await acceptHosted(alice, pending!);
    assert.equal([entry.DeviceUdf, entry.LocalName], [udf, "shelf lamp"]);
  });

  it("refuses one that would judge in its own name, names without bounds, and what has expired", async () => {
    const other = newSeed(ports.random, seedSpecifier.device);
    await offer(hub, {}, { seed: other, description: { ...lightDescription, Judges: true } });
    await offer(hub, { ForeignId: "x".repeat(200) }, { seed: other });
    await offer(hub, { HubUdf: alice.deviceUdf }, { seed: other });
    await offer(hub, { Expires: dateTime(ports.clock.now() - 5000) }, { seed: other });
    const found = (await reasons()).join("\n");
    for (const part of [/judges no orders/, /a name of 1 to/, /another hub than its sender/, /in time/]) assert.match(found, part);
    assert.equal(await pendingHosted(alice), []);
    await attend(alice, { claim: false });
    assert.equal(await reasons(), []);
  });

  it("refuses what has the fingerprint of another hub's device", async () => {
    const second = await house.join(alice, "second", ["hub"]);
    await offer(second);
    assert.match((await reasons()).join(), /in the account already/);
    await attend(alice, { claim: false });
  });

  it("signs it anew when the administrators' keys change, and takes it out with its hub", async () => {
    const udf = factoryKeys(plugSeed, false).profile.public.udf;
    const before = alice.directory.find(udf)?.signedBy;
    await revokeDevice(alice, laptop.deviceUdf);
    await replaceKeys(alice);
    await alice.sync();
    assert.is.not(alice.directory.find(udf)?.signedBy, before);
    assert.is(alice.directory.find(udf)?.signedBy, alice.profile.AdministratorSignature25519.Udf);
    const { orphans } = await revokeDevice(alice, hub.deviceUdf);
    assert.equal(orphans, []);
    assert.is(alice.get(deviceCatalog, udf), undefined);
    await replaceKeys(alice);
  });
});
