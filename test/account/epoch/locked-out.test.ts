/**
 * A service that was put back believes a removed administrator again, who does there what locks the others out: removes them, or begins epochs beyond
 * theirs. Whoever has the account's root key gets in all the same, alone, and puts the account's own history in their place.
 */
import { type AccountContext, addPlace, replaceKeys, revokeDevice } from "../../../src/account/index.ts";
import { accessCatalog, deviceCatalog } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import { madeOnce } from "../../kit/house-made-once.ts";
import { machine } from "../../kit/meshman-terminal.ts";
import { placesOf } from "../../kit/places-of.ts";
import { type PutBackHouse, startPutBackHouse } from "../../kit/put-back-house.ts";
import { survives } from "../../kit/survives.ts";

interface Scene {
  readonly house: PutBackHouse;
  readonly alice: AccountContext;
  readonly laptop: AccountContext;
  readonly phone: AccountContext;
  readonly tablet: AccountContext;
  readonly thief: AccountContext;
}

/** alice has removed the thief and given the account other keys; then the service is put back to the day before. The tablet has slept. */
const another = madeOnce(async () => {
  const house = await startPutBackHouse();
  const alice = await house.create("alice", "alice@example.com");
  const laptop = await house.join(alice, "laptop", ["admin"]);
  const phone = await house.join(alice, "phone", ["web"]);
  const tablet = await house.join(alice, "tablet", ["web"]);
  const thief = await house.join(alice, "thief", ["admin"]);
  await addPlace(alice, { name: "kitchen" });
  for (const context of [laptop, phone, tablet, thief]) await context.sync();
  await house.backUp();
  await revokeDevice(alice, thief.deviceUdf);
  await replaceKeys(alice);
  await addPlace(alice, { name: "cellar" });
  for (const context of [laptop, phone]) await context.sync();
  await house.putBack();
  await thief.sync();
  return house;
}, startPutBackHouse);

async function scene(): Promise<Scene> {
  const house = await another();
  onCleanup(() => house.stop());
  return {
    house,
    alice: await house.open("alice"),
    laptop: await house.open("laptop"),
    phone: await house.open("phone"),
    tablet: await house.open("tablet"),
    thief: await house.open("thief"),
  };
}

async function isWholeAgain({ alice, laptop, phone, tablet, thief }: Scene, home: AccountContext): Promise<void> {
  for (const context of [home, laptop, phone, tablet]) {
    await context.sync();
    const name = context.get(deviceCatalog, context.deviceUdf)?.LocalName;
    assert.equal(placesOf(context), ["cellar", "kitchen"], name);
    assert.is(context.directory.find(thief.deviceUdf), undefined, name);
    assert.ok(context.directory.find(alice.deviceUdf), name);
  }
  await throwsMesh(thief.sync(), "ERR_REVOKED");
  await addPlace(home, { name: "loft" });
  await phone.sync();
  assert.ok(placesOf(phone).includes("loft"));
  assert.equal(await home.repair(), []);
}

describe("a removed administrator at a service that was put back", (it) => {
  it(
    "locks out nobody who has the root key by removing the others",
    async () => {
      const here = await scene();
      const { house, alice, laptop, thief } = here;
      const others = [alice, laptop, here.phone, here.tablet];
      for (const { deviceUdf } of others) await revokeDevice(thief, deviceUdf);
      // Its word is of a key that was replaced: it erases nothing.
      for (const context of [alice, laptop]) await throwsMesh(context.sync(), "ERR_REVOKED");
      await alice.close();
      const desk = machine(house.home("alice"), house.service.url);
      assert.match(await desk.fails(77, "account", "sync"), /account repair/);
      const { repaired } = await desk.json("account", "repair");
      assert.ok(
        repaired.some(({ store }: { store: string }) => store === accessCatalog.label),
        JSON.stringify(repaired),
      );
      await isWholeAgain(here, await house.open("alice"));
    },
    { timeoutMs: 200_000 },
  );

  it(
    "keeps nobody out for ten minutes, who is killed while he repairs alone",
    async () => {
      const here = await scene();
      const { house, alice, laptop, thief } = here;
      for (const { deviceUdf } of [alice, laptop, here.phone, here.tablet]) await revokeDevice(thief, deviceUdf);
      await throwsMesh(alice.sync(), "ERR_REVOKED");
      await alice.close();
      let isBusy = false;
      // The first is killed at the note, others at what it fetches and makes.
      for (const at of [2, 40, 120]) {
        assert.not(await survives({ dir: house.home("alice"), at, deed: ["repair"] }), "it is killed");
        const said = await here.phone.sync().then(
          () => "",
          ({ message }: Error) => message,
        );
        isBusy ||= /makes its stores whole: nobody else uses it until that is done, or \d{4}-/.test(said);
      }
      assert.ok(isBusy, "others were kept out meanwhile");
      const desk = machine(house.home("alice"), house.service.url);
      const { repaired } = await desk.json("account", "repair");
      assert.ok(repaired.some(({ store }: { store: string }) => store === accessCatalog.label));
      await isWholeAgain(here, await house.open("alice"));
    },
    { timeoutMs: 300_000 },
  );

  for (const times of [1, 2, 3]) {
    it(
      `leads nobody away by beginning the list of devices anew ${times} times`,
      async () => {
        const here = await scene();
        const { alice, thief } = here;
        for (let i = 0; i < times; i++) {
          const stores = (["MMM_Place", "MMM_Access", "MMM_Device"] as const).map((label) => ({ label, keyEpoch: 0 }));
          assert.is(await thief.beginEpochs({ reason: "Compact", stores }), "begun");
          for (const name of ["trap", "pit", "snare"]) await addPlace(thief, { name: `${name} ${i}` });
        }
        await alice.repair();
        await isWholeAgain(here, alice);
      },
      { timeoutMs: 200_000 },
    );
  }
});
