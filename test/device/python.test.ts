/** A light in Python, written from docs/device-makers.md and docs/device-link.md, through the suite of all devices. It needs Python's own library and no other. */
import { spawnSync } from "node:child_process";
import { packagePath } from "../../src/base/package-root.ts";
import { behaves } from "./behaviour.ts";
import type { Implementation } from "./implementation.ts";

const found = spawnSync("sh", ["-c", "command -v python3"]).stdout.toString().trim();
const interpreter = found && spawnSync(found, ["-c", "import sys; print(sys.executable)"]).stdout.toString().trim();

const python: Implementation = {
  name: "Python",
  program: () => [interpreter, packagePath("test", "device", "python", "main.py")],
  missing: () => (interpreter ? undefined : "needs python3"),
  powerCuts: [1, 2, 3, 4],
  takesSplits: false,
  rests: false,
};

behaves(python, "light", "tcp");
