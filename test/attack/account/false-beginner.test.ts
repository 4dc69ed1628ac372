/**
 * Epochs that are begun in somebody else's name: frame 0 names a device in clear, and the apex names one, too. The service takes neither from another
 * device. Where such an epoch stands all the same (an administrator gives it "back"), whose apex signs it is whose it is, and nothing of it stops a
 * removal, the new keys after it, or a repair.
 */
import type { AccountContext } from "../../../src/account/index.ts";
import { addPlace, put, replaceKeys, revokeDevice } from "../../../src/account/index.ts";
import type { EntryChange } from "../../../src/account/store/catalog-group.ts";
import { tag } from "../../../src/codec/index.ts";
import { generatePrivateKey } from "../../../src/crypto/index.ts";
import { CatalogedState, deviceCatalog, placeCatalog, stateCatalog, stateSequence } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import { madeOnce } from "../../kit/house-made-once.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { placesOf } from "../../kit/places-of.ts";
import type { Forgery } from "./forged-epoch.ts";
import { bringEpoch, entriesOf, makeEpoch } from "./forged-epoch.ts";

const state = (DeviceUdf: string, Via: string, Sequence: number): CatalogedState => ({
  DeviceUdf,
  Updated: "2026-01-01T00:00:00Z",
  Sequence,
  Status: "Online",
  Via,
});

/** Alice, her phone, a hub that writes a sequence of its own, and a laptop that is an administrator, too. */
const another = madeOnce(
  async () => {
    const house = await startHousehold();
    const alice = await house.create("alice", "alice@example.com");
    const phone = await house.join(alice, "phone", ["web"]);
    const hub = await house.join(alice, "hub", ["hub"]);
    await addPlace(alice, { name: "hall" });
    await hub.sync();
    assert.ok(await hub.goOver());
    const laptop = await house.join(alice, "laptop", ["admin"]);
    await hub.transact({ catalogs: [put(stateCatalog, state(hub.deviceUdf, hub.deviceUdf, 1))] });
    for (const context of [alice, phone, laptop, hub]) await context.sync();
    return house;
  },
  (disk) => startHousehold(undefined, disk),
);

async function startHouse() {
  const house = await another();
  onCleanup(() => house.stop());
  const [alice, phone, hub, laptop] = [await house.open("alice"), await house.open("phone"), await house.open("hub"), await house.open("laptop")];
  return { house, alice, phone, laptop, hub, label: stateSequence(hub.deviceUdf) };
}

const statesOf = ({ deviceUdf }: AccountContext): readonly EntryChange[] => [
  { key: deviceUdf, change: () => tag(CatalogedState, state(deviceUdf, deviceUdf, 1)) },
];

/** Names in frame 0, in the apex, or nobody's signature. */
const forgeries = (alice: AccountContext): readonly (readonly [string, Forgery])[] => [
  ["a false name in frame 0", { DeviceUdf: alice.deviceUdf }],
  ["a false name in the apex", { closer: alice.deviceUdf }],
  ["a false name in both", { DeviceUdf: alice.deviceUdf, closer: alice.deviceUdf }],
  ["a name that nobody has", { DeviceUdf: "MNOB-ODY", closer: "MNOB-ODY" }],
  ["a signature of nobody", { signer: generatePrivateKey("Ed448", ports.random) }],
];

describe("attack: epochs begun in a false name", (it) => {
  it(
    "the service takes none from another device than frame 0 and the apex name",
    async () => {
      const { alice, laptop, hub, label } = await startHouse();
      const own = statesOf(hub);
      for (const [how, forgery] of forgeries(alice).slice(0, 4)) {
        const error = await throwsMesh(async () => bringEpoch(hub, await makeEpoch(hub, label, own, forgery)), "ERR_VERIFICATION");
        assert.ok(error.message.includes(hub.deviceUdf), `${how}: ${error.message}`);
        await throwsMesh(
          async () => bringEpoch(laptop, await makeEpoch(laptop, "MMM_Place", entriesOf(laptop, placeCatalog), forgery)),
          "ERR_VERIFICATION",
        );
      }
      await bringEpoch(hub, await makeEpoch(hub, label, own));
      await alice.sync();
      assert.is(alice.get(stateCatalog, hub.deviceUdf)?.Sequence, 1);
    },
    { timeoutMs: 90_000 },
  );

  for (const at of [0, 1, 2, 3, 4]) {
    it(
      `a hub's sequence and a laptop's MMM_Place, given "back" by an administrator, stop neither removals nor new keys: forgery ${at}`,
      async () => {
        const { alice, phone, laptop, hub, label } = await startHouse();
        const [, forgery] = forgeries(alice)[at] ?? ["", {}];
        await bringEpoch(laptop, await makeEpoch(hub, label, statesOf(hub), forgery), { isGivenBack: true });
        await bringEpoch(laptop, await makeEpoch(laptop, "MMM_Place", entriesOf(laptop, placeCatalog), forgery), { isGivenBack: true });
        for (const { deviceUdf } of [hub, laptop]) await revokeDevice(alice, deviceUdf);
        const { stores } = await replaceKeys(alice);
        for (const store of ["MMM_State", "MMM_Place"] as const) assert.ok(stores.includes(store), `${store} is under a new key`);
        await addPlace(alice, { name: "cellar" });
        for (const context of [alice, phone]) {
          await context.sync();
          assert.ok(context.sizeOf("MMM_State").keyEpoch > 0);
          assert.equal(placesOf(context), ["cellar", "hall"]);
        }
        assert.equal(await alice.repair(), []);
      },
      { timeoutMs: 120_000 },
    );
  }

  for (const at of [0, 3, 4]) {
    it(
      `a laptop's MMM_Device, given "back", is replaced by a repair, and the laptop is removed: forgery ${at}`,
      async () => {
        const { alice, phone, laptop } = await startHouse();
        const [, forgery] = forgeries(alice)[at] ?? ["", {}];
        await bringEpoch(laptop, await makeEpoch(laptop, "MMM_Device", entriesOf(laptop, deviceCatalog), forgery), { isGivenBack: true });
        // One that is the laptop's by its apex holds what it has to: it is the laptop's.
        if (at > 0) assert.is((await alice.repair()).find(({ store }) => store === "MMM_Device")?.how, "replaced");
        await revokeDevice(alice, laptop.deviceUdf);
        await replaceKeys(alice);
        for (const context of [alice, phone]) {
          await context.sync();
          assert.is(context.get(deviceCatalog, laptop.deviceUdf), undefined);
        }
      },
      { timeoutMs: 120_000 },
    );
  }
});
