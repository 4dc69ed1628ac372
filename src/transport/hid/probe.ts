/**
 * Whether a bar code scanner is attached that speaks HID POS (usage page 0x8C), the mode in which scans do not look like typing.
 * A scanner is an input for device codes, not a medium. Devices are listed, never opened.
 */
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { type Probe, reasonOf } from "../probe.ts";

/** The members of a node-hid device that matter here. */
export interface HidDevice {
  readonly path?: string | undefined;
  readonly manufacturer?: string | undefined;
  readonly product?: string | undefined;
  readonly usagePage?: number | undefined;
}

/** The same, with the scanners found. */
export interface ScannerProbe extends Probe {
  readonly scanners: readonly HidDevice[];
}

/** Replacements for tests. */
export interface ScannerProbeOptions {
  readonly list?: () => Promise<readonly HidDevice[]>;
  readonly mayRead?: (path: string) => Promise<boolean>;
  /** Another process reads them: this one needs no right. */
  readonly elsewhere?: boolean;
}

/** HID usage page of bar code scanners (HID POS usage tables). */
export const scannerUsagePage = 0x8c;

/** Looks for scanners. */
export async function probeScanner(options: ScannerProbeOptions = {}): Promise<ScannerProbe> {
  const { list = listDevices, elsewhere = false, mayRead = elsewhere ? async () => true : isReadable } = options;
  let devices: readonly HidDevice[];
  try {
    devices = await list();
  } catch (error) {
    const remedy = "install libusb-1.0-0 and libudev1; codes can be scanned by camera or pasted without a scanner";
    return { state: "unavailable", detail: `USB input devices cannot be listed: ${reasonOf(error)}`, remedy, scanners: [] };
  }
  const scanners = devices.filter(({ usagePage }) => usagePage === scannerUsagePage);
  if (scanners.length === 0) {
    const remedy = "attach a scanner and set it to 'USB HID POS' with the code in its manual";
    return { state: "unavailable", detail: `none of ${devices.length} USB input devices is a scanner in HID POS mode`, remedy, scanners };
  }
  const names = scanners.map(({ manufacturer, product, path }) => [manufacturer, product].filter(Boolean).join(" ") || path || "unnamed").join(", ");
  const readable = await Promise.all(scanners.map(({ path }) => path === undefined || !path.startsWith("/") || mayRead(path)));
  if (!readable.some(Boolean)) {
    return {
      state: "unavailable",
      detail: `no right to read ${names}`,
      remedy: "run 'sudo mesh-hub install --scanner': a small service of its own gets the right, and the hub none",
      scanners,
    };
  }
  return { state: "ready", detail: `scanner ${names}`, scanners };
}

async function listDevices(): Promise<readonly HidDevice[]> {
  const { default: hid } = await import("node-hid");
  return hid.devicesAsync();
}

async function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}
