/** What `account list` and `account get` show of the accounts on a machine: from the files alone, also beside an agent that runs, and nothing of others. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AccountContext } from "../../../src/account/index.ts";
import { exclusively } from "../../../src/account/index.ts";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { machine } from "../../kit/meshman-terminal.ts";

describe("meshman account list and get", (it) => {
  let house: Household;
  let alice: AccountContext;
  let bob: AccountContext;
  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    bob = await house.create("bob", "bob@example.com");
    await house.join(alice, "phone", ["message"]);
  });
  it.after(() => house.stop());
  const at = (name: string) => machine(house.home(name), "http://127.0.0.1:1");

  it("the accounts of the directories beside, without a service, while another process holds one", async () => {
    mkdirSync(join(house.dir, "another program"));
    writeFileSync(join(house.dir, "another program", "account.json"), '{"user":"x"}');
    symlinkSync(house.home("alice"), join(house.dir, "alias"));
    await exclusively({ dir: house.home("alice"), purpose: "an agent", clock: ports.clock }, async () => {
      const { accounts, unread } = await at("alice").json("account", "list");
      assert.equal(
        accounts.map(({ account, directory, inUse }: { account: string; directory: string; inUse: boolean }) => [account, directory, inUse]),
        [
          ["alice@example.com", house.home("alice"), true],
          ["alice@example.com", house.home("phone"), false],
          ["bob@example.com", house.home("bob"), false],
        ],
      );
      assert.equal(unread, []);
      assert.equal(accounts[1].device.roles, ["message"]);
      assert.equal([accounts[0].udf, accounts[2].udf], [alice.accountUdf, bob.accountUdf]);
    });
    const text = await at("bob").does("account", "list");
    assert.equal(text.trim().split("\n").length, 3);
    assert.match(text, /^bob@example\.com\t.*\tin use$/m);
  });

  it("one of them by address, fingerprint or directory, and the one in use", async () => {
    const own = await at("bob").json("account", "get");
    assert.equal([own.account, own.udf, own.inUse, own.directory], [bob.address, bob.accountUdf, true, house.home("bob")]);
    assert.is(own.service.url, house.service.url);
    for (const name of ["BOB@example.com", bob.accountUdf, bob.accountUdf.toLowerCase().replaceAll("-", ""), house.home("bob")])
      assert.is((await at("alice").json("account", "get", name)).udf, bob.accountUdf, name);
    assert.match(await at("alice").does("account", "get", "bob@example.com"), /roles +|directory/);
    const twice = await at("alice").fails(64, "account", "get", "alice@example.com");
    assert.ok(twice.includes(house.home("alice")) && twice.includes(house.home("phone")), twice);
    assert.match(await at("alice").fails(66, "account", "get", "carol@example.com"), /no account "carol@example\.com" on this machine/);
  });

  it("says that there is none, and which cannot be read", async () => {
    const empty = machine(join(tempDirectory(), "nothing"), "http://127.0.0.1:1");
    const ran = await empty.run(["account", "list"]);
    assert.equal([ran.status, ran.stdout], [0, ""]);
    assert.match(ran.stderr, /no account of yours on this machine/);
    await empty.fails(67, "account", "get");
    const broken = join(house.dir, "broken");
    mkdirSync(broken);
    writeFileSync(join(broken, "account.json"), "{");
    writeFileSync(join(broken, "device.json"), "{}");
    const list = await at("bob").run(["account", "list"]);
    assert.is(list.status, 0);
    assert.match(list.stderr, /warning: .*broken: .*cannot be read/);
    await machine(broken, "http://127.0.0.1:1").fails(74, "account", "get");
  });
});
