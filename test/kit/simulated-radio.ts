/**
 * A simulated Bluetooth adapter inside the process, behind the same interface as the real ones: devices are functions that answer streams.
 * What goes wrong in the air and in adapters is switched on by tests. It stands for an adapter, not for any package that drives one.
 */
import type { LinkStream } from "../../src/link/index.ts";
import { streamPair } from "../../src/link/index.ts";
import type { Radio, RadioLink, RadioListener } from "../../src/transport/ble/radio.ts";
import type { Attach } from "./memory-medium.ts";

/** A device in the air. */
export interface AirDevice {
  readonly hails: () => readonly Uint8Array[];
  readonly attach: Attach;
  /** ATT MTU that is agreed on. */
  readonly mtu?: number;
  /** What it says of itself. */
  readonly largest?: number;
}

/** Where a call may fail or hang. */
export type Step = "start" | "scan" | "connect" | "write" | "disconnect" | "reset";

/** The air around one adapter: devices, faults, and what happened. It outlives the radios that hear it. */
export class Air {
  readonly devices = new Map<string, AirDevice>();
  /** What the next call of this kind does instead of answering; stays until it is taken out. */
  readonly faults = new Map<Step, "hang" | "fail" | "end" | "gone">();
  readonly links = new Map<number, { readonly address: string; readonly device: LinkStream }>();
  readonly calls: string[] = [];
  /** Addresses that were connected, in order. */
  readonly connected: string[] = [];
  mostAtOnce = 0;
  /** Part of the notifications that are lost: every nth. */
  loseEvery = 0;
  isDeaf = false;
  radios = 0;
  #radio: SimulatedRadio | undefined;
  #notified = 0;

  /** A radio in this air. */
  radio(): Radio {
    this.radios++;
    this.#radio = new SimulatedRadio(this);
    return this.#radio;
  }

  get listener(): RadioListener | undefined {
    return this.#radio?.listener;
  }

  /** Every device shows itself once. */
  advertise(): void {
    for (const [address, { hails }] of this.devices) for (const data of hails()) this.hear(address, data);
  }

  hear(address: string, data: Uint8Array): void {
    if (this.#radio?.isScanning && !this.isDeaf) this.listener?.heard({ address, data });
  }

  /** The adapter is pulled out. */
  unplug(): void {
    this.links.clear();
    this.listener?.ended("the adapter went away (unplugged)");
  }

  /** A device goes out of reach. */
  drop(address: string): void {
    for (const [link, { address: other, device }] of [...this.links]) {
      if (other !== address) continue;
      this.links.delete(link);
      void device.close();
      this.listener?.closed(link, "the device went away");
    }
  }

  notify(link: number, packet: Uint8Array): void {
    if (this.loseEvery > 0 && ++this.#notified % this.loseEvery === 0) return;
    if (this.links.has(link)) this.listener?.packet(link, packet);
  }
}

class SimulatedRadio implements Radio {
  readonly #air: Air;
  readonly #toDevice = new Map<number, LinkStream>();
  listener: RadioListener | undefined;
  isScanning = false;

  constructor(air: Air) {
    this.#air = air;
  }

  async start(listener: RadioListener): Promise<void> {
    this.listener = listener;
    await this.#step("start");
  }

  async stop(): Promise<void> {
    this.listener = undefined;
    for (const { device } of this.#air.links.values()) await device.close();
    this.#air.links.clear();
  }

  async scan(on: boolean): Promise<void> {
    await this.#step("scan");
    this.isScanning = on;
  }

  async connect(link: number, address: string): Promise<RadioLink> {
    const air = this.#air;
    const device = air.devices.get(address);
    await this.#step("connect");
    if (device === undefined) throw new Error("it does not answer");
    const { mtu = 185, largest = 512, attach } = device;
    const [hubEnd, deviceEnd] = streamPair("ble", Math.max(1, Math.min(mtu - 3, largest)));
    air.links.set(link, { address, device: deviceEnd });
    air.connected.push(address);
    air.mostAtOnce = Math.max(air.mostAtOnce, air.links.size);
    this.#toDevice.set(link, hubEnd);
    hubEnd.onPacket((packet) => air.notify(link, packet));
    hubEnd.onClose(() => {
      if (!air.links.delete(link)) return;
      this.listener?.closed(link, "the device ended the connection");
    });
    attach(deviceEnd);
    return { mtu, largest: Uint8Array.of(largest >> 8, largest & 255) };
  }

  async write(link: number, packet: Uint8Array): Promise<void> {
    await this.#step("write");
    const stream = this.#toDevice.get(link);
    if (stream === undefined || !this.#air.links.has(link)) throw new Error("there is no such connection");
    await stream.send(packet);
  }

  async disconnect(link: number): Promise<void> {
    await this.#step("disconnect");
    this.#air.links.delete(link);
    await this.#toDevice.get(link)?.close();
    this.#toDevice.delete(link);
  }

  async reset(): Promise<void> {
    await this.#step("reset");
    this.listener?.ended("the adapter was reset");
  }

  async #step(step: Step): Promise<void> {
    this.#air.calls.push(step);
    switch (this.#air.faults.get(step)) {
      case "hang":
        await new Promise(() => undefined);
        return;
      case "fail":
        throw new Error(`${step} failed`);
      case "end":
        this.listener?.ended(`ended at ${step}`);
        throw new Error(`ended at ${step}`);
      case "gone":
        this.#air.unplug();
        return;
    }
  }
}
