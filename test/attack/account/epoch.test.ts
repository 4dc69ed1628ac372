/** Epochs in the hands of a hub that changes what it compacts, and of a service that keeps a switch from one honest writer: both are named. */
import type { AccountContext } from "../../../src/account/index.ts";
import { addPlace, revokeDevice } from "../../../src/account/index.ts";
import type { EntryChange } from "../../../src/account/store/catalog-group.ts";
import { MeshError } from "../../../src/base/errors.ts";
import { tag } from "../../../src/codec/index.ts";
import type { DareEnvelope } from "../../../src/dare/index.ts";
import { CatalogedPlace, CatalogedState, deviceCatalog, type Head, stateCatalog } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { startHousehold } from "../../kit/household.ts";
import { startPutBackHouse } from "../../kit/put-back-house.ts";
import type { Forgery } from "./forged-epoch.ts";
import { bringEpoch, entriesOf, makeEpoch } from "./forged-epoch.ts";
import { groupOf } from "./tamper.ts";

const state = (udf: string, sequence: number, via = "MHUB"): CatalogedState => ({
  DeviceUdf: udf,
  Updated: "2026-01-01T00:00:00Z",
  Sequence: sequence,
  Status: "Online",
  Via: via,
});
const change = (value: CatalogedState): EntryChange => ({ key: value.DeviceUdf, change: () => tag(CatalogedState, value) });

/** Compacts as such a hub would. */
async function compactForged(hub: AccountContext, entries: readonly EntryChange[]): Promise<void> {
  await bringEpoch(hub, await makeEpoch(hub, "MMM_State", entries));
}

const devicesOf = (context: AccountContext): readonly EntryChange[] => entriesOf(context, deviceCatalog);

/** The removals that somebody knows, as they are carried over. */
const removalsOf = (context: AccountContext): readonly EntryChange[] =>
  context.removals("MMM_Device").flatMap(({ key, last, removal }) => [
    { key, change: () => last },
    { key, change: () => undefined, removal },
  ]);

/** What a device stages when it begins an epoch of a catalog. */
async function epochOf(
  writer: AccountContext,
  label: "MMM_Device",
  entries = devicesOf(writer),
  begin: Forgery = {},
): Promise<readonly DareEnvelope[]> {
  const { copy } = await makeEpoch(writer, label, entries, begin);
  const envelopes: DareEnvelope[] = [];
  for await (const envelope of copy.frames(0)) envelopes.push(envelope);
  await copy.close();
  return envelopes;
}

/** A service that shows an epoch 1 of MMM_Device, and the one before it or not. */
function showing({ client }: AccountContext, staged: readonly DareEnvelope[], former: "shown" | "hidden"): void {
  const [status, download] = [client.status.bind(client), client.download.bind(client)];
  const end = { Container: "MMM_Device", Epoch: 1, Index: staged.length };
  client.status = async (request) => {
    const answer = await status(request);
    return { ...answer, ContainerStatus: answer.ContainerStatus.map((one) => (one.Container === "MMM_Device" ? end : one)) };
  };
  client.download = async (request) => {
    const [select] = request.Select;
    if (select?.Container !== "MMM_Device" || (select.Epoch !== 1 && former === "shown")) return download(request);
    if (select.Epoch !== 1) throw new MeshError("ERR_NOT_FOUND", "that epoch is not kept");
    return { Status: 200, Updates: [{ ...end, Envelopes: staged.slice(select.IndexMin) }] };
  };
}

describe("attack: epochs", (it) => {
  for (const [how, forge] of [
    ["altered", (via) => [change(state("MDEV-1", 1, via)), change(state("MDEV-2", 99, via))]],
    ["missing", (via) => [change(state("MDEV-1", 1, via))]],
    ["added", (via) => [change(state("MDEV-1", 1, via)), change(state("MDEV-2", 2, via)), change(state("MDEV-3", 3, via))]],
  ] satisfies readonly (readonly [string, (via: string) => readonly EntryChange[]])[]) {
    it(
      `a hub compacts with an entry ${how}`,
      async () => {
        const house = await startHousehold();
        const alice = await house.create("alice", "alice@example.com");
        const hub = await house.join(alice, "hub", ["hub"]);
        await hub.transact({
          catalogs: [state("MDEV-1", 1, hub.deviceUdf), state("MDEV-2", 2, hub.deviceUdf)].map((value) => ({ store: "MMM_State", ...change(value) })),
        });
        await alice.sync();
        await compactForged(hub, forge(hub.deviceUdf));
        const error = await throwsMesh(() => alice.sync(), "ERR_FORK");
        assert.ok(error.message.includes(hub.deviceUdf), "it is named");
        assert.match(error.message, new RegExp(`entry ${how}`));
        assert.equal(
          alice.list(stateCatalog).map(({ value }) => value.Sequence),
          [1, 2],
        );
        await house.stop();
      },
      { timeoutMs: 60_000 },
    );
  }

  it(
    "a service keeps the switch from one honest writer",
    async () => {
      const house = await startHousehold();
      const alice = await house.create("alice", "alice@example.com");
      const phone = await house.join(alice, "phone", ["admin"]);
      const hub = await house.join(alice, "hub", ["hub"]);
      await addPlace(alice, { name: "hall" });
      for (const context of [phone, hub]) await context.sync();
      const { Updates } = await phone.client.download({ Account: phone.address, Select: [{ Container: "MMM_Place", Epoch: 0, IndexMin: 0 }] });
      await alice.beginEpochs({ reason: "Compact", stores: [{ label: "MMM_Place", keyEpoch: 0 }] });
      await hub.sync();
      // Who has not met the new epoch yet is no fork; who wrote to the old one after its end was kept from it.
      await hub.checkHeads(await phone.provenHeads(), phone.deviceUdf);
      const entry = tag(CatalogedPlace, { Key: "attic", LocalName: "attic" });
      const apex = groupOf({ writer: phone, label: "MMM_Place", after: Updates[0]?.Envelopes ?? [], key: "attic", entry }).at(-1);
      const TreeDigest = apex?.trailer?.TreeDigest;
      const Index = apex?.header.SequenceInfo?.Index;
      assert.ok(apex && TreeDigest && Index !== undefined);
      const written: Head = { Store: "MMM_Place", Index, TreeDigest, Apex: apex };
      const error = await throwsMesh(() => hub.checkHeads([written], phone.deviceUdf), "ERR_FORK");
      assert.match(error.message, /epoch 0 of MMM_Place goes on beside epoch 1/);
      await house.stop();
    },
    { timeoutMs: 60_000 },
  );

  it(
    "a service hides the former epoch, and shows one that was staged before a removal (its answers are put in place of the true ones)",
    async () => {
      const house = await startHousehold();
      const alice = await house.create("alice", "alice@example.com");
      const laptop = await house.join(alice, "laptop", ["web"]);
      const hub = await house.join(alice, "hub", ["hub"]);
      await alice.sync();
      const staged = await epochOf(alice, "MMM_Device");
      await revokeDevice(alice, laptop.deviceUdf);
      await hub.sync();
      assert.is(hub.list(deviceCatalog).length, 2);
      showing(hub, staged, "hidden");
      await throwsMesh(() => hub.sync(), "ERR_FORK");
      assert.is(hub.list(deviceCatalog).length, 2, "the laptop is not believed again");
      await house.stop();
    },
    { timeoutMs: 60_000 },
  );

  it(
    "a removed administrator signs a connection for a machine that nobody knows, which begins an epoch; the service hides the former one",
    async () => {
      const house = await startPutBackHouse();
      const alice = await house.create("alice", "alice@example.com");
      const laptop = await house.join(alice, "laptop", ["admin"]);
      const hub = await house.join(alice, "hub", ["hub"]);
      for (const context of [laptop, hub]) await context.sync();
      await house.backUp();
      const puppet = await house.join(laptop, "puppet", ["admin"]);
      await puppet.sync();
      // It never was a machine of the account as everybody else sees it.
      await house.putBack();
      await revokeDevice(alice, laptop.deviceUdf);
      await hub.sync();
      const end = alice.heads().find(({ Store }) => Store === "MMM_Device");
      const forged = await epochOf(puppet, "MMM_Device", [...removalsOf(alice), ...devicesOf(alice), ...devicesOf(puppet)], { former: end });
      showing(hub, forged, "hidden");
      const error = await throwsMesh(() => hub.sync(), "ERR_VERIFICATION");
      assert.match(error.message, new RegExp(puppet.deviceUdf));
      assert.is(hub.directory.find(puppet.deviceUdf), undefined);
      await house.stop();
    },
    { timeoutMs: 60_000 },
  );

  it(
    "an administrator repairs without a removal that a reader knows",
    async () => {
      const house = await startPutBackHouse();
      const alice = await house.create("alice", "alice@example.com");
      const other = await house.join(alice, "other", ["admin"]);
      const laptop = await house.join(alice, "laptop", ["web"]);
      const hub = await house.join(alice, "hub", ["hub"]);
      for (const context of [other, hub]) await context.sync();
      await house.backUp();
      await revokeDevice(alice, laptop.deviceUdf);
      await hub.sync();
      const Others = alice.heads().filter(({ Store }) => Store === "MMM_Device");
      await house.putBack();
      const forged = await epochOf(other, "MMM_Device", devicesOf(other), { Reason: "Repair", Others });
      showing(hub, forged, "shown");
      const error = await throwsMesh(() => hub.sync(), "ERR_FORK");
      assert.match(error.message, new RegExp(`without a removal that this device knows: ${laptop.deviceUdf}`));
      assert.ok(error.message.includes(other.deviceUdf), "it is named");
      assert.is(hub.directory.find(laptop.deviceUdf), undefined);
      await house.stop();
    },
    { timeoutMs: 60_000 },
  );

  it(
    "a service keeps a switch from a reader, who finds out by the apexes in the hub's answers (the old status is put in its answers)",
    async () => {
      const house = await startHousehold();
      const alice = await house.create("alice", "alice@example.com");
      const phone = await house.join(alice, "phone", ["web", "command"]);
      const hub = await house.join(alice, "hub", ["hub"]);
      await addPlace(alice, { name: "hall" });
      await phone.sync();
      const { client } = phone;
      const status = client.status.bind(client);
      const former = (await status({ Account: phone.address, Catalogs: ["MMM_Place"], Spools: [] })).ContainerStatus;
      client.status = async (request) => {
        const answer = await status(request);
        return {
          ...answer,
          ContainerStatus: answer.ContainerStatus.map((one) => former.find(({ Container }) => Container === one.Container) ?? one),
        };
      };
      await alice.beginEpochs({ reason: "Compact", stores: [{ label: "MMM_Place", keyEpoch: 0 }] });
      await hub.sync();
      await phone.sync();
      assert.is(phone.heads().find(({ Store }) => Store === "MMM_Place")?.Epoch ?? 0, 0, "nothing is seen of it");
      const error = await throwsMesh(async () => phone.checkHeads(await hub.provenHeads(), hub.deviceUdf), "ERR_ROLLBACK");
      assert.match(error.message, /MMM_Place/);
      await house.stop();
    },
    { timeoutMs: 60_000 },
  );
});
