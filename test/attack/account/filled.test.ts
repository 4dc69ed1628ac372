/** A hub that fills what its account may hold at the service, so that it cannot be removed or its keys not be replaced: a part is kept for administrators. */
import { stageCopy } from "../../../src/account/epoch/stage.ts";
import type { AccountContext } from "../../../src/account/index.ts";
import { put, replaceKeys, revokeDevice } from "../../../src/account/index.ts";
import { isMeshError } from "../../../src/base/errors.ts";
import { generatePrivateKey, newNonce } from "../../../src/crypto/index.ts";
import type { Limits } from "../../../src/provider/limits.ts";
import { rightsOf, stateCatalog, stateSequence } from "../../../src/schema/index.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import { askStage, prepare, sendPages, switchTo } from "../../kit/epoch.ts";
import { startHousehold } from "../../kit/household.ts";
import { machine } from "../../kit/meshman-terminal.ts";
import { clientOf, makeDevice, message, Person, random, startService } from "../../kit/service.ts";
import { bringEpoch, makeEpoch } from "./forged-epoch.ts";

/** Writes until the service refuses for want of room. @returns its words */
async function fill(write: (at: number) => Promise<unknown>, most: number): Promise<string> {
  for (let at = 0; at < most; at += 1) {
    try {
      await write(at);
    } catch (error) {
      if (isMeshError(error, "ERR_QUOTA")) return error.message;
      throw error;
    }
  }
  throw new Error(`nothing was refused in ${most} turns`);
}

const statesOf = (hub: AccountContext, at: number) => ({
  catalogs: Array.from({ length: 16 }, (_, i) =>
    put(stateCatalog, {
      DeviceUdf: `MDEV-${at}-${i}`,
      Updated: "2026-01-01T00:00:00Z",
      Sequence: 1,
      Status: "Online",
      Via: hub.deviceUdf,
    }),
  ),
});

describe("attack: a hub fills the account", (it) => {
  it(
    "with states: it is removed all the same, and the states are under a new key",
    async () => {
      const house = await startHousehold(async (dir) => (await startService({ dir, limits: { accountFrames: 800 } })).service);
      onCleanup(() => house.stop());
      const alice = await house.create("alice", "alice@example.com");
      const hub = await house.join(alice, "hub", ["hub"]);
      await hub.sync();
      assert.ok(await hub.goOver());
      const said = await fill((at) => hub.transact(statesOf(hub, at)), 60);
      assert.match(said, /240 frames in all stores; 560 more are kept for its administration devices/);
      await revokeDevice(alice, hub.deviceUdf);
      assert.ok((await replaceKeys(alice)).stores.includes("MMM_State"));
      assert.is(alice.sizeOf(stateSequence(hub.deviceUdf)).keyEpoch, 1);
      await throwsMesh(hub.sync(), "ERR_REVOKED");
    },
    { timeoutMs: 120_000 },
  );

  it(
    "with states, and begins them anew under nobody's key in its last moment, and another device is removed after it: each time there is a new key",
    async () => {
      const house = await startHousehold(async (dir) => (await startService({ dir, limits: { accountFrames: 1600 } })).service);
      onCleanup(() => house.stop());
      const alice = await house.create("alice", "alice@example.com");
      const phone = await house.join(alice, "phone", ["web"]);
      const hub = await house.join(alice, "hub", ["hub"]);
      await hub.sync();
      assert.ok(await hub.goOver());
      const label = stateSequence(hub.deviceUdf);
      const small = [put(stateCatalog, { DeviceUdf: "MDEV-X", Updated: "2026-01-01T00:00:00Z", Sequence: 1, Status: "Online", Via: hub.deviceUdf })];
      // It is there before the account is full, and comes in force after.
      const { copy } = await makeEpoch(hub, label, small, { signer: generatePrivateKey("Ed448", random) });
      assert.ok(await stageCopy(copy, { client: hub.client, account: hub.address, stage: "forged", isGivenBack: false }));
      await fill((at) => hub.transact(statesOf(hub, at)), 60);
      await alice.sync();
      const former = hub.heads().find(({ Store }) => Store === label);
      assert.ok(former);
      await bringEpoch(hub, { copy, former });
      for (const [at, { deviceUdf }] of [hub, phone].entries()) {
        await revokeDevice(alice, deviceUdf);
        assert.ok((await replaceKeys(alice)).stores.includes("MMM_State"));
        assert.is(alice.sizeOf(label).keyEpoch, at + 1);
        assert.is(alice.keyEpochOf("MMM_State"), at + 1);
      }
    },
    { timeoutMs: 180_000 },
  );

  it(
    "with states, and three devices are removed in a day: the third time room is wanting, and the command that the refusal names makes some a day later",
    async () => {
      const clock = new ManualClock(Date.now());
      const house = await startHousehold(async (dir) => (await startService({ dir, clock, limits: { accountFrames: 1600 } })).service);
      onCleanup(() => house.stop());
      const alice = await house.create("alice", "alice@example.com");
      const devices = [await house.join(alice, "phone", ["web"]), await house.join(alice, "tablet", ["web"])];
      const hub = await house.join(alice, "hub", ["hub"]);
      await hub.sync();
      assert.ok(await hub.goOver());
      await fill((at) => hub.transact(statesOf(hub, at)), 60);
      await alice.sync();
      for (const { deviceUdf } of [hub, devices[0]!]) {
        await revokeDevice(alice, deviceUdf);
        await replaceKeys(alice);
      }
      const desk = machine(house.home("alice"), house.service.url);
      const { remains } = await desk.json("device", "delete", "tablet", "--yes");
      assert.match(
        remains.join("\n"),
        /not all replaced yet \(ERR_QUOTA: .*1600 frames in all stores[\s\S]*room for that: .*'meshman account compact --purge'/,
      );
      await throwsMesh(devices[1]!.sync(), "ERR_REVOKED");
      assert.match(await desk.fails(73, "account", "compact", "--purge", "--yes"), /hint: .*run this again tomorrow/);
      clock.advance(25 * 3600_000);
      const { purged } = await desk.json("account", "compact", "--purge", "--yes");
      assert.ok(purged.length > 0);
      await desk.does("account", "sync");
      assert.equal((await desk.json("account", "info")).remains.stores, []);
    },
    { timeoutMs: 180_000 },
  );
});

const state = (name: string) => ({ CatalogedPlace: { Key: name, LocalName: name } });

/** Alice, who administers, and a hub with its rights at the service. */
async function aliceAndHub(limits: Partial<Limits>) {
  const { service } = await startService({ limits });
  const alice = await (await Person.meet("alice@example.com", service.url)).bind();
  await alice.write("MMM_State", [{ key: "s", entry: state("s") }]);
  const { link } = makeDevice();
  await alice.grant(alice.device.link, rightsOf(["admin"]));
  await alice.grant(link, rightsOf(["hub"]));
  const hub = clientOf(alice.url, link, alice.address);
  onCleanup(() => hub.close());
  return { alice, hub };
}

describe("attack: a hub fills one store, or the former epochs", (it) => {
  it("commands: administrators close messages and send some all the same", async () => {
    const { alice, hub } = await aliceAndHub({ commandFrames: 20 });
    const send = (client: typeof hub) =>
      client.transact({ Account: alice.address, RequestId: newNonce(random), Command: [message({ type: "RequestCommand", body: {} })] });
    assert.match(await fill(() => send(hub), 20), /18 frames in MMM_Command; 2 more are kept/);
    await send(alice.client);
    await throwsMesh(send(hub), "ERR_QUOTA");
  });

  it("octets of all stores", async () => {
    const { alice, hub } = await aliceAndHub({ accountOctets: 200_000 });
    const said = await fill(async (at) => {
      const Updates = [await alice.update("MMM_State", [{ key: `k${at}`, entry: state("x".repeat(8000)) }])];
      await hub.transact({ Account: alice.address, RequestId: newNonce(random), Updates });
    }, 20);
    assert.match(said, /60000 octets; 140000 more are kept/);
    await alice.write("MMM_Place", [{ key: "a", entry: state("x".repeat(20_000)) }]);
  });

  it("epochs of one sequence, and of all, by compacting", async () => {
    for (const [limits, figure] of [
      [{ keptEpochsEach: 2 }, /2 former epochs of MMM_State/],
      [{ keptEpochs: 5 }, /2 former epochs; 3 more are kept/],
    ] as const) {
      const { alice, hub } = await aliceAndHub(limits);
      const compact = async (client: typeof hub): Promise<void> => {
        const prepared = await prepare(alice, "MMM_State", [{ key: "s", entry: state("s") }]);
        await sendPages(alice, prepared, { client });
        await client.transact({ Account: alice.address, RequestId: newNonce(random), Switch: [switchTo(prepared)] });
      };
      assert.match(await fill(() => compact(hub), 4), figure);
      await compact(alice.client);
    }
  });

  it("what may be staged", async () => {
    const { alice, hub } = await aliceAndHub({ stages: 2 });
    const prepared = await prepare(alice, "MMM_State", [{ key: "s", entry: state("s") }]);
    await sendPages(alice, prepared, { client: hub });
    const [second, third] = [makeDevice(), makeDevice()];
    for (const { link } of [second, third]) await alice.grant(link, rightsOf(["hub"]));
    const others = [second, third].map(({ link }) => clientOf(alice.url, link, alice.address));
    assert.match((await throwsMesh(sendPages(alice, prepared, { client: others[0]! }), "ERR_QUOTA")).message, /1 staged sequences; 1 more/);
    await sendPages(alice, prepared);
    assert.is((await askStage(alice, prepared)).Index, prepared.frames.length);
    for (const client of others) client.close();
  });
});
