/**
 * Sequences of states in the hands of a hub that writes where another hub alone may write, or in its name, and of a service that lets it, or that
 * keeps a hub's sequence from a reader: nobody believes it, and each is named.
 */
import type { AccountContext } from "../../../src/account/index.ts";
import { put } from "../../../src/account/index.ts";
import { tag } from "../../../src/codec/index.ts";
import { newNonce } from "../../../src/crypto/index.ts";
import type { CatalogLabel } from "../../../src/schema/index.ts";
import { CatalogedState, stateCatalog, stateSequence } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { ports } from "../../kit/household.ts";
import type { EditedHouse } from "./edited-house.ts";
import { address, startEditedHouse } from "./edited-house.ts";
import { groupOf } from "./tamper.ts";

const state = (DeviceUdf: string, Via: string, Sequence: number): CatalogedState => ({
  DeviceUdf,
  Updated: "2026-01-01T00:00:00Z",
  Sequence,
  Status: "Online",
  Via,
});

describe("attack: sequences of states", (it) => {
  let edited: EditedHouse;
  let alice: AccountContext;
  let laptop: AccountContext;
  let hub: AccountContext;
  let thief: AccountContext;
  let label: ReturnType<typeof stateSequence>;

  it.before(async () => {
    edited = await startEditedHouse();
    ({ alice, laptop, hub } = edited);
    thief = await edited.house.join(alice, "thief", ["hub"]);
    for (const context of [hub, thief]) await context.sync();
    assert.ok(await hub.goOver());
    await hub.transact({ catalogs: [put(stateCatalog, state(hub.deviceUdf, hub.deviceUdf, 1))] });
    for (const context of [alice, laptop, thief]) await context.sync();
    label = stateSequence(hub.deviceUdf);
  });
  it.after(() => edited.house.stop());

  /** What the other hub would append to a sequence. */
  async function forged(store: CatalogLabel) {
    const after = await edited.evil.frames(address, store);
    return groupOf({
      writer: thief,
      label: store,
      after,
      key: hub.deviceUdf,
      entry: tag(CatalogedState, state(hub.deviceUdf, hub.deviceUdf, 99)),
    });
  }

  it("another hub's frames are refused by the service, as pages of an epoch are", async () => {
    const after = await edited.evil.frames(address, label);
    const Digest = after.at(-1)?.trailer?.TreeDigest;
    const Envelopes = await forged(label);
    const Updates = [{ Container: label, Index: after.length, ...(Digest && { Digest }), Envelopes }];
    const refusal = await throwsMesh(thief.client.transact({ Account: address, RequestId: newNonce(ports.random), Updates }), "ERR_NOT_AUTHORIZED");
    assert.ok(refusal.message.includes(hub.deviceUdf), "it says whose it is");
    const page = { Account: address, Stage: "forged", Container: label, Epoch: 1, Index: 0, Envelopes: [] };
    await throwsMesh(thief.client.stage(page), "ERR_NOT_AUTHORIZED");
    // An administrator writes no states there either; it may only give the sequence another key.
    await throwsMesh(alice.client.transact({ Account: address, RequestId: newNonce(ports.random), Updates }), "ERR_NOT_AUTHORIZED");
    assert.is((await alice.client.stage(page)).ContainerStatus[0]?.Index, 0);
  });

  it("a service that lets another hub write convinces nobody", async () => {
    const more = await forged(label);
    edited.show(label, (frames) => [...frames, ...more], await edited.evil.frames(address, label));
    const error = await throwsMesh(laptop.sync(), "ERR_VERIFICATION");
    assert.ok(error.message.includes(thief.deviceUdf), "it is named");
    assert.is(laptop.get(stateCatalog, hub.deviceUdf)?.Sequence, 1);
    edited.honest();
    await laptop.sync();
  });

  it("a service that keeps a hub's sequence from a reader is found out: by what the reader had, or by what the hub says", async () => {
    const knowing = [alice, hub].map((context) => context.identity.base.link448.public.udf);
    edited.evil.malice.status = (answer, linkUdf) => {
      if (knowing.includes(linkUdf)) return answer;
      return { ...answer, ContainerStatus: answer.ContainerStatus.filter(({ Container }) => Container !== label) };
    };
    await throwsMesh(laptop.sync(), "ERR_ROLLBACK");
    // A machine that never met it shows nothing, until it hears of it.
    const tablet = await edited.house.join(alice, "tablet", ["web"]);
    assert.is(tablet.get(stateCatalog, hub.deviceUdf), undefined);
    const error = await throwsMesh(async () => tablet.checkHeads(await hub.provenHeads([label]), hub.deviceUdf), "ERR_ROLLBACK");
    assert.ok(error.message.includes(label), error.message);
    edited.honest();
    await Promise.all([laptop.sync(), tablet.sync()]);
  });

  it("a hub speaks in nobody else's name where all write, and hides no other hub's word that is given elsewhere", async () => {
    await thief.transact({ catalogs: [put(stateCatalog, state(hub.deviceUdf, thief.deviceUdf, 50))] });
    await laptop.sync();
    assert.is(laptop.get(stateCatalog, hub.deviceUdf)?.Sequence, 1);
    const after = await edited.evil.frames(address, "MMM_State");
    const Digest = after.at(-1)?.trailer?.TreeDigest;
    const Envelopes = await forged("MMM_State");
    const Updates = [{ Container: "MMM_State", Index: after.length, ...(Digest && { Digest }), Envelopes }];
    // The service cannot see in whose name it is.
    await thief.client.transact({ Account: address, RequestId: newNonce(ports.random), Updates });
    const error = await throwsMesh(laptop.sync(), "ERR_VERIFICATION");
    assert.ok(error.message.includes(thief.deviceUdf) && error.message.includes(hub.deviceUdf), error.message);
    // What the hub writes goes on.
    await hub.transact({ catalogs: [put(stateCatalog, state(hub.deviceUdf, hub.deviceUdf, 2))] });
    await throwsMesh(laptop.sync(), "ERR_VERIFICATION");
    assert.is(laptop.get(stateCatalog, hub.deviceUdf)?.Sequence, 2);
  });
});
