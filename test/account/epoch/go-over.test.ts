/** A hub goes over to a sequence of MMM_State that it alone writes: readers find every state in one place before, on the way and afterwards. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { AccountContext } from "../../../src/account/index.ts";
import { attend, AccountContext as Context, edit, put, reissue, replaceKeys, revokeDevice } from "../../../src/account/index.ts";
import { Compaction } from "../../../src/hub/state/compaction.ts";
import type { CatalogedState } from "../../../src/schema/index.ts";
import { ConnectionDevice, deviceCatalog, envelopeObject, peekObject, stateCatalog, stateSequence } from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { type Household, ports, startHousehold } from "../../kit/household.ts";
import { killPoints } from "../../kit/kill-points.ts";
import { survives } from "../../kit/survives.ts";

const { first, stride, timeoutMs } = killPoints(31);

const state = (hub: AccountContext, n: number, sequence: number): CatalogedState => ({
  DeviceUdf: `MDEV-${n}`,
  Updated: `2026-01-01T00:00:${String(sequence).padStart(2, "0")}Z`,
  Sequence: sequence,
  Status: "Online",
  Via: hub.deviceUdf,
});
const say = (hub: AccountContext, n: number, sequence: number) => hub.transact({ catalogs: [put(stateCatalog, state(hub, n, sequence))] });
const seen = (context: AccountContext): readonly string[] =>
  context
    .list(stateCatalog)
    .map(({ key, value }) => `${key} ${value.Sequence}`)
    .sort();
const containers = (context: AccountContext): readonly string[] =>
  context
    .heads()
    .map(({ Store }) => Store)
    .filter((label) => label.startsWith("MMM_State"))
    .sort();

async function withHouse(task: (house: Household, people: { alice: AccountContext; hub: AccountContext }) => Promise<void>): Promise<void> {
  const house = await startHousehold();
  try {
    const alice = await house.create("alice", "alice@example.com");
    const hub = await house.join(alice, "hub", ["hub"]);
    await task(house, { alice, hub });
  } finally {
    await house.stop();
  }
}

/** A second hub; both have gone over. */
async function bothOver(house: Household, alice: AccountContext, hub: AccountContext): Promise<AccountContext> {
  const shed = await house.join(alice, "shed", ["hub"]);
  for (const context of [hub, shed]) {
    await context.sync();
    assert.ok(await context.goOver());
  }
  return shed;
}

describe("a sequence of states for each hub", (it) => {
  it(
    "waits for a phone of 0.2.0, which would see no states any more (its connection is made as 0.2.0 made it)",
    () =>
      withHouse(async (house, { alice, hub }) => {
        const phone = await house.join(alice, "phone", ["web", "command"]);
        const connection = peekObject(ConnectionDevice, alice.get(deviceCatalog, phone.deviceUdf)!.EnvelopedConnectionDevice);
        const { Command25519: _key, ...former } = connection;
        const signers = [alice.keys.administrator!.signature];
        const EnvelopedConnectionDevice = envelopeObject({ struct: ConnectionDevice, value: former, signers, random: ports.random });
        await alice.transact({ catalogs: [edit(deviceCatalog, phone.deviceUdf, (now) => now && { ...now, EnvelopedConnectionDevice })] });
        await alice.transact({ catalogs: reissue(alice, { deviceUdf: phone.deviceUdf }) });
        await say(hub, 1, 1);
        await hub.sync();
        assert.not(await hub.goOver());
        await phone.sync();
        assert.equal(seen(phone), ["MDEV-1 1"]);
        // Its owner has updated it: it names its command key, which 0.2.0 did not know.
        for (const context of [phone, phone]) await attend(context, { claim: false });
        await alice.sync();
        await attend(alice, { claim: false });
        await hub.sync();
        assert.ok(await hub.goOver());
        await phone.sync();
        assert.equal(seen(phone), ["MDEV-1 1"]);
      }),
    { timeoutMs: 120_000 },
  );

  it(
    "two hubs go over, each for itself, and readers old and new find everything",
    () =>
      withHouse(async (house, { alice, hub }) => {
        const shed = await house.join(alice, "shed", ["hub"]);
        for (const n of [1, 2]) await say(hub, n, n);
        await shed.sync();
        await say(shed, 3, 3);
        await alice.sync();
        assert.equal(seen(alice), ["MDEV-1 1", "MDEV-2 2", "MDEV-3 3"]);
        await hub.sync();
        assert.ok(await hub.goOver());
        assert.ok(await hub.goOver(), "once is enough");
        assert.is(hub.ownStates, stateSequence(hub.deviceUdf));
        assert.is(shed.ownStates, "MMM_State");
        await alice.sync();
        assert.equal(containers(alice), ["MMM_State", stateSequence(hub.deviceUdf)].sort());
        assert.equal(seen(alice), ["MDEV-1 1", "MDEV-2 2", "MDEV-3 3"]);
        await say(hub, 1, 11);
        await shed.sync();
        assert.ok(await shed.goOver());
        await say(shed, 3, 13);
        await alice.sync();
        assert.equal(seen(alice), ["MDEV-1 11", "MDEV-2 2", "MDEV-3 13"]);
        assert.is(alice.sizeOf("MMM_State").live, 0);
        // A machine that joins, and one that is started anew.
        const phone = await house.join(alice, "phone", ["web"]);
        await phone.sync();
        assert.equal(seen(phone), seen(alice));
        await phone.close();
        const again = await Context.open({ dir: phone.dir, ports });
        assert.equal(seen(again), seen(alice));
        // Waits end with what a hub writes to its own sequence.
        const waiting = again.wait({ stores: ["MMM_State"], seconds: 30 });
        await say(hub, 2, 12);
        assert.ok(await waiting);
        await again.sync({ stores: ["MMM_State"] });
        assert.is(again.get(stateCatalog, "MDEV-2")?.Sequence, 12);
        await again.close();
      }),
    { timeoutMs: 120_000 },
  );

  it(
    "compaction is a hub's own affair",
    () =>
      withHouse(async (_house, { alice, hub }) => {
        await hub.sync();
        assert.ok(await hub.goOver());
        for (let round = 1; round <= 8; round += 1) for (const n of [1, 2]) await say(hub, n, round);
        const compaction = new Compaction({ account: hub, clock: ports.clock, log: ports.log, least: 10, factor: 2 });
        await compaction.turn();
        assert.is(hub.sizeOf(hub.ownStates).epoch, 1);
        assert.is(hub.sizeOf("MMM_State").epoch, 0);
        await say(hub, 1, 9);
        await alice.sync();
        assert.equal(seen(alice), ["MDEV-1 9", "MDEV-2 8"]);
        const files = readdirSync(join(alice.dir, "stores"));
        assert.ok(files.includes(`${stateSequence(hub.deviceUdf)}.1.dare`));
      }),
    { timeoutMs: 120_000 },
  );

  it(
    "an administrator that says nothing of them keeps hubs on the sequence that all share",
    () =>
      withHouse(async (_house, { alice, hub }) => {
        await say(hub, 1, 1);
        // As an administrator of an older version has its entry.
        await alice.transact({
          catalogs: [edit(deviceCatalog, alice.deviceUdf, (known) => known && (({ Extensions: _, ...kept }) => kept)(known))],
        });
        await hub.sync();
        assert.not(await hub.goOver());
        assert.is(hub.ownStates, "MMM_State");
      }),
    { timeoutMs: 60_000 },
  );

  it(
    "a device that moves is what its new hub says",
    () =>
      withHouse(async (house, { alice, hub }) => {
        const shed = await bothOver(house, alice, hub);
        const lamp = shed.deviceUdf;
        // Any entry of MMM_Device can name a hub; this one is at hand.
        const at = (HubUdf: string) => alice.transact({ catalogs: [edit(deviceCatalog, lamp, (known) => known && { ...known, HubUdf })] });
        await alice.sync();
        await at(hub.deviceUdf);
        await hub.transact({ catalogs: [put(stateCatalog, { ...state(hub, 0, 7), DeviceUdf: lamp })] });
        await alice.sync();
        assert.is(alice.get(stateCatalog, lamp)?.Via, hub.deviceUdf);
        await at(shed.deviceUdf);
        assert.is(alice.get(stateCatalog, lamp), undefined, "its new hub has said nothing yet");
        await shed.transact({ catalogs: [put(stateCatalog, { ...state(shed, 0, 1), DeviceUdf: lamp })] });
        await alice.sync();
        assert.is(alice.get(stateCatalog, lamp)?.Via, shed.deviceUdf);
      }),
    { timeoutMs: 60_000 },
  );

  it(
    "a hub that is removed leaves what it said, under a new key, and nothing after",
    () =>
      withHouse(async (house, { alice, hub }) => {
        const shed = await bothOver(house, alice, hub);
        await say(hub, 1, 1);
        await say(shed, 2, 2);
        await alice.sync();
        await revokeDevice(alice, hub.deviceUdf);
        await replaceKeys(alice);
        assert.equal(seen(alice), ["MDEV-1 1", "MDEV-2 2"]);
        for (const label of ["MMM_State", stateSequence(hub.deviceUdf), stateSequence(shed.deviceUdf)] as const) {
          assert.is(alice.sizeOf(label).keyEpoch, 1, label);
        }
        await shed.sync();
        await say(shed, 2, 3);
        const phone = await house.join(alice, "phone", ["web"]);
        await phone.sync();
        assert.equal(seen(phone), ["MDEV-1 1", "MDEV-2 3"]);
      }),
    { timeoutMs: 120_000 },
  );

  it(
    "a hub that is killed at any write while it goes over has every state once",
    () =>
      withHouse(async (_house, { alice, hub }) => {
        for (let n = 1; n <= 40; n += 1) await say(hub, n, n);
        await alice.sync();
        const expected = seen(alice);
        await hub.close();
        for (let count = first; ; count += stride) {
          const whole = await survives({ dir: hub.dir, at: count, deed: ["over"] });
          await alice.sync();
          assert.equal(seen(alice), expected, `killed at write ${count}`);
          if (whole) break;
        }
        assert.is(alice.sizeOf(stateSequence(hub.deviceUdf)).live, 40);
        assert.is(alice.sizeOf("MMM_State").live, 0);
      }),
    { timeoutMs },
  );
});
