/**
 * Code scanners at USB ports: those in HID POS mode as they come and go, and one that acts as a keyboard where a person names it, since the keys of a
 * keyboard are not ours to read. What is read is a text and nothing more; what it means is for others to say.
 */
import type { Clock } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import { reasonOf } from "../probe.ts";
import { KeyboardReports } from "./keyboard-report.ts";
import { PosReports } from "./pos-report.ts";
import type { HidDevice } from "./probe.ts";
import { scannerUsagePage } from "./probe.ts";

/** An opened device. */
export interface HidStream {
  onReport(listener: (report: Uint8Array) => void): void;
  /** Called once, when it is pulled out or fails. */
  onEnd(listener: (reason: string) => void): void;
  close(): Promise<void>;
}

/** USB input devices of this machine. */
export interface HidPort {
  list(): Promise<readonly HidDevice[]>;
  open(path: string): Promise<HidStream>;
}

/** What comes of scanners. */
export type Scanned =
  | { readonly kind: "attached"; readonly scanner: string }
  | { readonly kind: "gone"; readonly scanner: string; readonly reason: string }
  | { readonly kind: "code"; readonly scanner: string; readonly text: string }
  /** Half a code, junk, or a scanner that cannot be opened. */
  | { readonly kind: "failed"; readonly scanner: string; readonly error: MeshError };

/** How scanners are read. */
export interface ScannersOptions {
  readonly port: HidPort;
  readonly clock: Clock;
  /** Path of a scanner that acts as a keyboard. */
  readonly keyboard?: string;
  readonly onScanned: (scanned: Scanned) => void;
  /** Called after each look: what could not be opened may be gone. */
  readonly onLooked?: () => void;
}

/** How often it is looked what is attached. */
const lookMs = 1000;
const mostScanners = 8;

/** The scanners of this machine. */
export class Scanners {
  readonly #options: ScannersOptions;
  readonly #open = new Map<string, HidStream>();
  /** Why those cannot be read that are attached and not open. Told once, until they are pulled out; tried again at each look. */
  readonly #refused = new Map<string, MeshError>();
  readonly #stop = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(options: ScannersOptions) {
    this.#options = options;
  }

  /** Begins to look; resolves after the first look, with the number of scanners that are read. Errors: ERR_ADAPTER when nothing can be listed. */
  async start(): Promise<number> {
    await this.#look();
    this.#loop = this.#run();
    return this.#open.size;
  }

  /** Why none is read, in words for the owner; empty while one is. */
  get trouble(): string {
    if (this.#open.size > 0) return "";
    const [refused] = this.#refused.values();
    const { keyboard } = this.#options;
    const other = keyboard === undefined ? "" : `, nor is there ${keyboard}`;
    return refused?.message ?? `no scanner is attached that is set to 'USB HID POS'${other}`;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    for (const stream of this.#open.values()) await stream.close().catch(() => undefined);
    this.#open.clear();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#options.clock.sleep(lookMs, signal).catch(() => undefined);
      // A look that fails is no reason to let go of what is open.
      if (!signal.aborted) await this.#look().catch(() => undefined);
    }
  }

  async #look(): Promise<void> {
    const { port, keyboard } = this.#options;
    let devices: readonly HidDevice[];
    try {
      devices = await port.list();
    } catch (cause) {
      throw new MeshError("ERR_ADAPTER", `USB input devices cannot be listed: ${reasonOf(cause)}`, {
        hint: "install libusb-1.0-0 and libudev1, or give the code itself: mesh-hub onboard URI",
        cause,
      });
    }
    const wanted = devices.filter(({ path, usagePage }) => path !== undefined && (path === keyboard || usagePage === scannerUsagePage));
    const paths = new Set(wanted.map(({ path }) => path));
    for (const path of this.#refused.keys()) if (!paths.has(path)) this.#refused.delete(path);
    for (const device of wanted) {
      const { path = "" } = device;
      if (this.#open.has(path) || this.#open.size >= mostScanners) continue;
      await this.#attach(path, device);
    }
    this.#options.onLooked?.();
  }

  async #attach(path: string, device: HidDevice): Promise<void> {
    const { port, keyboard, onScanned } = this.#options;
    const scanner = nameOf(device);
    try {
      const stream = await port.open(path);
      this.#open.set(path, stream);
      this.#refused.delete(path);
      const reports = path === keyboard ? new KeyboardReports() : new PosReports();
      onScanned({ kind: "attached", scanner });
      stream.onReport((report) => {
        try {
          const text = reports.read(report);
          if (text !== undefined) onScanned({ kind: "code", scanner, text });
        } catch (error) {
          onScanned({ kind: "failed", scanner, error: asMeshError(error) });
        }
      });
      stream.onEnd((reason) => {
        if (!this.#open.delete(path)) return;
        onScanned({ kind: "gone", scanner, reason });
        void stream.close().catch(() => undefined);
      });
    } catch (cause) {
      if (this.#refused.has(path)) return;
      const error = new MeshError("ERR_ADAPTER", `${scanner} cannot be opened: ${reasonOf(cause)}`, {
        hint: "'sudo mesh-hub install --scanner' gives a service of its own the right, and the hub connects what is scanned then; or run 'mesh-hub onboard --scan' with sudo",
        cause,
      });
      this.#refused.set(path, error);
      onScanned({ kind: "failed", scanner, error });
    }
  }
}

function nameOf({ manufacturer, product, path }: HidDevice): string {
  return [manufacturer, product].filter(Boolean).join(" ") || path || "a scanner";
}
