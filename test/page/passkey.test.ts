/** Passkeys in a real Chromium with a virtual authenticator: added after a link has opened the page, bound to the hub's name, and what must not let anybody in. */
import { hubName } from "../../src/hub/web/certificates.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";
import { openBrowser } from "../kit/browser.ts";
import { builtPage } from "../kit/built-page.ts";
import { homeThatTrusts } from "../kit/trusting-home.ts";
import { authorityOf, configuredWeb, hubUdf } from "../kit/web.ts";

const name = hubName(hubUdf);

describe("a passkey", (it) => {
  it("is added after a link, is bound to the hub's name, signs in without a link, and is ended at the hub", async () => {
    const web = await configuredWeb({}, tempDirectory(), await builtPage());
    const { port } = (await (await fetch(`${web.plain}/welcome.json`)).json()) as { port: number };
    const browser = await openBrowser([`--host-resolver-rules=MAP ${name} 127.0.0.1`], { HOME: homeThatTrusts(authorityOf(web.dir)) });
    const page = await browser.page();
    await page.send("WebAuthn.enable");
    const { authenticatorId } = await page.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    // Nobody's passkey is known yet.
    await page.goto(`https://${name}:${port}/`);
    await page.pressButton("Sign in with a passkey");
    await page.shows("no passkey is known under this name");
    const link = (await web.door.open({ name: "alice" })).url.split("/#")[1];
    await page.goto("about:blank");
    await page.goto(`https://${name}:${port}/#${link}`);
    await page.shows("Live");
    await page.click('nav a[href="#hub"]');
    await page.pressButton("Add a passkey");
    await page.shows("From now on this device signs in by it");
    const { credentials } = (await page.send("WebAuthn.getCredentials", { authenticatorId })) as {
      credentials: { rpId: string; signCount: number }[];
    };
    assert.equal(
      credentials.map(({ rpId }) => rpId),
      [name],
    );
    const [passkey] = web.book.list().filter(({ kind }) => kind === "passkey");
    assert.is(passkey?.passkey?.rp, name);
    assert.is(web.book.find(""), undefined);
    await page.pressButton("Sign out");
    await page.pressButton("Sign in with a passkey");
    await page.shows("Live");
    assert.is(await page.evaluate("document.cookie"), "");
    await page.click('nav a[href="#hub"]');
    await page.shows("Signed in as alice");
    // What was signed counts once, and for its own challenge alone.
    const replay = await page.evaluate<number[]>(`(async () => {
      const post = (path, body) => fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
      const b = (x) => btoa(String.fromCharCode(...new Uint8Array(x))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
      const o = (x) => Uint8Array.from(atob(x.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
      const begin = async () => (await post("/v1/passkey/challenge", { purpose: "sign-in" })).json();
      const sign = async ({ challenge, rp }) => {
        const got = await navigator.credentials.get({ publicKey: { challenge: o(challenge), rpId: rp, userVerification: "required" } });
        return { id: got.id, clientData: b(got.response.clientDataJSON), authenticatorData: b(got.response.authenticatorData), signature: b(got.response.signature) };
      };
      const status = async (body) => (await post("/v1/passkey/sign-in", body)).status;
      const good = await sign(await begin());
      const other = await sign(await begin());
      const own = await sign({ challenge: b(crypto.getRandomValues(new Uint8Array(32))), rp: "${name}" });
      return [
        await status({ ...good, signature: other.signature }),
        await status(good),
        await status(own),
        await status({ ...(await sign(await begin())), id: "AAAA" }),
        await status(other),
        await status(other),
      ];
    })()`);
    // The page is signed in already: so it is told that it may not, not that it has to sign in.
    assert.equal(replay, [403, 403, 403, 403, 200, 403]);
    await web.door.tokenDelete(passkey?.id ?? "");
    await page.pressButton("Sign out");
    await page.pressButton("Sign in with a passkey");
    await page.shows("no passkey is known under this name");
  });

  it("is offered at no address", async () => {
    const web = await configuredWeb({}, tempDirectory(), await builtPage());
    const browser = await openBrowser();
    const page = await browser.page();
    const { host } = new URL(web.plain);
    await page.goto(`http://${host.replace("localhost", "127.0.0.1")}/`);
    await page.shows("mesh-hub open");
    assert.is(await page.evaluate(`document.body.innerText.includes("passkey")`), false);
  });
});
