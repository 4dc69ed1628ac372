/** The page over HTTPS by the hub's own authority, and over plain HTTP from elsewhere, in a Chromium that looks the hub's name up as a phone does. */
import { join } from "node:path";
import { encryptionUdf, formatConnectUri } from "../../src/crypto/index.ts";
import { hubName } from "../../src/hub/web/certificates.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";
import { openBrowser } from "../kit/browser.ts";
import { builtPage } from "../kit/built-page.ts";
import { writePhoto } from "../kit/code-picture.ts";
import { homeThatTrusts } from "../kit/trusting-home.ts";
import { authorityOf, configuredWeb, hubUdf } from "../kit/web.ts";

const name = hubName(hubUdf);
const codeOf = (n: number): string => formatConnectUri({ account: "maker@example.com", code: encryptionUdf(new Uint8Array(15).fill(n)) });

describe("the page over HTTPS", (it) => {
  it("is a secure context by the hub's name and by its address, where its authority is trusted, and signs in by a link", async () => {
    const web = await configuredWeb({}, tempDirectory(), await builtPage());
    const { port } = (await (await fetch(`${web.plain}/welcome.json`)).json()) as { port: number };
    const rules = [`--host-resolver-rules=MAP ${name} 127.0.0.1`];
    const browser = await openBrowser(rules, { HOME: homeThatTrusts(authorityOf(web.dir)) });
    const page = await browser.page();
    for (const host of [name, "127.0.0.1"]) {
      await page.goto(`https://${host}:${port}/`);
      await page.shows("mesh-hub open");
      assert.equal(await page.evaluate("[isSecureContext, typeof navigator.mediaDevices]"), [true, "object"], host);
    }
    const link = (await web.door.open({})).url.split("/#")[1];
    await page.goto("about:blank");
    await page.goto(`https://${name}:${port}/#${link}`);
    await page.shows("Live");
    assert.is(await page.evaluate("document.cookie"), "");
    const stranger = await openBrowser(rules, { HOME: tempDirectory() });
    let refused = "";
    await (await stranger.page()).goto(`https://${name}:${port}/`).catch((error: Error) => {
      refused = error.message;
    });
    assert.match(refused, /ERR_CERT_AUTHORITY_INVALID/);
  });

  it("over plain HTTP tells how to come in, and takes and gives no secret", async () => {
    const web = await configuredWeb({}, tempDirectory(), await builtPage());
    const { fingerprint = "" } = await web.door.open({});
    const browser = await openBrowser([`--host-resolver-rules=MAP ${name} 127.0.0.1`]);
    const page = await browser.page();
    await page.look({ width: 360, height: 740 });
    const link = (await web.door.open({})).url.split("/#")[1];
    await page.goto(`http://${name}:${new URL(web.plain).port}/#${link}`);
    await page.shows("Trust the hub's own certificate authority");
    await page.shows(fingerprint);
    assert.is(await page.evaluate("isSecureContext"), false);
    assert.is(await page.evaluate("document.documentElement.scrollWidth"), 360);
    assert.equal(await page.axe(), []);
    // A photo goes no further than a list which whoever is signed in sees.
    const codes = [codeOf(1), codeOf(2)];
    await page.setFiles("input[name=photo]", [writePhoto(join(tempDirectory(), "two.png"), codes)]);
    for (const code of codes) await page.until(code, `document.querySelector("ul.lines").innerText.includes(${JSON.stringify(code)})`);
    await page.shows("Shown. Go on with it on a page that is signed in");
    await page.setFiles("input[name=photo]", [writePhoto(join(tempDirectory(), "none.png"), [])]);
    await page.shows("No code of a device was found");
    assert.equal(await page.axe(), []);
    assert.equal((await page.send("Network.getAllCookies")).cookies, []);
    assert.equal(await web.door.tokens(), []);
    const pictures = process.env.MESH_TEST_PICTURES;
    if (pictures !== undefined) await page.screenshot(join(pictures, "welcome-light-360.png"));
    const signedIn = await browser.page();
    await signedIn.goto((await web.door.open({})).url.replace(/^https?:..[^/]*/, web.plain));
    await signedIn.shows("Live");
    await signedIn.click('nav a[href="#connect"]');
    await signedIn.shows("Shown from a phone that is not let in");
    await signedIn.shows(codes[1] ?? "");
    await signedIn.click("section[aria-label^=Shown] .strong");
    await signedIn.shows("Code 1");
    await signedIn.until("one waits still", `document.querySelectorAll("section[aria-label^=Shown] li").length === 1`);
  });
});
