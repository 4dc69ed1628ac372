/** Grants: an administrator writes them, every hub reads them, nobody else sees them, and a hub goes by what stands there now. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AccountContext } from "../../../src/account/index.ts";
import { addGrant, addPlace, endGrant, findGrant, grantsOf } from "../../../src/account/index.ts";
import { utf8 } from "../../../src/base/bytes.ts";
import { GrantBook } from "../../../src/hub/command/grant-book.ts";
import { authorize } from "../../../src/hub/command/principal.ts";
import { grantCatalog } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { udfOf } from "../../kit/named-things.ts";

describe("account: grants", (it) => {
  let house: Household;
  let alice: AccountContext;
  let hub: AccountContext;
  let book: GrantBook;
  let hall = "";
  const now = (): number => ports.clock.now();

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    hub = await house.join(alice, "hub", ["hub"]);
    hall = (await addPlace(alice, { name: "hall" })).Key;
    book = new GrantBook(hub);
  });
  it.after(() => house.stop());

  it("an administrator grants, and a hub has it with its next look", async () => {
    assert.equal(book.list(), []);
    const { grant, token } = await addGrant(alice, { kind: "token", name: "the printer", terms: { places: ["hall"], classes: ["light"] } });
    assert.ok(token);
    await hub.sync();
    assert.equal(
      book.list().map(({ LocalName, Kind }) => [LocalName, Kind]),
      [["the printer", "token"]],
    );
    const principal = book.bearer(utf8(token), "house");
    assert.is(principal?.id, grant.Key);
    const light = { deviceUdf: udfOf(1), deviceClass: "light", places: [hall], command: "Set" };
    assert.is(authorize(principal!, light, { standing: "good", now: now() }), undefined);
    assert.is(authorize(principal!, { ...light, places: ["kitchen"] }, { standing: "good", now: now() })?.code, "ERR_NOT_AUTHORIZED");
    assert.is(book.bearer(utf8(`${token}A`), "house"), undefined);
    assert.is(book.bearer(new Uint8Array(), "house"), undefined);
    assert.is(book.holder(grant.Key, { kind: "guest", from: "afar" }), undefined, "a token is no guest");
  });

  it("shows the token once: neither the account nor the service keep it", async () => {
    const { token } = await addGrant(alice, { kind: "token", name: "another", terms: {} });
    assert.not.match(JSON.stringify(grantsOf(alice)), token!.slice(0, 20));
  });

  it("is not to be read by who serves it, nor by the owner's other machines", async () => {
    await addGrant(alice, { kind: "page", name: "the cleaner Belinda", terms: { until: now() + 60_000 } });
    const files = readdirSync(join(house.dir, "service"), { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
    const stored = files.map((file) => readFileSync(join(file.parentPath, file.name), "latin1"));
    assert.ok(files.some(({ name }) => name === "MMM_Grant.dare"));
    assert.not.ok(stored.some((text) => text.includes("Belinda")));
    const phone = await house.join(alice, "phone", ["web", "device", "command"]);
    assert.not.ok(phone.keys.storeKeys.has("MMM_Grant"));
    await throwsMesh(phone.client.download({ Account: phone.address, Select: [{ Container: "MMM_Grant", IndexMin: 0 }] }), "ERR_NOT_AUTHORIZED");
    await throwsMesh(addGrant(phone, { kind: "token", name: "mine", terms: {} }), "ERR_NOT_AUTHORIZED");
  });

  it("a hub reads them and writes none", async () => {
    await hub.sync();
    const [grant] = book.list();
    assert.ok(grant);
    const widened = { store: grantCatalog.label, key: grant.Key, change: () => ({ tag: "CatalogedGrant", value: {} }) as never };
    await throwsMesh(hub.transact({ catalogs: [widened] }), "ERR_NOT_AUTHORIZED");
  });

  it("names what is there, and ends in time", async () => {
    const add = (terms: Parameters<typeof addGrant>[1]["terms"]) => addGrant(alice, { kind: "page", name: "x", terms });
    await throwsMesh(add({ places: ["cellar"] }), "ERR_NOT_FOUND");
    await throwsMesh(add({ devices: ["nothing"] }), "ERR_NOT_FOUND");
    await throwsMesh(add({ until: now() - 1 }), "ERR_USAGE");
    await throwsMesh(add({ classes: Array.from({ length: 65 }, () => "light") }), "ERR_USAGE");
    await throwsMesh(addGrant(alice, { kind: "mqtt", name: "x", terms: { risky: true } }), "ERR_USAGE");
  });

  it("taken back is taken back at the hub's next look", async () => {
    const { token } = await addGrant(alice, { kind: "token", name: "for a day", terms: {} });
    await hub.sync();
    assert.ok(book.bearer(utf8(token!), "house"));
    await endGrant(alice, findGrant(alice, "for a day"));
    await hub.sync();
    assert.is(book.bearer(utf8(token!), "house"), undefined);
    await throwsMesh(async () => findGrant(alice, "for a day"), "ERR_NOT_FOUND");
  });
});
