/**
 * docs/first-day.md walked in a Chromium, from the link that the hub's terminal prints on: a place, a bulb by a photo of its code, a lamp behind
 * zigbee2mqtt and a plug with Tasmota taken over and named, and all of them for the checker that plays Home Assistant. Nobody types a fingerprint. Service,
 * owner's agent and hub run in this process, and the owner agrees to everything; test/service/household.test.ts walks the same on a booted Debian.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startVirtualDevice } from "../../firmware-stubs/virtual/spawn.ts";
import { attend, preconfigureDevice } from "../../src/account/index.ts";
import { hubClient } from "../../src/api/index.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { encodeObjectB } from "../../src/codec/index.ts";
import { DevicePreconfigurationPrivate } from "../../src/schema/index.ts";
import { bundlePage } from "../harness/bundle.ts";
import { assert, describe, onCleanup } from "../harness/suite.ts";
import { bridgePassword, makeBridgedHub } from "../kit/bridged-hub.ts";
import { needChromium, openBrowser } from "../kit/browser.ts";
import { writePhoto } from "../kit/code-picture.ts";
import { eventually } from "../kit/eventually.ts";
import type { FirstDay } from "../kit/first-day-walk.ts";
import { connectBulb, setUpHouse, takeOver } from "../kit/first-day-walk.ts";
import { ForeignFleet, tasmotaPlugs } from "../kit/foreign-fleets.ts";
import { PlayedHomeAssistant } from "../kit/home-assistant.ts";
import { lightDescription, pump } from "../kit/hub.ts";
import { machine } from "../kit/meshman-terminal.ts";
import { ZigbeeFleet } from "../kit/zigbee-fleet.ts";

const pictures = process.env.MESH_TEST_PICTURES;

describe("scenario: the first day", (it) => {
  it(
    "from the hub's link to a lit bulb, a lamp and a plug taken over and named, and all of them at Home Assistant",
    async () => {
      needChromium();
      if (!existsSync(packagePath("dist", "page", "index.html"))) await bundlePage();
      const hub = await makeBridgedHub();
      onCleanup(() => hub.house.stop());
      const { alice } = hub;
      const web = { "web.enabled": true, "web.port": 0, "web.tls.port": 0 };
      const daemon = await hub.start(
        [
          { kind: "zigbee2mqtt", username: "z2m" },
          { kind: "tasmota", username: "tasmota" },
        ],
        web,
      );
      const client = hubClient({ socket: join(hub.stateDir, "hub.sock"), startWith: "mesh-hub run" });
      const agent = pump(async () => {
        await alice.refresh();
        await alice.sync();
        await attend(alice, { claim: false });
      });
      onCleanup(() => agent.stop());
      const owner = machine(alice.dir, hub.house.service.url);
      const url = `mqtt://127.0.0.1:${daemon.hub.status().mqttPort}`;
      await new ZigbeeFleet(1).start({ url, username: "z2m", password: bridgePassword });
      await new ForeignFleet(tasmotaPlugs("outlet"), 1).start({ url, username: "tasmota", password: bridgePassword });
      const maker = await hub.house.create("maker", "maker@example.com");
      const made = await preconfigureDevice(maker, { description: lightDescription, hailing: ["mqtt"] });
      const imageDir = join(hub.house.dir, "bulb");
      mkdirSync(imageDir);
      writeFileSync(join(imageDir, "factory.jbcd"), encodeObjectB(DevicePreconfigurationPrivate, made.image));
      const bulb = await startVirtualDevice({ medium: "mqtt", broker: url.slice("mqtt://".length), imageDir });
      onCleanup(async () => void (await bulb.stop()));

      const began = performance.now();
      const page = await (await openBrowser()).page();
      await page.look({ width: 390, height: 844 });
      await page.goto((await client.open({ name: "alice" })).url);
      await page.shows("Live");
      const day: FirstDay = {
        page,
        pending: async () => (await owner.json("message", "pending")).pending,
        accept: (messageId) => owner.does("message", "accept", messageId),
        devices: () => client.devices(),
      };
      await setUpHouse(day);
      await owner.does("device", "window", "10m", "--class", "light");
      await connectBulb(day, writePhoto(join(hub.house.dir, "photo.png"), [made.uri]), made.deviceUdf);
      await eventually("the bulb is lit", async () => ((await bulb.status()).values as Record<string, unknown>).On === true);
      console.log(`from the link to a lit bulb: ${Math.round((performance.now() - began) / 1000)} s`);
      await takeOver(day, "zl-1 room 0", "reading lamp");
      await takeOver(day, "outlet 0", "desk plug");
      if (pictures !== undefined) await page.screenshot(join(pictures, "first-day.png"));
      assert.equal(page.complaints, []);

      const { username, password } = await client.haConnect();
      const played = new PlayedHomeAssistant();
      await played.connect({ url, username, password });
      const names = ["kitchen light", "reading lamp", "desk plug"];
      await client.haShare(names, true);
      await eventually("Home Assistant shows all three", () => played.devices.size === 3);
      assert.equal(played.refused, []);
      for (const name of names) assert.ok(played.of(name).length > 0, name);
    },
    { timeoutMs: 420_000 },
  );
});
