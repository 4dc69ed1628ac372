/**
 * What nobody connects by a split: the phone alone, the hub alone, the service alone, each with the others' disks as far as the threat model goes; and
 * phone and service as accomplices, who have the whole key, beyond the limits. Judges are the hub, the owner's other machines, and the device itself.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Flash } from "../../../firmware-stubs/virtual/image/flash.ts";
import { DeviceImage, writeFactory } from "../../../firmware-stubs/virtual/image/image.ts";
import type { Lock } from "../../../firmware-stubs/virtual/image/image-object.ts";
import { baseKeys, freshKeys, unshared } from "../../../firmware-stubs/virtual/image/own-key.ts";
import { makeContribution } from "../../../firmware-stubs/virtual/ownership/contribution.ts";
import { openDelivery } from "../../../firmware-stubs/virtual/ownership/delivery.ts";
import type { AccountContext, Preconfigured } from "../../../src/account/index.ts";
import { freezeSplit, grantSplit, joinedDevices, moveJoined, preconfigureDevice, revokeDevice, splitsOf } from "../../../src/account/index.ts";
import { numbersLeft } from "../../../src/account/split/connect.ts";
import type { SplitDeal } from "../../../src/account/split/deal.ts";
import { dealBySplit } from "../../../src/account/split/deal.ts";
import { forgetDeal, keepDeal, keptDeal } from "../../../src/account/split/kept-deal.ts";
import { sealEntry, signBySplit } from "../../../src/account/split/sign.ts";
import { put } from "../../../src/account/store/edit.ts";
import { dateTime } from "../../../src/base/clock.ts";
import { MeshError } from "../../../src/base/errors.ts";
import { packagePath } from "../../../src/base/package-root.ts";
import type { PrivateKey } from "../../../src/crypto/index.ts";
import { generatePrivateKey, newNonce, parseConnectUri, sha512 } from "../../../src/crypto/index.ts";
import { parseEnvelope } from "../../../src/dare/index.ts";
import { describeDevice, parseDriver } from "../../../src/driver/index.ts";
import type { CatalogedDevice } from "../../../src/schema/index.ts";
import {
  ActivationShare,
  AdministratorSplit,
  ConnectionDevice,
  capabilityKey,
  deviceCatalog,
  envelopeObject,
  joinedCatalog,
  keyDataOf,
  openDescription,
  openObject,
  openServicedShare,
  peekObject,
  powerCatalog,
  privateKeyOf,
  SplitConnection,
  splitCatalog,
  verifyContribution,
} from "../../../src/schema/index.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";

const { random } = ports;
const day = 86_400_000;

/** A device fresh from its maker, and what it would say of a delivery. */
interface Thing {
  readonly made: Preconfigured;
  readonly offer: Parameters<typeof dealBySplit>[0]["offer"];
  judge(device: CatalogedDevice, lock?: Partial<Lock>): unknown;
}

describe("attack: split administration", (it) => {
  let house: Household;
  let alice: AccountContext;
  let hub: AccountContext;
  let phone: AccountContext;
  let tablet: AccountContext;
  let maker: AccountContext;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    maker = await house.create("maker", "maker@example.com");
    hub = await house.join(alice, "hub", ["hub"]);
    phone = await house.join(alice, "phone", ["device", "command"]);
    tablet = await house.join(alice, "tablet", ["device"]);
    await all();
  });
  it.after(() => house.stop());

  const all = async (): Promise<void> => {
    for (const context of [alice, hub, phone, tablet]) await context.sync();
  };
  const terms = (change: Partial<Parameters<typeof grantSplit>[1]> = {}): Parameters<typeof grantSplit>[1] => {
    const base = { granteeUdf: phone.deviceUdf, hubUdf: hub.deviceUdf, classes: ["light"], count: 2, until: Date.now() + day };
    return { ...base, ...change };
  };
  const thing = async (kind: string): Promise<Thing> => {
    const file = packagePath("drivers", kind, "driver.json");
    const description = describeDevice(parseDriver(readFileSync(file, "utf8"), file), { manufacturer: "M", model: "1", version: "1" });
    const made = await preconfigureDevice(maker, { description, hailing: ["tcp"] });
    const flash = new Flash(tempDirectory(), () => undefined as never);
    writeFactory(flash, made.image);
    const image = new DeviceImage(flash);
    const base = baseKeys(made.image.PrivateKeyUDF);
    const fresh = freshKeys(image.contribution(random));
    const contributionEnvelope = parseEnvelope(makeContribution({ fresh, dealEpoch: 0, present: false, signer: base.signature, random }));
    const uri = parseConnectUri(made.uri);
    const device = openDescription({ sealed: made.image.SealedDescription, key: uri.key, account: uri.account });
    const contribution = verifyContribution(contributionEnvelope, device.profile.value).value;
    const entry = phone.directory.find(hub.deviceUdf)!;
    return {
      made,
      offer: { device, contribution, contributionEnvelope, hub: entry, uri },
      judge: ({ SealedRespondDevice, DealEpoch = 0 }, lock = {}) =>
        openDelivery(SealedRespondDevice!, {
          deviceUdf: base.deviceUdf,
          deviceClass: made.image.Class,
          selected: { HubUdf: hub.deviceUdf, DealEpoch },
          peer: hub.keys.base.link25519.public,
          lock: { Generation: 0, Connected: false, DealEpoch: 0, ...lock },
          storedEpoch: 0,
          kd: made.image.Kd,
          fresh,
          own: unshared(base, fresh),
        }),
    };
  };
  /** Puts an entry as a hostile phone would, whose service lets everything pass. */
  const plant = async (deal: SplitDeal, device: CatalogedDevice, signed: ReturnType<typeof envelopeObject<SplitConnection>>): Promise<void> => {
    const { SplitId, Serial } = deal.connection;
    const value = { SplitId, Serial, Digest: sha512(signed.body), EnvelopedSplitConnection: signed, EnvelopedDevice: sealEntry(alice, device) };
    await alice.transact({ catalogs: [put(joinedCatalog, value)] });
    await all();
  };
  const seenBy = (context: AccountContext, { made }: Thing): boolean =>
    joinedDevices(context).some(({ entry }) => entry.DeviceUdf === made.deviceUdf);
  /** Whoever reads the house, and the device itself. */
  const isRefused = async (one: Thing, device: CatalogedDevice): Promise<void> => {
    for (const context of [alice, hub, phone, tablet]) assert.not(seenBy(context, one));
    assert.is(tablet.get(deviceCatalog, one.made.deviceUdf), undefined);
    await throwsMesh(() => one.judge(device), "ERR_NOT_AUTHORIZED").catch(() => throwsMesh(() => one.judge(device), "ERR_VERIFICATION"));
  };

  it("connects a light by both halves, which the device takes, and everybody lists; an administrator takes it over", async () => {
    const split = await grantSplit(alice, terms());
    await all();
    const one = await thing("light");
    const standing = splitsOf(phone).find((found) => found.split.Id === split.Id)!;
    const { EnvelopedAdministratorSplit: envelopedSplit } = standing.entry;
    const deal = dealBySplit({ context: phone, split, envelopedSplit, serial: 1, offer: one.offer, code: one.made.uri });
    const device = await signBySplit(phone, { standing, serial: 1, deal }, []);
    await all();
    one.judge(device);
    for (const context of [alice, hub, phone, tablet]) assert.ok(seenBy(context, one));
    await throwsMesh(
      () => one.judge(device, { AccountUdf: alice.accountUdf, Administrator: alice.profile.AdministratorSignature25519 }),
      "ERR_OWNED",
    );
    // The service's disk has neither its name nor the link root.
    const stored = readTree(join(house.dir, "service"));
    assert.not(stored.includes(Buffer.from(deal.linkRoot)));
    assert.equal(await moveJoined(alice), [one.made.deviceUdf]);
    await all();
    for (const context of [alice, hub, phone, tablet]) assert.not(seenBy(context, one));
    assert.is(tablet.get(deviceCatalog, one.made.deviceUdf)?.DealEpoch, 2);
  });

  it("takes no second number when the service's answer is lost: the same deal is signed once more, also by the next run", async () => {
    const split = await grantSplit(alice, terms({ count: 1 }));
    await all();
    const one = await thing("light");
    const standing = splitsOf(phone).find((found) => found.split.Id === split.Id)!;
    const { EnvelopedAdministratorSplit: envelopedSplit } = standing.entry;
    const options = { context: phone, split, envelopedSplit, offer: one.offer };
    const deal = dealBySplit({ ...options, serial: 1, code: one.made.uri });
    const lost = new MeshError("ERR_SERVICE_UNREACHABLE", "the answer was lost");
    for (const name of ["transact", "operate"] as const) {
      await keepDeal(phone, deal);
      const real = phone.client[name].bind(phone.client) as (...given: readonly unknown[]) => Promise<unknown>;
      let calls = 0;
      // Of operate the first round; of transact the number.
      const cut = async (...given: readonly unknown[]): Promise<unknown> => {
        const answer = await real(...given);
        if (calls++ === 0) throw lost;
        return answer;
      };
      Object.assign(phone.client, { [name]: cut });
      try {
        await throwsMesh(signBySplit(phone, { standing, serial: 1, deal }, []), "ERR_SERVICE_UNREACHABLE");
      } finally {
        Object.assign(phone.client, { [name]: real });
      }
      await phone.sync();
    }
    assert.is(numbersLeft(phone, standing), 0);
    const again = await keptDeal(options);
    assert.ok(again);
    assert.equal([...again.digest], [...deal.digest]);
    const other = await thing("light");
    assert.is(await keptDeal({ ...options, offer: other.offer }), undefined, "nothing for another device");
    const device = await signBySplit(phone, { standing, serial: again.connection.Serial, deal: again }, []);
    one.judge(device);
    await all();
    assert.ok(seenBy(tablet, one));
    assert.is(await keptDeal(options), undefined, "a number that was signed is nobody's");
    await forgetDeal(phone);
  });

  it("is not signed by one half: of the phone's disk, of the service's with its seed, of the hub's; nor is a half found on another's disk", async () => {
    const split = await grantSplit(alice, terms());
    await all();
    const standing = splitsOf(phone).find((found) => found.split.Id === split.Id)!;
    const phoneHalf = privateKeyOf(openObject(ActivationShare, standing.entry.EnvelopedShare!, [phone.keys.encryption]).Share);
    const power = alice.get(powerCatalog, capabilityKey(split.Id))!.Capability;
    if (power.tag !== "CapabilitySignServiced") throw new Error("no half of the service");
    for (const context of [hub, tablet]) {
      await throwsMesh(() => openObject(ActivationShare, standing.entry.EnvelopedShare!, [context.keys.encryption]), "ERR_VERIFICATION");
    }
    for (const key of [phone.keys.encryption, hub.keys.encryption, phone.keys.authentication]) {
      const options = { accountUdf: alice.accountUdf, capabilityId: split.Id, service: key };
      await throwsMesh(() => openServicedShare(power.value.EnvelopedKeyShare, options), "ERR_VERIFICATION");
    }
    const one = await thing("light");
    const { EnvelopedAdministratorSplit: envelopedSplit } = standing.entry;
    const halves: readonly PrivateKey[] = [phoneHalf, hub.keys.signature, generatePrivateKey("Ed25519", random)];
    for (const half of halves) {
      const deal = dealBySplit({ context: phone, split, envelopedSplit, serial: 1, offer: one.offer, code: one.made.uri });
      const signed = envelopeObject({ struct: SplitConnection, value: deal.connection, signers: [half], random, compact: true });
      const device = deal.signed(signed);
      await throwsMesh(() => one.judge(device), "ERR_VERIFICATION");
      if (half === halves[0]) await plant(deal, device, signed);
      for (const context of [alice, hub, tablet]) assert.not(seenBy(context, one));
    }
    await freezeSplit(tablet, { split });
    await all();
    const deal = dealBySplit({ context: phone, split, envelopedSplit, serial: 2, offer: one.offer, code: one.made.uri });
    await throwsMesh(signBySplit(phone, { standing, serial: 2, deal }, []), "ERR_NOT_AUTHORIZED");
    assert.not(seenBy(tablet, one));
  });

  it(
    "is refused beyond the limits by every judge, although phone and service together have the whole key",
    async () => {
      const whole = generatePrivateKey("Ed25519", random);
      const { signature25519 } = alice.keys.administrator!;
      const make = async (change: Partial<AdministratorSplit> = {}) => {
        const value: AdministratorSplit = {
          Id: newNonce(random),
          AccountUdf: alice.accountUdf,
          Key: keyDataOf(whole.public),
          GranteeUdf: phone.deviceUdf,
          HubUdf: hub.deviceUdf,
          Classes: ["light"],
          Count: 2,
          NotOnOrAfter: dateTime(Date.now() + day),
          ...change,
        };
        const signed = envelopeObject({ struct: AdministratorSplit, value, signers: [signature25519], random, compact: true });
        await alice.transact({ catalogs: [put(splitCatalog, { SplitId: value.Id, EnvelopedAdministratorSplit: signed })] });
        await all();
        return { split: value, envelopedSplit: signed };
      };
      const sign = (value: SplitConnection) => envelopeObject({ struct: SplitConnection, value, signers: [whole], random, compact: true });
      const granted = await make();
      const deals = async (kind: string, serial: number, of = granted): Promise<[Thing, SplitDeal]> => {
        const one = await thing(kind);
        return [one, dealBySplit({ context: phone, ...of, serial, offer: one.offer, code: one.made.uri })];
      };

      // A lock: as what it is, and called a light; also of a split that names locks.
      for (const classes of [["light"], ["light", "lock"]]) {
        for (const called of ["lock", "light"]) {
          const [lock, deal] = await deals("lock", 1, await make({ Classes: classes }));
          const signed = sign({ ...deal.connection, Class: called });
          await plant(deal, deal.signed(signed), signed);
          await isRefused(lock, deal.signed(signed));
        }
      }
      // A third of two.
      const third = await make();
      const [beyond, deal] = await deals("light", 3, third);
      await plant(deal, deal.signed(sign(deal.connection)), sign(deal.connection));
      await isRefused(beyond, deal.signed(sign(deal.connection)));

      // Other parts than those that were signed.
      const changes: Readonly<Record<string, (device: CatalogedDevice) => CatalogedDevice>> = {
        "a role": (device) => {
          const value = { ...peekObject(ConnectionDevice, device.EnvelopedConnectionDevice), Roles: ["admin"] };
          return { ...device, EnvelopedConnectionDevice: envelopeObject({ struct: ConnectionDevice, value, random, compact: true }) };
        },
        "a second part for a hub": (device) => ({
          ...device,
          EnvelopedActivationHub: [...device.EnvelopedActivationHub!, ...device.EnvelopedActivationHub!],
        }),
        "another part for the hub": (device) => ({ ...device, EnvelopedActivationHub: [device.EnvelopedActivationDeal as never] }),
        "another deal": (device) => ({ ...device, EnvelopedActivationDeal: device.EnvelopedActivationHub![0] as never }),
        "another hub": (device) => ({ ...device, HubUdf: tablet.deviceUdf }),
        "another epoch": (device) => ({ ...device, DealEpoch: 9 }),
      };
      for (const [what, change] of Object.entries(changes)) {
        const [one, dealt] = await deals("light", 1, await make());
        const signed = sign(dealt.connection);
        await plant(dealt, change(dealt.signed(signed)), signed);
        for (const context of [alice, hub, tablet]) assert.not(seenBy(context, one), what);
      }
      // The same unchanged is one: nothing else was amiss.
      const [good, goodDeal] = await deals("light", 1, await make());
      await plant(goodDeal, goodDeal.signed(sign(goodDeal.connection)), sign(goodDeal.connection));
      for (const context of [alice, hub, tablet]) assert.ok(seenBy(context, good));
      good.judge(goodDeal.signed(sign(goodDeal.connection)));

      // Limits that no administrator has signed.
      const own = await thing("light");
      const forged = envelopeObject({ struct: AdministratorSplit, value: granted.split, signers: [whole], random, compact: true });
      const forgedDeal = dealBySplit({
        context: phone,
        split: granted.split,
        envelopedSplit: forged,
        serial: 1,
        offer: own.offer,
        code: own.made.uri,
      });
      await throwsMesh(() => own.judge(forgedDeal.signed(sign(forgedDeal.connection))), "ERR_VERIFICATION");
    },
    { timeoutMs: 240_000 },
  );

  it("is taken over before the phone that connected it, or its hub, is removed: it waits for the next hub as every device does", async () => {
    const split = await grantSplit(alice, terms({ count: 5 }));
    await all();
    const one = await thing("light");
    const standing = splitsOf(phone).find((found) => found.split.Id === split.Id)!;
    const { EnvelopedAdministratorSplit: envelopedSplit } = standing.entry;
    const deal = dealBySplit({ context: phone, split, envelopedSplit, serial: 1, offer: one.offer, code: one.made.uri });
    await signBySplit(phone, { standing, serial: 1, deal }, []);
    await revokeDevice(alice, phone.deviceUdf);
    await alice.sync();
    assert.is(alice.get(deviceCatalog, one.made.deviceUdf)?.DealEpoch, 2);
    assert.is(splitsOf(alice).find((found) => found.split.Id === split.Id)?.state, "over");
    await throwsMesh(phone.sync(), "ERR_REVOKED");
    await revokeDevice(alice, hub.deviceUdf);
    assert.is(alice.get(deviceCatalog, one.made.deviceUdf)?.HubUdf, undefined);
    assert.ok(alice.get(deviceCatalog, one.made.deviceUdf)?.EnvelopedActivationDeal);
  });
});

/** All octets under a directory. */
function readTree(dir: string): Buffer {
  return Buffer.concat(
    readdirSync(dir, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name))),
  );
}
