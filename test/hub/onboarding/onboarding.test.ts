/** From the printed code to the connected light, with the real service, account and firmware; and every way in which it fails. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeQrPng } from "../../../src/codec/qr/index.ts";
import { CatalogedDevice } from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import type { World } from "../hub-world.ts";
import { collect, eventually, startHub, startWorld } from "../hub-world.ts";

describe("onboarding", (it) => {
  let world: World;
  it.before(async () => {
    world = await startWorld();
  });
  it.after(() => world.stop());

  it("connects a bulb from a PNG picture, step by step, and executes a command", async () => {
    const hub = await startHub({ context: world.hubContext, media: [world.medium], dir: join(world.dir, "hub-a") });
    const bulb = await world.bulb("bulb-a");
    const png = join(world.dir, "bulb-a.png");
    writeFileSync(png, writeQrPng(bulb.made.uri));
    bulb.on();
    const events = await collect(hub.onboarding.onboard({ uri: png, localName: "kitchen light", place: "kitchen" }));
    assert.equal(
      events.filter(({ state }) => state === "done").map(({ step }) => step),
      ["scan", "find", "describe", "link", "offer", "accept", "deliver", "commit", "register"],
    );
    const entry = world.hubContext.get("MMM_Device", bulb.made.deviceUdf, CatalogedDevice);
    assert.ok(entry?.Connected);
    assert.is(entry?.LocalName, "kitchen light");
    await eventually("online", () => hub.links.status(bulb.made.deviceUdf) === "Online");
    const order = { deviceUdf: bulb.made.deviceUdf, messageId: "NTEST-1", command: "On", arguments: [], timeoutMs: 3000 };
    const result = await hub.links.command(order);
    assert.is(result.Result, "Accept");
    assert.is(bulb.core.values.On, true);
    bulb.turn("off");
    await eventually("the switch was reported", () => hub.reports.some(({ cause }) => cause === "switch"));
    await hub.stop();
  });
});
