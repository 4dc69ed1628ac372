/** Compaction at the owner's request, and the order by which a service forgets former epochs. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { AccountContext } from "../../../src/account/index.ts";
import { addPlace, compactStores, edit, findPlace, purgeEpochs } from "../../../src/account/index.ts";
import { generatePrivateKey } from "../../../src/crypto/index.ts";
import type { CatalogedPlace, PurgeEpochs } from "../../../src/schema/index.ts";
import { envelopeObject, PurgeEpochs as Order, placeCatalog } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { type Household, ports, startHousehold } from "../../kit/household.ts";
import { machine } from "../../kit/meshman-terminal.ts";
import { startService } from "../../kit/service.ts";

/** A house whose service lets former epochs go after so long. */
const houseWith = (formerMs: number): Promise<Household> =>
  startHousehold(async (dir) => (await startService({ dir, limits: { formerMs } })).service);

const rename = (context: AccountContext, name: string, to: string) =>
  context.transact({
    catalogs: [edit(placeCatalog, findPlace(context, name).Key, (place?: CatalogedPlace) => place && { ...place, LocalName: to })],
  });

describe("compaction at the owner's request", (it) => {
  it("lets begin anew what has grown, and nothing else", async () => {
    const house = await houseWith(86_400_000);
    const alice = await house.create("alice", "alice@example.com");
    const laptop = await house.join(alice, "laptop", ["web"]);
    await addPlace(alice, { name: "room 0" });
    for (let round = 0; round < 40; round += 1) await rename(alice, `room ${round}`, `room ${round + 1}`);
    await laptop.sync();
    const [place, ...others] = await compactStores(alice);
    assert.equal(others, []);
    assert.is(place!.store, "MMM_Place");
    assert.ok(place!.after < 5 && place!.before > 80, JSON.stringify(place));
    await laptop.sync();
    assert.is(laptop.sizeOf("MMM_Place").frames, place!.after);
    assert.is(findPlace(laptop, "room 40").LocalName, "room 40");
    assert.equal(await compactStores(alice), [], "nothing is left to do");
    await throwsMesh(compactStores(laptop), "ERR_NOT_AUTHORIZED");
    // The former epoch was in force a moment ago.
    const { purged, kept } = await purgeEpochs(alice);
    assert.equal([purged, kept.map(({ Container, Epoch }) => [Container, Epoch])], [[], [["MMM_Place", 0]]]);
    assert.ok(existsSync(join(alice.dir, "stores", "MMM_Place.dare")));
    await house.stop();
  });

  it("is followed by the owner's order to forget what was before", async () => {
    const house = await houseWith(0);
    const alice = await house.create("alice", "alice@example.com");
    const laptop = await house.join(alice, "laptop", ["web"]);
    const away = await house.join(alice, "away", ["web"]);
    await addPlace(alice, { name: "hall" });
    await away.sync();
    await rename(alice, "hall", "entrance");
    await compactStores(alice, ["MMM_Place", "MMM_Device"]);
    await laptop.sync();
    const meshman = machine(house.home("alice"), house.service.url);
    assert.match(await meshman.fails(2, "account", "compact", "--purge"), /cannot be taken back/);
    const { compacted, purged, kept } = await meshman.json("account", "compact", "--purge", "--yes");
    assert.equal([compacted, kept], [[], []]);
    assert.equal(purged.map(({ store, epoch }: { store: string; epoch: number }) => `${store} ${epoch}`).sort(), ["MMM_Device 0", "MMM_Place 0"]);
    assert.not(existsSync(join(alice.dir, "stores", "MMM_Place.dare")));
    const request = { Account: alice.address, Select: [{ Container: "MMM_Place", Epoch: 0, IndexMin: 0 }] };
    await throwsMesh(laptop.client.download(request), "ERR_NOT_FOUND");
    // Who was away compares nothing and goes on; who joins later, too.
    await away.sync();
    assert.is(findPlace(away, "entrance").LocalName, "entrance");
    const late = await house.join(alice, "late", ["web"]);
    assert.is(findPlace(late, "entrance").LocalName, "entrance");
    await house.stop();
  });

  it("is refused from who may not order it, and under another key or for another account", async () => {
    const house = await houseWith(0);
    const alice = await house.create("alice", "alice@example.com");
    const laptop = await house.join(alice, "laptop", ["web"]);
    await addPlace(alice, { name: "hall" });
    await compactStores(alice, ["MMM_Place"]);
    const order: PurgeEpochs = {
      AccountUdf: alice.accountUdf,
      Stores: [{ Store: "MMM_Place", Below: 1 }],
      Time: "2026-01-01T00:00:00Z",
      DeviceUdf: alice.deviceUdf,
    };
    const signed = (value: PurgeEpochs, key = alice.keys.administrator!.signature) => ({
      Account: alice.address,
      EnvelopedPurgeEpochs: envelopeObject({ struct: Order, value, signers: [key], random: ports.random }),
    });
    await throwsMesh(laptop.client.purge(signed(order)), "ERR_NOT_AUTHORIZED");
    await throwsMesh(alice.client.purge(signed(order, generatePrivateKey("Ed448", ports.random))), "ERR_VERIFICATION");
    await throwsMesh(alice.client.purge(signed({ ...order, AccountUdf: "MABC" })), "ERR_VERIFICATION");
    await throwsMesh(alice.client.purge(signed({ ...order, Stores: [{ Store: "MMM_Inbound", Below: 1 }] })), "ERR_USAGE");
    await throwsMesh(alice.client.purge(signed({ ...order, Stores: Array.from({ length: 1025 }, () => order.Stores[0]!) })), "ERR_TOO_LARGE");
    // What is in force is never forgotten, however far the order reaches.
    const { Purged } = await alice.client.purge(signed({ ...order, Stores: [{ Store: "MMM_Place", Below: 1_000 }] }));
    assert.equal(
      Purged.map(({ Epoch }) => Epoch),
      [0],
    );
    assert.equal((await alice.client.purge(signed(order))).Purged, [], "given twice it does the same");
    await alice.sync();
    assert.is(findPlace(alice, "hall").LocalName, "hall");
    await house.stop();
  });
});
