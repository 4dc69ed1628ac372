import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  AccountContext,
  acceptConnection,
  addPlace,
  completeConnection,
  createAccount,
  deletePlace,
  findPlace,
  issuePin,
  pendingConnections,
  put,
  rejectConnection,
  requestConnection,
  revokeDevice,
} from "../../src/account/index.ts";
import type { MeshService } from "../../src/provider/index.ts";
import { ActivationDevice, accessCatalog, deviceCatalog, openObject, placeCatalog, publicKeyOf } from "../../src/schema/index.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../harness/suite.ts";
import type { Household } from "../kit/household.ts";
import { ports, startHousehold } from "../kit/household.ts";

describe("account: alice and her machines", (it) => {
  let house: Household;
  let alice: AccountContext;
  let laptop: AccountContext;

  it.before(async () => {
    house = await startHousehold();
  });
  it.after(() => house.stop());

  it("creates an account with all its stores", async () => {
    alice = await house.create("alice", "alice@example.com");
    assert.is(alice.list(deviceCatalog).length, 1);
    assert.ok(alice.heads().length > 10);
  });

  it("refuses a second account of the same address", async () => {
    await throwsMesh(() => house.create("mallory", "alice@example.com"), "ERR_ACCOUNT_EXISTS");
  });

  it("says which service has the address: another one than was thought may answer there; and another address may be tried from the same directory", async () => {
    const { message, hint } = await throwsMesh(() => house.create("carol", "alice@example.com"), "ERR_ACCOUNT_EXISTS");
    const { url, udf } = house.service as MeshService;
    assert.is(message, `alice@example.com is taken at ${url}, where the service ${udf} answers`);
    assert.match(hint, /if that is not the service you mean, .*its log.*port/);
    const carol = await house.create("carol", "carol@example.com");
    assert.is(carol.address, "carol@example.com");
  });

  it("keeps the keys of an account that was begun at one service, where another one answers by now that has the address", async () => {
    const home = (name: string): string => join(other.dir, name);
    const other = await startHousehold();
    const begun = join(home("dora"), "new-account.json");
    const bytes = (length: number): Uint8Array => {
      if (existsSync(begun)) throw new Error("the power goes");
      return ports.random.bytes(length);
    };
    const address = "dora@example.com";
    const { url } = other.service;
    await createAccount({ dir: home("dora"), address, serviceUrl: url, ports: { ...ports, random: { bytes } } }).catch(() => undefined);
    assert.ok(existsSync(begun));
    await other.stop();
    const another = await startHousehold(undefined, { dir: tempDirectory(), port: Number(new URL(url).port) });
    try {
      await another.create("another dora", address);
      const { message, hint } = await throwsMesh(() => createAccount({ dir: home("dora"), address, serviceUrl: url, ports }), "ERR_VERIFICATION");
      const { udf } = another.service as MeshService;
      assert.match(message, new RegExp(`^dora@example.com was begun at the service M[A-Z2-7-]+; at ${url} the service ${udf} answers$`));
      assert.ok(hint.includes(begun) && existsSync(begun));
    } finally {
      await another.stop();
    }
  });

  it("connects a second machine by PIN, which sees the same devices", async () => {
    laptop = await house.join(alice, "laptop", ["web", "command"]);
    assert.is(laptop.list(deviceCatalog).length, 2);
    assert.is(laptop.keys.administrator, undefined);
  });

  it("names the device in its activation, as the drafts' examples do in the member AccountUdf", () => {
    for (const context of [alice, laptop]) {
      const activation = context.get(deviceCatalog, context.deviceUdf)?.EnvelopedActivationDevice;
      const keys = [publicKeyOf(context.profile.AdministratorSignature)];
      assert.ok(activation);
      assert.is(openObject(ActivationDevice, activation, [context.identity.base.encryption], keys).AccountUdf, context.deviceUdf);
    }
  });

  it("shows what one machine writes to the other", async () => {
    await addPlace(alice, { name: "Kitchen" });
    await laptop.sync();
    assert.is(findPlace(laptop, "kitchen").LocalName, "Kitchen");
    await throwsMesh(() => Promise.resolve().then(() => findPlace(laptop, "attic")), "ERR_NOT_FOUND");
  });

  it("wakes a waiting machine as soon as another one writes", async () => {
    const begun = performance.now();
    const waiting = laptop.wait({ stores: ["MMM_Place", "MMM_Command"], seconds: 30 });
    await addPlace(alice, { name: "Loft" });
    assert.is(await waiting, true);
    assert.ok(performance.now() - begun < 5_000);
    await deletePlace(alice, "loft");
    await laptop.sync();
  });

  it("keeps everything over a restart, without the service", async () => {
    await laptop.close();
    laptop = await AccountContext.open({ dir: house.home("laptop"), ports });
    assert.is(laptop.list(placeCatalog).length, 1);
  });

  it("connects a device once when two administrators accept it at the same time, or one does twice", async () => {
    const desk = await house.join(alice, "desk", ["admin"]);
    const { pin } = await issuePin(alice, { roles: ["web"], minutes: 10 });
    const dir = house.home("pad");
    await requestConnection({ dir, address: "alice@example.com", pin, serviceUrl: house.service.url, ports });
    await alice.sync();
    await desk.sync();
    const open = [...(await pendingConnections(alice)), ...(await pendingConnections(alice)), ...(await pendingConnections(desk))];
    const admins = [alice, alice, desk] as const;
    const results = await Promise.allSettled(open.map((pending, at) => acceptConnection(admins[at]!, pending, { roles: ["web"] })));
    assert.is(results.filter(({ status }) => status === "fulfilled").length, 1);
    const pad = await completeConnection({ dir, waitSeconds: 10, ports });
    await alice.sync();
    assert.is(alice.directory.find(pad.deviceUdf)?.signature.udf, pad.keys.signature.public.udf);
    assert.is(alice.list(accessCatalog).filter(({ value }) => value.Capability.value.DeviceUdf === pad.deviceUdf).length, 1);
    await pad.close();
  });

  it("asks once while a request is open, and anew when it was refused", async () => {
    const asking = { dir: house.home("watch"), address: "alice@example.com", serviceUrl: house.service.url, ports };
    const first = await requestConnection(asking);
    assert.equal(await requestConnection(asking), first);
    await alice.sync();
    const waiting = (await pendingConnections(alice)).filter(({ witness }) => witness === first.witness);
    assert.is(waiting.length, 1);
    await rejectConnection(alice, waiting[0]!);
    const second = await requestConnection(asking);
    assert.is.not(second.witness, first.witness);
    assert.is(second.deviceUdf, first.deviceUdf);
    await alice.sync();
    for (const request of await pendingConnections(alice)) await rejectConnection(alice, request);
  });

  it("merges what two machines write at the same time", async () => {
    const phone = await house.join(alice, "phone", ["admin"]);
    await laptop.sync();
    await Promise.all([addPlace(alice, { name: "Hall" }), addPlace(phone, { name: "Garden" }), addPlace(phone, { name: "Attic" })]);
    await alice.sync();
    await phone.sync();
    const names = (context: AccountContext): string[] =>
      context
        .list(placeCatalog)
        .map(({ value }) => value.LocalName)
        .sort();
    assert.equal(names(alice), ["Attic", "Garden", "Hall", "Kitchen"]);
    assert.equal(names(phone), names(alice));
  });

  it("refuses writing by a machine that has no right to", async () => {
    await throwsMesh(() => addPlace(laptop, { name: "Cellar" }), "ERR_NOT_AUTHORIZED");
  });

  it("does not connect by a PIN that is wrong, used, or of another account", async () => {
    const { pin } = await issuePin(alice, { roles: ["web"], minutes: 10 });
    await requestConnection({
      dir: house.home("thief"),
      address: "alice@example.com",
      pin: "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA",
      serviceUrl: house.service.url,
      ports,
    });
    await alice.sync();
    const [thief] = await pendingConnections(alice);
    assert.is(thief?.pinError?.code, "ERR_PIN_INVALID");
    await throwsMesh(
      () =>
        requestConnection({
          dir: house.home("other"),
          address: "alice@example.com",
          pin,
          accountUdf: "MAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA",
          serviceUrl: house.service.url,
          ports,
        }),
      "ERR_VERIFICATION",
    );
  });

  it("refuses a removed machine at once, and its waiting poll", async () => {
    const waiting = laptop.wait({ stores: ["MMM_Device"], seconds: 30 });
    const ended = waiting.then(
      () => "changed",
      (error: unknown) => (error as { code: string }).code,
    );
    await revokeDevice(alice, laptop.deviceUdf);
    assert.is(await ended, "ERR_REVOKED");
    await throwsMesh(() => laptop.sync(), "ERR_REVOKED");
    await alice.sync();
    assert.is(alice.directory.find(laptop.deviceUdf), undefined);
  });

  it("reads and writes beside entries that are none", async () => {
    const phone = await house.join(alice, "tablet", ["admin"]);
    const bad = [{ CatalogedDevice: { DeviceUdf: 7 } }, { CatalogedPlace: { LocalName: [] } }, [], "x"] as never[];
    const catalogs = bad.flatMap((entry, at) =>
      (["MMM_Device", "MMM_Place"] as const).map((store) => ({ store, key: `bad ${at}`, change: () => entry })),
    );
    // Well formed, and its connection is signed by nobody.
    const known = alice.get(deviceCatalog, alice.deviceUdf)!;
    const stray = { ...known, DeviceUdf: "MAAA", EnvelopedConnectionDevice: known.EnvelopedProfileDevice as never };
    await phone.transact({ catalogs: [...catalogs, put(deviceCatalog, stray)] });
    await addPlace(phone, { name: "Shed" });
    await alice.sync();
    assert.is(findPlace(alice, "shed").LocalName, "Shed");
    const again = await AccountContext.open({ dir: alice.dir, ports });
    assert.is(again.list(deviceCatalog).length, alice.list(deviceCatalog).length);
    assert.is(again.directory.find("MAAA"), undefined);
    assert.is(findPlace(again, "shed").LocalName, "Shed");
    await again.close();
    await house.join(alice, "watch", ["web"]);
  });
});
