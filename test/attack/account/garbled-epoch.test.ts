/**
 * A service that shows an administrator the epoch that another one began cut short, with a bit turned over, under a removed device's name, or a removed
 * device's own in its place: when keys are replaced nobody's store goes back by it to what it was before.
 */
import { authorityOf } from "../../../src/account/context/administrator.ts";
import { reissue } from "../../../src/account/device/reissue.ts";
import type { AccountContext } from "../../../src/account/index.ts";
import { addGrant, endGrant, findGrant, replaceKeys, revokeDevice } from "../../../src/account/index.ts";
import { utf8 } from "../../../src/base/bytes.ts";
import { isMeshError } from "../../../src/base/errors.ts";
import { generatePrivateKey } from "../../../src/crypto/index.ts";
import type { DareEnvelope } from "../../../src/dare/index.ts";
import { frameOf } from "../../../src/dare/index.ts";
import { grantCatalog } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import { madeOnce } from "../../kit/house-made-once.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { bringEpoch, entriesOf, makeEpoch } from "./forged-epoch.ts";
import { edited, flipped, rehung } from "./tamper.ts";

const label = "MMM_Grant";

const grantsOf = (context: AccountContext): readonly string[] => context.list(grantCatalog).map(({ value }) => value.LocalName);

/** What the tablet makes itself of the store, before it is removed. */
const theirs: DareEnvelope[] = [];

/** Alice, who is behind; a laptop that began the store anew and took a guest's grant back there; a hub that has seen it; a tablet that is going to be removed. */
const another = madeOnce(
  async () => {
    const house = await startHousehold();
    const alice = await house.create("alice", "alice@example.com");
    const laptop = await house.join(alice, "laptop", ["admin"]);
    const tablet = await house.join(alice, "tablet", ["admin"]);
    const hub = await house.join(alice, "hub", ["hub"]);
    await addGrant(alice, { kind: "token", name: "belinda", terms: {} });
    for (const context of [alice, laptop, tablet, hub]) await context.sync();
    const forged = await makeEpoch(tablet, label, entriesOf(tablet, grantCatalog));
    for await (const frame of forged.copy.frames(0)) theirs.push(frame);
    await laptop.beginEpochs({ reason: "Compact", stores: [{ label, keyEpoch: 0 }] });
    await endGrant(laptop, findGrant(laptop, "belinda"));
    await hub.sync();
    return house;
  },
  (disk) => startHousehold(undefined, disk),
);

async function startHouse() {
  const house = await another();
  onCleanup(() => house.stop());
  const [alice, laptop, tablet, hub] = [await house.open("alice"), await house.open("laptop"), await house.open("tablet"), await house.open("hub")];
  assert.equal(grantsOf(hub), []);
  return { house, alice, laptop, tablet, hub };
}

type House = Awaited<ReturnType<typeof startHouse>>;

/** What of an epoch, the laptop's first where no other is meant, is shown instead. */
function showing({ client, address }: AccountContext, change: (frames: readonly DareEnvelope[]) => readonly DareEnvelope[], epoch = 1): () => void {
  const download = client.download.bind(client);
  client.download = async (request) => {
    const [select] = request.Select;
    if (select?.Container !== label || select.Epoch !== epoch) return download(request);
    const { Updates } = await download({ Account: address, Select: [{ Container: label, Epoch: epoch, IndexMin: 0 }] });
    const shown = change(Updates[0]?.Envelopes ?? []);
    return {
      Status: 200,
      Updates: [{ Container: label, Epoch: epoch, Index: shown.length, Envelopes: shown.slice(select.IndexMin, select.IndexMax) }],
    };
  };
  return () => {
    client.download = download;
  };
}

const firstApex = (frames: readonly DareEnvelope[]): number => frames.findIndex((frame, at) => at > 0 && frameOf(frame).isMeta);

/** The signature of the first apex with another bit. */
function spoilt(frames: readonly DareEnvelope[]): readonly DareEnvelope[] {
  const at = firstApex(frames);
  return frames.map((frame, index) => {
    if (index !== at || !frame.trailer?.signatures) return frame;
    const signatures = frame.trailer.signatures.map((each) => ({ ...each, signature: flipped(each.signature ?? new Uint8Array(1), 40) }));
    return { ...frame, trailer: { ...frame.trailer, signatures } };
  });
}

/** The first apex in somebody else's name. */
function renamed(frames: readonly DareEnvelope[], from: string, to: string): readonly DareEnvelope[] {
  const at = firstApex(frames);
  return rehung(
    frames.map((frame, index) => (index === at ? edited(frame, { body: utf8(new TextDecoder().decode(frame.body).replace(from, to)) }) : frame)),
  );
}

describe("attack: a garbled epoch at an administrator that replaces keys", (it) => {
  for (const [how, change] of [
    ["cut short", (frames) => frames.slice(0, 1)],
    ["with a signature that is not the laptop's", spoilt],
  ] satisfies readonly (readonly [string, (frames: readonly DareEnvelope[]) => readonly DareEnvelope[]])[]) {
    it(
      `${how}: nothing is begun in its place`,
      async () => {
        const { alice, laptop, tablet, hub } = await startHouse();
        const honest = showing(alice, change);
        await revokeDevice(alice, tablet.deviceUdf);
        const error = await throwsMesh(replaceKeys(alice), "ERR_VERIFICATION");
        assert.match(error.hint ?? "", /meshman account repair/);
        for (const context of [hub, laptop]) {
          await context.sync();
          assert.equal(grantsOf(context), []);
          assert.is(context.sizeOf(label).epoch, 1);
        }
        honest();
        await replaceKeys(alice);
        for (const context of [alice, hub, laptop]) {
          await context.sync();
          assert.equal(grantsOf(context), []);
          assert.is(context.sizeOf(label).keyEpoch, 1);
        }
      },
      { timeoutMs: 120_000 },
    );
  }

  for (const [how, change] of [
    [
      "in the name of the removed tablet",
      ({ laptop, tablet }) =>
        (frames) =>
          renamed(frames, laptop.deviceUdf, tablet.deviceUdf),
    ],
    ["as the removed tablet began one itself", () => () => theirs],
  ] satisfies readonly (readonly [string, (house: House) => (frames: readonly DareEnvelope[]) => readonly DareEnvelope[]])[]) {
    it(
      `${how}: who has the true one does not go over`,
      async () => {
        const house = await startHouse();
        const { alice, laptop, tablet, hub } = house;
        const back = hiding(alice, 1);
        await revokeDevice(alice, tablet.deviceUdf);
        back();
        showing(alice, change(house));
        try {
          await replaceKeys(alice);
        } catch (error) {
          if (!isMeshError(error)) throw error;
        }
        for (const context of [hub, laptop]) {
          const { hint } = await throwsMesh(context.sync(), "ERR_ROLLBACK");
          assert.match(hint, /'meshman account repair' on an administration device that has it/);
          assert.equal(grantsOf(context), []);
          assert.is(context.sizeOf(label).epoch, 1);
        }
        // An administrator with that history repairs: the guest stays out.
        await laptop.repair();
        await hub.sync();
        assert.equal(grantsOf(hub), []);
      },
      { timeoutMs: 120_000 },
    );
  }

  it(
    "a machine that took a removed device's epoch for true goes over, with what was written there",
    async () => {
      const { alice, laptop, tablet, hub } = await startHouse();
      await alice.sync();
      await bringEpoch(tablet, await makeEpoch(await synced(tablet), label, entriesOf(tablet, grantCatalog)));
      await hub.sync();
      assert.is(hub.sizeOf(label).epoch, 2);
      // Alice removes it without having seen that.
      const back = hiding(alice, 2);
      await revokeDevice(alice, tablet.deviceUdf);
      back();
      await replaceKeys(alice);
      for (const context of [alice, laptop, hub]) {
        await context.sync();
        assert.equal(grantsOf(context), []);
        assert.is(context.sizeOf(label).keyEpoch, 1);
      }
    },
    { timeoutMs: 120_000 },
  );
});

describe("attack: keys that nobody has drawn, at an administrator that repairs", (it) => {
  it(
    "are not taken: what a removed machine had given it never comes into force",
    async () => {
      const { alice, laptop, tablet } = await startHouse();
      const key = generatePrivateKey("X448", ports.random);
      const authority = authorityOf(tablet);
      const storeKeys = new Map([...authority.storeKeys, [label, [{ key, keyEpoch: 7 }, ...(authority.storeKeys.get(label) ?? [])]] as const]);
      await tablet.transact({ catalogs: reissue(tablet, { deviceUdf: alice.deviceUdf, authority: { ...authority, storeKeys } }) });
      await revokeDevice(laptop, tablet.deviceUdf);
      await alice.sync({ stores: ["MMM_Device", "MMM_Access"] });
      assert.is(alice.keys.storeKeys.get(label)?.[0]?.key.public.udf, key.public.udf, "alice's machine was given the planted key");
      const honest = showing(alice, spoilt);
      assert.is((await alice.repair()).find(({ store }) => store === label)?.how, "replaced");
      assert.is(alice.sizeOf(label).keyEpoch, 0);
      honest();
      await laptop.repair();
      await replaceKeys(alice);
      const inForce = alice.sizeOf(label).keyEpoch;
      assert.ok(inForce > 0 && inForce < 7, `key ${inForce}`);
    },
    { timeoutMs: 120_000 },
  );

  it(
    "are told from one that was drawn: the store goes on under that, which the removed machine does not have",
    async () => {
      const { alice, laptop, tablet } = await startHouse();
      await revokeDevice(alice, tablet.deviceUdf);
      await replaceKeys(alice);
      await laptop.sync({ stores: ["MMM_Device", "MMM_Access"] });
      const { epoch } = alice.sizeOf(label);
      showing(laptop, spoilt, epoch);
      assert.is((await laptop.repair()).find(({ store }) => store === label)?.how, "replaced");
      assert.equal([laptop.sizeOf(label).epoch, laptop.sizeOf(label).keyEpoch], [epoch + 1, 1]);
    },
    { timeoutMs: 120_000 },
  );
});

async function synced(context: AccountContext): Promise<AccountContext> {
  await context.sync();
  return context;
}

/** The service does not tell of an epoch of the store. */
function hiding(context: AccountContext, epoch: number): () => void {
  const { client } = context;
  const status = client.status.bind(client);
  const { Index, TreeDigest: Digest, Epoch } = context.heads().find(({ Store }) => Store === label) ?? { Index: -1, TreeDigest: new Uint8Array() };
  client.status = async (request) => {
    const answer = await status(request);
    const ContainerStatus = answer.ContainerStatus.map((one) =>
      one.Container === label && one.Epoch === epoch
        ? { Container: label, ...(Epoch === undefined ? {} : { Epoch }), Index: Index + 1, Digest }
        : one,
    );
    return { ...answer, ContainerStatus };
  };
  return () => {
    client.status = status;
  };
}
