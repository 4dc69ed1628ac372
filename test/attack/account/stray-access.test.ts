/** A removed administrator has left entries of MMM_Access that let in what is no device of the account: they end with its removal, and a machine ends those that it finds. */
import type { AccountContext } from "../../../src/account/index.ts";
import { put, replaceKeys, revokeDevice, strayAccess } from "../../../src/account/index.ts";
import { edit } from "../../../src/account/store/edit.ts";
import type { PrivateKey } from "../../../src/crypto/index.ts";
import { generatePrivateKey } from "../../../src/crypto/index.ts";
import { AccessCapability, accessCatalog, rightsOf } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { clientOf } from "../../kit/service.ts";

describe("attack: an entry of MMM_Access of nobody's device", (it) => {
  let house: Household;
  let alice: AccountContext;
  let laptop: AccountContext;
  let phone: AccountContext;
  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    laptop = await house.join(alice, "laptop", ["admin"]);
    phone = await house.join(alice, "phone", ["device"]);
    await laptop.sync();
  });
  it.after(() => house.stop());

  const newLink = (): PrivateKey => generatePrivateKey("X448", ports.random);
  const ghostOf = (link: PrivateKey, DeviceUdf?: string) =>
    put(accessCatalog, {
      Capability: {
        tag: AccessCapability.tag,
        value: { Id: link.public.udf, LinkUdf: [link.public.udf], Active: true, Rights: rightsOf(["admin"]), ...(DeviceUdf && { DeviceUdf }) },
      },
    });
  /** Another link key, and an administrator's rights, in the entry of a device. */
  const widened = (device: AccountContext, link: PrivateKey) =>
    edit(accessCatalog, device.keys.connection.Authentication.Udf, (current) => {
      if (!current) return undefined;
      const { tag, value } = current.Capability;
      return { Capability: { tag, value: { ...value, LinkUdf: [link.public.udf, ...value.LinkUdf], Rights: rightsOf(["admin"]) } } };
    });
  async function isLetIn(link: PrivateKey): Promise<boolean> {
    const client = clientOf(house.service.url, link, alice.address);
    const asked = client.status({ Account: alice.address, Catalogs: ["MMM_Access"], Spools: [] });
    try {
      await asked;
      return true;
    } catch {
      await throwsMesh(asked, "ERR_REVOKED");
      return false;
    } finally {
      client.close();
    }
  }

  it(
    "ends in the moment of the removal: of no device, in another one's name, and what was added to the entry of a device, which stays connected",
    async () => {
      const [nobody, named, added] = [newLink(), newLink(), newLink()];
      await laptop.transact({ catalogs: [ghostOf(nobody), ghostOf(named, alice.deviceUdf), widened(phone, added)] });
      for (const link of [nobody, named, added]) assert.ok(await isLetIn(link));
      const { strays } = await revokeDevice(alice, laptop.deviceUdf);
      assert.is(strays.length, 3);
      for (const link of [nobody, named, added]) {
        assert.not(await isLetIn(link));
        assert.ok(strays.some(({ links }) => links.includes(link.public.udf)));
      }
      await phone.sync();
      const entry = alice.get(accessCatalog, phone.keys.connection.Authentication.Udf);
      assert.equal(entry?.Capability.value.Rights, rightsOf(["device"]));
      assert.equal(strayAccess(alice), []);
    },
    { timeoutMs: 60_000 },
  );

  it(
    "a device that is connected in the moment of a removal, between what is fetched of the two catalogs, is none",
    async () => {
      const second = await house.join(alice, "second", ["admin"]);
      const old = await house.join(alice, "old", ["device"]);
      await second.sync();
      // MMM_Access alone has grown when the removal looks.
      await second.transact({ catalogs: [ghostOf(newLink())] });
      let tablet: AccountContext | undefined;
      const { client } = alice;
      const download = client.download.bind(client);
      let isJoining = false;
      client.download = async (request) => {
        if (!isJoining && request.Select?.some(({ Container }) => Container === "MMM_Access")) {
          isJoining = true;
          tablet = await house.join(second, "tablet of the moment", ["device"]);
        }
        return download(request);
      };
      const { strays } = await revokeDevice(alice, old.deviceUdf);
      assert.ok(isJoining);
      // What is nobody's has ended whoever let the tablet in.
      assert.equal(strays, []);
      await tablet?.sync();
      assert.ok(alice.get(accessCatalog, tablet!.keys.connection.Authentication.Udf)?.Capability.value.Active);
    },
    { timeoutMs: 60_000 },
  );

  it(
    "is ended by whoever goes on with the keys, where a version that did not look at it has removed the machine; who is being connected is none",
    async () => {
      const late = newLink();
      await alice.transact({ catalogs: [ghostOf(late)] });
      assert.equal(
        strayAccess(alice).map(({ id }) => id),
        [late.public.udf],
      );
      await replaceKeys(alice);
      assert.not(await isLetIn(late));
      const tablet = await house.join(alice, "tablet", ["device"]);
      assert.equal(strayAccess(alice), []);
      await tablet.sync();
      assert.not.ok(alice.get(accessCatalog, late.public.udf)?.Capability.value.Active);
    },
    { timeoutMs: 120_000 },
  );
});
