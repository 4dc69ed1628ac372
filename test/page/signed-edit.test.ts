/**
 * What a person asks the owner for at the page, signed in a real Chromium with a virtual authenticator: the page asks the passkey for what takes something away
 * or lets somebody in, the owner's machine knows the signature, and who says no has asked for nothing. The hub and the owner are played, the keys are not.
 */
import { join } from "node:path";
import { editSignature } from "../../src/account/house/edit-signature.ts";
import type { AccountContext } from "../../src/account/index.ts";
import type { EditRequest } from "../../src/api/index.ts";
import { systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { systemRandom } from "../../src/base/random.ts";
import type { Principal } from "../../src/hub/command/principal.ts";
import { assertionOf, EditsToSign } from "../../src/hub/owner/edits-to-sign.ts";
import type { HouseFacade } from "../../src/hub/routes/facade.ts";
import { passkeyOf } from "../../src/hub/web/credential-book.ts";
import type { EditChange, GrantPasskey, RequestEdit } from "../../src/schema/index.ts";
import { grantCatalog } from "../../src/schema/index.ts";
import { assert, describe } from "../harness/suite.ts";
import { openBrowser } from "../kit/browser.ts";
import { builtPage } from "../kit/built-page.ts";
import { eventually } from "../kit/eventually.ts";
import { playedHouse } from "../kit/played-house.ts";
import { servedWorld } from "../kit/web.ts";

const pictures = process.env.MESH_TEST_PICTURES;
const principal: Principal = { kind: "page", id: "page", name: "alice (page)", from: "house", rights: [] };
const ports = { clock: systemClock, random: systemRandom, log: silentLog };

/** An owner's machine that knows one passkey. */
function ownerKnowing(passkey: GrantPasskey): AccountContext {
  const grant = { Key: "NG", Kind: "page", LocalName: "alice", Rights: [], HubUdf: "MAAA-HUB", Passkeys: [passkey] };
  return {
    ports,
    keys: { storeKeys: new Map([[grantCatalog.label, {}]]) },
    list: () => [{ key: "NG", index: 0, value: grant }],
    get: () => undefined,
  } as unknown as AccountContext;
}

describe("what is asked for at the page, with a passkey", (it) => {
  it("is signed by it once the owner has let it, names and places aside; without a signature nothing is asked", async () => {
    const played = playedHouse();
    const toSign = new EditsToSign<{ change: EditChange; asked: EditRequest }>({ deviceUdf: "MAAA-HUB", ports });
    const requests: RequestEdit[] = [];
    let known = "";
    const house: HouseFacade = {
      ...played.hub.house(),
      editToSign: (asked) => ({ challenge: toSign.begin(principal, { change: { Kind: asked.kind, SceneKey: "NS-1" }, asked }) }),
      editSigned: ({ challenge, use }) => {
        const { request, wanted } = toSign.take(principal, challenge);
        requests.push({ ...request, Assertion: assertionOf(use) });
        return played.hub.house().edit(wanted.asked);
      },
    };
    const hub = { ...played.hub, as: () => hub, house: () => house };
    const world = await servedWorld({ hub, page: await builtPage(), signs: (id) => id === known });
    const browser = await openBrowser();
    const page = await browser.page();
    await page.send("WebAuthn.enable");
    const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true };
    const { authenticatorId } = await page.send("WebAuthn.addVirtualAuthenticator", { options: { ...options, automaticPresenceSimulation: true } });
    await page.goto((await world.door.open({ name: "alice" })).url.replace("127.0.0.1", "localhost"));
    await page.shows("Live");
    await page.click('nav a[href="#hub"]');
    await page.pressButton("Add a passkey");
    await page.shows("From now on this device signs in by it");
    await page.pressButton("Let it sign changes");
    await page.shows("Let the passkey MPAS-SKEY sign, as alice");
    await page.look({ width: 360, height: 740 });
    assert.equal(await page.axe(), []);
    if (pictures !== undefined) await page.screenshot(join(pictures, "passkey-light-360.png"));
    assert.equal(played.owner.asked(), [{ kind: "passkey-add" }]);
    const [added] = world.book.list().filter(({ kind }) => kind === "passkey");
    const [{ id = "" } = {}] = world.book.list().filter(({ kind }) => kind === "page");
    known = added?.id ?? "";
    played.owner.accept();
    await page.shows("This page's passkey signs changes");

    await page.evaluate(
      `(() => { const s = document.querySelector("main section.card:last-of-type select"); s.value = "de"; s.dispatchEvent(new Event("change", { bubbles: true })); })()`,
    );
    await page.shows("Der Passkey dieser Seite unterschreibt");
    await page.look({ width: 1100, height: 900, scheme: "dark" });
    assert.equal(await page.axe(), []);
    if (pictures !== undefined) await page.screenshot(join(pictures, "passkey-de-dark-1100.png"));
    await page.evaluate(
      `(() => { const s = document.querySelector("main section.card:last-of-type select"); s.value = "en"; s.dispatchEvent(new Event("change", { bubbles: true })); })()`,
    );

    await page.click('nav a[href="#connect"]');
    await page.pressButton("Ask to let it in: zigbee lamp");
    await eventually("it is asked", () => played.owner.asked().length === 2);
    const passkey = passkeyOf(world.book, id);
    assert.is(passkey?.RelyingParty, "localhost");
    const owner = ownerKnowing(passkey!);
    const judged = (value: RequestEdit) => editSignature(owner, { hub: { udf: "MAAA-HUB" } as never, value });
    const [signed] = requests;
    assert.equal(await judged(signed!), { state: "signed", by: "alice" });
    assert.equal(
      await judged({ ...signed!, Change: { ...signed!.Change, Kind: "guest-add" } }),
      { state: "wrong" },
      "a hub that changes it is found",
    );

    // Names go without: a sensor on the kitchen's wall is not worth a finger.
    await page.click('nav a[href="#devices"]');
    await page.until("its card is there", `document.querySelector('[data-udf="MAAA-LIGHT"] summary')`);
    await page.evaluate(`document.querySelector('[data-udf="MAAA-LIGHT"] summary').click()`);
    await page.until("its name can be changed", `document.querySelector('[data-udf="MAAA-LIGHT"] input[name=rename]')`);
    await page.click('[data-udf="MAAA-LIGHT"] input[name=rename]');
    await page.type("x");
    await page.press("Enter");
    await eventually("it is asked", () => played.owner.asked().length === 3);
    assert.is(requests.length, 1);

    // The person says no.
    await page.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
    await page.click('nav a[href="#people"]');
    await page.pressButton("Take back: wall panel");
    await page.shows("It was not signed, so nothing was asked");
    assert.is(played.owner.asked().length, 3);
    assert.is(requests.length, 1);
    assert.equal(page.complaints, []);
  });
});
