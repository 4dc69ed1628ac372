/** The browser that the tests of a file share, when it dies in one of them. */
import { assert, describe } from "../harness/suite.ts";
import { openBrowser } from "./browser.ts";
import { eventually } from "./eventually.ts";

describe("kit: a browser that ends", (it) => {
  it("says so to who still asks it something, and the next page gets another", async () => {
    const first = await (await openBrowser()).page();
    await first.send("Browser.close");
    const refusal = (): Promise<string> =>
      first.evaluate("1").then(
        () => "none",
        ({ message }: Error) => message,
      );
    await eventually("its page answers nothing", async () => (await refusal()) === "the browser ended");
    const second = await (await openBrowser()).page();
    assert.is(await second.evaluate("1 + 1"), 2);
  });
});
