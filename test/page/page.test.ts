/** The page in a real Chromium over a played house: signing in, live state, controls, words, codes, keyboard, and who uses other senses. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { silentLog } from "../../src/base/log.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { loadDrivers } from "../../src/driver/index.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";
import type { BrowserPage } from "../kit/browser.ts";
import { builtPage } from "../kit/built-page.ts";
import { writeCamera, writePhoto } from "../kit/code-picture.ts";
import { eventually } from "../kit/eventually.ts";
import { hostileNames } from "../kit/played-house.ts";
import { visit } from "../kit/visited-house.ts";

const mostBundle = 40_000;
const card = (udf: string): string => `[data-udf="${udf}"]`;
const onSwitch = (udf: string): string => `${card(udf)} [role=switch]`;

describe("the page's bundle", (it) => {
  it("takes 40 kB at most, and the decoder of codes and other languages are not in it", async () => {
    const folder = await builtPage();
    const octets = ["page.js", "style.css", "index.html", "icon.svg"].map((name) => gzipSync(readFileSync(join(folder, name))).length);
    const sum = octets.reduce((all, each) => all + each, 0);
    assert.ok(sum <= mostBundle, `${sum} octets`);
    assert.ok(sum < mostBundle * 0.97, `${sum} octets leave no room`);
    assert.not.match(readFileSync(join(folder, "page.js"), "utf8"), /finder|decodeQR|Zentrale/);
    assert.not.match(readFileSync(join(folder, "index.html"), "utf8"), /<script>|<style| on[a-z]+=/);
  });

  it("has each sentence in each language, with the same gaps", () => {
    const words = (tag: string): Record<string, string> => JSON.parse(readFileSync(packagePath("src", "page", "words", `${tag}.json`), "utf8"));
    const gaps = (text = ""): string => (text.match(/\{\w+\}/g) ?? []).toSorted().join();
    const [en, de] = [words("en"), words("de")];
    assert.equal(Object.keys(de), Object.keys(en));
    for (const [word, text] of Object.entries(en)) assert.is(gaps(de[word]), gaps(text), word);
  });
});

describe("the page's terms", (it) => {
  it("are of what drivers call so: classes, properties, values, commands", () => {
    const terms: Record<string, string> = JSON.parse(readFileSync(packagePath("src", "page", "words", "terms.de.json"), "utf8"));
    const drivers = loadDrivers({ packageDir: packagePath("drivers"), log: silentLog }).drivers.values();
    const named = [...drivers].flatMap(({ Class, Properties, Commands }) => [
      Class,
      ...Properties.flatMap(({ Name, Values = [] }) => [Name, ...Values]),
      ...Commands.map(({ Name }) => Name),
    ]);
    assert.equal(
      Object.keys(terms).filter((name) => !named.includes(name)),
      [],
    );
  });
});

describe("the page in a browser", (it) => {
  it("signs in by a link once, takes it out of the address, and says what to do when it is over", async () => {
    const { page, browser, door, url } = await visit();
    assert.is(await page.evaluate("location.href"), `${url}/`);
    assert.is(await page.evaluate("document.cookie"), "");
    const other = await browser.page();
    const used = await door.open({});
    await page.evaluate(
      `fetch("/v1/session", { method: "POST", body: JSON.stringify({ link: ${JSON.stringify(used.url.split("#link=")[1])} }) }).then((r) => r.status)`,
    );
    await other.goto(used.url);
    await other.shows("This link was used already");
    await other.shows("mesh-hub open");
    assert.not.ok((await other.evaluate<string>("document.body.innerText")).includes("kitchen light"));
    assert.equal(page.complaints, []);
  });

  it("shows what devices report as they report it, and switches by their own word alone", async () => {
    const { page, report, commands } = await visit();
    await page.shows("kitchen light");
    assert.equal(await page.evaluate(`[...document.querySelectorAll("h2")].map((h) => h.textContent)`), [
      "Without a place",
      "Hall",
      "Kitchen",
      "Living room",
    ]);
    assert.is(await page.evaluate(`document.querySelector('${onSwitch("MAAA-LIGHT")}').getAttribute("aria-checked")`), "false");
    await page.click(onSwitch("MAAA-LIGHT"));
    await page.until("the light is on", `document.querySelector('${onSwitch("MAAA-LIGHT")}').getAttribute("aria-checked") === "true"`);
    assert.equal(commands, [{ device: "MAAA-LIGHT", command: "Set", arguments: [{ name: "On", value: true }] }]);
    report("MAAA-LIGHT", { On: false });
    await page.until("the light is off", `document.querySelector('${onSwitch("MAAA-LIGHT")}').getAttribute("aria-checked") === "false"`);
    for (const value of [22, 23.5, 22.8]) report("MAAA-SENSOR", { Temperature: value });
    await page.shows("22.8");
    await page.until(
      "its line is drawn",
      `document.querySelector('${card("MAAA-SENSOR")} svg polyline').getAttribute("points").split(" ").length >= 3`,
    );
    report("MAAA-SENSOR", {}, "Offline");
    await page.shows("offline");
    assert.equal(page.complaints, []);
  });

  it("tells a refusal, asks before what may do harm, and offers nothing that a device judges itself", async () => {
    const { page, commands } = await visit();
    await page.shows("blender");
    await page.click(`${card("MAAA-BLENDER")} button[aria-label^="start"]`);
    await page.shows("Really: start blender?");
    assert.equal(commands, []);
    await page.evaluate(`[...document.querySelectorAll(".ask button")].find((b) => b.textContent === "Cancel").click()`);
    await page.until("it is not asked any more", `!document.querySelector(".ask")`);
    await page.click(`${card("MAAA-BLENDER")} button[aria-label^="start"]`);
    await page.click(".ask .strong");
    await page.shows("The device refused: the lid is open");
    assert.is(commands.length, 1);
    // What is set counts, not only the name of the command: a room is warm at 25 °C, water is hot at 60.
    const set = (udf: string, value: number): Promise<unknown> =>
      page.evaluate(
        `(() => { const one = document.querySelector('${card(udf)} input[type=range]'); one.value = ${value}; one.dispatchEvent(new Event("change", { bubbles: true })); })()`,
      );
    await set("MAAA-BOILER", 25);
    await eventually("what does no harm is done", async () => commands.length === 2);
    await set("MAAA-BOILER", 60);
    await page.shows("Really: set 60 boiler?");
    assert.is(commands.length, 2);
    await page.click(".ask .strong");
    await eventually("it is done when the person means it", async () => commands.length === 3);
    assert.is(await page.evaluate(`document.querySelector('${card("MAAA-LOCK")} button[aria-label^="unlock"]').disabled`), true);
    await page.shows("one of the owner's own machines alone");
    assert.equal(page.complaints, []);
  });

  it("says what is said, and asks back which one is meant", async () => {
    const { page, said } = await visit();
    await page.click("input[name=say]");
    await page.type("turn on the light");
    await page.press("Enter");
    await page.shows("which one");
    // Of the other one there is no sentence that would be of it alone.
    assert.equal(await page.evaluate(`[...document.querySelectorAll(".answer li button")].map((b) => b.textContent)`), [
      "Kitchen light",
      "desk light",
    ]);
    await page.click(".answer li button");
    await page.shows("Kitchen light: done");
    assert.equal(said, ["turn on the light", "turn on Kitchen light"]);
    await page.evaluate(`document.querySelector("input[name=say]").select()`);
    await page.type("xyzzy");
    await page.press("Enter");
    await page.shows("You could say");
    await page.click(".answer li button");
    await page.shows("turn on the kitchen light: done");
    assert.equal(page.complaints, []);
  });

  it("connects several devices by one photo, each with its steps, and on failure the cause and the remedy", async () => {
    const { page } = await visit();
    const dir = tempDirectory();
    await page.click('nav a[href="#connect"]');
    await page.shows("Connect a device");
    await page.setFiles("input[name=photo]", [writePhoto(join(dir, "none.png"), [])]);
    await page.shows("No code of a device was found");
    await page.setFiles("input[name=photo]", [writePhoto(join(dir, "shop.png"), ["https://shop.example.com/?a=<b>"])]);
    await page.shows("https://shop.example.com/?a=<b>");
    await page.setFiles("input[name=photo]", [packagePath("README.md")]);
    await page.shows("no picture that the browser can read");
    await page.setFiles("input[name=photo]", [
      writePhoto(join(dir, "two.png"), ["mcu://maker@example.com/EAAA-GOOD", "mcu://maker@example.com/EAAA-LOST"]),
    ]);
    await page.until("both are found", `document.querySelectorAll("li.code").length === 2`);
    await page.setFiles("input[name=photo]", [join(dir, "two.png")]);
    await page.click("li.code:nth-child(1) input");
    await page.type("lamp");
    await page.evaluate(`[...document.querySelectorAll("button")].find((b) => b.textContent === "Connect all").click()`);
    await page.until(
      "one is connected, one failed",
      `document.querySelector('li.code[data-state="done"]') && document.querySelector('li.code[data-state="failed"]')`,
    );
    assert.is(await page.evaluate(`document.querySelectorAll("li.code").length`), 2);
    const failed = await page.evaluate<string>(`document.querySelector('li.code[data-state="failed"]').innerText`);
    assert.match(failed, /It failed at “find the device”\s+no device answers to this code\s+What to do: power it, bring it near/);
    assert.is(await page.evaluate(`document.querySelectorAll('li.code[data-state="done"] .steps .done').length`), 9);
    assert.equal(page.complaints, []);
  });

  it("finds the onboarding again that a page began which was lost, and joins two people with the same code", async () => {
    const { page, browser, url, enter } = await visit();
    const other = await browser.page();
    await enter(other);
    const type = async (at: BrowserPage, code: string): Promise<void> => {
      await at.goto(`${url}/#connect`);
      await at.shows("Connect a device");
      await at.click("input[name=code]");
      await at.type(code);
      await at.press("Enter");
      await at.click("li.code .strong");
    };
    await type(page, "mcu://maker@example.com/EAAA-SLOW");
    await page.shows("the owner accepts");
    await page.goto("about:blank");
    await page.goto(`${url}/#connect`);
    await page.shows("Under way on the hub: slow lamp");
    await Promise.all([type(page, "mcu://maker@example.com/EAAA-GOOD"), type(other, "mcu://maker@example.com/EAAA-GOOD")]);
    for (const each of [page, other]) await each.shows("Connected as light 7");
    assert.equal([...page.complaints, ...other.complaints], []);
  });

  it("finds a code with the camera", async () => {
    const video = writeCamera(join(tempDirectory(), "camera.y4m"), "mcu://maker@example.com/EAAA-CAMERA");
    const { page } = await visit({
      flags: ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${video}`],
    });
    await page.click('nav a[href="#connect"]');
    await page.shows("Use the camera");
    await page.evaluate(`[...document.querySelectorAll("button")].find((b) => b.textContent === "Use the camera").click()`);
    await page.shows("EAAA-CAMERA");
    await page.shows("Stop the camera");
    await page.evaluate(`[...document.querySelectorAll("button")].find((b) => b.textContent === "Stop the camera").click()`);
    await page.until("the camera is off", `!document.querySelector("video")`);
    assert.equal(page.complaints, []);
  });

  it("shows hostile names as text", async () => {
    const { page } = await visit({ names: hostileNames });
    for (const name of hostileNames.slice(0, 2)) await page.until(name, `document.body.textContent.includes(${JSON.stringify(name)})`);
    assert.is(await page.evaluate("document.title"), "Devices · Mesh Hub");
    assert.is(await page.evaluate(`document.querySelectorAll("main img, main script, main b").length`), 0);
    await page.look({ width: 360, height: 700 });
    assert.is(await page.evaluate("document.documentElement.scrollWidth"), 360);
    assert.equal(page.complaints, []);
  });

  it("works by the keyboard alone", async () => {
    const { page, commands } = await visit();
    await page.evaluate("document.body.focus()");
    await page.press("Tab");
    assert.is(await page.evaluate("document.activeElement.textContent"), "Skip to the content");
    await page.press("Enter");
    assert.is(await page.evaluate("document.activeElement.id"), "main");
    for (let i = 0; i < 60; i++) {
      await page.press("Tab");
      if (
        await page.evaluate<boolean>(
          `document.activeElement.getAttribute("role") === "switch" && !!document.activeElement.closest('${card("MAAA-LIGHT")}')`,
        )
      )
        break;
    }
    await page.press(" ");
    await eventually("the switch is used", () => commands.length === 1);
    assert.equal(commands[0]?.device, "MAAA-LIGHT");
    assert.equal(page.complaints, []);
  });

  it("says that the hub is away, and is in step again when it is back", async () => {
    const { page, report, down, up } = await visit();
    await page.shows("kitchen light");
    await down();
    await page.shows("No connection. Trying again");
    await page.click(onSwitch("MAAA-LIGHT"));
    await page.shows("The hub does not answer.");
    report("MAAA-LIGHT", { On: true });
    await up();
    await page.shows("Live");
    await page.until("the light is on", `document.querySelector('${onSwitch("MAAA-LIGHT")}').getAttribute("aria-checked") === "true"`);
  });

  it("shows what was reported before it was opened, and the settings that count", async () => {
    const { page } = await visit();
    await page.click(`${card("MAAA-SENSOR")} summary`);
    await page.until(
      "the curve goes back",
      `document.querySelector('${card("MAAA-SENSOR")} svg.plot')?.getAttribute("aria-label").includes("temperature of hall sensor, 18 to 21.5")`,
    );
    await page.click('nav a[href="#hub"]');
    await page.shows("Settings");
    await page.evaluate(`[...document.querySelectorAll("summary")].find((e) => e.textContent === "Settings").click()`);
    await page.shows("web.port");
    const about = (key: string): Promise<string> =>
      page.evaluate(`[...document.querySelectorAll(".settings dt")].find((e) => e.textContent === "${key}").nextSibling.innerText`);
    assert.match(await about("web.port"), /Its port. Counts from the next start.$/);
    assert.match(await about("speech.recogniser"), /What hears.$/);
    assert.equal(await page.axe(), []);
    assert.equal(page.complaints, []);
  });

  it("signs out, here and from the hub", async () => {
    const { page, browser, enter, door, book } = await visit();
    await page.click('nav a[href="#hub"]');
    await page.shows("Signed in as alice");
    await page.shows("alice@example.com");
    await page.evaluate(`[...document.querySelectorAll("button")].find((b) => b.textContent === "Sign out").click()`);
    await page.shows("mesh-hub open");
    assert.equal(book.list(), []);
    const other = await browser.page();
    await enter(other);
    await door.tokenDelete((await door.tokens())[0]?.id ?? "");
    await other.shows("Not signed in");
  });

  it("speaks German", async () => {
    const { page } = await visit();
    await page.click('nav a[href="#hub"]');
    await page.shows("Language");
    await page.evaluate(
      `(() => { const s = document.querySelector("select"); s.value = "de"; s.dispatchEvent(new Event("change", { bubbles: true })); })()`,
    );
    await page.shows("Zentrale");
    assert.is(await page.evaluate("document.documentElement.lang"), "de");
    await page.click('nav a[href="#devices"]');
    await page.shows("Helligkeit");
    assert.equal(page.complaints, []);
  });
});
