/** The page, built once for the tests of a file. */
import { join } from "node:path";
import { bundlePage } from "../harness/bundle.ts";
import { tempDirectory } from "../harness/suite.ts";

let built: Promise<string> | undefined;

/** The folder of the page as it is built. */
export function builtPage(): Promise<string> {
  built ??= (async () => {
    const folder = join(tempDirectory(), "page");
    await bundlePage(folder);
    return folder;
  })();
  return built;
}
