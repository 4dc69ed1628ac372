/** Recovery of an account whose keys were replaced since the shares were made: what the seed lacks is handed out by the service, sealed to the seed. */
import type { AccountContext } from "../../../src/account/index.ts";
import { addPlace, attend, recoverAccount, replaceKeys, revokeDevice } from "../../../src/account/index.ts";
import { deviceCatalog, recoveryCatalog } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { type Household, ports, startHousehold } from "../../kit/household.ts";
import { placesOf } from "../../kit/places-of.ts";

async function house(): Promise<{ readonly home: Household; readonly alice: AccountContext }> {
  const home = await startHousehold();
  onCleanup(() => home.stop());
  const alice = await home.create("alice", "alice@example.com");
  await addPlace(alice, { name: "kitchen" });
  return { home, alice };
}

async function recover(home: Household, name: string, seed: string): Promise<AccountContext> {
  const context = await recoverAccount({ dir: home.home(name), seed, address: "alice@example.com", serviceUrl: home.service.url, ports });
  onCleanup(() => context.close());
  return context;
}

async function removeFrom(alice: AccountContext, { deviceUdf }: AccountContext): Promise<void> {
  await revokeDevice(alice, deviceUdf);
  await replaceKeys(alice);
  await alice.sync();
}

describe("an account whose keys were replaced", (it) => {
  it("is recovered after a removed laptop, and others believe the machine that recovered it", async () => {
    const { home, alice } = await house();
    const laptop = await home.join(alice, "laptop", ["web"]);
    const phone = await home.join(alice, "phone", ["web"]);
    await removeFrom(alice, laptop);
    assert.ok(alice.sizeOf(deviceCatalog.label).epoch > 0);
    const seed = alice.keys.accountSeed!;
    const bare = await recover(home, "bare", seed);
    assert.equal(placesOf(bare), placesOf(alice));
    await addPlace(bare, { name: "shed" });
    for (const other of [alice, phone]) {
      await other.sync();
      assert.ok(other.directory.find(bare.deviceUdf));
      assert.equal(placesOf(other), ["kitchen", "shed"]);
    }
    const tablet = await home.join(bare, "tablet", ["web"]);
    assert.equal(placesOf(tablet), ["kitchen", "shed"]);
    await phone.sync();
    assert.is(phone.list(deviceCatalog).length, bare.list(deviceCatalog).length);
  });

  it(
    "is recovered after three rekeys, and once more by another machine, which believes the first; the machine goes on as administrator",
    async () => {
      const { home, alice } = await house();
      const phone = await home.join(alice, "phone", ["web"]);
      for (const name of ["one", "two", "three"]) await removeFrom(alice, await home.join(alice, name, ["web", "message"]));
      assert.is(alice.sizeOf(deviceCatalog.label).epoch, 3);
      const seed = alice.keys.accountSeed!;
      const first = await recover(home, "first", seed);
      assert.equal(placesOf(first), placesOf(alice));
      await attend(first, { claim: false });
      await removeFrom(first, alice);
      await phone.sync();
      await addPlace(first, { name: "attic" });
      await phone.sync();
      assert.equal(placesOf(phone), ["attic", "kitchen"]);
      const again = await recover(home, "again", seed);
      assert.equal(placesOf(again), ["attic", "kitchen"]);
      assert.ok(again.directory.find(first.deviceUdf));
      assert.not.ok(again.directory.find(alice.deviceUdf));
    },
    { timeoutMs: 180_000 },
  );

  it("is recovered after an administrator was removed, whose keys were replaced with the profile", async () => {
    const { home, alice } = await house();
    const second = await home.join(alice, "second", ["admin", "web"]);
    const former = alice.profile.AdministratorSignature.Udf;
    await removeFrom(alice, second);
    assert.is.not(alice.profile.AdministratorSignature.Udf, former);
    const copy = alice.get(recoveryCatalog, "recovery");
    assert.ok(copy?.Capability.value.Signers.includes(alice.profile.AdministratorSignature.Udf));
    const bare = await recover(home, "bare", alice.keys.accountSeed!);
    assert.equal(placesOf(bare), ["kitchen"]);
    await attend(bare, { claim: false });
    await alice.sync();
    assert.ok(alice.directory.find(bare.deviceUdf));
    assert.is(bare.keys.administrator?.signature.public.udf, alice.profile.AdministratorSignature.Udf);
  });
});
