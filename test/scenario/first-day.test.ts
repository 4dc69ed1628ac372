/**
 * docs/first-day.md walked in a Chromium, from the link that the hub's terminal prints on: a place, a bulb by a photo of its code, a lamp behind
 * zigbee2mqtt and a plug with Tasmota taken over and named, and all of them for the checker that plays Home Assistant. Nobody types a fingerprint. The
 * installer before it is walked on a booted Debian by test/service/household.test.ts; service, owner's agent and hub run in this process here.
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
import type { BrowserPage } from "../kit/browser.ts";
import { needChromium, openBrowser } from "../kit/browser.ts";
import { writePhoto } from "../kit/code-picture.ts";
import { eventually } from "../kit/eventually.ts";
import { ForeignFleet, tasmotaPlugs } from "../kit/foreign-fleets.ts";
import { PlayedHomeAssistant } from "../kit/home-assistant.ts";
import { lightDescription, pump } from "../kit/hub.ts";
import { machine } from "../kit/meshman-terminal.ts";
import { ZigbeeFleet } from "../kit/zigbee-fleet.ts";

const pictures = process.env.MESH_TEST_PICTURES;

async function press(page: BrowserPage, label: string): Promise<void> {
  const found = `[...document.querySelectorAll("button")].find((b) => !b.disabled && (b.getAttribute("aria-label") ?? b.textContent).startsWith(${JSON.stringify(label)}))`;
  await page.until(`there is ${label}`, found);
  await page.evaluate(`${found}.click()`);
}

async function choose(page: BrowserPage, select: string, option: string): Promise<void> {
  const of = `document.querySelector(${JSON.stringify(select)})`;
  const value = `[...${of}.options].find((o) => o.textContent === ${JSON.stringify(option)})?.value`;
  await page.until(`${option} can be chosen`, value);
  await page.evaluate(`(() => { const s = ${of}; s.value = ${value}; s.dispatchEvent(new Event("change", { bubbles: true })); })()`);
}

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
      /** The owner looks what waits, and agrees. */
      const agree = async (text: RegExp): Promise<void> => {
        let messageId = "";
        await eventually(`the owner is asked: ${text}`, async () => {
          const { pending } = await owner.json("message", "pending");
          const found = (pending as { kind: string; text?: string; messageId: string }[]).find(
            (one) => one.kind === "edit" && text.test(one.text ?? ""),
          );
          messageId = found?.messageId ?? "";
          return found !== undefined;
        });
        await owner.does("message", "accept", messageId);
      };
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
      await page.evaluate(`location.hash = "#start"`);
      await page.shows("Set up the house");
      await press(page, "Kitchen");
      await press(page, "Ask the owner");
      await agree(/Kitchen/);
      await page.shows("There are: Kitchen.");

      await owner.does("device", "window", "10m", "--class", "light");
      await page.setFiles("input[name=photo]", [writePhoto(join(hub.house.dir, "photo.png"), [made.uri])]);
      await page.until("the code is found", `document.querySelectorAll("li.code").length === 1`);
      await page.click("li.code input");
      await page.type("kitchen light");
      await press(page, "Connect");
      await page.shows("Connected as kitchen light");
      await page.click('nav a[href="#devices"]');
      await page.click(`[data-udf="${made.deviceUdf}"] [role=switch]`);
      await eventually("the bulb is lit", async () => ((await bulb.status()).values as Record<string, unknown>).On === true);
      console.log(`from the link to a lit bulb: ${Math.round((performance.now() - began) / 1000)} s`);

      for (const [foreign, name] of [
        ["zl-1 room 0", "reading lamp"],
        ["outlet 0", "desk plug"],
      ] as const) {
        await page.click('nav a[href="#connect"]');
        await press(page, `Ask to let it in: ${foreign}`);
        await agree(new RegExp(`^connect .*${foreign}`));
        await page.click('nav a[href="#devices"]');
        let udf = "";
        await eventually(`${foreign} is in the house`, async () => {
          udf = (await client.devices()).find((device) => device.name === foreign && device.status === "Online")?.udf ?? "";
          return udf !== "";
        });
        const card = `[data-udf="${udf}"]`;
        await page.until("it has a card", `document.querySelector('${card} summary')`);
        await page.evaluate(`document.querySelector('${card} summary').click()`);
        await page.until("its details are open", `document.querySelector('${card} input[name=rename]')`);
        await page.click(`${card} input[name=rename]`);
        await page.evaluate(`document.querySelector('${card} input[name=rename]').select()`);
        await page.type(name);
        await page.press("Enter");
        await agree(new RegExp(name));
        await page.until(`it is called ${name}`, `document.querySelector('${card} h3').textContent === ${JSON.stringify(name)}`);
        await choose(page, `${card} select[name=move]`, "Kitchen");
        await agree(/into Kitchen/);
        await page.until("it stands there", `document.querySelector('section[aria-label="Kitchen"] ${card}')`);
        await page.click(`${card} [role=switch]`);
        await page.until("it is on", `document.querySelector('${card} [role=switch]').getAttribute("aria-checked") === "true"`);
      }
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
