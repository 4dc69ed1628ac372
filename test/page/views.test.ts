/** Every view of the page, over a house with hostile names: axe finds nothing, at 360 px and wide, light and dark, and nothing scrolls sideways. */
import { join } from "node:path";
import { assert, describe, tempDirectory } from "../harness/suite.ts";
import type { BrowserPage } from "../kit/browser.ts";
import { writePhoto } from "../kit/code-picture.ts";
import { hostileNames } from "../kit/played-house.ts";
import { visit } from "../kit/visited-house.ts";

const pictures = process.env.MESH_TEST_PICTURES;

/** What is wrong with a view, a line for each; a picture of each look where they are wanted. */
async function faultsOf(at: BrowserPage, view: string): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const scheme of ["light", "dark"] as const) {
    for (const width of [360, 1100]) {
      await at.look({ width, height: width === 360 ? 740 : 900, scheme });
      const wide = await at.evaluate<number>("document.documentElement.scrollWidth");
      if (wide > width) faults.push(`${view} at ${width} px is ${wide} px wide`);
      for (const fault of await at.axe()) faults.push(`${view} ${scheme} ${width}: ${fault}`);
      if (pictures !== undefined) await at.screenshot(join(pictures, `${view}-${scheme}-${width}.png`));
    }
  }
  return faults;
}

const house = () => visit({ names: hostileNames, ownerHere: true });

describe("axe finds nothing, and nothing is wider than the window", (it) => {
  it("in the devices", async () => {
    const { page } = await house();
    await page.shows("kitchen light");
    assert.equal(await faultsOf(page, "devices"), []);
    assert.equal(page.complaints, []);
  });

  it("in a device with its details", async () => {
    const { page } = await house();
    await page.click('[data-udf="MAAA-LIGHT"] summary');
    await page.shows("Remove this device");
    assert.equal(await faultsOf(page, "device"), []);
    assert.equal(page.complaints, []);
  });

  it("in codes on their way", async () => {
    const { page } = await house();
    await page.click('nav a[href="#connect"]');
    await page.shows("Connect a device");
    const codes = ["mcu://maker@example.com/EAAA-GOOD", "mcu://maker@example.com/EAAA-LOST", "mcu://maker@example.com/EAAA-NEW"];
    await page.setFiles("input[name=photo]", [writePhoto(join(tempDirectory(), "three.png"), codes)]);
    await page.until("all are found", `document.querySelectorAll("li.code").length === 3`);
    for (const n of [1, 2]) await page.click(`li.code:nth-child(${n}) .strong`);
    await page.until("one failed", `document.querySelector('li.code[data-state="failed"]')`);
    assert.equal(await faultsOf(page, "connect"), []);
    assert.equal(page.complaints, []);
  });

  it("in scenes and timers", async () => {
    const { page } = await house();
    await page.click('nav a[href="#routines"]');
    await page.until("they are there", `document.querySelectorAll("main li.card").length >= 3`);
    assert.equal(await faultsOf(page, "routines"), []);
    assert.equal(page.complaints, []);
  });

  it("in what others may do and what waits", async () => {
    const { page } = await house();
    await page.click('nav a[href="#people"]');
    await page.until("they are there", `document.querySelectorAll("main li.card").length >= 2`);
    await page.click("input[name=grant]");
    await page.type("wall panel");
    await page.press("Enter");
    await page.shows("NAAA-BBBB-CCCC");
    assert.equal(await faultsOf(page, "people"), []);
    assert.equal(page.complaints, []);
  });

  it("in the hub with its audit, settings and log", async () => {
    const { page } = await house();
    await page.click('nav a[href="#hub"]');
    await page.shows("Signed in as");
    for (const summary of ["Audit", "Settings", "Log"])
      await page.evaluate(`[...document.querySelectorAll("summary")].find((e) => e.textContent === ${JSON.stringify(summary)}).click()`);
    await page.shows("sync.failed");
    assert.equal(await faultsOf(page, "hub"), []);
    assert.equal(page.complaints, []);
  });

  it("on the first day", async () => {
    const { page, url } = await house();
    await page.goto(`${url}/#start`);
    await page.shows("There are:");
    assert.equal(await faultsOf(page, "start"), []);
    assert.equal(page.complaints, []);
  });

  it("before somebody has signed in, with passkeys and without", async () => {
    const { browser, url } = await house();
    const stranger = await browser.page();
    await stranger.goto(url);
    await stranger.shows("mesh-hub open");
    assert.equal(await faultsOf(stranger, "sign-in"), []);
    await stranger.goto("about:blank");
    await stranger.goto(url.replace("127.0.0.1", "localhost"));
    await stranger.shows("Sign in with a passkey");
    assert.equal(await faultsOf(stranger, "sign-in-passkey"), []);
  });
});
