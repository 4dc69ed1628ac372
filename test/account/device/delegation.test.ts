/** Whose orders a lock takes: the owner's devices that may command, as their connections are now. */
import type { AccountContext } from "../../../src/account/index.ts";
import {
  acceptOffer,
  attend,
  authorizeDevice,
  edit,
  lacksCommandKey,
  pendingOffers,
  reissue,
  renewDelegations,
  revokeDevice,
} from "../../../src/account/index.ts";
import type { Delegation } from "../../../src/schema/index.ts";
import {
  ConnectionDevice,
  Delegation as DelegationStruct,
  DeviceContribution,
  deviceCatalog,
  envelopeObject,
  peekObject,
  publicKeyOf,
  verifyObject,
} from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import type { Bulb } from "../../kit/bulb.ts";
import { makeBulb, makeLock, offer } from "../../kit/bulb.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";

describe("account: the delegation of a lock", (it) => {
  let house: Household;
  let alice: AccountContext;
  let hub: AccountContext;
  let bob: AccountContext;
  let lock: Bulb;

  /** As the lock and its hub would read it. */
  async function delegated(): Promise<Delegation> {
    await alice.sync();
    const entry = alice.get(deviceCatalog, lock.made.deviceUdf);
    if (!entry?.EnvelopedDelegation) throw new Error("no delegation");
    return verifyObject(DelegationStruct, entry.EnvelopedDelegation, [publicKeyOf(alice.profile.AdministratorSignature25519)]).value;
  }
  const names = ({ Grants }: Delegation): readonly string[] => Grants.map(({ Udf }) => Udf);

  it.before(async () => {
    house = await startHousehold();
    const maker = await house.create("maker", "maker@example.com");
    alice = await house.create("alice", "alice@example.com");
    hub = await house.join(alice, "hub", ["hub"]);
    lock = await makeLock(maker);
    await offer(hub, lock, { LocalName: "front door" });
    await alice.sync();
    for (const pending of await pendingOffers(alice)) await acceptOffer(alice, pending);
  });
  it.after(() => house.stop());

  it("is made when the lock is connected, and names the machine that connected it", async () => {
    const delegation = await delegated();
    assert.equal(names(delegation), [alice.deviceUdf]);
    assert.is(delegation.Grants[0]?.Command25519.Udf, alice.keys.command25519.public.udf);
    assert.is(alice.keys.connection.Command25519?.Udf, alice.keys.command25519.public.udf);
    assert.is(delegation.AccountUdf, alice.accountUdf);
    assert.equal(await renewDelegations(alice), []);
  });

  it("is for the connection that the lock is in, and one that does not say so is made anew", async () => {
    const entry = alice.get(deviceCatalog, lock.made.deviceUdf)!;
    const { Link25519 } = peekObject(DeviceContribution, entry.EnvelopedDeviceContribution!);
    const { LinkKey, ...former } = await delegated();
    assert.equal(LinkKey, publicKeyOf(Link25519).octets);
    // As 0.2.0 made it.
    const signers = [alice.keys.administrator!.signature25519];
    const EnvelopedDelegation = envelopeObject({ struct: DelegationStruct, value: former, signers, random: ports.random, compact: true });
    await alice.transact({ catalogs: [edit(deviceCatalog, lock.made.deviceUdf, (now) => now && { ...now, EnvelopedDelegation })] });
    assert.is((await delegated()).LinkKey, undefined);
    assert.equal(await renewDelegations(alice), [lock.made.deviceUdf]);
    const after = await delegated();
    assert.equal(after.LinkKey, LinkKey);
    assert.ok(after.Generation > former.Generation);
  });

  it("names no hub, and gives none to a light", async () => {
    assert.is(hub.keys.connection.Command25519, undefined);
    const light = await makeBulb(await house.create("lumen", "lumen@example.com"));
    await offer(hub, light, { LocalName: "hall" });
    await alice.sync();
    for (const pending of await pendingOffers(alice)) await acceptOffer(alice, pending);
    assert.is(alice.get(deviceCatalog, light.made.deviceUdf)?.EnvelopedDelegation, undefined);
  });

  it("takes in a device that may command in the Transact that lets it in, and no other", async () => {
    const before = await delegated();
    bob = await house.join(alice, "bob", ["web", "command"]);
    const after = await delegated();
    assert.ok(after.Generation > before.Generation);
    assert.equal([...names(after)].sort(), [alice.deviceUdf, bob.deviceUdf].sort());
    await house.join(alice, "reader", ["web"]);
    assert.is((await delegated()).Generation, after.Generation);
  });

  it("stays as it is while the entry of its lock has a contribution that is none, which keeps no other machine from its roles", async () => {
    const { udf } = await house.join(alice, "guest", ["web", "command"]).then(({ deviceUdf }) => ({ udf: deviceUdf }));
    const entry = alice.get(deviceCatalog, lock.made.deviceUdf)!;
    const contribution = entry.EnvelopedDeviceContribution!;
    const put = (EnvelopedDeviceContribution: typeof contribution): Promise<unknown> =>
      alice.transact({ catalogs: [edit(deviceCatalog, lock.made.deviceUdf, (now) => now && { ...now, EnvelopedDeviceContribution })] });
    await put({ ...contribution, body: Uint8Array.of(0x7b, 0x7d) });
    await revokeDevice(alice, udf);
    assert.not.ok(alice.directory.withRole("command").some((member) => member.udf === udf));
    await put(contribution);
    assert.equal(await renewDelegations(alice), [lock.made.deviceUdf]);
    assert.not.ok(names(await delegated()).includes(udf));
  });

  it("follows the roles", async () => {
    const before = await delegated();
    await authorizeDevice(alice, bob.deviceUdf, { roles: ["web"] });
    const without = await delegated();
    assert.ok(without.Generation > before.Generation);
    assert.equal(names(without), [alice.deviceUdf]);
    await authorizeDevice(alice, bob.deviceUdf, { roles: ["web", "command"] });
    assert.equal([...names(await delegated())].sort(), [alice.deviceUdf, bob.deviceUdf].sort());
  });

  it("has only the commands that a connection allows of it", async () => {
    const entry = alice.get(deviceCatalog, bob.deviceUdf)!;
    const connection: ConnectionDevice = {
      ...peekObject(ConnectionDevice, entry.EnvelopedConnectionDevice),
      Capabilities: [
        { tag: "CapabilityCommand", value: { DeviceUdf: [lock.made.deviceUdf], Commands: ["Lock"] } },
        { tag: "CapabilityCommand", value: { DeviceUdf: ["MOTHER"] } },
      ],
    };
    const signers = [alice.keys.administrator!.signature];
    const EnvelopedConnectionDevice = envelopeObject({ struct: ConnectionDevice, value: connection, signers, random: ports.random });
    await alice.transact({ catalogs: [edit(deviceCatalog, bob.deviceUdf, (now) => now && { ...now, EnvelopedConnectionDevice })] });
    assert.equal(await renewDelegations(alice), [lock.made.deviceUdf]);
    const grant = (await delegated()).Grants.find(({ Udf }) => Udf === bob.deviceUdf);
    assert.equal(grant?.Commands, ["Lock"]);
  });

  it("loses a removed laptop in the Transact that removes it, under a higher Generation", async () => {
    const before = await delegated();
    await revokeDevice(alice, bob.deviceUdf);
    const after = await delegated();
    assert.equal(names(after), [alice.deviceUdf]);
    assert.ok(after.Generation > before.Generation);
  });

  it("takes in a device of an earlier version, which names its key itself", async () => {
    const old = await house.join(alice, "old", ["web", "command"]);
    // As 0.2.0 connected it.
    const connection = peekObject(ConnectionDevice, alice.get(deviceCatalog, old.deviceUdf)!.EnvelopedConnectionDevice);
    const { Command25519: _key, ...former } = connection;
    const signers = [alice.keys.administrator!.signature];
    const EnvelopedConnectionDevice = envelopeObject({ struct: ConnectionDevice, value: former, signers, random: ports.random });
    await alice.transact({ catalogs: [edit(deviceCatalog, old.deviceUdf, (now) => now && { ...now, EnvelopedConnectionDevice })] });
    await renewDelegations(alice);
    assert.ok(!names(await delegated()).includes(old.deviceUdf));
    await alice.transact({ catalogs: reissue(alice, { deviceUdf: old.deviceUdf }) });
    await old.sync();
    assert.ok(lacksCommandKey(old));
    await attend(old, { claim: false });
    await attend(old, { claim: false });
    await alice.sync();
    await attend(alice, { claim: false });
    assert.ok(names(await delegated()).includes(old.deviceUdf));
    await old.sync();
    assert.ok(!lacksCommandKey(old));
    assert.is(old.keys.connection.Command25519?.Udf, old.keys.command25519.public.udf);
  });
});
