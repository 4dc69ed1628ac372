/** The page, built once for the tests of a file, or by the run that has compiled them. */
import { join } from "node:path";
import { packagePath } from "../../src/base/package-root.ts";
import { bundlePage } from "../harness/bundle.ts";
import { tempDirectory } from "../harness/suite.ts";

let built: Promise<string> | undefined;

/** The folder of the page as it is built. */
export function builtPage(): Promise<string> {
  if (process.env.MESH_TEST_COMPILED !== undefined) return Promise.resolve(packagePath("dist", "page"));
  built ??= (async () => {
    const folder = join(tempDirectory(), "page");
    await bundlePage(folder);
    return folder;
  })();
  return built;
}
