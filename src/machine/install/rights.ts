/** Rights that the hub itself has beside its unit, each by a drop-in of its own: serial lines, as it speaks to devices at them, and a microphone. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packagePath } from "../../base/package-root.ts";
import type { InstallStep } from "./install.ts";

/** What it may be given. */
export type Right = "serial" | "mic";

/** What is left to do when it has one. */
const next: Readonly<Record<Right, readonly string[]>> = {
  serial: ["name the lines: sudo mesh-hub config set serial.ports /dev/ttyUSB0"],
  mic: [
    "name the microphone, one that arecord -L lists: sudo mesh-hub config set speech.microphone default",
    "nothing that is said is understood while speech.recogniser is off: sudo apt install python3-pocketsphinx pocketsphinx-en-us python3-numpy, then sudo mesh-hub config set speech.recogniser local",
  ],
};

const pathOf = (right: Right): string => `/etc/systemd/system/mesh-hub.service.d/${right}.conf`;

/**
 * True where the hub is a service of systemd without the right: whoever looks at a device himself may use what the hub may not.
 * @param root "/", another one in tests
 */
export function unitLacks(right: Right, root = "/"): boolean {
  return existsSync(join(root, "etc/systemd/system/mesh-hub.service")) && !existsSync(join(root, pathOf(right)));
}

/** The step that gives one. */
export function planRight(right: Right): InstallStep {
  return { kind: "file", path: pathOf(right), content: readFileSync(packagePath("systemd", `mesh-hub-${right}.conf`), "utf8"), mode: 0o644 };
}

/** What is said of one when all is done. */
export function notesOfRight(right: Right): InstallStep[] {
  return next[right].map((text) => ({ kind: "note", text }));
}

/** The steps that take all of them away again. */
export function planWithoutRights(): InstallStep[] {
  return (Object.keys(next) as Right[]).map((right) => ({ kind: "remove", path: pathOf(right) }));
}
