/**
 * A lock whose power fails at each write of its memory, while it takes delegations and orders: it does nothing twice, obeys nobody whom a newer
 * delegation has left out, and takes the next order when it is powered again.
 */
import { assert, describe } from "../harness/suite.ts";
import { carriedOut, delegate, delegation, type House, lockHouse, makePhone, orderOf, restart } from "../kit/lock-house.ts";

const isLocked = (house: House): unknown => house.device.appliance.values.find(({ Name }) => Name === "Locked")?.Value;

/** One life of a lock; power is lost at a write, counted from the first delegation on. @returns how many there were */
async function live(at?: number, fraction?: number): Promise<{ readonly writes: number; readonly lost: boolean }> {
  let house = await lockHouse();
  const [former, owner] = [makePhone(), makePhone()];
  const first = house.device.flash.writes;
  if (at !== undefined) house.device.flash.losePower({ at, ...(fraction === undefined ? {} : { fraction }) });
  let lost = false;
  /** Runs a step, and once more after a failure; what the failure has left is looked at between. */
  const step = async (run: () => Promise<unknown>, after: () => Promise<void> = async () => undefined): Promise<void> => {
    const { device } = house;
    try {
      await Promise.race([run(), device.dead]);
    } catch (error) {
      if (!device.power.lost) throw error;
    }
    if (!device.power.lost) return;
    assert.is(lost, false);
    lost = true;
    house = await restart(house);
    await after();
    await run();
  };
  const allow = async (octets: Uint8Array): Promise<void> => {
    const { Result, ErrorCode } = await delegate(house, octets);
    assert.ok(Result === "Accept" || (lost && ErrorCode === "ERR_REPLAY"), `${Result} ${ErrorCode}`);
  };
  const opens = async (phone: typeof owner): Promise<boolean> => {
    const { nonce } = await house.power.nonce(30);
    return (await house.power.judge(orderOf(house, phone, { Nonce: nonce }))).result === "Accept";
  };

  const one = delegation(house, 1, [former]);
  await step(() => allow(one));

  const order = orderOf(house, former, { Nonce: (await house.power.nonce(30)).nonce });
  const given = house;
  await step(
    async () => {
      if (house === given) await house.power.judge(order);
      else assert.ok(await opens(former), "the next order is taken");
    },
    async () => {
      assert.ok(carriedOut(given.device) <= 1);
      const before = isLocked(house);
      assert.equal(await house.power.judge(order).then(({ result, code }) => [result, code]), ["Reject", "ERR_REPLAY"]);
      assert.equal([carriedOut(house.device), isLocked(house)], [0, before], "nothing is done twice");
    },
  );
  assert.is(isLocked(house), false);

  const two = delegation(house, 2, [owner]);
  await step(() => allow(two));
  assert.is(await opens(former), false, "the former phone opens nothing any more");
  assert.is((await delegate(house, one)).ErrorCode, "ERR_REPLAY");
  await step(async () => assert.is(await opens(owner), true));
  const { writes } = house.device.flash;
  await house.device.off();
  return { writes: writes - (lost ? 0 : first), lost };
}

describe("virtual lock, power failures", (it) => {
  it(
    "survives one at every write while it takes delegations and orders",
    async () => {
      const { writes } = await live();
      assert.ok(writes >= 6, `${writes} writes`);
      let failures = 0;
      for (let at = 1; at <= writes; at++) {
        for (const fraction of [0, 0.5, 0.99]) {
          try {
            failures += Number((await live(at, fraction)).lost);
          } catch (error) {
            throw new Error(`power lost at write ${at} of ${writes}, ${fraction} of its octets written: ${(error as Error).stack}`, { cause: error });
          }
        }
      }
      assert.ok(failures >= writes, `${failures} failures`);
    },
    { timeoutMs: 180_000 },
  );
});
