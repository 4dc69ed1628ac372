/** One book of names for the hub and for the owner's machines: one name, one way to believe a description. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AccountContext } from "../../src/account/index.ts";
import { systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { systemRandom } from "../../src/base/random.ts";
import { houseOf } from "../../src/cli/meshman/house.ts";
import { generatePrivateKey } from "../../src/crypto/index.ts";
import { NameBook } from "../../src/names/name-book.ts";
import { loadVerified } from "../../src/names/verified-file.ts";
import type { Catalog, CatalogedDevice, CatalogedPlace } from "../../src/schema/index.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";
import { hubUdf, make } from "../kit/made-device.ts";
import { drivers, udfOf } from "../kit/named-things.ts";

const places: readonly CatalogedPlace[] = [{ Key: "kitchen", LocalName: "kitchen" }];

/** What hub and meshman read of an account, with a count of the lists that were taken. */
function accountOf(entries: CatalogedDevice[]) {
  const account = {
    lists: 0,
    dir: tempDirectory(),
    deviceUdf: hubUdf,
    ports: { clock: systemClock, log: silentLog, random: systemRandom },
    directory: { find: () => undefined },
    list: <T>({ label, keyOf }: Catalog<T>) => {
      account.lists += 1;
      const values = (label === "MMM_Device" ? entries : label === "MMM_Place" ? places : []) as readonly unknown[] as readonly T[];
      return values.map((value, index) => ({ key: keyOf(value), index, value }));
    },
    get: <T>(catalog: Catalog<T>, key: string) => account.list(catalog).find((entry) => entry.key === key)?.value,
  };
  return account;
}

function bookOf(account: ReturnType<typeof accountOf>): NameBook {
  return new NameBook({ account, drivers, isOnline: () => undefined, log: silentLog });
}

describe("names: the book", (it) => {
  it("a device has the same name at the hub and at the owner's machines, also without one of its own", async () => {
    const machine = { DeviceUdf: udfOf(7) } as CatalogedDevice;
    const bulb = make("light", { place: "kitchen" }).entry;
    const account = accountOf([bulb, make("light", { name: "stove" }).entry, machine]);
    const seen = (book: NameBook) => book.entries().map(({ name }) => name);
    assert.equal(seen(bookOf(account)), [`light ${bulb.DeviceUdf.slice(0, 9)}`, "stove", udfOf(7)]);
    assert.equal(seen((await houseOf(account as unknown as AccountContext)).book), seen(bookOf(account)));
    assert.equal(
      (await houseOf(account as unknown as AccountContext)).members.map(({ name }) => name),
      seen(bookOf(account)),
    );
  });

  it("a description that the device's own key did not sign is believed by neither", async () => {
    const forged = make("light", { name: "kitchen light", signer: generatePrivateKey("Ed25519", systemRandom) }).entry;
    const account = accountOf([forged]);
    for (const book of [bookOf(account), (await houseOf(account as unknown as AccountContext)).book]) {
      assert.equal(book.devices(), []);
      assert.equal(book.index.things, []);
      assert.is(book.entries()[0]?.description, undefined);
      assert.is(book.entries()[0]?.name, "kitchen light", "a name is the account's, not the maker's");
    }
  });

  it("a command does not verify what one before it has, and never believes a changed entry for that", async () => {
    const good = make("light", { name: "stove" }).entry;
    const other = make("light", { name: "porch" });
    const account = accountOf([good]);
    const first = await houseOf(account as unknown as AccountContext);
    assert.is(first.book.verified.size, 1);
    const known = await loadVerified(account.dir);
    assert.equal([...known], [...first.book.verified]);
    const swapped = { ...good, EnvelopedDevicePreconfigurationPublic: other.entry.EnvelopedDevicePreconfigurationPublic! };
    const book = new NameBook({ account: accountOf([swapped]), drivers, isOnline: () => undefined, log: silentLog, verified: known });
    assert.equal(book.devices(), []);
    const again = new NameBook({ account, drivers, isOnline: () => undefined, log: silentLog, verified: known });
    assert.equal(again.devices()[0]?.description, first.book.devices()[0]?.description);
    writeFileSync(join(account.dir, "described"), "damaged\n\u0000");
    assert.is((await houseOf(account as unknown as AccountContext)).book.devices().length, 1);
  });

  it("catalogs are read again only when one has changed", () => {
    const entries = [make("light", { name: "stove" }).entry];
    const account = accountOf(entries);
    const book = bookOf(account);
    book.device(entries[0]!.DeviceUdf);
    const { lists } = account;
    for (let i = 0; i < 100; i++) {
      book.devices();
      book.placesOf(entries[0]!.DeviceUdf);
      assert.ok(book.index.byKey.has("stove"));
    }
    assert.is(account.lists, lists);
    const described = book.describe(entries[0]!.DeviceUdf);
    entries[0] = { ...entries[0]!, LocalName: "oven lamp" };
    book.changed();
    assert.is(book.device(entries[0].DeviceUdf)?.name, "oven lamp");
    assert.is(book.device(entries[0].DeviceUdf)?.description, described, "nor is a description verified again");
    assert.is(book.placeName("kitchen"), "kitchen");
    assert.is(book.placeName("gone"), "gone");
  });
});
