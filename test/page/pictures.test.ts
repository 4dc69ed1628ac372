/** What the pictures of the README show, seen in a real Chromium; with MESH_README_PICTURES=DIR they are taken anew (`npm run pictures`). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packagePath } from "../../src/base/package-root.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";
import { openBrowser } from "../kit/browser.ts";
import { builtPage } from "../kit/built-page.ts";
import { writePhoto } from "../kit/code-picture.ts";
import { playedHouse } from "../kit/played-house.ts";
import { servedWorld } from "../kit/web.ts";

const wanted = process.env.MESH_README_PICTURES;

describe("the README's pictures", (it) => {
  it("show the page as it is: devices by place, a code on its way, a name that is asked for", async () => {
    const readme = readFileSync(packagePath("README.md"), "utf8");
    const { hub, owner, report } = playedHouse();
    const { door } = await servedWorld({ hub, page: await builtPage(), hears: "en" });
    const browser = await openBrowser();
    const page = await browser.page();
    const take = async (name: string, whole: boolean): Promise<void> => {
      await page.evaluate("document.activeElement?.blur()");
      assert.ok(readme.includes(`docs/pictures/${name}.png`), name);
      if (wanted !== undefined) await page.screenshot(join(wanted, `${name}.png`), whole);
    };
    await page.look({ width: 1000, height: 900 });
    await page.goto((await door.open({ name: "alice" })).url);
    await page.shows("Live");
    await page.click("form input");
    await page.type("turn on the kitchen light");
    await page.press("Enter");
    await page.shows("turn on the kitchen light: done");
    report("MAAA-LIGHT", { On: true });
    for (const [at, Temperature] of [21.9, 21.6, 22.2, 22.6, 22.4, 22.7].entries()) {
      report("MAAA-SENSOR", { Temperature });
      await page.until(`report ${at} is shown`, `document.querySelector('[data-udf="MAAA-SENSOR"]').textContent.includes("${Temperature} °C")`);
    }
    await page.until("it has a curve", `document.querySelector('[data-udf="MAAA-SENSOR"] svg path, [data-udf="MAAA-SENSOR"] svg polyline')`);
    await page.shows("the device takes this from one of the owner's own machines alone");
    await take("devices", true);

    await page.look({ width: 390, height: 760 });
    await page.evaluate(`document.querySelector('[data-udf="MAAA-LIGHT"] summary').click()`);
    await page.until("its details are open", `document.querySelector('[data-udf="MAAA-LIGHT"] input[name=rename]')`);
    await page.click('[data-udf="MAAA-LIGHT"] input[name=rename]');
    await page.evaluate(`document.querySelector('[data-udf="MAAA-LIGHT"] input[name=rename]').select()`);
    await page.type("stove lamp");
    await page.press("Enter");
    await page.shows("Call kitchen light “stove lamp”");
    owner.sent();
    await page.shows("Waits for a machine of the owner");
    await page.evaluate(`document.querySelector('[data-udf="MAAA-LIGHT"]').scrollIntoView()`);
    await take("asked", false);

    await page.look({ width: 390, height: 760, scheme: "dark" });
    await page.click('nav a[href="#connect"]');
    await page.setFiles("input[name=photo]", [writePhoto(join(tempDirectory(), "code.png"), ["mcu://maker@example.com/EAQC-6F7G-GOOD"])]);
    await page.click("li.code .strong");
    await page.shows("Connected as light 7");
    await page.evaluate(`document.querySelector("li.code").closest("section").scrollIntoView()`);
    await take("connect", false);
    assert.equal(page.complaints, []);
  });
});
