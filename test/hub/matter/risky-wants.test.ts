/**
 * What a controller of Matter may want of a device of each class of the package, all of them out, through the hub's own orders: nothing that opens, heats,
 * sounds or moves something is done, and what a device would have to be told for it is put before the owner by device and order.
 */
import { systemClock } from "../../../src/base/clock.ts";
import type { BridgedWant } from "../../../src/matter/line.ts";
import { isRiskyOrder } from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { matterHouse } from "../../kit/matter-house.ts";
import { catalogue } from "../../kit/named-things.ts";
import type { PlayedMatter } from "../../kit/played-matter.ts";

const wants: readonly BridgedWant[] = [
  { on: true },
  { on: false },
  { level: 100 },
  { on: true, level: 100 },
  { locked: false },
  { locked: true },
  { position: 100 },
  { position: 50 },
  { position: 0 },
  { stop: true },
  { target: 21 },
  { target: 35 },
  { target: 300 },
  { mode: "heat" },
  { speed: 100 },
  { white: 2700 },
  { hue: 120, saturation: 80 },
];

describe("hub: risky wants of Matter", (it) => {
  it("none is done, of a device of any class, and each that could be is asked of the owner by device and order", async () => {
    const classes = Object.fromEntries([...catalogue.drivers.keys()].map((name) => [name, name]));
    // As a process may ask in some minutes: its quota is filled a thousand times as fast.
    const clock = { ...systemClock, monotonic: () => 1000 * systemClock.monotonic() };
    const { matter, processes, devices, told, asked, given } = await matterHouse({ classes, clock });
    const [process] = processes as [PlayedMatter];
    const { devices: all } = await matter.devices();
    const out = all.filter(({ as }) => as.length > 0);
    await matter.share(
      out.map(({ udf }) => udf),
      true,
    );
    matter.start();
    await eventually("all are shown", () => process.shown.size === out.length);
    const refused: string[] = [];
    for (const { udf, name } of all) {
      for (const want of wants) {
        const before = [asked.length, given.length];
        const { outcome } = await process.want(udf, want);
        assert.is.not(outcome, "busy", "the test asks faster than a process may");
        if (outcome === "refused" && asked.length > (before[0] ?? 0)) refused.push(`${name}: ${asked.at(-1)?.split(" ")[1]}`);
        if (outcome === "refused") assert.is(given.length, before[1], `${name} ${JSON.stringify(want)}`);
      }
    }
    const descriptionOf = (udf: string) => devices.find((device) => device.udf === udf)?.description;
    const harmful = told.filter(({ deviceUdf, command, values }) => {
      const { Class, Properties: properties } = descriptionOf(deviceUdf) ?? {};
      return isRiskyOrder({ class: Class, command, arguments: values, properties });
    });
    assert.equal(harmful, []);
    assert.ok(told.length > 20, `${told.length} orders that do no harm are carried out`);
    for (const order of ["lock: Unlock", "oven: Set"]) assert.ok(refused.includes(order), `${order} is asked of the owner`);
    for (const line of asked) assert.match(line, /^Matter: [A-Z][A-Za-z]* M[A-Z2-7-]+$/);
  });
});
