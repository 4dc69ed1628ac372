/** The page's words: the language that is chosen last is shown, whichever words come first. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { packagePath } from "../../src/base/package-root.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";

interface PageWords {
  readonly language: { readonly value: string };
  speak(chosen: string): Promise<void>;
  wanted(): string;
}

/** As the page's own script is put together (test/harness/bundle.ts). */
async function pageWords(): Promise<PageWords> {
  const outdir = tempDirectory();
  await build({
    entryPoints: [packagePath("src", "page", "words", "words.ts")],
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    logLevel: "warning",
  });
  return (await import(pathToFileURL(join(outdir, "words.mjs")).href)) as PageWords;
}
const { language, speak, wanted } = await pageWords();

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
