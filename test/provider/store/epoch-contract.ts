/** What every backend of the service's stores must do with epochs; run against each of them. */
import { firstOf } from "../../../src/base/async-list.ts";
import { equalBytes, utf8 } from "../../../src/base/bytes.ts";
import type { EncodedFrame, FrameOctets } from "../../../src/dare/index.ts";
import { encodeFrame, isRedacted, TreeFrontier } from "../../../src/dare/index.ts";
import type { Page, ServiceStore, StageName, StorePlace, Switch } from "../../../src/provider/store/service-store.ts";
import type { StoreLabel } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { framesFor, makeFrames, recordOf } from "./contract.ts";

const alice = "alice@example.com";
const sender = "MLINK";
export const one: StageName = { sender, name: "one" };

/** Frames for the end of what a sender has staged. */
export async function pageFor(store: ServiceStore, label: StoreLabel, count: number, stage = one): Promise<Page> {
  const { epoch } = (await store.ends(alice)).get(label)!;
  const frontier = await store.frontier({ account: alice, store: label, stage });
  return { store: label, epoch: epoch + 1, stage, index: frontier.count, frames: makeFrames(frontier, count) };
}

/** The switch to all that is staged. */
export async function switchFor(store: ServiceStore, label: StoreLabel, stage = one): Promise<Switch> {
  const { epoch, count: index } = (await store.ends(alice)).get(label)!;
  const staged = (await store.idle(alice)).find((idle) => idle.store === label && idle.stage?.name === stage.name)!;
  return { store: label, stage, former: { epoch, index }, count: staged.end.count, time: 1000 };
}

async function octetsOf(store: ServiceStore, place: StorePlace): Promise<string[]> {
  const found: string[] = [];
  for await (const frame of store.frames(place)) found.push(Buffer.from(encodeFrame(frame)).toString("hex"));
  return found;
}

const hexOf = (frames: readonly FrameOctets[]): string[] => frames.map((frame) => Buffer.from(encodeFrame(frame)).toString("hex"));

export function epochContract(
  name: string,
  backend: { readonly open: () => Promise<ServiceStore>; readonly reopen: (store: ServiceStore) => Promise<ServiceStore> },
): void {
  describe(`service store, epochs: ${name}`, (it) => {
    const opened = async (...labels: StoreLabel[]): Promise<ServiceStore> => {
      const store = await backend.open();
      await store.create(recordOf(alice), []);
      for (const label of labels) await store.commit(alice, { appends: [await framesFor(store, alice, label, 4)] });
      return store;
    };

    it("stages in pages that nobody sees, also after it was opened anew, and takes no page twice", async () => {
      let store = await opened("MMM_Place");
      const before = await octetsOf(store, { account: alice, store: "MMM_Place" });
      const first = await pageFor(store, "MMM_Place", 3);
      assert.is((await store.stage(alice, first)).count, 3);
      await throwsMesh(store.stage(alice, first), "ERR_CONFLICT");
      store = await backend.reopen(store);
      const second = await pageFor(store, "MMM_Place", 2);
      assert.is(second.index, 3);
      const end = await store.stage(alice, second);
      assert.is(end.count, 5);
      assert.ok(equalBytes(end.digest!, (second.frames[1] as EncodedFrame).treeDigest));
      assert.equal(await octetsOf(store, { account: alice, store: "MMM_Place" }), before);
      assert.is((await store.ends(alice)).get("MMM_Place")!.epoch, 0);
      assert.equal(await octetsOf(store, { account: alice, store: "MMM_Place", stage: one }), hexOf([...first.frames, ...second.frames]));
      assert.equal(
        (await store.idle(alice)).map(({ end: { epoch, count } }) => [epoch, count]),
        [[1, 5]],
      );
      await throwsMesh(store.stage(alice, { ...(await pageFor(store, "MMM_Place", 1)), epoch: 2 }), "ERR_CONFLICT");
    });

    it("keeps one staged sequence for each sender and store: another name begins anew", async () => {
      let store = await opened("MMM_Place");
      await store.stage(alice, await pageFor(store, "MMM_Place", 3));
      await store.stage(alice, await pageFor(store, "MMM_Place", 2, { sender: "MOTHER", name: "one" }));
      for (let n = 0; n < 5; n++) await store.stage(alice, await pageFor(store, "MMM_Place", 2, { sender, name: `two ${n}` }));
      const check = async (): Promise<void> => {
        const found = (await store.idle(alice)).map(({ stage, end }) => [stage?.sender, stage?.name, end.count]);
        assert.equal(found.sort(), [
          [sender, "two 4", 2],
          ["MOTHER", "one", 2],
        ]);
        assert.equal(await octetsOf(store, { account: alice, store: "MMM_Place", stage: one }), []);
      };
      await check();
      store = await backend.reopen(store);
      await check();
    });

    it("switches several stores together with what else a commit holds, or none of them", async () => {
      let store = await opened("MMM_Place", "MMM_Device", "MMM_State");
      const place = await pageFor(store, "MMM_Place", 3);
      await store.stage(alice, place);
      await store.stage(alice, await pageFor(store, "MMM_Device", 2));
      await store.stage(alice, await pageFor(store, "MMM_Device", 2, { sender: "MOTHER", name: "lost" }));
      const former = await octetsOf(store, { account: alice, store: "MMM_Place" });
      const switches = [await switchFor(store, "MMM_Place"), await switchFor(store, "MMM_Device")];
      const state = await framesFor(store, alice, "MMM_State", 1);
      const answer = { sender, requestId: "r", time: Date.now(), response: utf8("{}") };
      const [first, second] = switches as [Switch, Switch];
      await throwsMesh(store.commit(alice, { appends: [], switches: [first, { ...second, former: { epoch: 0, index: 3 } }] }), "ERR_CONFLICT");
      await throwsMesh(store.commit(alice, { appends: [], switches: [first, { ...second, count: 1 }] }), "ERR_NOT_FOUND");
      await throwsMesh(store.commit(alice, { appends: [], switches: [first, { ...second, stage: { sender, name: "x" } }] }), "ERR_NOT_FOUND");
      await throwsMesh(store.commit(alice, { appends: [{ ...state, index: 1 }], switches }), "ERR_CONFLICT");
      assert.is((await store.ends(alice)).get("MMM_Place")!.epoch, 0);
      await store.commit(alice, { appends: [state], switches, answer });
      const check = async (): Promise<void> => {
        const ends = await store.ends(alice);
        assert.equal(
          (["MMM_Place", "MMM_Device", "MMM_State"] as const).map((label) => [ends.get(label)!.epoch, ends.get(label)!.count]),
          [
            [1, 3],
            [1, 2],
            [0, 5],
          ],
        );
        assert.equal(await octetsOf(store, { account: alice, store: "MMM_Place" }), hexOf(place.frames));
        assert.equal(await octetsOf(store, { account: alice, store: "MMM_Place", epoch: 1 }), hexOf(place.frames));
        assert.equal(await octetsOf(store, { account: alice, store: "MMM_Place", epoch: 0 }), former);
        await throwsMesh(store.frame({ account: alice, store: "MMM_Place", epoch: 2 }, 0), "ERR_NOT_FOUND");
        await throwsMesh(store.frame({ account: alice, store: "MMM_State", epoch: 1 }, 0), "ERR_NOT_FOUND");
        assert.equal((await store.idle(alice)).map(({ store: label, stage, since }) => [label, stage, since]).sort(), [
          ["MMM_Device", undefined, 1000],
          ["MMM_Place", undefined, 1000],
        ]);
        assert.ok(await store.answer(alice, { sender, requestId: "r" }));
        assert.is((await firstOf(store.find({ account: alice, store: "MMM_Place" }, "2")))?.index, 2);
        assert.is((await firstOf(store.find({ account: alice, store: "MMM_Place", epoch: 0 }, "3")))?.index, 3);
      };
      await check();
      store = await backend.reopen(store);
      await check();
      await store.commit(alice, { appends: [await framesFor(store, alice, "MMM_Place", 2)] });
      await throwsMesh(store.commit(alice, { appends: [{ ...place, epoch: 0, index: 4 }] }), "ERR_CONFLICT");
      store = await backend.reopen(store);
      assert.equal((await store.ends(alice)).get("MMM_Place")!.count, 5);
      assert.is((await store.frontier({ account: alice, store: "MMM_Place" })).count, 5);
      assert.is((await store.frontier({ account: alice, store: "MMM_Place", epoch: 0 })).count, 4);
    });

    it("forgets for ever what is dropped, and never what is in force", async () => {
      let store = await opened("MMM_Place");
      for (let n = 0; n < 2; n++) {
        await store.stage(alice, await pageFor(store, "MMM_Place", 3));
        await store.commit(alice, { appends: [], switches: [await switchFor(store, "MMM_Place")] });
      }
      await store.stage(alice, await pageFor(store, "MMM_Place", 3));
      await store.drop(alice, [
        { store: "MMM_Place", epoch: 0 },
        { store: "MMM_Place", stage: one },
        { store: "MMM_Place", epoch: 9 },
      ]);
      await throwsMesh(store.drop(alice, [{ store: "MMM_Place", epoch: 2 }]), "ERR_INTERNAL");
      for (let n = 0; n < 2; n++) {
        assert.equal(
          (await store.idle(alice)).map(({ end }) => end.epoch),
          [1],
        );
        await throwsMesh(store.frame({ account: alice, store: "MMM_Place", epoch: 0 }, 0), "ERR_NOT_FOUND");
        assert.is((await store.frame({ account: alice, store: "MMM_Place", epoch: 1 }, 2)).index, 2);
        assert.is((await store.ends(alice)).get("MMM_Place")!.epoch, 2);
        store = await backend.reopen(store);
      }
    });

    it("erases bodies for ever; digests stay, and how far it came", async () => {
      let store = await opened("MMM_Command");
      const place = { account: alice, store: "MMM_Command" } as const;
      await store.erase(place, { indexes: [1, 3], to: 4 });
      await store.erase(place, { indexes: [1], to: 4 });
      for (let n = 0; n < 2; n++) {
        const frontier = new TreeFrontier();
        const erased: number[] = [];
        for await (const frame of store.frames(place)) {
          if (isRedacted(frame)) erased.push(frame.index);
          frontier.push(frame.trailer!.TreeDigest!);
        }
        assert.equal(erased, [1, 3]);
        assert.is((await store.ends(alice)).get("MMM_Command")!.swept, 4);
        await store.commit(alice, { appends: [await framesFor(store, alice, "MMM_Command", 1)] });
        store = await backend.reopen(store);
      }
      assert.is((await store.ends(alice)).get("MMM_Command")!.count, 6);
      assert.is((await store.ends(alice)).get("MMM_Command")!.swept, 4);
    });

    it("reminds of accounts when their time has come", async () => {
      let store = await opened();
      const due = async (now: number): Promise<string[]> => {
        const found: string[] = [];
        for await (const address of store.due(now)) found.push(address);
        return found;
      };
      await store.remind(alice, 5000);
      await store.remind(alice, 9000);
      assert.equal(await due(4999), []);
      store = await backend.reopen(store);
      assert.equal(await due(5000), [alice]);
      await store.remind(alice, 1000);
      assert.equal(await due(1000), [alice]);
      await store.setReminder(alice, 7000);
      assert.equal(await due(6999), []);
      await store.setReminder(alice, undefined);
      await store.setReminder(alice, undefined);
      store = await backend.reopen(store);
      assert.equal(await due(1e12), []);
    });
  });
}
