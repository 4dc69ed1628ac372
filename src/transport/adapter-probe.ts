/**
 * Looks for the radios and scanners that a hub could use, without using them: the packages are loaded lazily, and their absence, the kernel's
 * or the adapter's is told apart. What is found is all that is said; nothing here starts a radio.
 */
import { readdir } from "node:fs/promises";

/** What a probe found. */
export interface AdapterProbe {
  /** The package that would drive it can be loaded. */
  readonly driver: boolean;
  /** Why it cannot. */
  readonly reason?: string;
  /** Adapters or devices that are there, as the system names them. */
  readonly found: readonly string[];
}

/** Optional, so not known when this is compiled. Its main entry opens the adapter at import; this one does not. */
const bluetoothPackage: string = "@abandonware/noble/with-custom-binding.js";

/** Usage page of bar code scanners (HID POS usage tables). */
const scannerPage = 0x8c;

/** Bluetooth adapters of this machine. */
export async function probeBluetooth(): Promise<AdapterProbe> {
  const found = await readdir("/sys/class/bluetooth").then(
    (names) => names.filter((name) => /^hci\d+$/.test(name)),
    // Kernels without Bluetooth do not have the folder.
    () => [],
  );
  return { ...(await loaded(() => import(bluetoothPackage))), found };
}

/** Code scanners that say so; those that only pose as keyboards cannot be told from keyboards. */
export async function probeScanners(): Promise<AdapterProbe> {
  let found: string[] = [];
  const state = await loaded(async () => {
    const { devicesAsync } = await import("node-hid");
    const devices = await devicesAsync();
    found = devices
      .filter(({ usagePage, product }) => usagePage === scannerPage || /scan|barcode/i.test(product ?? ""))
      .map(({ product, path }) => product ?? path ?? "scanner");
  });
  return { ...state, found };
}

async function loaded(load: () => Promise<unknown>): Promise<{ readonly driver: boolean; readonly reason?: string }> {
  try {
    await load();
    return { driver: true };
  } catch (error) {
    const [reason = "unknown"] = (error instanceof Error ? error.message : String(error)).split("\n");
    return { driver: false, reason };
  }
}
