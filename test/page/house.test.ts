/** The page and what its hub may not change itself: asked of the owner, with where it waits and what came of it. Scenes, timers, audit, log. */
import { assert, describe } from "../harness/suite.ts";
import type { BrowserPage } from "../kit/browser.ts";
import { eventually } from "../kit/eventually.ts";
import { visit } from "../kit/visited-house.ts";

const card = (udf: string): string => `[data-udf="${udf}"]`;

async function open(page: BrowserPage, udf: string): Promise<void> {
  await page.shows("kitchen light");
  await page.evaluate(`document.querySelector('${card(udf)} summary').click()`);
  await page.until("its details are open", `document.querySelector('${card(udf)} input[name=rename]')`);
}

/** Types into a field in the place of what is in it. */
async function fill(page: BrowserPage, selector: string, text: string): Promise<void> {
  await page.until(`there is ${selector}`, `document.querySelector(${JSON.stringify(selector)})`);
  await page.evaluate(`document.querySelector(${JSON.stringify(selector)}).select()`);
  await page.click(selector);
  await page.evaluate(`document.querySelector(${JSON.stringify(selector)}).select()`);
  await page.type(text);
}

describe("changes that the owner is asked for", (it) => {
  it("wait where it is said, are made when he agrees, and say why when he does not", async () => {
    const { page, owner } = await visit();
    await open(page, "MAAA-LIGHT");
    const note = '"stove lamp" sounds like "stone lamp": the hub will ask back';
    owner.house.doubts = async ({ kind }) => (kind === "rename" ? [note] : []);
    // The answer is held back until more was typed.
    await page.evaluate(
      `(() => { const asks = window.fetch; const held = new Promise((go) => { window.letGo = go; }); window.fetch = async (...words) => { const answer = await asks(...words); await held; return answer; }; })()`,
    );
    const field = `${card("MAAA-LIGHT")} input[name=rename]`;
    await fill(page, field, "stove lamp");
    await page.press("Enter");
    await eventually("it is asked", () => owner.asked().length === 1);
    await page.type(" two");
    await page.evaluate("window.letGo()");
    await page.shows("Call kitchen light “stove lamp”");
    await page.shows(note);
    assert.is(await page.evaluate(`document.querySelector('${field}').value`), "stove lamp two");
    await page.shows("On its way: the service does not have it yet");
    assert.equal(owner.asked(), [{ kind: "rename", device: "MAAA-LIGHT", name: "stove lamp" }]);
    owner.sent();
    await page.shows("Waits for a machine of the owner");
    await page.until("the menu counts it", `document.querySelector("nav .badge")?.textContent.startsWith("1")`);
    assert.is(await page.evaluate(`document.querySelector('${card("MAAA-LIGHT")} h3').textContent`), "kitchen light");
    owner.accept();
    await page.until("it is called so", `document.querySelector('${card("MAAA-LIGHT")} h3').textContent === "stove lamp"`);
    await page.until("nothing waits", `!document.querySelector("nav .badge")`);
    await page.evaluate(
      `(() => { const s = document.querySelector('${card("MAAA-LIGHT")} select[name=move]'); s.value = "NP-HALL"; s.dispatchEvent(new Event("change", { bubbles: true })); })()`,
    );
    await eventually("it is asked", () => owner.asked().length === 2);
    owner.refuse("the hall is full");
    await page.shows("the hall is full");
    assert.equal(page.complaints, []);
  });

  it("move a device to its new place, and take one out only after a second question", async () => {
    const { page, owner } = await visit();
    await open(page, "MAAA-LIGHT");
    await page.evaluate(
      `(() => { const s = document.querySelector('${card("MAAA-LIGHT")} select[name=move]'); s.value = "NP-HALL"; s.dispatchEvent(new Event("change", { bubbles: true })); })()`,
    );
    await eventually("it is asked", () => owner.asked().length === 1);
    owner.accept();
    await page.until("it stands there", `document.querySelector('section[aria-label="Hall"] ${card("MAAA-LIGHT")}')`);
    await open(page, "MAAA-PLUG");
    await page.pressButton("Remove this device: desk plug");
    await page.shows("Take desk plug out of the house?");
    assert.is(owner.asked().length, 1);
    await page.until("the keyboard is where the question is", `document.activeElement?.closest(".ask")`);
    await page.press("Escape");
    await page.until("it is not asked any more", `!document.querySelector(".ask")`);
    await page.pressButton("Remove this device: desk plug");
    await page.pressButton("Ask the owner to remove it");
    await eventually("it is asked", () => owner.asked().length === 2);
    assert.equal(owner.asked().at(-1), { kind: "remove", device: "MAAA-PLUG" });
    owner.accept();
    await page.until("it is gone", `!document.querySelector('${card("MAAA-PLUG")}')`);
    assert.equal(page.complaints, []);
  });

  it("let a program in: its token is shown once, and what waits is listed", async () => {
    const { page, owner } = await visit();
    await page.click('nav a[href="#people"]');
    await page.shows("Who may do what");
    await page.shows("sees Hall");
    await fill(page, "input[name=grant]", "wall panel");
    await page.press("Enter");
    await page.shows("NAAA-BBBB-CCCC");
    const [asked] = owner.asked();
    assert.equal(asked, { kind: "grant-put", grant: { kind: "token", name: "wall panel", allows: "command", days: 30 } });
    await page.shows("Let wall panel in");
    owner.sent();
    await page.shows("Waits for a machine of the owner");
    owner.accept();
    await page.shows("Nothing waits.");
    await page.pressButton("Take back: wall panel");
    await eventually("it is asked", () => owner.asked().length === 2);
    assert.equal(owner.asked().at(-1), { kind: "grant-delete", grant: "NG-PANEL" });
    await page.click('nav a[href="#connect"]');
    await page.shows("zigbee lamp");
    await page.pressButton("Ask to let it in: zigbee lamp");
    await eventually("it is asked", () => owner.asked().length === 3);
    assert.equal(owner.asked().at(-1), { kind: "offer-accept", offer: "NO-1" });
    assert.equal(page.complaints, []);
  });
});

describe("guests", (it) => {
  it("are asked for by their address, with what they may do, where and until when", async () => {
    const { page, owner } = await visit();
    await page.click('nav a[href="#people"]');
    await fill(page, "input[name=guest]", "bob@example.net");
    await page.evaluate(
      `(() => { const s = document.querySelector("input[name=guest]").closest("form").querySelectorAll("select")[1]; s.value = "NP-HALL"; s.dispatchEvent(new Event("change", { bubbles: true })); })()`,
    );
    await page.click("input[name=guest]");
    await page.press("Enter");
    await page.shows("Let bob@example.net in as a guest");
    assert.equal(owner.asked(), [{ kind: "guest-add", guest: { address: "bob@example.net", allows: "command", places: ["NP-HALL"], days: 7 } }]);
    owner.refuse("bob@example.net is no contact of yours");
    await page.shows("Nothing waits.");
    await page.evaluate(`document.querySelector("section.card summary").click()`);
    await page.shows("bob@example.net is no contact of yours");
    assert.equal(page.complaints, []);
  });
});

describe("a household in one box", (it) => {
  it("is told what its thief gets, and how the owner's part moves; a hub whose owner is elsewhere says nothing of it", async () => {
    const { page, url } = await visit({ ownerHere: true });
    await page.click('nav a[href="#hub"]');
    await page.shows("Whoever takes this machine has the account");
    await page.shows("sudo mesh-hub uninstall --owner --purge --yes");
    await page.goto(`${url}/#start`);
    await page.shows("sudo mesh-hub owner device window 10m");
    assert.equal(page.complaints, []);
    const other = await visit();
    await other.page.click('nav a[href="#hub"]');
    await other.page.shows("devices reached");
    assert.is(await other.page.evaluate(`document.body.innerText.includes("has the account")`), false);
  });
});

describe("the first day", (it) => {
  it("names places, says how new devices are let in, takes codes, and what to keep for the worst day", async () => {
    const { page, owner, url } = await visit();
    await page.goto(`${url}/#start`);
    await page.shows("Set up the house");
    await page.shows("There are: Hall, Kitchen, Living room.");
    await page.pressButton("Bedroom");
    await fill(page, "input[name=place]", "Tool shed");
    await page.pressButton("Ask the owner");
    await page.shows("Make the place “Tool shed”");
    assert.equal(owner.asked(), [
      { kind: "place-add", name: "Bedroom" },
      { kind: "place-add", name: "Tool shed" },
    ]);
    await page.shows("meshman device window 10m");
    await fill(page, "input[name=code]", "mcu://maker@example.com/EAAA-GOOD");
    await page.press("Enter");
    await page.shows("EAAA-GOOD");
    await page.click("li.code .strong");
    await page.shows("Connected as light 7");
    await page.shows("meshman account escrow");
    assert.equal(page.complaints, []);
  });
});

describe("what the house does by itself, and what it has done", (it) => {
  it("runs a scene by its name and stops a timer", async () => {
    const { page, said, owner } = await visit();
    await page.click('nav a[href="#routines"]');
    await page.shows("movie night");
    await page.shows("brightness 20 %");
    await page.pressButton("Run: movie night");
    await page.shows("movie night: done");
    assert.equal(said, ["movie night"]);
    await page.pressButton("Stop: kitchen light: off");
    await page.until("it is gone", `!document.body.innerText.includes("kitchen light: off")`);
    assert.equal(
      owner.timers.map(({ key }) => key),
      ["NTIMER-2", "NRULE-1", "NRULE-2"],
    );
    assert.equal(page.complaints, []);
  });

  it("says of a rule that it waits, or was stopped, and lets that one run again", async () => {
    const { page, owner } = await visit();
    await page.click('nav a[href="#routines"]');
    await page.shows("Stopped: it set itself off again and again");
    await page.shows("Waits until it becomes so");
    await page.pressButton("Let it run again: when the hall is dark: desk plug on");
    await page.until("it is not stopped any more", `!document.body.innerText.includes("Stopped: it set itself off")`);
    assert.is(owner.timers.find(({ key }) => key === "NRULE-1")?.state, "watching");
    assert.equal(page.complaints, []);
  });

  it("asks the owner to delete a scene, after a second question", async () => {
    const { page, owner } = await visit();
    await page.click('nav a[href="#routines"]');
    await page.pressButton("Delete: movie night");
    await page.shows("Delete the scene movie night?");
    assert.equal(owner.asked(), []);
    await page.pressButton("Ask the owner");
    await page.shows("Delete the scene movie night");
    await eventually("it is asked", () => owner.asked().length === 1);
    assert.equal(owner.asked(), [{ kind: "scene-delete", scene: "NS-1" }]);
    assert.equal(page.complaints, []);
  });

  it("shows who ordered what, whether the list is whole, and the log", async () => {
    const { page } = await visit();
    await page.click('nav a[href="#hub"]');
    await page.shows("devices reached");
    await page.evaluate(`[...document.querySelectorAll("summary")].find((e) => e.textContent === "Audit").click()`);
    await page.shows("alice's phone, from afar");
    await page.shows("front door Lock: done");
    const speak = (tag: string): Promise<unknown> =>
      page.evaluate(
        `(() => { const list = document.querySelector("select:has(option[lang=de])"); list.value = "${tag}"; list.dispatchEvent(new Event("change", { bubbles: true })); })()`,
      );
    await speak("de");
    await page.shows("front door Verriegeln: ausgeführt");
    await speak("en");
    await page.pressButton("Check that nobody changed it");
    await page.shows("Whole: 2 lines");
    await page.evaluate(`[...document.querySelectorAll("summary")].find((e) => e.textContent === "Log").click()`);
    await page.shows("sync.failed");
    assert.is(await page.evaluate(`document.body.innerText.includes("hub.started")`), false);
    await page.click("input[type=checkbox]");
    await page.shows("hub.started");
    assert.equal(page.complaints, []);
  });
});
