/**
 * Machines that were deleted, with all that they had, and the service's own answer: one of role `super` had the account's seed and recovers the account as
 * by shares, whatever was replaced; one of role `admin` had the administrators' keys, and does not.
 */
import type { AccountContext } from "../../../src/account/index.ts";
import { addPlace, openAccountEnvelope, recoverAccount, replaceKeys, revokeDevice } from "../../../src/account/index.ts";
import { utf8 } from "../../../src/base/bytes.ts";
import { sealEnvelope } from "../../../src/dare/index.ts";
import { placeCatalog, publicKeyOf } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { harvest } from "../hub/harvest.ts";

const address = "alice@example.com";

describe("attack: a deleted machine recovers the account", (it) => {
  let house: Household;
  let alice: AccountContext;
  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", address);
  });
  it.after(() => house.stop());

  /** A machine of these roles that was deleted, its keys replaced, and what the account has written since. */
  async function deleted(name: string, roles: Parameters<Household["join"]>[2]): Promise<AccountContext> {
    const machine = await house.join(alice, name, roles);
    await machine.sync();
    await alice.sync();
    await revokeDevice(alice, machine.deviceUdf);
    await replaceKeys(alice);
    await alice.sync();
    await addPlace(alice, { name: `room after ${name}` });
    return machine;
  }

  const recover = (name: string, seed: string): Promise<AccountContext> =>
    recoverAccount({ dir: house.home(`${name} again`), seed, address, serviceUrl: house.service.url, ports });

  it("not with the administrators' keys alone: nothing that it has is the seed, or the root key", async () => {
    const desk = await deleted("desk", ["admin", "web"]);
    assert.is(desk.keys.accountSeed, undefined);
    const { keys } = harvest({ memory: [desk.keys, desk.identity, desk.profile], directories: [desk.dir] });
    assert.not.ok(keys.some(({ public: { udf } }) => udf === alice.profile.ProfileSignature.Udf));
    await throwsMesh(recover("desk", desk.identity.seed), "ERR_VERIFICATION");
  });

  it("with the seed: it reads what is sealed and written now, by the service's own answer", async () => {
    const safe = await deleted("safe", ["super", "admin", "web"]);
    await throwsMesh(safe.sync(), "ERR_REVOKED");
    const { accountSeed } = safe.keys;
    assert.ok(accountSeed);
    const again = await recover("safe", accountSeed);
    try {
      assert.ok(again.list(placeCatalog).some(({ value }) => value.LocalName === "room after safe"));
      const letter = sealEnvelope({
        plaintext: utf8("sealed after it was deleted"),
        recipients: [publicKeyOf(alice.profile.AccountEncryption)],
        random: ports.random,
      });
      assert.is(Buffer.from(await openAccountEnvelope(again, letter)).toString(), "sealed after it was deleted");
      // Its owner sees it.
      await alice.sync();
      assert.ok(alice.directory.find(again.deviceUdf));
    } finally {
      await again.close();
    }
  });
});
