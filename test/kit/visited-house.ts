/** A played house with a browser whose page is signed in at it. */
import type { BrowserPage } from "./browser.ts";
import { openBrowser } from "./browser.ts";
import { builtPage } from "./built-page.ts";
import type { PlayedHouseOptions } from "./played-house.ts";
import { playedHouse } from "./played-house.ts";
import { servedWorld } from "./web.ts";

/** A house, and a page of it that is signed in. */
export async function visit(options: PlayedHouseOptions & { readonly flags?: readonly string[] } = {}) {
  const browser = await openBrowser(options.flags);
  const house = playedHouse(options);
  const world = await servedWorld({ hub: house.hub, page: await builtPage() });
  const page = await browser.page();
  await page.look({ width: 1000, height: 900 });
  const enter = async (at: BrowserPage): Promise<void> => {
    await at.goto((await world.door.open({ name: "alice" })).url);
    await at.shows("Live");
  };
  await enter(page);
  return { ...world, ...house, browser, page, enter };
}
