/** `about`: version and directories. */
import { packagePath, packageVersion } from "../../base/package-root.ts";
import { report } from "../term/output.ts";
import { printFields } from "../term/table.ts";
import type { Invocation } from "./surroundings.ts";

/** Tells the version and where things are. */
export async function about({ output, dir }: Invocation): Promise<void> {
  const version = packageVersion();
  report(output, { version, node: process.version, directory: dir, package: packagePath() }, () =>
    printFields(output, [
      ["meshman", version],
      ["node", process.version],
      ["directory", dir],
      ["package", packagePath()],
    ]),
  );
}
