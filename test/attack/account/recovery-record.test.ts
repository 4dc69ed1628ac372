/**
 * A service that was put back to before a removal, or shows what was then, to a bare machine that knows nothing but shares and a code on paper: the code
 * says since when there is a record, the record how far profile and device catalog have come.
 */
import { cpSync } from "node:fs";
import { join } from "node:path";
import type { AccountContext } from "../../../src/account/index.ts";
import { fetchRecord, nameDevice, publishRecord, recoverAccount, replaceKeys, revokeDevice } from "../../../src/account/index.ts";
import { MeshService } from "../../../src/provider/index.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import { type Household, ports, startHousehold } from "../../kit/household.ts";

const address = "alice@example.com";
const run = { Quorum: 2, Shares: 3 };

interface Scene {
  readonly house: Household;
  readonly alice: AccountContext;
  /** The service as it is in this moment, on another port. */
  asOfNow(): Promise<string>;
}

async function scene(): Promise<Scene> {
  const house = await startHousehold();
  onCleanup(() => house.stop());
  const alice = await house.create("alice", address);
  return {
    house,
    alice,
    async asOfNow() {
      const dir = join(house.dir, "then");
      cpSync(join(house.dir, "service"), dir, { recursive: true, filter: (path) => !path.endsWith(".lock") });
      const service = new MeshService();
      await service.start({ bind: { kind: "open" }, dir, host: "127.0.0.1", port: 0, ...ports });
      onCleanup(() => service.stop());
      return service.url;
    },
  };
}

const recover = (house: Household, options: Pick<Parameters<typeof recoverAccount>[0], "seed" | "serviceUrl" | "record">) =>
  recoverAccount({ dir: house.home("bare"), address, ports, ...options });

describe("attack: a service that shows an earlier day to a machine that recovers the account", (it) => {
  it("is found out by the code: it has no record as young", async () => {
    const { house, alice, asOfNow } = await scene();
    const phone = await house.join(alice, "phone", ["web"]);
    const early = await publishRecord(alice, run);
    const then = await asOfNow();
    await revokeDevice(alice, phone.deviceUdf);
    await replaceKeys(alice);
    await ports.clock.sleep(1100);
    const late = await publishRecord(alice, run);
    assert.is(late.split("&since=")[0], early.split("&since=")[0], "the same code, but for its time");
    await fetchRecord(late, { serviceUrl: house.service.url, ports });
    const error = await throwsMesh(fetchRecord(late, { serviceUrl: then, ports }), "ERR_ROLLBACK");
    assert.match(error.message, /the service shows a record of 20\S+, and the code was printed after that/);
    // What the early paper cannot know: there the service's word is all there is.
    await fetchRecord(early, { serviceUrl: then, ports });
  });

  it("is found out by the record: a profile of a lower version, also when keys are replaced after the code was printed", async () => {
    const { house, alice, asOfNow } = await scene();
    const phone = await house.join(alice, "phone", ["web"]);
    const code = await publishRecord(alice, run);
    const then = await asOfNow();
    await revokeDevice(alice, phone.deviceUdf);
    await replaceKeys(alice);
    const record = await fetchRecord(code, { serviceUrl: house.service.url, ports });
    assert.is(record.profile.value.Version, alice.profile.Version, "renewed with the keys");
    assert.ok((record.profile.value.Version ?? 0) > 0);
    const seed = alice.keys.accountSeed!;
    const error = await throwsMesh(recover(house, { seed, serviceUrl: then, record }), "ERR_ROLLBACK");
    assert.match(error.message, /version 0 of the account's profile/);
    const bare = await recover(house, { seed, serviceUrl: house.service.url, record });
    onCleanup(() => bare.close());
    assert.is(bare.directory.find(phone.deviceUdf), undefined);
  });

  it("is found out by the record: a device catalog that ends before it", async () => {
    const { house, alice, asOfNow } = await scene();
    const then = await asOfNow();
    await nameDevice(alice, alice.deviceUdf, { localName: "desk" });
    const record = await fetchRecord(await publishRecord(alice, run), { serviceUrl: house.service.url, ports });
    const error = await throwsMesh(recover(house, { seed: alice.keys.accountSeed!, serviceUrl: then, record }), "ERR_ROLLBACK");
    assert.match(error.message, /MMM_Device/);
  });

  it("cannot make a record: it is signed by the root key, and what is under the code of another account is refused", async () => {
    const { house, alice } = await scene();
    const mallory = await house.create("mallory", "mallory@example.com");
    const code = await publishRecord(mallory, run);
    const udf = `udf=${alice.accountUdf}`;
    await throwsMesh(fetchRecord(code.replace(/udf=[^&]+/, udf), { serviceUrl: house.service.url, ports }), "ERR_VERIFICATION");
    await throwsMesh(fetchRecord(code.replace("mallory@", "alice@"), { serviceUrl: house.service.url, ports }), "ERR_NOT_FOUND");
    await throwsMesh(fetchRecord(code.replace(/\?udf=.*/, ""), { serviceUrl: house.service.url, ports }), "ERR_CODE_KIND");
    await throwsMesh(fetchRecord(code.replace(/since=.*/, "since=yesterday"), { serviceUrl: house.service.url, ports }), "ERR_CODE_DAMAGED");
  });
});
