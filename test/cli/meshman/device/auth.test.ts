import type { AccountContext } from "../../../../src/account/index.ts";
import { assert, describe } from "../../../harness/suite.ts";
import type { Household } from "../../../kit/household.ts";
import { startHousehold } from "../../../kit/household.ts";
import { machine } from "../../../kit/meshman-terminal.ts";

describe("meshman device auth", (it) => {
  let house: Household;
  let alice: AccountContext;
  let phone: AccountContext;
  const at = (name: string) => machine(house.home(name), house.service.url);
  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    phone = await house.join(alice, "phone", ["message"]);
    await house.join(alice, "hub", ["hub"]);
  });
  it.after(() => house.stop());

  it("gives roles, which the machine has after its next sync", async () => {
    const done = await at("alice").json("device", "auth", "phone", "--role", "web,command");
    assert.equal([done.before, done.roles, done.lost], [["message"], ["web", "command"], []]);
    await phone.sync();
    assert.equal(phone.roles, ["web", "command"]);
    assert.ok(phone.keys.storeKeys.has("MMM_Credential"));
  });

  it("takes roles away, and says what the machine may still hold", async () => {
    const { status, stdout, stderr } = await at("alice").run(["device", "auth", "phone", "/device"]);
    assert.is(status, 0, stderr);
    assert.match(stdout, /^phone: device$/m);
    assert.match(stderr, /under new keys, which phone does not have: .*MMM_Credential.*AccountEncryption/);
    assert.match(stderr, /phone can still open what it held whole of before/);
    await phone.sync();
    assert.is(phone.keys.storeKeys.has("MMM_Credential"), false);
    assert.is(phone.keys.accountEncryption, undefined);
  });

  it("asks before it makes an administrator, and makes nobody one without an answer", async () => {
    const refusal = await at("alice").fails(2, "device", "auth", "phone", "--role", "admin");
    assert.match(refusal, /--yes/);
    await at("alice").does("device", "auth", "phone", "--role", "admin", "--yes");
    await phone.sync();
    assert.ok(phone.keys.administrator);
  });

  it("takes the last administrator's role from nobody, and mixes hub with nothing", async () => {
    await at("alice").does("device", "auth", "phone", "--role", "web");
    assert.match(await at("alice").fails(2, "device", "auth", "alice", "--role", "web"), /last administration device/);
    assert.match(await at("alice").fails(2, "device", "auth", "phone", "--role", "hub"), /a hub stays a hub/);
    assert.match(await at("alice").fails(2, "device", "auth", "hub", "--role", "web"), /a hub stays a hub/);
    await at("alice").fails(2, "device", "auth", "phone", "--role", "hub,web");
    await at("phone").fails(77, "device", "auth", "phone", "--role", "admin", "--yes");
    await at("alice").fails(66, "device", "auth", "nobody", "--role", "web");
  });
});
