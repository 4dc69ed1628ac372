/**
 * A light that is connected and used by the page alone: real service, real hub, alice's agent, the virtual light as a process of its own, and a Chromium.
 * What the hub's terminal is used for is the link to the page.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { VirtualDevice } from "../../firmware-stubs/virtual/spawn.ts";
import { startVirtualDevice } from "../../firmware-stubs/virtual/spawn.ts";
import type { Preconfigured } from "../../src/account/index.ts";
import { completeConnection, issuePin, preconfigureDevice, requestConnection } from "../../src/account/index.ts";
import type { HubClient } from "../../src/api/index.ts";
import { hubClient } from "../../src/api/index.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { encodeObjectB } from "../../src/codec/index.ts";
import { loadConfig } from "../../src/config/index.ts";
import { parseConnectUri } from "../../src/crypto/index.ts";
import { HubDaemon } from "../../src/hub/daemon.ts";
import { DevicePreconfigurationPrivate } from "../../src/schema/index.ts";
import { bundlePage } from "../harness/bundle.ts";
import { assert, describe, onCleanup } from "../harness/suite.ts";
import type { BrowserPage } from "../kit/browser.ts";
import { needChromium, openBrowser } from "../kit/browser.ts";
import { writePhoto } from "../kit/code-picture.ts";
import { eventually } from "../kit/eventually.ts";
import { ports } from "../kit/household.ts";
import type { World } from "../kit/hub.ts";
import { lightDescription, startWorld } from "../kit/hub.ts";

describe("scenario: a house by its page", (it) => {
  let world: World;
  let hub: HubClient;
  let daemonOf: () => HubDaemon;

  it.before(async () => {
    if (!existsSync(packagePath("dist", "page", "index.html"))) await bundlePage();
    world = await startWorld();
    const stateDir = join(world.dir, "state");
    const dir = join(stateDir, "account");
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const { uri } = await issuePin(world.alice, { roles: ["hub"], minutes: 10 });
    const { account, code } = parseConnectUri(uri);
    await requestConnection({ dir, address: account, pin: code, serviceUrl: world.household.service.url, ports });
    await (await completeConnection({ dir, waitSeconds: 20, ports })).close();
    const flags = {
      stateDir,
      "mqtt.host": "127.0.0.1",
      "mqtt.port": 0,
      "tcp.enabled": false,
      "mdns.announce": false,
      "web.enabled": true,
      "web.port": 0,
      "web.tls.port": 0,
    };
    daemonOf = () => new HubDaemon({ config: loadConfig({ file: undefined, env: {}, cwd: world.dir, flags }).config, ports, env: {} });
    hub = hubClient({ socket: join(stateDir, "hub.sock"), startWith: "mesh-hub run" });
  });
  it.after(() => world.stop());

  const makeLight = async (): Promise<{ made: Preconfigured; light: VirtualDevice }> => {
    const made = await preconfigureDevice(world.maker, { description: lightDescription, hailing: ["mqtt"] });
    const imageDir = join(world.dir, made.deviceUdf);
    mkdirSync(imageDir);
    writeFileSync(join(imageDir, "factory.jbcd"), encodeObjectB(DevicePreconfigurationPrivate, made.image));
    const { mqttPort } = await hub.status();
    const light = await startVirtualDevice({ medium: "mqtt", broker: `127.0.0.1:${mqttPort}`, imageDir });
    onCleanup(async () => void (await light.stop()));
    return { made, light };
  };
  const enter = async (): Promise<BrowserPage> => {
    const page = await (await openBrowser()).page();
    await page.goto((await hub.open({ name: "alice" })).url);
    await page.shows("Live");
    return page;
  };

  it(
    "a photo of two codes connects two lights, which answer to their names; what is said by a token with fewer rights is refused",
    async () => {
      needChromium();
      const daemon = daemonOf();
      await daemon.start();
      onCleanup(() => daemon.stop());
      const [lamp, other] = [await makeLight(), await makeLight()];
      const page = await enter();
      await page.shows("No devices yet.");
      await page.click('nav a[href="#connect"]');
      await page.setFiles("input[name=photo]", [writePhoto(join(world.dir, "photo.png"), [lamp.made.uri, other.made.uri])]);
      await page.until("both codes are found", `document.querySelectorAll("li.code").length === 2`);
      const place = `[...document.querySelectorAll("li.code")].findIndex((e) => e.textContent.includes(${JSON.stringify(lamp.made.uri)})) + 1`;
      const nth = await page.evaluate<number>(place);
      await page.click(`li.code:nth-child(${nth}) input`);
      await page.type("reading lamp");
      await page.click(`li.code:nth-child(${nth}) .field + .field input`);
      await page.type("kitchen");
      await page.evaluate(`[...document.querySelectorAll("button")].find((b) => b.textContent === "Connect all").click()`);
      await page.until("both are connected", `document.querySelectorAll('li.code[data-state="done"]').length === 2`);
      await page.shows("Connected as reading lamp");
      await page.click('nav a[href="#devices"]');
      const lampSwitch = `[data-udf="${lamp.made.deviceUdf}"] [role=switch]`;
      await page.click(lampSwitch);
      await page.until("the lamp says that it is on", `document.querySelector('${lampSwitch}').getAttribute("aria-checked") === "true"`);
      assert.is(((await lamp.light.status()).values as Record<string, unknown>).On, true);
      await page.shows("kitchen");
      await page.click("input[name=say]");
      await page.type("turn off the reading lamp");
      await page.press("Enter");
      await page.shows("reading lamp is off");
      await page.until("the page shows it", `document.querySelector('${lampSwitch}').getAttribute("aria-checked") === "false"`);
      assert.is(((await lamp.light.status()).values as Record<string, unknown>).On, false);
      assert.equal(page.complaints, []);

      const { url } = await hub.open({});
      const origin = new URL(url).origin;
      const { secret } = await hub.tokenAdd({ name: "panel", rights: [{ allows: "read", devices: ["reading lamp"] }] });
      const headers = { authorization: `Bearer ${secret}`, "content-type": "application/json" };
      const { devices } = (await (await fetch(`${origin}/v1/devices`, { headers })).json()) as { devices: { name: string }[] };
      assert.equal(
        devices.map(({ name }) => name),
        ["reading lamp"],
      );
      const say = await fetch(`${origin}/v1/say`, { method: "POST", headers, body: JSON.stringify({ text: "turn on the reading lamp" }) });
      assert.match(((await say.json()) as { text: string }).text, /panel \(token\) may not give Set/);
      assert.is(((await lamp.light.status()).values as Record<string, unknown>).On, false);

      await daemon.stop();
      await page.shows("No connection. Trying again");
    },
    { timeoutMs: 240_000 },
  );

  it(
    "keeps pages signed in over a restart, and tells what is wrong of a code that nobody answers to",
    async () => {
      needChromium();
      const daemon = daemonOf();
      await daemon.start();
      const page = await enter();
      const stray = await preconfigureDevice(world.maker, { description: lightDescription, hailing: ["mqtt"] });
      await page.click('nav a[href="#connect"]');
      await page.click("input[name=code]");
      await page.type(stray.uri.slice(0, -4));
      await page.press("Enter");
      await page.click("li.code .strong");
      await page.until("it failed", `document.querySelector('li.code[data-state="failed"]')`);
      await page.shows("What to do");
      const kept = (await hub.tokens()).filter(({ kind }) => kind === "page");
      await daemon.stop();
      const again = daemonOf();
      await again.start();
      onCleanup(() => again.stop());
      assert.equal(
        (await hub.tokens()).filter(({ kind }) => kind === "page"),
        kept,
      );
      await eventually("the account is in step", async () => (await hub.devices()).length > 0);
    },
    { timeoutMs: 240_000 },
  );
});
