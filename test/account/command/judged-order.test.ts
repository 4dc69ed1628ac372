/** Orders that a lock judges itself, and what a hostile hub can make of them. */
import type { AccountContext, OrderWay, SealedOrder } from "../../../src/account/index.ts";
import { acceptOffer, askReport, giveJudgedOrder, pendingOffers, revokeDevice } from "../../../src/account/index.ts";
import { MeshError } from "../../../src/base/errors.ts";
import type { DeviceReport, Enveloped } from "../../../src/schema/index.ts";
import { Delegation, deviceCatalog, peekObject } from "../../../src/schema/index.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { makeLock, offer } from "../../kit/bulb.ts";
import type { Household } from "../../kit/household.ts";
import { startHousehold } from "../../kit/household.ts";
import { JudgingLock } from "../../kit/judging-lock.ts";

const unlock = (deviceUdf: string) => ({ deviceUdf, class: "lock", command: "Unlock", arguments: [] });

const valuesOf = (report: DeviceReport | undefined) => report?.Values.map(({ Name, Value }) => [Name, Value]);

describe("account: orders that a lock judges itself", (it) => {
  let house: Household;
  let alice: AccountContext;
  let bob: AccountContext;
  let hub: AccountContext;
  let lock: JudgingLock;
  let udf: string;
  const clock = new ManualClock();

  /** An honest hub in the house, with parts replaced. */
  const way = (change: Partial<OrderWay> = {}): OrderWay => ({
    nonce: async () => lock.nonce(10),
    bring: async (_order, { sealed }) => {
      const { reported, report } = lock.judge(sealed);
      return { ...(reported ? { reported } : {}), ...(report === undefined ? {} : { error: new MeshError("ERR_REJECTED", report) }) };
    },
    report: async (_order, nonce) => lock.sign({ Nonce: nonce }),
    ...change,
  });

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    hub = await house.join(alice, "hub", ["hub"]);
    const bulb = await makeLock(await house.create("maker", "maker@example.com"));
    udf = bulb.made.deviceUdf;
    await offer(hub, bulb, { LocalName: "front door" });
    await alice.sync();
    for (const pending of await pendingOffers(alice)) await acceptOffer(alice, pending);
    bob = await house.join(alice, "bob", ["web", "command"]);
    await alice.sync();
    await hub.sync();
    lock = JudgingLock.of({ owner: alice, hub, bulb, clock });
    lock.meetNewest();
  });
  it.after(() => house.stop());

  it("opens for alice and for bob, by the lock's own word", async () => {
    for (const context of [alice, bob]) {
      lock.locked = true;
      const { result, report } = await giveJudgedOrder(context, way(), unlock(udf));
      assert.is(result, "Accept");
      assert.equal(valuesOf(report), [["Locked", false]]);
      assert.is(lock.locked, false);
    }
    assert.is(lock.done.length, 2);
  });

  it("is unknown, not failed, when the hub says that it failed; the hub's yes is no success either", async () => {
    for (const error of [new MeshError("ERR_DEVICE_OFFLINE", "the lock is away"), undefined]) {
      const outcome = await giveJudgedOrder(alice, way({ bring: async () => (error ? { error } : {}) }), unlock(udf));
      assert.is(outcome.result, "Unknown");
      assert.is(outcome.error?.code, "ERR_PENDING");
      assert.match(outcome.error?.message ?? "", /unknown: front door has not said what came of it; it may still do it for \d+ s/);
    }
    const thrown = await giveJudgedOrder(alice, way({ bring: () => Promise.reject(new MeshError("ERR_TIMEOUT", "no answer")) }), unlock(udf));
    assert.is(thrown.result, "Unknown");
  });

  it("believes no report of another order, of an earlier nonce, or of the hub's making", async () => {
    const before = lock.done.length;
    const words: (() => Enveloped<DeviceReport>)[] = [
      () => lock.sign({ Result: "Accept" }),
      () => lock.sign({ MessageId: "NAAA", Nonce: new Uint8Array(16), Result: "Accept" }),
    ];
    for (const word of words) {
      const { result } = await giveJudgedOrder(alice, way({ bring: async () => ({ reported: word() }) }), unlock(udf));
      assert.is(result, "Unknown");
    }
    let first: Enveloped<DeviceReport> | undefined;
    await giveJudgedOrder(
      alice,
      way({
        bring: async (_order, { sealed }) => {
          first = lock.judge(sealed).reported;
          return {};
        },
      }),
      unlock(udf),
    );
    const again = await giveJudgedOrder(alice, way({ bring: async () => ({ reported: first! }) }), unlock(udf));
    assert.is(again.result, "Unknown", "the word on an earlier order");
    assert.is(lock.done.length, before + 1);
  });

  it("opens once: a hub that repeats, keeps back or reorders what it carried opens nothing more", async () => {
    const kept: SealedOrder[] = [];
    const keep = way({
      bring: async (_order, sealed) => {
        kept.push(sealed);
        return {};
      },
    });
    await giveJudgedOrder(alice, keep, unlock(udf));
    await giveJudgedOrder(alice, keep, unlock(udf));
    lock.locked = true;
    const before = lock.done.length;
    // Reordered within their time: each opens once, which is what the owner asked for, twice.
    for (const { sealed } of [...kept].reverse()) assert.is(lock.judge(sealed).result, "Accept");
    for (const { sealed } of kept) assert.is(lock.judge(sealed).result, "Reject");
    assert.is(lock.done.length, before + 2);
    await giveJudgedOrder(alice, keep, unlock(udf));
    clock.advance(10_001);
    lock.locked = true;
    assert.is(lock.judge(kept[2]!.sealed).result, "Reject", "late");
    assert.is(lock.locked, true);
    const changed = kept[2]!.sealed.slice();
    changed[40]! ^= 1;
    assert.is(lock.judge(changed).reported, undefined);
  });

  it("says how the lock is now only by its own word on this question", async () => {
    const report = await askReport(bob, way(), unlock(udf));
    assert.equal(valuesOf(report), [["Locked", true]]);
    const old = lock.sign({ Nonce: new Uint8Array(16) });
    await throwsMesh(() => askReport(bob, way({ report: async () => old }), unlock(udf)), "ERR_VERIFICATION");
  });

  it("takes no order of the hub, which has no command key and no role", async () => {
    const { result, error } = await giveJudgedOrder(hub, way(), unlock(udf));
    assert.is(result, "Reject");
    assert.is(error?.code, "ERR_NOT_AUTHORIZED");
    assert.match(error?.hint ?? "", /device auth/);
  });

  it("refuses a removed laptop once the lock has met the next Generation, and not before", async () => {
    await bob.sync();
    const former = alice.get(deviceCatalog, udf)!.EnvelopedDelegation!;
    await revokeDevice(alice, bob.deviceUdf);
    lock.locked = true;
    // The hub withholds it: said plainly in the threat model.
    assert.is((await giveJudgedOrder(bob, way(), unlock(udf))).result, "Accept");
    lock.locked = true;
    lock.meetNewest();
    assert.is((await giveJudgedOrder(bob, way(), unlock(udf))).result, "Unknown");
    assert.is(lock.locked, true);
    assert.is(lock.meet(former), false, "the former delegation counts no more");
    assert.ok(peekObject(Delegation, former).Grants.some(({ Udf }) => Udf === bob.deviceUdf));
    assert.is((await giveJudgedOrder(alice, way(), unlock(udf))).result, "Accept");
  });
});
