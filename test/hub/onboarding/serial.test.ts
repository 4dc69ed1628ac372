/** A light on a serial line, as a process: connected by its printed code, commanded, reporting, cut off from its power, and back. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startVirtualDevice } from "../../../firmware-stubs/virtual/spawn.ts";
import { encodeObjectB } from "../../../src/codec/index.ts";
import { DevicePreconfigurationPrivate } from "../../../src/schema/index.ts";
import { SerialMedium } from "../../../src/transport/serial/serial-medium.ts";
import { assert, describe, skipUnless } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { ports } from "../../kit/household.ts";
import type { World } from "../../kit/hub.ts";
import { collect, startHub, startWorld } from "../../kit/hub.ts";
import { missingForTerminals, startTerminals, startWire } from "../../kit/serial-wire.ts";

describe("onboarding over a serial line", (it) => {
  let world: World;
  it.before(async () => {
    world = await startWorld();
  });
  it.after(() => world.stop());

  async function light(name: string, line: { readonly hub: string; readonly device: string }): Promise<void> {
    const made = await world.preconfigure();
    const imageDir = join(world.dir, name);
    mkdirSync(imageDir);
    writeFileSync(join(imageDir, "factory.jbcd"), encodeObjectB(DevicePreconfigurationPrivate, made.image));
    const serial = new SerialMedium({ ports: [line.hub], baud: 115_200, ...ports });
    await serial.start();
    const at = { medium: "serial", imageDir, args: ["--line", line.device, "--largest", "256"] } as const;
    let device = await startVirtualDevice(at);
    const dir = join(world.dir, `${name}-hub`);
    const hub = await startHub({ context: world.hubContext, media: [serial], dir, times: { findSeconds: 8, offerSeconds: 10 } });
    try {
      const last = (await collect(hub.onboarding.onboard({ uri: made.uri, name: `${name} light` }))).at(-1);
      assert.equal([last?.step, last?.state], ["register", "done"], last?.error?.message);
      const on = { deviceUdf: made.deviceUdf, messageId: `N${name}-1`, command: "Set", arguments: [{ Name: "On", Value: true }], timeoutMs: 8000 };
      assert.is((await hub.links.command(on)).Result, "Accept");
      await device.send("switch off");
      await eventually("its switch is reported", () => hub.reports.some(({ cause }) => cause === "switch"));
      await device.kill();
      device = await startVirtualDevice(at);
      await eventually("it is back", async () => (await hub.links.command({ ...on, messageId: `N${name}-2` })).Result === "Accept");
    } finally {
      await hub.stop();
      await device.stop();
      await serial.stop();
    }
  }

  it("on a unix socket in place of a terminal", async () => light("socket", await startWire()), { timeoutMs: 60_000 });

  it(
    "on pseudo terminals",
    async () => {
      const missing = missingForTerminals();
      skipUnless(missing === undefined, missing ?? "");
      await light("terminal", await startTerminals());
    },
    { timeoutMs: 60_000 },
  );
});
