import type { AccountContext } from "../../../src/account/index.ts";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { startHousehold } from "../../kit/household.ts";
import { machine } from "../../kit/meshman-terminal.ts";

describe("meshman account info and hello", (it) => {
  let house: Household;
  let alice: AccountContext;
  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    await house.join(alice, "phone", ["message"]);
  });
  it.after(() => house.stop());

  it("shows what the account publishes, and which keys are on this machine", async () => {
    const { profile } = alice;
    const here = await machine(house.home("alice"), house.service.url).json("account", "info");
    assert.is(here.udf, alice.accountUdf);
    assert.equal(here.administrators, ["alice"]);
    assert.is(here.device.holdsSeed, true);
    const there = await machine(house.home("phone"), house.service.url).json("account", "info");
    const keyOf = (name: string) => there.keys.find((key: { name: string }) => key.name === name);
    assert.equal(keyOf("AccountEncryption"), { name: "AccountEncryption", udf: profile.AccountEncryption.Udf, held: true });
    assert.equal(keyOf("AdministratorSignature").held, false);
    assert.equal(keyOf("ProfileSignature").held, false);
    assert.is(there.stores.find(({ store }: { store: string }) => store === "MMM_Contact").epoch, 0);
    assert.match(
      await machine(house.home("phone"), house.service.url).does("account", "info"),
      /AdministratorSignature \S+ {2}\(not on this machine\)/,
    );
  });

  it("shows what the account uses of its service, by the service's own figures", async () => {
    const laptop = machine(house.home("alice"), house.service.url);
    const { budgets } = await laptop.json("account", "info");
    const octets = budgets.find(({ unit, store }: { unit: string; store?: string }) => unit === "octets" && store === undefined);
    assert.is(octets.most, 4 * 2 ** 30);
    assert.ok(octets.used > 1000 && octets.used < 1 << 20);
    const frames = budgets.find(({ unit, store }: { unit: string; store?: string }) => unit === "frames" && store === "MMM_Local");
    assert.equal([frames.most, frames.others, frames.used > 0], [262_144, 230_687, true]);
    assert.match(await laptop.does("account", "info"), /used\t\d+ of 4294967296 octets \(1288490189 without the role admin\)/);
    const phone = machine(house.home("phone"), house.service.url);
    const own = (await phone.json("account", "info")).budgets.find(({ unit }: { unit: string }) => unit === "octets");
    assert.equal([own.most, own.others], [1_288_490_189, undefined], "as far as it may fill it itself");
    assert.match(await phone.does("account", "info"), /used\t\d+ of 1288490189 octets$/m);
    const away = machine(house.home("alice"), "http://127.0.0.1:1");
    assert.equal((await away.json("account", "info")).budgets, []);
  });

  it("asks a service who it is before there is an account", async () => {
    const hello = await machine(tempDirectory(), house.service.url).json("account", "hello", "bob@example.com");
    assert.is(hello.service.udf, alice.profile.ServiceUdf);
    assert.ok(hello.extensions.includes("stage/1"));
  });
});
