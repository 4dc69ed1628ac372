/** The page's words: the language that is chosen last is shown, whichever words come first. */
import { assert, describe } from "../harness/suite.ts";

interface PageWords {
  readonly language: { readonly value: string };
  speak(chosen: string): Promise<void>;
  wanted(): string;
}

/** The page is checked with a browser's types, which nothing here has. */
const words = new URL("../../src/page/words/words.ts", import.meta.url).href;
const { language, speak, wanted } = (await import(words)) as PageWords;

/** What of a browser they ask. */
function pretend(kept: string | null): void {
  Object.assign(globalThis, {
    document: { documentElement: { lang: "" } },
    localStorage: { getItem: () => kept, setItem: () => undefined },
  });
  Object.defineProperty(globalThis, "navigator", { value: { languages: ["fr-FR", "de-AT"] }, configurable: true });
}

describe("page: the language", (it) => {
  it("is the one that is chosen last, though the words of another one come later", async () => {
    pretend(null);
    const slow = speak("de");
    await speak("en");
    await slow;
    assert.is(language.value, "en");
    await speak("de");
    assert.is(language.value, "de");
  });

  it("is what was kept, where there is such a one, and else the first that the browser wants", () => {
    pretend("en");
    assert.is(wanted(), "en");
    for (const kept of [null, "constructor", "xx"]) {
      pretend(kept);
      assert.is(wanted(), "de", String(kept));
    }
  });
});
