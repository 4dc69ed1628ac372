/** `meshman account purge`: the secret leaves the machine, what it was sealed in leaves machine and service, and shares bring it back elsewhere. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AccountFile } from "../../../src/account/context/account-file.ts";
import { AccountContext, fetchRecord } from "../../../src/account/index.ts";
import { continuePurge } from "../../../src/account/recovery/purge-seed.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { decodeObject } from "../../../src/codec/index.ts";
import { MeshService } from "../../../src/provider/index.ts";
import { deviceCatalog } from "../../../src/schema/index.ts";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";
import type { Machine } from "../../kit/meshman-terminal.ts";
import { fieldOf, machine } from "../../kit/meshman-terminal.ts";

const ports = { clock: systemClock, random: systemRandom, log: silentLog };

describe("meshman: account purge", (it) => {
  const root = tempDirectory();
  const service = new MeshService();
  const on = (name: string): Machine => machine(join(root, name), service.url);
  const alice = "alice@example.com";
  let udf = "";
  let shares: readonly string[] = [];
  let record = "";

  it.before(async () => {
    const bind = { kind: "open" } as const;
    // A day of the service is no time here: what was in force before is forgotten when it is asked to.
    await service.start({ bind, dir: join(root, "service"), host: "127.0.0.1", port: 0, limits: { formerMs: 3000 }, ...ports });
    udf = fieldOf(await on("desk").does("account", "create", alice, "--name", "desk"), "UDF");
    await on("desk").does("place", "add", "kitchen");
    for (const [name, role] of [
      ["phone", "web"],
      ["pad", "admin"],
    ] as const) {
      const { uri } = await on("desk").json("account", "pin", "--role", role);
      await on(name).does("device", "request", uri, "--name", name);
      await on("desk").does("account", "sync");
      await on(name).does("device", "complete");
    }
    ({ shares, record } = await on("desk").json("account", "escrow"));
  });
  it.after(() => service.stop());

  it("wants shares that are good, on a machine that has the secret", async () => {
    await on("mallory").does("account", "create", "mallory@example.com");
    const others: readonly string[] = (await on("mallory").json("account", "escrow")).shares;
    assert.match(
      await on("desk").fails(77, "account", "purge", shares[0]!, "--yes"),
      /1 share is too few: 2 of the set are needed\nhint: add others of the same set/,
    );
    assert.match(
      await on("desk").fails(77, "account", "purge", others[0]!, others[1]!, "--yes"),
      /shares of M\S+: the seed here is of M\S+, and they did not verify/,
    );
    assert.match(await on("pad").fails(77, "account", "purge", shares[0]!, shares[1]!, "--yes"), /does not hold the seed/);
    assert.is((await on("desk").json("account", "info")).device.holdsSeed, true);
  });

  it("takes it off: no file of the machine, and after a day none of the service, has what it was sealed in", async () => {
    const dir = join(root, "desk");
    const before = decodeObject(AccountFile, readFileSync(join(dir, "account.json"))).CatalogedDevice.EnvelopedActivationAccount;
    assert.ok(before);
    const done = await on("desk").json("account", "purge", shares[0]!, shares[2]!, "--yes");
    assert.equal([done.udf, done.others], [udf, []]);
    // What a bare machine accepts at least is what the purge has left, not what was there before it.
    assert.is((await fetchRecord(record, { serviceUrl: service.url, ports })).record.Head?.Epoch, 1);
    const info = await on("desk").json("account", "info");
    assert.equal([info.device.holdsSeed, info.device.roles.includes("super"), info.device.roles.includes("admin")], [false, false, true]);
    const now = decodeObject(AccountFile, readFileSync(join(dir, "account.json"))).CatalogedDevice;
    assert.is(now.EnvelopedActivationSuper, undefined);
    assert.is(now.HeldSeed, true, "as long as the service keeps what it was sealed in");
    const copies = readdirSync(join(dir, "stores")).filter((name) => /^MMM_(Device|Access)\./.test(name) && name.endsWith(".dare"));
    assert.equal(copies.sort(), ["MMM_Access.1.dare", "MMM_Device.1.dare"]);
    await systemClock.sleep(3500);
    await on("desk").does("account", "sync");
    assert.not.ok(readdirSync(dir).includes("seed-purge.json"));
    const [account] = readdirSync(join(root, "service", "accounts")).filter((name) =>
      readdirSync(join(root, "service", "accounts", name)).some((file) => file.startsWith("MMM_Device.1")),
    );
    assert.ok(account);
    const kept = readdirSync(join(root, "service", "accounts", account)).filter((name) => /^MMM_(Device|Access)\b.*\.dare$/.test(name));
    assert.equal(kept.sort(), ["MMM_Access.1.dare", "MMM_Device.1.dare"]);
    const context = await AccountContext.open({ dir, ports, serviceUrl: service.url });
    assert.is(context.keys.accountSeed, undefined);
    assert.is(context.keys.profileSignature, undefined);
    await context.sync();
    assert.is(context.get(deviceCatalog, context.deviceUdf)?.HeldSeed, undefined);
    assert.is(await continuePurge(context), undefined);
    await context.close();
  });

  it("leaves an administrator, which removes machines; what needs the secret waits for one that recovers it by the shares", async () => {
    const desk = on("desk");
    await desk.does("place", "add", "bedroom");
    assert.match(await desk.fails(77, "account", "escrow"), /does not hold the seed/);
    const { remains } = await desk.json("device", "delete", "phone", "--yes");
    assert.match(remains.join("\n"), /AccountEncryption.*account recover/s);
    const spare = on("spare");
    await spare.does("account", "recover", shares[1]!, shares[2]!, "--record", record, "--name", "spare");
    assert.match(await spare.does("place", "list"), /^bedroom\t/m);
    await spare.does("account", "sync");
    assert.equal((await spare.json("account", "info")).remains.members, []);
    assert.match(await desk.does("device", "list"), /^spare\t/m);
    assert.match(await on("pad").does("device", "list"), /^spare\t/m);
  });
});
