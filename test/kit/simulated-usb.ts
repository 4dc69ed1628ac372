/** USB input devices that come and go as a test says, with reports as scanners send them. */
import type { HidDevice } from "../../src/transport/hid/probe.ts";
import type { HidPort, HidStream } from "../../src/transport/hid/scanners.ts";

/** A code as a scanner in HID POS mode sends it, in as many reports as it takes. */
export function posReports(text: string): Uint8Array[] {
  const octets = Buffer.from(text);
  const reports: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < octets.length; at += 56) {
    const part = octets.subarray(at, at + 56);
    const report = new Uint8Array(64);
    report.set([2, part.length, ...Buffer.from("]Q1")]);
    report.set(part, 5);
    report[63] = at + 56 < octets.length ? 1 : 0;
    reports.push(report);
  }
  return reports;
}

/** One device. */
export class SimulatedUsb implements HidDevice {
  readonly path: string;
  readonly manufacturer = "Symbolic";
  readonly product: string;
  readonly usagePage: number;
  #report: (report: Uint8Array) => void = () => undefined;
  #end: (reason: string) => void = () => undefined;

  constructor(path: string, options: { readonly product?: string; readonly usagePage?: number } = {}) {
    this.path = path;
    this.product = options.product ?? "LS1";
    this.usagePage = options.usagePage ?? 0x8c;
  }

  sends(...reports: readonly Uint8Array[]): void {
    for (const report of reports) this.#report(report);
  }

  scans(text: string): void {
    this.sends(...posReports(text));
  }

  fails(reason: string): void {
    this.#end(reason);
  }

  open(): HidStream {
    return {
      onReport: (listener) => {
        this.#report = listener;
      },
      onEnd: (listener) => {
        this.#end = listener;
      },
      close: async () => undefined,
    };
  }
}

/** The ports of a machine. `refuses` names paths that cannot be opened. */
export class SimulatedPort implements HidPort {
  readonly attached = new Set<SimulatedUsb>();
  readonly refuses = new Set<string>();

  attach(device: SimulatedUsb): SimulatedUsb {
    this.attached.add(device);
    return device;
  }

  /** Pulls a device out. */
  pull(device: SimulatedUsb): void {
    this.attached.delete(device);
    device.fails("could not read from HID device");
  }

  async list(): Promise<readonly HidDevice[]> {
    return [...this.attached];
  }

  async open(path: string): Promise<HidStream> {
    const device = [...this.attached].find((candidate) => candidate.path === path);
    if (!device || this.refuses.has(path)) throw new Error("cannot open device");
    return device.open();
  }
}
