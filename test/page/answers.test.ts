/** A question that yes or no answers, on the page in a real Chromium: two buttons, which say the words, for as long as the hub waits for them. */
import { assert, describe } from "../harness/suite.ts";
import type { BrowserPage } from "../kit/browser.ts";
import { visit } from "../kit/visited-house.ts";

const talk = "it is dark turn on the lamp";
const question = 'did you mean "turn on the lamp"?';
const yes = ".answer li:first-child button";
const no = ".answer li:last-child button";
const focused = "document.activeElement.textContent";

/** Types it in the place of what stands in the box. */
async function sayByHand(page: BrowserPage, text: string): Promise<void> {
  await page.click("input[name=say]");
  await page.evaluate(`document.querySelector("input[name=say]").select()`);
  await page.type(text);
  await page.press("Enter");
}

const buttons = (page: BrowserPage): Promise<readonly string[]> =>
  page.evaluate(`[...document.querySelectorAll(".answer button")].map((b) => b.textContent)`);

describe("a question back on the page", (it) => {
  it("has Yes and No, which answer as the words do, and goes when another order comes", async () => {
    const { page, said } = await visit();
    await sayByHand(page, talk);
    await page.shows(question);
    assert.equal(await buttons(page), ["Yes", "No"]);
    assert.is(await page.evaluate(`document.querySelector(".answer ul").getAttribute("aria-label")`), question);
    assert.equal(await page.axe(), []);
    await page.click(yes);
    await page.shows("yes: done");
    assert.equal(await buttons(page), []);
    assert.is(await page.evaluate(`document.querySelector("input[name=say]").value`), talk, "what was said can be said again");
    await sayByHand(page, talk);
    await page.click(no);
    await page.shows("no: done");
    await sayByHand(page, talk);
    await page.shows(question);
    await sayByHand(page, "turn off the fan");
    await page.shows("turn off the fan: done");
    assert.equal(await buttons(page), []);
    assert.equal(said, [talk, "yes", talk, "no", talk, "turn off the fan"]);
    assert.equal(page.complaints, []);
  });

  it("is answered by the keyboard, which stays where the answer comes", async () => {
    const { page, said } = await visit();
    await sayByHand(page, talk);
    await page.shows(question);
    const tabTo = async (name: string): Promise<void> => {
      for (let i = 0; i < 5 && (await page.evaluate<string>(focused)) !== name; i++) await page.press("Tab");
      assert.is(await page.evaluate(focused), name);
    };
    await tabTo("Yes");
    await tabTo("No");
    await page.press(" ");
    await page.shows("no: done");
    assert.is(await page.evaluate(focused), "no: done");
    assert.equal(said, [talk, "no"]);
    assert.equal(page.complaints, []);
  });

  it("has no buttons any more when the hub waits no longer, and says so; the keyboard is not lost", async () => {
    const { page, said } = await visit({ answers: { yes: "yes", no: "no", withinMs: 1500 } });
    await sayByHand(page, talk);
    await page.shows(question);
    await page.evaluate(`document.querySelector(".answer button").focus()`);
    await page.shows("Too late: nothing is done.");
    assert.equal(await buttons(page), []);
    assert.is(await page.evaluate(`document.activeElement.className`), "answer");
    await sayByHand(page, talk);
    await page.until("it is asked anew", `document.querySelectorAll(".answer button").length === 2`);
    assert.equal(said, [talk, talk]);
    assert.equal(await page.axe(), []);
    assert.equal(page.complaints, []);
  });

  it("is in the language of the page, and answers in that of the hub", async () => {
    const { page, said } = await visit();
    await page.evaluate(`localStorage.setItem("mesh-language", "de")`);
    await page.evaluate("location.reload()");
    await page.shows("Sag, was zu tun ist");
    await sayByHand(page, talk);
    await page.shows(question);
    assert.equal(await buttons(page), ["Ja", "Nein"]);
    await page.click(yes);
    await page.shows("yes: done");
    assert.equal(said, [talk, "yes"]);
  });
});
