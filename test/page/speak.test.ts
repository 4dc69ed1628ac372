/**
 * Push to talk in a real Chromium, whose microphone hears a clip of synthetic speech: what was understood is shown, what is in doubt is asked back, and what
 * can do harm waits for a device of the owner. The house has the real recogniser.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Clip, clipRate, writeWav } from "../../src/speech/sound/clip.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";
import { type BrowserPage, openBrowser } from "../kit/browser.ts";
import { builtPage } from "../kit/built-page.ts";
import { eventually } from "../kit/eventually.ts";
import { openHeardHouse } from "../kit/heard-house.ts";
import { make } from "../kit/made-device.ts";
import { spokenClip } from "../kit/spoken-clip.ts";
import { servedWorld, webWorld } from "../kit/web.ts";

const button = ".speak";
/** Before and behind what is said, in the microphone. Seconds. */
const quiet = { before: 1, behind: 10 };
const media = ["--use-fake-device-for-media-stream", "--autoplay-policy=no-user-gesture-required"];

function microphone(said: Clip): string {
  const file = join(tempDirectory(), "said.wav");
  const clip = new Int16Array((quiet.before + quiet.behind) * clipRate + said.length);
  clip.set(said, quiet.before * clipRate);
  writeFileSync(file, writeWav(clip));
  return `--use-file-for-fake-audio-capture=${file}`;
}

/** The page of a house, in a browser with these flags. */
async function open(hub: Parameters<typeof servedWorld>[0], flags: readonly string[]): Promise<BrowserPage> {
  const browser = await openBrowser([...media, ...flags]);
  const { door } = await servedWorld({ ...hub, page: await builtPage() });
  const page = await browser.page();
  await page.goto((await door.open({ name: "alice" })).url);
  await page.shows("Live");
  return page;
}

/** Says it, from the press of the button until it is let go. */
async function speak(page: BrowserPage, said: Clip): Promise<void> {
  const ms = 1000 * (quiet.before + said.length / clipRate + 1.5);
  await page.hold(button, async () => {
    await page.shows("Listening");
    await new Promise((resolve) => setTimeout(resolve, ms));
  });
}

const typed = `document.querySelector("input[name=say]").value`;

describe("push to talk", (it) => {
  it(
    "shows what was heard, asks back what has a number, and leaves what can do harm to the owner",
    async () => {
      const light = make("light", { name: "kitchen light", place: "kitchen" });
      const gate = make("garage-door", { name: "big gate", place: "hall" });
      const house = await openHeardHouse([light, gate]);
      const forty = spokenClip("set the kitchen light to forty percent");
      const page = await open({ hub: house.hub, hears: "en" }, ["--use-fake-ui-for-media-stream", microphone(forty)]);
      await speak(page, forty);
      await page.shows("did you mean");
      assert.match(await page.evaluate<string>(typed), /^set the kitchen light (to )?forty percent$/);
      assert.equal(house.devices.orders, []);
      // Read, and said by hand.
      await page.click("input[name=say]");
      await page.press("Enter");
      await page.shows("kitchen light: brightness 40");
      assert.is(house.devices.orders.length, 1);

      const open_ = spokenClip("open the big gate");
      const other = await open({ hub: house.hub, hears: "en" }, ["--use-fake-ui-for-media-stream", microphone(open_)]);
      await speak(other, open_);
      await eventually("it is heard", async () => (await other.evaluate<string>(typed)) === "open the big gate");
      // What one search alone has heard is read back before the owner is asked: which of the two it is depends on how the browser's sound comes out.
      await other.until("something came of it", `/did you mean|the owner is asked/.test(document.querySelector(".say .answer").innerText)`);
      if (await other.evaluate<boolean>(`document.body.innerText.includes("did you mean")`)) {
        assert.equal(house.asked, []);
        await other.click(".answer li:first-child button");
      }
      await other.shows("the owner is asked");
      assert.equal(
        house.asked.map(({ command, principal }) => `${command} ${principal.name}`),
        ["Open alice (page) (by voice)"],
      );
      assert.equal(house.harmful(), []);
      assert.equal([...page.complaints, ...other.complaints], []);
    },
    { timeoutMs: 120_000 },
  );

  it("is for the keyboard, too; a press between two hands begins, the next one ends; who has no microphone is told what to do", async () => {
    const heard: number[] = [];
    const { hub } = await webWorld();
    const own: typeof hub = {
      ...hub,
      as: () => own,
      hear: async ({ clip }) => {
        heard.push(clip.length);
        return { said: { kind: "unknown", text: "nothing was understood", suggestions: [] } };
      },
    };
    const page = await open({ hub: own, hears: "de" }, ["--use-fake-ui-for-media-stream"]);
    await page.shows("Hold and speak (Deutsch)");
    await page.click(button);
    await page.shows("Listening");
    await page.click(button);
    await page.shows("nothing was understood");
    await page.evaluate(`document.querySelector("${button}").focus()`);
    await page.press("Enter");
    await page.shows("Listening");
    await page.press(" ");
    await eventually("the second was sent", () => heard.length === 2);
    assert.equal(await page.axe(), []);
    await page.evaluate(
      `(() => { const media = navigator.mediaDevices; const ask = media.getUserMedia.bind(media); media.getUserMedia = async (wanted) => (window.given = await ask(wanted)); })()`,
    );
    await page.click(button);
    await page.until("the microphone is on", "window.given?.getAudioTracks()[0].readyState === 'live'");
    await page.click('nav a[href="#people"]');
    await page.until("it is off in another view", "window.given.getAudioTracks()[0].readyState === 'ended'");
    assert.is(heard.length, 2, "and nothing of it was sent");
    const silent = await open({ hub: own, hears: "en" }, ["--use-fake-ui-for-media-stream=deny"]);
    await silent.click(button);
    await silent.shows("The browser gives this page no microphone");
    assert.is(heard.length, 2);
    assert.equal([...page.complaints, ...silent.complaints], []);
  });

  it("is offered, and the microphone allowed, where the hub hears alone", async () => {
    const policyOf = async (hears?: string): Promise<string> => {
      const { app } = await webWorld(hears === undefined ? {} : { hears });
      return (await app.request("http://localhost/")).headers.get("permissions-policy") ?? "";
    };
    assert.match(await policyOf("en"), /microphone=\(self\)/);
    assert.match(await policyOf(), /microphone=\(\)/);
    const deaf = await open({}, ["--use-fake-ui-for-media-stream"]);
    assert.is(await deaf.evaluate(`document.querySelector("${button}")`), null);
  });
});
