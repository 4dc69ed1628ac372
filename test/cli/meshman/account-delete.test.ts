import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { AccountContext } from "../../../src/account/index.ts";
import { addPlace } from "../../../src/account/index.ts";
import { placeCatalog } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { startHousehold } from "../../kit/household.ts";
import { machine } from "../../kit/meshman-terminal.ts";

describe("meshman account delete", (it) => {
  let house: Household;
  let alice: AccountContext;
  let hub: AccountContext;
  const address = "alice@example.com";
  const at = (name: string) => machine(house.home(name), house.service.url);
  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", address);
    await house.join(alice, "phone", ["web"]);
    hub = await house.join(alice, "hub", ["hub"]);
    await addPlace(alice, { name: "kitchen" });
    await hub.sync();
    await at("phone").does("account", "sync");
  });
  it.after(() => house.stop());

  it("changes nothing without the seed, for another address, without an answer or on a wrong one", async () => {
    assert.match(await at("phone").fails(77, "account", "delete", address, "--yes"), /does not hold the seed/);
    assert.match(await at("alice").fails(2, "account", "delete", "bob@example.com", "--yes"), /holds the account alice@example.com/);
    assert.match(await at("alice").fails(2, "account", "delete", address), /add --yes/);
    const { status, stderr } = await at("alice").run(["account", "delete", address], { isTerminal: true, typed: "y\n" });
    assert.is.not(status, 0);
    assert.match(stderr, /nothing was changed/);
    await at("alice").does("account", "status");
  });

  it("ends at the service and on this machine when the address is typed, and says who is left", async () => {
    const { status, stdout, stderr } = await at("alice").run(["account", "delete", address], { isTerminal: true, typed: `${address}\n` });
    assert.is(status, 0, stderr);
    assert.match(stdout, /Account=alice@example.com deleted/);
    assert.match(stderr, /keep their keys and copies.*: .*phone/);
    for (const name of ["device.json", "account.json", "stores"]) assert.not(existsSync(join(house.home("alice"), name)), name);
    assert.equal(readdirSync(join(house.dir, "service", "accounts")), []);
    assert.match(await at("alice").fails(77, "account", "status"), /removed from the account alice@example.com by alice/);
  });

  it("is told to the other machines by name, which keep what they have", async () => {
    assert.match(await at("phone").fails(67, "account", "sync"), /the service holds no account alice@example.com any more.*\n.*nothing was erased/s);
    const { status, stdout, stderr } = await at("phone").run(["place", "list"]);
    assert.is(status, 0, stderr);
    assert.match(stdout, /kitchen/);
    assert.match(stderr, /the service holds no account alice@example.com any more/);
    await throwsMesh(() => hub.sync(), "ERR_ACCOUNT_UNKNOWN");
    assert.equal(
      hub.list(placeCatalog).map(({ value }) => value.LocalName),
      ["kitchen"],
    );
  });

  it("leaves the address and the directory free for another account", async () => {
    await at("alice").does("account", "create", address);
    assert.match(await at("alice").does("account", "status"), /alice@example.com/);
  });
});
