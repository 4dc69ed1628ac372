/**
 * The firmware in C over Bluetooth LE, through the suite of all devices: its packets go over a socket to a process that stands in for the radio part of a
 * chip, which is the virtual devices' own peripheral on btvirt's radio; the hub's side is noble. The kernel's socket and the chip are not in it.
 */
import { ownProgram } from "../../src/base/package-root.ts";
import { missingForBtvirt } from "../kit/btvirt.ts";
import { behaves } from "./behaviour.ts";
import { chosenClasses } from "./classes.ts";
import type { Implementation } from "./implementation.ts";
import { posix } from "./implementation.ts";

const core = posix();
const behindRadio: Implementation = {
  ...core,
  name: "C behind a radio part",
  program: (className) => [process.execPath, ...ownProgram("firmware-stubs", "virtual", "radio-part"), ...(core.program(className) ?? [])],
  missing: (className) => core.missing(className) ?? missingForBtvirt(),
  // A connection takes a second here.
  powerCuts: [2, 4],
};

for (const className of chosenClasses(["light"], ["light", "lock", "sensor"])) behaves(behindRadio, className, "ble");
