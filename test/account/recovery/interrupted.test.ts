/** A recovery that is interrupted, or meets keys that it was not given: it goes on as the same machine, or leaves nothing behind and begins anew. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { keepRecovery, recoverAccount, replaceKeys, revokeDevice } from "../../../src/account/index.ts";
import { edit } from "../../../src/account/store/edit.ts";
import { MeshError } from "../../../src/base/errors.ts";
import { encodeFailure } from "../../../src/provider/dispatch.ts";
import { deviceCatalog, recoveryCatalog, recoveryKey } from "../../../src/schema/index.ts";
import type { HostileService } from "../../attack/account/hostile-service.ts";
import { startHostile } from "../../attack/account/hostile-service.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import { ports, startHousehold } from "../../kit/household.ts";

const address = "alice@example.com";

describe("a recovery", (it) => {
  it("that is interrupted before the account has the machine goes on as the same machine", async () => {
    let evil: HostileService | undefined;
    const house = await startHousehold(async (dir) => {
      evil = await startHostile(dir);
      return evil;
    });
    onCleanup(() => house.stop());
    const alice = await house.create("alice", address);
    assert.ok(evil);
    const seed = alice.keys.accountSeed!;
    const again = () => recoverAccount({ dir: house.home("bare"), seed, address, serviceUrl: house.service.url, ports });
    const own = alice.identity.base.link448.public.udf;
    evil.malice.answer = (linkUdf, name) =>
      linkUdf !== own && name === "TransactRequest" ? encodeFailure(new MeshError("ERR_QUOTA", "not in this moment")) : undefined;
    await throwsMesh(again(), "ERR_QUOTA");
    assert.ok(existsSync(join(house.home("bare"), "recovery.json")));
    await throwsMesh(
      recoverAccount({ dir: house.home("bare"), seed, address: "bob@example.com", serviceUrl: house.service.url, ports }),
      "ERR_ACCOUNT_EXISTS",
    );
    evil.malice.answer = undefined;
    const bare = await again();
    onCleanup(() => bare.close());
    assert.not.ok(existsSync(join(house.home("bare"), "recovery.json")));
    await alice.sync();
    assert.equal(alice.directory.connected.map(({ udf }) => udf).sort(), [alice.deviceUdf, bare.deviceUdf].sort());
  });

  it("that lacks a key says so and leaves the machine bare; when the key was sealed it is done", async () => {
    const house = await startHousehold();
    onCleanup(() => house.stop());
    const alice = await house.create("alice", address);
    const laptop = await house.join(alice, "laptop", ["web"]);
    await revokeDevice(alice, laptop.deviceUdf);
    await replaceKeys(alice);
    await alice.sync();
    // As an account whose keys an older version replaced.
    await alice.transact({ catalogs: [edit(recoveryCatalog, recoveryKey, () => undefined)] });
    const seed = alice.keys.accountSeed!;
    const again = () => recoverAccount({ dir: house.home("bare"), seed, address, serviceUrl: house.service.url, ports });
    const error = await throwsMesh(again(), "ERR_KEY");
    assert.match(error.message, /the account has a key that neither the shares nor its service gave/);
    assert.equal(
      readdirSync(house.home("bare")).filter((name) => /account|recovery|stores/.test(name)),
      [],
    );
    await alice.sync();
    await keepRecovery(alice);
    const bare = await again();
    onCleanup(() => bare.close());
    assert.ok(bare.get(deviceCatalog, bare.deviceUdf));
  });
});
