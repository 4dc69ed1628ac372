/** The right to serial lines: a drop-in for the hub's own unit, since the hub itself speaks to devices at them. */
import { readFileSync } from "node:fs";
import { packagePath } from "../../base/package-root.ts";
import type { InstallStep } from "./install.ts";

const path = "/etc/systemd/system/mesh-hub.service.d/serial.conf";

/** The step that gives it. */
export function planSerial(): InstallStep[] {
  return [{ kind: "file", path, content: readFileSync(packagePath("systemd", "mesh-hub-serial.conf"), "utf8"), mode: 0o644 }];
}

/** The step that takes it away again. */
export function planWithoutSerial(): InstallStep[] {
  return [{ kind: "remove", path }];
}
