/** A light that shares no code with the hub (test/device/python) joins a real house by its printed code, over TCP. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startVirtualDevice } from "../../../firmware-stubs/virtual/spawn.ts";
import { packagePath } from "../../../src/base/package-root.ts";
import { encodeObjectB } from "../../../src/codec/index.ts";
import { DevicePreconfigurationPrivate } from "../../../src/schema/index.ts";
import { TcpMedium } from "../../../src/transport/tcp/tcp-medium.ts";
import { assert, describe, skipUnless } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { freePort } from "../../kit/free-port.ts";
import { ports } from "../../kit/household.ts";
import { collect, startHub, startWorld } from "../../kit/hub.ts";

const interpreter = spawnSync("sh", ["-c", 'python3 -c "import sys; print(sys.executable)"']).stdout.toString().trim();

describe("onboarding of a device in another language", (it) => {
  it(
    "a light in Python is connected by its code, commanded, and reports",
    async () => {
      skipUnless(interpreter !== "", "needs python3");
      const world = await startWorld();
      const made = await world.preconfigure();
      const imageDir = join(world.dir, "python-light");
      mkdirSync(imageDir);
      writeFileSync(join(imageDir, "factory.jbcd"), encodeObjectB(DevicePreconfigurationPrivate, made.image));
      const port = await freePort();
      const program = [interpreter, packagePath("test", "device", "python", "main.py")];
      const device = await startVirtualDevice({ program, imageDir, medium: "tcp", port });
      const tcp = new TcpMedium({ browse: false, staticPeers: [`127.0.0.1:${port}`], ...ports });
      await tcp.start();
      const hub = await startHub({
        context: world.hubContext,
        media: [tcp],
        dir: join(world.dir, "hub"),
        times: { findSeconds: 8, offerSeconds: 10 },
      });
      try {
        const last = (await collect(hub.onboarding.onboard({ uri: made.uri, name: "hall light" }))).at(-1);
        assert.equal([last?.step, last?.state], ["register", "done"], last?.error?.message);
        const on = { deviceUdf: made.deviceUdf, messageId: "NPY-1", command: "Set", arguments: [{ Name: "On", Value: true }], timeoutMs: 8000 };
        assert.is((await hub.links.command(on)).Result, "Accept");
        await device.send("set Brightness 30");
        await eventually("its dimmer is reported", () => hub.reports.some(({ cause }) => cause === "switch"));
      } finally {
        await hub.stop();
        await device.stop();
        await tcp.stop();
        await world.stop();
      }
    },
    { timeoutMs: 60_000 },
  );
});
