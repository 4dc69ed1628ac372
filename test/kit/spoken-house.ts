/** A house that can be spoken to: names of catalogs, scripted devices, and the hub's own orders and states. */
import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { systemRandom } from "../../src/base/random.ts";
import { Orders } from "../../src/hub/command/order.ts";
import { socketOwner } from "../../src/hub/command/principal.ts";
import type { Conversations } from "../../src/hub/names/conversations.ts";
import { say } from "../../src/hub/names/say.ts";
import { Outbox } from "../../src/hub/state/outbox.ts";
import { ShadowBook } from "../../src/hub/state/shadow-book.ts";
import { StateKeeper } from "../../src/hub/state/state-keeper.ts";
import { NameBook } from "../../src/names/name-book.ts";
import type { Catalog, CatalogedPlace, CatalogedRecipe, CatalogedScene } from "../../src/schema/index.ts";
import { onCleanup, tempDirectory } from "../harness/suite.ts";
import type { Made } from "./made-device.ts";
import { hubUdf } from "./made-device.ts";
import { drivers } from "./named-things.ts";
import { obedientLight, ScriptedDevices } from "./scripted-state.ts";

const places: readonly CatalogedPlace[] = [
  { Key: "house", LocalName: "House" },
  { Key: "down", LocalName: "Downstairs", Parent: "house" },
  { Key: "kitchen", LocalName: "Kitchen", Parent: "down" },
  { Key: "hall", LocalName: "Hall", Parent: "down" },
];

/** Opens it, with the devices, scenes and recipes given. */
export async function openSpokenHouse(made: readonly Made[], scenes: readonly CatalogedScene[] = [], recipes: readonly CatalogedRecipe[] = []) {
  const entries = made.map(({ entry }) => entry);
  const devices = new ScriptedDevices();
  devices.answer = obedientLight();
  const list = <T>({ label, entry, keyOf }: Catalog<T>) => {
    const values = (label === "MMM_Device"
      ? entries
      : label === "MMM_Place"
        ? places
        : entry.tag === "CatalogedScene"
          ? scenes
          : entry.tag === "CatalogedRecipe"
            ? recipes
            : []) as readonly unknown[] as readonly T[];
    return values.map((value, index) => ({ key: keyOf(value), index, value }));
  };
  const get = <T>(catalog: Catalog<T>, key: string) => list(catalog).find((entry) => entry.key === key)?.value;
  const names = new NameBook({
    account: { deviceUdf: hubUdf, list, get },
    drivers,
    isOnline: (udf) => devices.status(udf) === "Online",
    log: silentLog,
  });
  names.changed();
  const dir = tempDirectory();
  const book = await ShadowBook.open({ path: join(dir, "shadow.journal"), hubUdf });
  const outbox = await Outbox.open({ path: join(dir, "outbox.journal"), log: silentLog });
  const keeper = new StateKeeper({
    hubUdf,
    book,
    outbox,
    devices,
    describe: (udf) => names.describe(udf),
    floor: () => 0,
    coalesceMs: 10,
    telemetryMs: 10,
    clock: systemClock,
    log: silentLog,
  });
  keeper.start();
  onCleanup(async () => {
    await keeper.stop();
    await book.close();
    await outbox.close();
  });
  const orders = new Orders({
    devices,
    keeper,
    describe: (udf) => names.describe(udf),
    placesOf: (udf) => names.placesOf(udf),
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
  });
  return {
    devices,
    names,
    keeper,
    orders,
    entries,
    speak: (text: string, conversation?: { readonly book: Conversations; readonly name: string }) =>
      say(text, { principal: socketOwner, book: names, orders, keeper, clock: systemClock, conversation }),
  };
}
