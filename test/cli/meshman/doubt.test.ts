/** A store that ends with what nobody can believe: `account sync` and `account status` show the others, and say which and why. */
import { newNonce } from "../../../src/crypto/index.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { machine } from "../../kit/meshman-terminal.ts";
import { spoil } from "../../kit/spoilt-store.ts";

const address = "alice@example.com";

describe("meshman: one store that is not believed", (it) => {
  it("keeps nothing else back, and is the exit status and its cause", async () => {
    const house = await startHousehold();
    onCleanup(() => house.stop());
    const alice = await house.create("alice", address);
    const pad = await house.join(alice, "pad", ["device"]);
    const phone = await house.join(alice, "phone", ["admin"]);
    await alice.close();
    await spoil(pad, "key");
    const { addPlace } = await import("../../../src/account/index.ts");
    await addPlace(phone, { name: `kitchen ${newNonce(ports.random).slice(-4)}` });
    const desk = machine(house.home("alice"), house.service.url);
    const synced = await desk.run(["account", "sync", "--json"]);
    assert.is(synced.status, 77, synced.stdout + synced.stderr);
    const document = JSON.parse(synced.stdout);
    assert.is(document.success, false);
    assert.ok(document.stores.some(({ store }: { store: string }) => store === "MMM_Place"));
    assert.equal(
      document.doubted.map(({ store, error }: { store: string; error: { code: string } }) => [store, error.code]),
      [["MMM_Network", "ERR_VERIFICATION"]],
    );
    assert.match(await desk.fails(77, "account", "sync"), /^error: MMM_Network: /m);
    const shown = await desk.run(["account", "status"]);
    assert.is(shown.status, 77, shown.stderr);
    assert.match(shown.stdout, /reachable/);
    assert.match(shown.stdout, /\[MMM_Place\] \d+/);
    assert.match(shown.stderr, /^error: MMM_Network: .+\nhint: /m);
    const status = JSON.parse((await desk.run(["account", "status", "--json"])).stdout);
    assert.is(status.success, false);
    assert.is(status.service.reachable, true);
    assert.is(status.doubted.length, 1);
  });
});
