/**
 * kill -9 at the writes of `account escrow`, `account purge` and `account recover`: the same command again comes to its end, at every moment in between
 * the account is recovered by its shares, and no machine is left half in it.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { AccountContext } from "../../../src/account/index.ts";
import {
  addPlace,
  attend,
  AccountContext as Context,
  fetchRecord,
  keepRecovery,
  publishRecord,
  purgeSeed,
  recoverAccount,
  replaceKeys,
  revokeDevice,
} from "../../../src/account/index.ts";
import { MeshService } from "../../../src/provider/index.ts";
import { deviceCatalog } from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { madeOnce } from "../../kit/house-made-once.ts";
import { type HouseDisk, type Household, ports, startHousehold } from "../../kit/household.ts";
import { killPoints } from "../../kit/kill-points.ts";
import { placesOf } from "../../kit/places-of.ts";
import { survives } from "../../kit/survives.ts";

const { first, stride, least, timeoutMs } = killPoints(151);
/** A purge has fewer writes. */
const purge = killPoints(38);

interface Secret {
  readonly seed: string;
  readonly address: string;
}

/** A house whose service takes as many accounts and machines as the test wants. */
function startHouse(disk?: HouseDisk): Promise<Household> {
  return startHousehold(async (dir, port = 0) => {
    const service = new MeshService();
    const limits = { bindBurst: 10_000, rebindBurst: 10_000 };
    await service.start({ bind: { kind: "open" }, dir, host: "127.0.0.1", port, limits, ...ports });
    return service;
  }, disk);
}

/** An account with a place, whose keys were replaced once, so that its seed alone does not give them. */
async function account(house: Household, name: string): Promise<Secret & { readonly context: AccountContext }> {
  const address = `${name}@example.com`;
  const context = await house.create(name, address);
  await addPlace(context, { name: "kitchen" });
  const laptop = await house.join(context, `${name}-laptop`, ["web"]);
  await revokeDevice(context, laptop.deviceUdf);
  await replaceKeys(context);
  await context.sync();
  return { context, seed: context.keys.accountSeed!, address };
}

const recovers = (house: Household, name: string, { seed, address }: Secret): Promise<AccountContext> =>
  recoverAccount({ dir: house.home(name), seed, address, serviceUrl: house.service.url, ports });

describe("a program that is killed", (it) => {
  let house: Household;
  it.before(async () => {
    house = await startHouse();
  });
  it.after(() => house.stop());

  it(
    "while it recovers an account: goes on as the same machine, which the others believe",
    async () => {
      const alice = await account(house, "recover");
      let deaths = 0;
      for (let count = first, whole = false; !whole; count += stride) {
        const name = `bare-${count}`;
        const dir = house.home(name);
        const before = alice.context.list(deviceCatalog).length;
        whole = await survives({ dir, at: count, deed: ["recover", alice.address, house.service.url], seed: alice.seed });
        if (!whole) deaths += 1;
        const bare = await (whole ? Context.open({ dir, ports }) : recovers(house, name, alice).catch((error) => resumed(error, dir)));
        await bare.sync();
        assert.not.ok(existsSync(join(dir, "recovery.json")), `killed at write ${count}`);
        assert.equal(placesOf(bare), placesOf(alice.context), `killed at write ${count}`);
        await addPlace(bare, { name: `room ${count}` });
        await alice.context.sync();
        assert.ok(placesOf(alice.context).includes(`room ${count}`), `killed at write ${count}`);
        assert.is(alice.context.list(deviceCatalog).length, before + 1, `killed at write ${count}`);
        await bare.close();
      }
      assert.ok(deaths >= least, `it died ${deaths} times`);
    },
    { timeoutMs },
  );

  /** What was done, but for its last word, is there: the command says that the directory has the account. */
  async function resumed(error: unknown, dir: string): Promise<AccountContext> {
    if ((error as { code?: string }).code !== "ERR_ACCOUNT_EXISTS") throw error;
    return Context.open({ dir, ports });
  }

  it(
    "while it takes the seed off a machine: the shares recover the account, and the next turn goes on until the seed is gone",
    async () => {
      let alice: Secret = { seed: "", address: "" };
      const another = madeOnce(async () => {
        const made = await startHouse();
        const { context, ...secret } = await account(made, "alice");
        await keepRecovery(context);
        alice = secret;
        return made;
      }, startHouse);
      let deaths = 0;
      for (let count = first, whole = false; !whole; count += stride) {
        const house = await another();
        const dir = house.home("alice");
        whole = await survives({ dir, at: count, deed: ["purge"], seed: alice.seed });
        if (!whole) deaths += 1;
        const bare = await recovers(house, "purged", alice);
        assert.equal(placesOf(bare), ["kitchen"], `killed at write ${count}`);
        const again = await Context.open({ dir, ports });
        await again.sync();
        await attend(again, { claim: false });
        if (again.keys.accountSeed !== undefined) await purgeSeed(again, alice.seed);
        await again.sync();
        assert.is(again.keys.accountSeed, undefined, `killed at write ${count}`);
        assert.not.ok(again.roles.includes("super"));
        assert.ok(again.sizeOf(deviceCatalog.label).epoch > 1, `killed at write ${count}`);
        await addPlace(again, { name: "hall" });
        await bare.sync();
        assert.equal(placesOf(bare), ["hall", "kitchen"], `killed at write ${count}`);
        for (const context of [again, bare]) await context.close();
        await house.stop();
      }
      assert.ok(deaths >= least, `it died ${deaths} times`);
    },
    { timeoutMs },
  );

  it(
    "while it publishes the recovery record: the next run has a record that a bare machine opens",
    async () => {
      const alice = await account(house, "escrow");
      const { dir } = alice.context;
      await alice.context.close();
      let deaths = 0;
      for (let count = first, whole = false; !whole; count += purge.stride) {
        whole = await survives({ dir, at: count, deed: ["escrow"], seed: alice.seed });
        if (!whole) deaths += 1;
        const again = await Context.open({ dir, ports });
        await again.sync();
        await keepRecovery(again);
        const code = await publishRecord(again, { Quorum: 2, Shares: 3 });
        const { record } = await fetchRecord(code, { serviceUrl: house.service.url, ports });
        assert.is(record.AccountUdf, again.accountUdf, `killed at write ${count}`);
        assert.ok(record.Runs.length >= 1);
        await again.close();
      }
      const bare = await recovers(house, "bare-escrow", alice);
      assert.equal(placesOf(bare), ["kitchen"]);
      await bare.close();
      assert.ok(deaths >= least, `it died ${deaths} times`);
    },
    { timeoutMs },
  );
});
