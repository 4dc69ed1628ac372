/** `about`: version and directories. */
import { readFile } from "node:fs/promises";
import { packagePath } from "../../base/package-root.ts";
import { report } from "../term/output.ts";
import { printFields } from "../term/table.ts";
import type { Invocation } from "./surroundings.ts";

/** Tells the version and where things are. */
export async function about({ output, dir }: Invocation): Promise<void> {
  const { version } = JSON.parse(await readFile(packagePath("package.json"), "utf8")) as { readonly version: string };
  report(output, { Version: version, Node: process.version, Directory: dir, Package: packagePath() }, () =>
    printFields(output, [
      ["meshman", version],
      ["node", process.version],
      ["directory", dir],
      ["package", packagePath()],
    ]),
  );
}
