/** A phone that has half of a split, and wants the service's half for more than was granted: every limit, every order of steps, over restarts. */
import { dateTime } from "../../../src/base/clock.ts";
import { tag } from "../../../src/codec/field.ts";
import { encodeObjectB } from "../../../src/codec/index.ts";
import { generatePrivateKey, newNonce, sha512, verifySignature } from "../../../src/crypto/index.ts";
import type { MeshService } from "../../../src/provider/index.ts";
import type { CapabilitySignServiced } from "../../../src/schema/index.ts";
import {
  AdministratorSplit,
  CatalogedJoined,
  CatalogedSplit,
  envelopeObject,
  rightsOf,
  SplitConnection,
  SplitFreeze,
} from "../../../src/schema/index.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import type { Dealt, Device } from "../../kit/power.ts";
import { codes, dealSign, joinedDevice, operate, powerEntry, Signing } from "../../kit/power.ts";
import { Person, random, startService } from "../../kit/service.ts";

interface House {
  readonly alice: Person;
  readonly phone: Device;
  readonly tablet: Device;
  readonly service: MeshService;
  readonly dir: string;
  readonly clock: ManualClock;
  readonly dealt: Dealt<CapabilitySignServiced>;
  readonly splitId: string;
}

const owner = rightsOf(["device", "command"]);
const now = Date.now();
const at = (ms: number): string => dateTime(now + ms);
const month = 30 * 86_400_000;

async function house(): Promise<House> {
  const clock = new ManualClock(now);
  const { service, dir } = await startService({ clock });
  const alice = await (await Person.meet("alice@example.com", service.url)).bind();
  await alice.grant(alice.device.link, rightsOf(["admin"]));
  const phone = await joinedDevice(alice, owner);
  const tablet = await joinedDevice(alice, owner);
  const dealt = await dealSign(alice, phone.link, { curve: "Ed25519", MessageTypes: [] });
  return { alice, phone, tablet, service, dir, clock, dealt, splitId: dealt.capability.Id };
}

/** The limits, as an administrator writes them into the capability. */
async function limit(house: House, change: Partial<AdministratorSplit> = {}): Promise<Dealt<CapabilitySignServiced>> {
  const { alice, dealt, splitId } = house;
  const value: AdministratorSplit = {
    Id: splitId,
    AccountUdf: alice.udf,
    Key: dealt.capability.Key,
    GranteeUdf: "MPHONE",
    HubUdf: "MHUB",
    Classes: ["light"],
    Count: 2,
    NotOnOrAfter: at(month),
    ...change,
  };
  const signers = [generatePrivateKey("Ed25519", random)];
  const EnvelopedAdministratorSplit = envelopeObject({ struct: AdministratorSplit, value, signers, random, compact: true });
  const capability = { ...dealt.capability, NotOnOrAfter: value.NotOnOrAfter, EnvelopedAdministratorSplit };
  await alice.write("MMM_Access", [powerEntry({ tag: "CapabilitySignServiced", value: capability })]);
  return { ...dealt, capability };
}

function bodyOf({ alice, splitId }: House, change: Partial<SplitConnection> = {}): Uint8Array {
  const digest = random.bytes(64);
  return encodeObjectB(SplitConnection, {
    AccountUdf: alice.udf,
    SplitId: splitId,
    Serial: 1,
    HubUdf: "MHUB",
    DeviceUdf: "MBULB",
    Class: "light",
    DealEpoch: 1,
    Time: at(0),
    ConnectionDigest: digest,
    RespondDigest: digest,
    HubDigest: digest,
    DealDigest: digest,
    ...change,
  });
}

async function append({ alice }: House, device: Device, entries: Parameters<Person["update"]>[1]): Promise<void> {
  await device.client.transact({ Account: alice.address, RequestId: newNonce(random), Updates: [await alice.update("MMM_Joined", entries)] });
}

function reserve(house: House, body: Uint8Array, serial = 1, device = house.phone): Promise<void> {
  const value = { SplitId: house.splitId, Serial: serial, Digest: sha512(body) };
  return append(house, device, [{ key: `joined:${house.splitId}:${serial}`, entry: tag(CatalogedJoined, value) }]);
}

function freeze(house: House, isFrozen: boolean, device = house.tablet): Promise<void> {
  const value = { SplitId: house.splitId, Frozen: isFrozen, DeviceUdf: "MTABLET", Updated: at(0) };
  return append(house, device, [{ key: `freeze:${house.splitId}`, entry: tag(SplitFreeze, value) }]);
}

/** Both rounds; "ok" with a signature that verifies, else the code. */
async function sign(house: House, dealt: Dealt<CapabilitySignServiced>, body: Uint8Array, device = house.phone): Promise<string> {
  const signing = new Signing(dealt, body);
  const begun = await operate(device.client, house.alice.address, [signing.commit]);
  if (codes(begun) !== "ok") return codes(begun);
  const answered = await operate(device.client, house.alice.address, [signing.committed(begun[0]).share()]);
  if (codes(answered) !== "ok") return codes(answered);
  assert.ok(verifySignature(dealt.whole.public, sha512(body), signing.finish(answered[0])));
  return "ok";
}

describe("attack: the service's half of a split", (it) => {
  it("signs what is within the limits once it stands in MMM_Joined, and nothing before", async () => {
    const home = await house();
    const dealt = await limit(home);
    const body = bodyOf(home);
    assert.is(await sign(home, dealt, body), "ERR_NOT_AUTHORIZED");
    await reserve(home, body);
    assert.is(await sign(home, dealt, body), "ok");
    await home.service.stop();
  });

  it("signs nothing else: other objects, other classes, hubs, numbers, accounts and times", async () => {
    const home = await house();
    const dealt = await limit(home, { Classes: ["light", "lock"] });
    const beyond: readonly Partial<SplitConnection>[] = [
      { Class: "lock" },
      { Class: "sensor" },
      { Serial: 3 },
      { HubUdf: "MOTHER" },
      { SplitId: newNonce(random) },
      { Time: at(-3_600_000) },
      { Time: at(month - 60_000) },
    ];
    for (const change of beyond) {
      const body = bodyOf(home, { Serial: 2, ...change });
      await reserve(home, body, change.Serial ?? 2).catch(() => undefined);
      assert.is(await sign(home, dealt, body), "ERR_NOT_AUTHORIZED", JSON.stringify(change));
    }
    assert.is(await sign(home, dealt, bodyOf(home, { AccountUdf: "MOTHER" })), "ERR_VERIFICATION");
    assert.is(await sign(home, dealt, encodeObjectB(AdministratorSplit, limitsOf(home))), "ERR_SCHEMA");
    await home.service.stop();
  });

  it("uses a number for one device alone, for ever, also when the service has started again", async () => {
    const home = await house();
    const dealt = await limit(home);
    const [first, second] = [bodyOf(home), bodyOf(home)];
    await reserve(home, first);
    await throwsMesh(reserve(home, second), "ERR_NOT_AUTHORIZED");
    await reserve(home, first);
    await throwsMesh(append(home, home.phone, [{ key: `joined:${home.splitId}:1` }]), "ERR_NOT_AUTHORIZED");
    assert.is(await sign(home, dealt, second), "ERR_NOT_AUTHORIZED");
    await throwsMesh(reserve(home, second, 3), "ERR_NOT_AUTHORIZED");
    const { dir, service, clock } = home;
    const port = Number(new URL(service.url).port);
    await service.stop();
    const again = await startService({ dir, port, clock });
    await throwsMesh(reserve(home, second), "ERR_NOT_AUTHORIZED");
    assert.is(await sign(home, dealt, second), "ERR_NOT_AUTHORIZED");
    assert.is(await sign(home, dealt, first), "ok");
    await again.service.stop();
  });

  it("does not change what a number is used for within one Transact", async () => {
    const home = await house();
    await limit(home);
    const key = `joined:${home.splitId}:1`;
    const entry = (body: Uint8Array) => ({ key, entry: tag(CatalogedJoined, { SplitId: home.splitId, Serial: 1, Digest: sha512(body) }) });
    await throwsMesh(append(home, home.phone, [entry(bodyOf(home)), entry(bodyOf(home))]), "ERR_NOT_AUTHORIZED");
    await home.service.stop();
  });

  it("is stopped at once by any device of the owner, between the rounds too, and goes on by an administrator's word alone", async () => {
    const home = await house();
    const dealt = await limit(home);
    const body = bodyOf(home);
    await reserve(home, body);
    const signing = new Signing(dealt, body);
    const begun = await operate(home.phone.client, home.alice.address, [signing.commit]);
    await freeze(home, true);
    assert.is(codes(await operate(home.phone.client, home.alice.address, [signing.committed(begun[0]).share()])), "ERR_NOT_AUTHORIZED");
    assert.is(await sign(home, dealt, body), "ERR_NOT_AUTHORIZED");
    await throwsMesh(reserve(home, bodyOf(home, { Serial: 2 }), 2), "ERR_NOT_AUTHORIZED");
    for (const device of [home.phone, home.tablet]) {
      await throwsMesh(freeze(home, false, device), "ERR_NOT_AUTHORIZED");
      await throwsMesh(append(home, device, [{ key: `freeze:${home.splitId}` }]), "ERR_NOT_AUTHORIZED");
    }
    const { dir, service, clock } = home;
    const port = Number(new URL(service.url).port);
    await service.stop();
    const again = await startService({ dir, port, clock });
    assert.is(await sign(home, dealt, body), "ERR_NOT_AUTHORIZED");
    await home.alice.write("MMM_Joined", [{ key: `freeze:${home.splitId}` }]);
    assert.is(await sign(home, dealt, body), "ok");
    await again.service.stop();
  });

  it("ends when its time is over, and at once when an administrator withdraws it", async () => {
    const home = await house();
    const dealt = await limit(home);
    const body = bodyOf(home);
    await reserve(home, body);
    await home.alice.write("MMM_Access", [powerEntry({ tag: "NullCapability", value: { Id: home.splitId } })]);
    assert.is(await sign(home, dealt, body), "ERR_NOT_AUTHORIZED");
    const other = await house();
    const soon = await limit(other, { NotOnOrAfter: at(5000) });
    const late = bodyOf(other);
    await reserve(other, late);
    other.clock.advance(6000);
    assert.is(await sign(other, soon, late), "ERR_NOT_AUTHORIZED");
    await home.service.stop();
    await other.service.stop();
  });

  it("is its grantee's alone: another device of the owner signs and reserves nothing, and nobody grants himself one", async () => {
    const home = await house();
    const dealt = await limit(home);
    const body = bodyOf(home);
    await throwsMesh(reserve(home, body, 1, home.tablet), "ERR_NOT_AUTHORIZED");
    await reserve(home, body);
    assert.is(await sign(home, dealt, body, home.tablet), "ERR_NOT_AUTHORIZED");
    const grant = { SplitId: newNonce(random), EnvelopedAdministratorSplit: dealt.capability.EnvelopedAdministratorSplit! };
    await throwsMesh(append(home, home.phone, [{ key: `split:${grant.SplitId}`, entry: tag(CatalogedSplit, grant) }]), "ERR_NOT_AUTHORIZED");
    await throwsMesh(append(home, home.phone, [{ key: "anything", entry: { Else: {} } }]), "ERR_SCHEMA");
    await home.service.stop();
  });
});

function limitsOf({ alice, splitId, dealt }: House): AdministratorSplit {
  const { Key } = dealt.capability;
  return {
    Id: splitId,
    AccountUdf: alice.udf,
    Key,
    GranteeUdf: "MPHONE",
    HubUdf: "MHUB",
    Classes: ["light"],
    Count: 9,
    NotOnOrAfter: at(month),
  };
}
