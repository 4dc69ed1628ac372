/** What every backend of the service's stores must do; run against each of them. */
import { firstOf } from "../../../src/base/async-list.ts";
import { equalBytes, utf8 } from "../../../src/base/bytes.ts";
import type { MeshError } from "../../../src/base/errors.ts";
import type { EncodedFrame, TreeFrontier } from "../../../src/dare/index.ts";
import { encodeFrame, firstFrame, sealFrame } from "../../../src/dare/index.ts";
import type { AccountRecord, Append, ServiceStore } from "../../../src/provider/store/service-store.ts";
import type { StoreLabel } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { pause } from "../../kit/broker.ts";
import { random } from "../../kit/service.ts";

export function recordOf(address: string): AccountRecord {
  const envelope = { header: {}, headerOctets: utf8("{}"), body: new Uint8Array() };
  return { AccountAddress: address, AccountUdf: "MAAA", EnvelopedProfileAccount: envelope, LinkUdf: "MBBB", Bound: "2026-01-01T00:00:00Z" };
}

/** Frames for the end of a store, each with an id of its own unless one is given. */
export async function framesFor(store: ServiceStore, account: string, label: StoreLabel, count: number, id?: string): Promise<Append> {
  const frontier = await store.frontier({ account, store: label });
  const epoch = (await store.ends(account)).get(label)?.epoch ?? 0;
  return { store: label, epoch, index: frontier.count, frames: makeFrames(frontier, count, id) };
}

export function makeFrames(frontier: TreeFrontier, count: number, id?: string): EncodedFrame[] {
  const frames: EncodedFrame[] = [];
  for (let i = 0; i < count; i++) {
    const index = frontier.count;
    const frame =
      index === 0
        ? firstFrame({ contentType: "application/mmm-catalog" })
        : sealFrame({
            index,
            payload: utf8(`payload ${index} ${"-".repeat(64)}`),
            contentMeta: { UniqueId: id ?? `${index}` },
            lookup: frontier.lookup,
            random,
          });
    frontier.push(frame.treeDigest);
    frames.push(frame);
  }
  return frames;
}

async function octetsOf(store: ServiceStore, account: string, label: StoreLabel): Promise<string[]> {
  const found: string[] = [];
  for await (const frame of store.frames({ account, store: label, epoch: 0 })) found.push(Buffer.from(encodeFrame(frame)).toString("hex"));
  return found;
}

const alice = "alice@example.com";
const bob = "bob@example.com";

/**
 * @param open a fresh backend
 * @param reopen ends a backend and opens another one on what it kept
 */
export function storeContract(
  name: string,
  backend: { readonly open: () => Promise<ServiceStore>; readonly reopen: (store: ServiceStore) => Promise<ServiceStore> },
): void {
  describe(`service store: ${name}`, (it) => {
    const opened = async (): Promise<ServiceStore> => {
      const store = await backend.open();
      for (const address of [alice, bob]) await store.create(recordOf(address), []);
      return store;
    };

    it("makes an account once, lists it, and forgets it", async () => {
      const store = await opened();
      await throwsMesh(store.create(recordOf(alice), []), "ERR_ACCOUNT_EXISTS");
      const addresses: string[] = [];
      for await (const address of store.accounts()) addresses.push(address);
      assert.equal(addresses.sort(), [alice, bob]);
      await store.commit(alice, { appends: [await framesFor(store, alice, "MMM_Place", 2)] });
      await store.remove(alice);
      await throwsMesh(store.record(alice), "ERR_ACCOUNT_UNKNOWN");
      await throwsMesh(store.commit(alice, { appends: [] }), "ERR_ACCOUNT_UNKNOWN");
      await store.create(recordOf(alice), []);
      assert.is((await store.ends(alice)).size, 0);
    });

    it("gives frames back octet for octet, from any index, also after it was opened anew", async () => {
      const first = await opened();
      const append = await framesFor(first, alice, "MMM_Place", 5);
      await first.commit(alice, { appends: [append] });
      const check = async (store: ServiceStore): Promise<void> => {
        assert.equal(
          await octetsOf(store, alice, "MMM_Place"),
          append.frames.map((frame) => Buffer.from(encodeFrame(frame)).toString("hex")),
        );
        const some: number[] = [];
        for await (const frame of store.frames({ account: alice, store: "MMM_Place", epoch: 0 }, { from: 2, to: 4 })) some.push(frame.index);
        assert.equal(some, [2, 3]);
        const end = (await store.ends(alice)).get("MMM_Place")!;
        assert.is(end.count, 5);
        assert.ok(equalBytes(end.digest!, (append.frames[4] as EncodedFrame).treeDigest));
        await throwsMesh(store.frame({ account: alice, store: "MMM_Place", epoch: 0 }, 5), "ERR_NOT_FOUND");
        assert.equal(await octetsOf(store, bob, "MMM_Place"), []);
      };
      await check(first);
      await check(await backend.reopen(first));
    });

    it("commits to several stores or to none, and refuses a place that has moved", async () => {
      const store = await opened();
      const appends = [await framesFor(store, alice, "MMM_Place", 2), await framesFor(store, alice, "MMM_State", 3)];
      await store.commit(alice, { appends });
      const next = await framesFor(store, alice, "MMM_Place", 1);
      await throwsMesh(store.commit(alice, { appends: [next, appends[1]!] }), "ERR_CONFLICT");
      assert.is((await store.ends(alice)).get("MMM_Place")!.count, 2);
      await throwsMesh(store.commit(alice, { appends: [next], expected: [{ store: "MMM_State", epoch: 0, index: 2 }] }), "ERR_CONFLICT");
      await store.commit(alice, { appends: [next], expected: [{ store: "MMM_State", epoch: 0, index: 3 }] });
      assert.is((await store.ends(alice)).get("MMM_Place")!.count, 3);
    });

    it("of two commits for one place takes one", async () => {
      const store = await opened();
      const twin = await framesFor(store, alice, "MMM_Place", 1);
      const outcomes = await Promise.allSettled([store.commit(alice, { appends: [twin] }), store.commit(alice, { appends: [twin] })]);
      assert.equal(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    });

    it("finds frames by their id, newest first", async () => {
      const first = await opened();
      for (const id of ["a", "b", "a"]) await first.commit(alice, { appends: [await framesFor(first, alice, "MMM_Local", 2, id)] });
      const check = async (store: ServiceStore): Promise<void> => {
        const find = async (account: string, id: string): Promise<number[]> => {
          const found: number[] = [];
          for await (const { index } of store.find({ account, store: "MMM_Local", epoch: 0 }, id)) found.push(index);
          return found;
        };
        assert.equal(await find(alice, "a"), [5, 4, 1]);
        assert.equal(await find(alice, "c"), []);
        assert.equal(await find(bob, "a"), []);
      };
      await check(first);
      await check(await backend.reopen(first));
    });

    it("who looks for one frame of an id has no more of them read, and leaves nothing open", async () => {
      const store = await opened();
      await store.commit(alice, { appends: [await framesFor(store, alice, "MMM_Local", 100, "a")] });
      assert.is((await firstOf(store.find({ account: alice, store: "MMM_Local", epoch: 0 }, "a")))?.index, 99);
      await store.remove(alice);
    });

    it("removes an account, and closes, although its stores are read all the time", async () => {
      const store = await opened();
      for (const account of [alice, bob]) await store.commit(account, { appends: [await framesFor(store, account, "MMM_Local", 3)] });
      const readAllTheTime = async (account: string, closing: () => Promise<void>): Promise<MeshError["code"][]> => {
        const begin = () => store.frames({ account, store: "MMM_Local", epoch: 0 })[Symbol.asyncIterator]();
        const refusals: MeshError["code"][] = [];
        let reader = begin();
        await reader.next();
        let isClosed = false;
        const closed = closing().then(() => (isClosed = true));
        // Each reader begins before the one before it ends.
        for (let round = 0; round < 1000 && !isClosed; round++) {
          const next = begin();
          await next.next().catch((error: MeshError) => refusals.push(error.code));
          await reader.return?.(undefined);
          reader = next;
          await pause(1);
        }
        assert.ok(isClosed, "it was put off for as long as readers came");
        await closed;
        return refusals;
      };
      assert.ok((await readAllTheTime(alice, () => store.remove(alice))).includes("ERR_ACCOUNT_UNKNOWN"));
      assert.ok((await readAllTheTime(bob, () => store.close())).includes("ERR_BUSY"));
    });

    it("keeps an answer until its sender has seen it, over a restart too", async () => {
      const first = await opened();
      const answer = { sender: "MCCC", requestId: "one two", time: Date.now(), response: utf8("{}") };
      await first.commit(alice, { appends: [], answer });
      const store = await backend.reopen(first);
      assert.equal(await store.answer(alice, { sender: "MCCC", requestId: "one two" }), answer);
      assert.is(await store.answer(alice, { sender: "MDDD", requestId: "one two" }), undefined);
      assert.is(await store.answer(bob, { sender: "MCCC", requestId: "one two" }), undefined);
      await store.commit(alice, { appends: [], seen: { sender: "MCCC", requestIds: ["one two"] } });
      assert.is(await store.answer(alice, { sender: "MCCC", requestId: "one two" }), undefined);
    });

    it("knows which accounts have deliveries open", async () => {
      const first = await opened();
      const delivery = { spool: "MMM_Outbound", index: 1, account: bob } as const;
      const other = { ...delivery, account: "carol@example.net" };
      const commit = await first.commit(alice, { appends: [], deliveries: [delivery, other] });
      await first.delivered(alice, commit, [other]);
      const store = await backend.reopen(first);
      const open = async (): Promise<string[]> => {
        const found: string[] = [];
        for await (const address of store.undelivered()) found.push(address);
        return found;
      };
      assert.equal(await open(), [alice]);
      assert.equal([...(await store.openDeliveries(alice))], [[commit, [delivery]]]);
      await store.delivered(alice, commit, [delivery]);
      assert.equal(await open(), []);
      assert.is((await store.openDeliveries(alice)).size, 0);
    });

    it("tells who watches of every change", async () => {
      const store = await opened();
      const told: string[] = [];
      const end = store.watch((account) => void told.push(account));
      await store.commit(alice, { appends: [] });
      await store.setRecord({ ...recordOf(bob), LinkUdf: "MEEE" });
      assert.is((await store.record(bob)).LinkUdf, "MEEE");
      end();
      await store.commit(alice, { appends: [] });
      assert.equal(told, [alice, bob]);
    });
  });
}
