import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Authority, ReissueOptions } from "../../../src/account/index.ts";
import { AccountContext, authorityOf, edit, reissue, removalIn, revokeDevice } from "../../../src/account/index.ts";
import { escrowed } from "../../../src/account/removal/escrow.ts";
import { isMeshError } from "../../../src/base/errors.ts";
import { tag } from "../../../src/codec/index.ts";
import { generatePrivateKey } from "../../../src/crypto/index.ts";
import type { CatalogLabel } from "../../../src/schema/index.ts";
import { accessCatalog, CatalogedPlace, deviceCatalog } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";

/** An authority with one more key of a store, which is named as one that was drawn. */
async function withKey(context: AccountContext, label: CatalogLabel, keyEpoch: number): Promise<Authority> {
  await context.sync();
  const authority = authorityOf(context);
  const key = { key: generatePrivateKey("X448", ports.random), keyEpoch };
  await context.transact({ catalogs: [escrowed(context, [{ resource: label, ...key }])] });
  return { ...authority, storeKeys: new Map([...authority.storeKeys, [label, [key, ...(authority.storeKeys.get(label) ?? [])]]]) };
}

async function give(context: AccountContext, options: ReissueOptions): Promise<void> {
  await context.sync();
  await context.transact({ catalogs: reissue(context, options) });
}

/** Writes a place into any catalog: what it is does not matter here. */
async function write(context: AccountContext, label: CatalogLabel, name: string): Promise<void> {
  await context.sync();
  const entry = tag(CatalogedPlace, { Key: name, LocalName: name });
  await context.transact({ catalogs: [{ store: label, key: name, change: () => entry }] });
}

const contacts = { label: "MMM_Contact", entry: CatalogedPlace, keyOf: ({ Key }: CatalogedPlace) => Key } as const;
const storesOf = (house: Household, name: string): readonly string[] => readdirSync(join(house.home(name), "stores"));

describe("account: an administrator reissues the keys of a device", (it) => {
  let house: Household;
  let alice: AccountContext;
  let phone: AccountContext;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    phone = await house.join(alice, "phone", ["message"]);
  });
  it.after(() => house.stop());

  it("gives more roles: keys, rights and connection follow at the next sync", async () => {
    await write(alice, "MMM_Credential", "bank");
    await throwsMesh(async () => phone.get({ ...contacts, label: "MMM_Credential" }, "bank"), "ERR_NOT_AUTHORIZED");
    await give(alice, { deviceUdf: phone.deviceUdf, roles: ["web", "command"] });
    await phone.sync();
    assert.equal(phone.roles, ["web", "command"]);
    assert.is(phone.keys.version, 2);
    assert.is(phone.get({ ...contacts, label: "MMM_Credential" }, "bank")?.LocalName, "bank");
    assert.is(phone.spoolCount("MMM_Command"), alice.spoolCount("MMM_Command"));
  });

  it("keeps the connection as it was signed when only keys change", async () => {
    const before = phone.keys;
    await give(alice, { deviceUdf: phone.deviceUdf });
    await phone.sync();
    assert.is(phone.keys.version, before.version + 1);
    assert.equal(phone.keys.connectionDigest, before.connectionDigest);
    assert.is(phone.keys.signature.public.udf, before.signature.public.udf);
  });

  it("hands on several keys of a store, to a hub too, and the newest seals", async () => {
    const hub = await house.join(alice, "hub", ["hub"]);
    const authority = await withKey(alice, "MMM_State", 1);
    await alice.sync();
    const everybody = alice.list(deviceCatalog).map(({ key }) => key);
    await alice.transact({ catalogs: everybody.flatMap((deviceUdf) => reissue(alice, { deviceUdf, authority })) });
    for (const context of [alice, hub, phone]) {
      await context.sync();
      assert.equal(
        context.keys.storeKeys.get("MMM_State")?.map(({ keyEpoch }) => keyEpoch),
        [1, 0],
      );
    }
    await write(hub, "MMM_State", "lamp");
    await phone.sync();
    assert.is(phone.get({ ...contacts, label: "MMM_State" }, "lamp")?.LocalName, "lamp");
  });

  it("takes roles away: keys go, copies are erased, and what the device wrote before stays believed by who comes later", async () => {
    await write(phone, "MMM_Contact", "bob");
    await give(alice, { deviceUdf: phone.deviceUdf, roles: ["device"] });
    const waiting = phone.wait({ stores: ["MMM_Contact"], seconds: 30 });
    assert.is(await waiting, true);
    await phone.sync();
    assert.equal(phone.roles, ["device"]);
    assert.is(phone.keys.storeKeys.get("MMM_Contact"), undefined);
    assert.is(phone.keys.accountSignature, undefined);
    assert.equal(
      storesOf(house, "phone").filter((name) => /^MMM_(Contact|Credential|Inbound|Command)\./.test(name)),
      [],
    );
    await throwsMesh(() => write(phone, "MMM_Contact", "mallory"), "ERR_NOT_AUTHORIZED");
    const tablet = await house.join(alice, "tablet", ["web"]);
    assert.is(tablet.get(contacts, "bob")?.LocalName, "bob");
    await tablet.close();
    const again = await AccountContext.open({ dir: house.home("tablet"), ports });
    await write(alice, "MMM_Contact", "carol");
    await again.sync();
    assert.is(again.get(contacts, "carol")?.LocalName, "carol");
    await again.close();
  });

  it("believes nothing that the device writes after its right has ended", async () => {
    const head = alice.get(deviceCatalog, phone.deviceUdf)?.EndedRights?.find(({ Store }) => Store === "MMM_Contact");
    assert.ok(head);
    assert.ok(alice.directory.apexKeys(phone.deviceUdf, "MMM_Contact", head).length > 0);
    await throwsMesh(async () => alice.directory.apexKeys(phone.deviceUdf, "MMM_Contact", { ...head, Index: head.Index + 1 }), "ERR_VERIFICATION");
  });

  it("leaves the seed to the super device when an administrator without it hands on keys, and grants super to nobody", async () => {
    const laptop = await house.join(alice, "laptop", ["admin"]);
    const seed = alice.keys.accountSeed;
    assert.ok(seed !== undefined && laptop.keys.accountSeed === undefined);
    const authority = await withKey(laptop, "MMM_Place", 1);
    await give(laptop, { deviceUdf: alice.deviceUdf, authority });
    await alice.sync();
    assert.is(alice.keys.accountSeed, seed);
    assert.is(alice.keys.storeKeys.get("MMM_Place")?.length, 2);
    await give(laptop, { deviceUdf: alice.deviceUdf, authority });
    await alice.sync();
    assert.is(alice.keys.accountSeed, seed);
    await throwsMesh(() => give(laptop, { deviceUdf: phone.deviceUdf, roles: ["super"] }), "ERR_NOT_AUTHORIZED");
    // The laptop itself was not given the key that it made: it would take it from whoever it reissues next.
    await throwsMesh(() => give(laptop, { deviceUdf: alice.deviceUdf }), "ERR_CONFLICT");
    // Of the same number, and drawn by nobody.
    const another = { key: generatePrivateKey("X448", ports.random), keyEpoch: 1 };
    const other = { ...authority, storeKeys: new Map([...authority.storeKeys, ["MMM_Place", [another]] as const]) };
    await throwsMesh(() => give(laptop, { deviceUdf: alice.deviceUdf, authority: other }), "ERR_CONFLICT");
    await give(alice, { deviceUdf: laptop.deviceUdf });
    await laptop.sync();
    assert.is(laptop.keys.storeKeys.get("MMM_Place")?.length, 2);
  });

  it("follows the newest entries when another administrator writes first", async () => {
    const [laptop] = alice.directory.withRole("admin").filter(({ udf }) => udf !== alice.deviceUdf);
    assert.ok(laptop);
    const other = await AccountContext.open({ dir: house.home("laptop"), ports });
    await other.sync();
    await alice.sync();
    await Promise.all([
      alice.transact({ catalogs: reissue(alice, { deviceUdf: phone.deviceUdf, roles: ["message"] }) }),
      other.transact({ catalogs: [...reissue(other, { deviceUdf: phone.deviceUdf, roles: ["message", "command"] })] }),
      other.transact({ catalogs: [edit(deviceCatalog, laptop.udf, (device) => device && { ...device, LocalName: "lap" })] }),
    ]);
    await phone.sync();
    const held = alice.list(accessCatalog).find(({ value }) => value.Capability.value.DeviceUdf === phone.deviceUdf);
    await alice.sync();
    assert.is(phone.keys.version, Math.max(phone.keys.version, held?.value.Capability.value.Activation?.Version ?? 0));
    assert.equal(alice.directory.find(phone.deviceUdf)?.connection.Roles, phone.roles);
    await other.close();
  });

  it("lets a second process of the device take over what the first has learnt", async () => {
    const agent = await AccountContext.open({ dir: house.home("phone"), ports });
    await give(alice, { deviceUdf: phone.deviceUdf, roles: ["web"] });
    await phone.sync();
    await agent.refresh();
    assert.equal(agent.roles, ["web"]);
    await agent.sync();
    const file = join(house.home("phone"), "account.json");
    const own = readFileSync(file);
    copyFileSync(join(house.home("alice"), "account.json"), file);
    for (const time of ["first", "second"]) {
      const refused: unknown = await agent.refresh().catch((error: unknown) => error);
      assert.ok(isMeshError(refused), `another machine's account is refused the ${time} time, and is not taken for known afterwards`);
    }
    writeFileSync(file, own);
    await agent.refresh();
    assert.equal(agent.roles, ["web"]);
    await agent.close();
  });

  it("is told of its removal also when it has not heard of its newest connection", async () => {
    const watch = await house.join(alice, "watch", ["device"]);
    await give(alice, { deviceUdf: watch.deviceUdf, roles: ["message"] });
    await revokeDevice(alice, watch.deviceUdf);
    const refused: unknown = await watch.sync().catch((error: unknown) => error);
    assert.ok(isMeshError(refused, "ERR_REVOKED"));
    assert.ok(removalIn(watch, refused), "the evidence counts");
    await throwsMesh(() => give(alice, { deviceUdf: watch.deviceUdf }), "ERR_NOT_FOUND");
  });
});
