/** The packages that drive an adapter; they have one interface, and each its own way to be made without touching an adapter at import. */

import type { HubConfig } from "../../config/index.ts";

/** Name of a package. */
export type NoblePackage = HubConfig["ble"]["package"];

/** What is used of a characteristic, after noble's documentation. */
export interface NobleCharacteristic {
  readonly uuid: string;
  on(event: "data", listener: (data: Uint8Array, isNotification: boolean) => void): unknown;
  readAsync(): Promise<Uint8Array>;
  subscribeAsync(): Promise<unknown>;
  writeAsync(data: Uint8Array, withoutResponse: boolean): Promise<unknown>;
}

/** What is used of a peripheral. */
export interface NoblePeripheral {
  readonly id: string;
  readonly mtu: number | null;
  readonly state: string;
  readonly advertisement: { readonly serviceData?: readonly { readonly uuid: string; readonly data: Uint8Array }[] };
  connectAsync(): Promise<unknown>;
  cancelConnect(): void;
  disconnectAsync(): Promise<unknown>;
  discoverSomeServicesAndCharacteristicsAsync(
    services: readonly string[],
    characteristics: readonly string[],
  ): Promise<{ readonly characteristics: readonly NobleCharacteristic[] }>;
  once(event: "disconnect", listener: () => void): unknown;
  off(event: "disconnect", listener: () => void): unknown;
}

/** What is used of noble. */
export interface Noble {
  on(event: "stateChange", listener: (state: string) => void): unknown;
  on(event: "discover", listener: (peripheral: NoblePeripheral) => void): unknown;
  startScanningAsync(services: readonly string[], allowDuplicates: boolean): Promise<unknown>;
  stopScanningAsync(): Promise<unknown>;
  setScanParameters?(interval: number, window: number): void;
  reset(): void;
}

// A variable, because the packages are optional and have no types for these entries.
const entries: Readonly<Record<NoblePackage, string>> = {
  // Its main entry throws at import where there is no Bluetooth.
  "@abandonware/noble": "@abandonware/noble/with-custom-binding.js",
  "@stoprocent/noble": "@stoprocent/noble",
};

/** Loads a package and makes its object; the adapter is first touched by the first listener. Throws what the package throws. */
export async function loadNoble(name: NoblePackage): Promise<Noble> {
  const module = (await import(entries[name])) as { readonly default?: unknown; readonly withBindings?: unknown };
  const made = name === "@abandonware/noble" ? call(module.default, {}) : call(module.withBindings ?? memberOf(module.default), "hci");
  return made as Noble;
}

function memberOf(value: unknown): unknown {
  return (value as { readonly withBindings?: unknown } | undefined)?.withBindings;
}

function call(make: unknown, argument: unknown): unknown {
  if (typeof make !== "function") throw new Error("the package has an unknown form");
  return make(argument);
}
