/** A machine is removed: the stores that it could read go on under keys that it does not have, and everybody else goes on with them. */
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { keysOfSeed } from "../../../src/account/context/seed-keys.ts";
import type { AccountContext } from "../../../src/account/index.ts";
import { addPlace, attend, AccountContext as Context, replaceKeys, revokeDevice, storesToRekey } from "../../../src/account/index.ts";
import { exchangeSeed, SequenceFile } from "../../../src/dare/index.ts";
import { deviceCatalog, EscrowedKeys, escrowCatalog, openObject, privateKeyOf, publicKeyOf } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { type Household, ports, startHousehold } from "../../kit/household.ts";
import { placesOf } from "../../kit/places-of.ts";

describe("a removed machine and the keys of the stores", (it) => {
  let house: Household;
  let alice: AccountContext;
  let laptop: AccountContext;
  let phone: AccountContext;
  let hub: AccountContext;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    laptop = await house.join(alice, "laptop", ["web"]);
    phone = await house.join(alice, "phone", ["admin", "web"]);
    hub = await house.join(alice, "hub", ["hub"]);
    for (const name of ["kitchen", "hall"]) await addPlace(alice, { name });
    for (const context of [laptop, phone, hub]) await context.sync();
  });
  it.after(() => house.stop());

  it(
    "begin anew under a random key that every other machine is given, without a restart of any",
    async () => {
      cpSync(laptop.dir, join(house.dir, "old disk"), { recursive: true });
      await revokeDevice(alice, laptop.deviceUdf);
      const wanted = storesToRekey(alice);
      assert.ok(wanted.has("MMM_Place") && wanted.has("MMM_Device") && wanted.has("MMM_Credential"));
      assert.not(wanted.has("MMM_Access"), "the laptop never had that key");
      const { stores, without } = await replaceKeys(alice);
      assert.equal([...stores].sort(), [...wanted.keys()].sort());
      assert.equal(without, []);
      assert.is(storesToRekey(alice).size, 0);
      await addPlace(alice, { name: "secret room" });
      for (const context of [phone, hub]) {
        await context.sync();
        assert.equal(placesOf(context), ["hall", "kitchen", "secret room"]);
        assert.is(context.sizeOf("MMM_Place").keyEpoch, 1);
      }
      await addPlace(phone, { name: "roof" });
      await alice.sync();
      assert.ok(placesOf(alice).includes("roof"));
    },
    { timeoutMs: 100_000 },
  );

  it("leave the removed machine, with its old disk and the service's whole new disk, nothing that was written after it", async () => {
    const old = await Context.open({ dir: join(house.dir, "old disk"), ports });
    const known = placesOf(old);
    assert.equal(known, ["hall", "kitchen"]);
    const keys = [
      ...[...old.keys.storeKeys.values()].flatMap((list) => list.map(({ key }) => key)),
      old.keys.encryption,
      old.keys.base.encryption,
      ...(old.keys.accountEncryption ? [old.keys.accountEncryption] : []),
    ];
    await old.close();
    const accounts = join(house.dir, "service", "accounts");
    const files = readdirSync(accounts, { recursive: true })
      .map(String)
      .filter((name) => /MMM_(Place|Device|Credential|State|Task)\.1\.dare$/.test(name));
    assert.ok(files.length >= 5, `epochs on the service's disk: ${files.join()}`);
    let exchanges = 0;
    for (const name of files) {
      const copy = join(house.dir, "stolen.dare");
      cpSync(join(accounts, name), copy);
      const file = await SequenceFile.open({ path: copy });
      for await (const frame of file.frames()) {
        if (!frame.header.recipients) continue;
        exchanges += 1;
        assert.throws(() => exchangeSeed(frame, keys), undefined, `${name} frame ${frame.index}`);
      }
      await file.close();
      for (const end of ["", ".idx"]) (await import("node:fs")).rmSync(copy + end, { force: true });
    }
    assert.ok(exchanges >= files.length - 2);
    assert.not.ok(readFileSync(join(accounts, files[0] as string)).includes("secret room"));
  });

  it("are sealed for whoever recovers the account by its seed", () => {
    const [escrow] = alice.list(escrowCatalog);
    const seed = alice.keys.accountSeed;
    assert.ok(escrow && seed !== undefined);
    const key = keysOfSeed(seed).escrow;
    const { Entries } = openObject(EscrowedKeys, escrow.value.EnvelopedEscrowedKeys[0]!, [key], [publicKeyOf(alice.profile.AdministratorSignature)]);
    const places = Entries.find(({ Resource }) => Resource === "MMM_Place");
    assert.is(places && privateKeyOf(places.Key).public.udf, alice.keys.storeKeys.get("MMM_Place")?.[0]?.key.public.udf);
  });

  it("let a new machine in, which reads what lives", async () => {
    const tablet = await house.join(alice, "tablet", ["web"]);
    assert.equal(placesOf(tablet), placesOf(alice));
    assert.is(tablet.list(deviceCatalog).length, 4);
    await addPlace(tablet, { name: "shed" }).catch(() => undefined);
  });

  it(
    "are replaced by one of two administrators who remove machines at once; the other goes on from there",
    async () => {
      const one = await house.join(alice, "one", ["web"]);
      const two = await house.join(alice, "two", ["device"]);
      await phone.sync();
      await Promise.all([
        revokeDevice(alice, one.deviceUdf).then(() => replaceKeys(alice)),
        revokeDevice(phone, two.deviceUdf).then(() => replaceKeys(phone)),
      ]);
      for (const context of [alice, phone, alice]) {
        await context.sync();
        await attend(context, { claim: false });
      }
      for (const context of [alice, phone, hub]) {
        await context.sync();
        if (context.keys.administrator) assert.is(storesToRekey(context).size, 0);
        assert.equal(placesOf(context), placesOf(alice));
        assert.is(context.sizeOf("MMM_Device").epoch, alice.sizeOf("MMM_Device").epoch);
      }
      for (const gone of [one, two]) await throwsMesh(() => gone.sync(), "ERR_REVOKED");
    },
    { timeoutMs: 200_000 },
  );
});
