/**
 * An adapter by way of noble. Its promises do not settle when a connection ends under them, so each step is raced with that; and it keeps
 * everybody it has ever heard, so who is not connected is forgotten again. Runs in the radio process (radio-main.ts).
 */

import { systemClock } from "../../base/clock.ts";
import { inTime } from "../../base/in-time.ts";
import { gatt } from "./gatt.ts";
import { LostConnections } from "./lost-connections.ts";
import type { Noble, NobleCharacteristic, NoblePeripheral } from "./noble-package.ts";
import type { Radio, RadioLink, RadioListener } from "./radio.ts";

/** How noble is made, and how much of the time it listens. */
export interface NobleRadioOptions {
  readonly load: () => Promise<Noble>;
  readonly dutyPercent: number;
  /** Milliseconds that a step of a connection may take. */
  readonly stepMs?: number;
}

/** 100 ms in units of 0.625 ms: in each the adapter listens for its part. */
const scanInterval = 160;
const usualStepMs = 8000;
const aliveEveryMs = 1000;
const mostKnown = 512;

interface Link {
  readonly peripheral: NoblePeripheral;
  down: NobleCharacteristic | undefined;
  isOver: boolean;
}

/** A radio over noble. */
export class NobleRadio implements Radio {
  readonly #options: NobleRadioOptions;
  /** Who was heard with our service, newest last. */
  readonly #known = new Map<string, NoblePeripheral>();
  readonly #links = new Map<number, Link>();
  #noble: Noble | undefined;
  #lost: LostConnections | undefined;
  #listener: RadioListener | undefined;
  #isScanning = false;
  #aliveAt = Number.NEGATIVE_INFINITY;

  constructor(options: NobleRadioOptions) {
    this.#options = options;
  }

  async start(listener: RadioListener): Promise<void> {
    this.#listener = listener;
    const noble = await this.#options.load();
    this.#noble = noble;
    await new Promise<void>((resolve) => {
      let isOn = false;
      noble.on("stateChange", (state) => {
        if (state === "poweredOn") {
          isOn = true;
          resolve();
        } else if (isOn || state === "unauthorized" || state === "unsupported") {
          listener.ended(isOn ? `the adapter went away (${state})` : `the adapter is ${state}`);
        }
      });
    });
    this.#lost = new LostConnections(noble);
    noble.on("discover", (peripheral) => this.#discovered(peripheral));
  }

  async stop(): Promise<void> {
    await Promise.allSettled([...this.#links.values()].map(({ peripheral }) => this.#letGo(peripheral)));
    if (this.#isScanning) await this.#noble?.stopScanningAsync();
  }

  async scan(on: boolean): Promise<void> {
    const noble = this.#started();
    this.#isScanning = on;
    if (!on) {
      await noble.stopScanningAsync();
      return;
    }
    noble.setScanParameters?.(scanInterval, Math.max(4, Math.round((scanInterval * this.#options.dutyPercent) / 100)));
    // All services, because who is heard at all tells that the adapter is not deaf.
    await noble.startScanningAsync([], true);
  }

  async connect(link: number, address: string): Promise<RadioLink> {
    const noble = this.#started();
    const peripheral = this.#known.get(address);
    if (peripheral === undefined) throw new Error("it has not been heard");
    const made: Link = { peripheral, down: undefined, isOver: false };
    this.#links.set(link, made);
    // Many adapters do not connect while they scan.
    if (this.#isScanning) await noble.stopScanningAsync();
    try {
      return await this.#make(link, made);
    } catch (error) {
      await this.disconnect(link);
      // Given up before it stood, and it stands all the same.
      await this.#letGo(peripheral);
      throw error;
    } finally {
      if (this.#isScanning) await noble.startScanningAsync([], true);
    }
  }

  async write(link: number, packet: Uint8Array): Promise<void> {
    const down = this.#links.get(link)?.down;
    if (down === undefined) throw new Error("there is no such connection");
    await down.writeAsync(Buffer.from(packet), true);
  }

  async disconnect(link: number): Promise<void> {
    const known = this.#links.get(link);
    if (known === undefined) return;
    this.#links.delete(link);
    known.isOver = true;
    await this.#letGo(known.peripheral);
  }

  async reset(): Promise<void> {
    this.#started().reset();
    this.#listener?.ended("the adapter was reset");
  }

  async #make(link: number, made: Link): Promise<RadioLink> {
    const { peripheral } = made;
    await this.#within("connect", peripheral.connectAsync());
    let lost: (error: Error) => void = () => undefined;
    const ended = new Promise<never>((_, reject) => {
      lost = reject;
    });
    ended.catch(() => undefined);
    peripheral.once("disconnect", () => {
      lost(new Error("the device ended the connection"));
      if (made.isOver) return;
      made.isOver = true;
      this.#links.delete(link);
      this.#listener?.closed(link, "the device went away");
    });
    const step = <T>(name: string, task: Promise<T>): Promise<T> => this.#within(name, Promise.race([task, ended]));
    if (made.isOver) throw new Error("it was given up");
    const wanted = [gatt.up, gatt.down, gatt.largest];
    const found = await step("discover", peripheral.discoverSomeServicesAndCharacteristicsAsync([gatt.service], wanted));
    const [up, down, largest] = wanted.map((uuid) => found.characteristics.find((characteristic) => characteristic.uuid === uuid));
    if (up === undefined || down === undefined || largest === undefined) throw new Error("it has not the service of the device link");
    const own = await step("read", largest.readAsync());
    up.on("data", (data, isNotification) => {
      if (isNotification && !made.isOver) this.#listener?.packet(link, new Uint8Array(data));
    });
    await step("subscribe", up.subscribeAsync());
    if (made.isOver) throw new Error("it was given up");
    made.down = down;
    return { mtu: peripheral.mtu ?? 23, largest: new Uint8Array(own) };
  }

  async #letGo(peripheral: NoblePeripheral): Promise<void> {
    if (peripheral.state === "connecting") peripheral.cancelConnect();
    if (peripheral.state !== "connected") return;
    const answered = this.#lost?.ask(peripheral.id);
    try {
      await this.#within("disconnect", peripheral.disconnectAsync());
    } finally {
      answered?.();
    }
  }

  #discovered(peripheral: NoblePeripheral): void {
    const now = performance.now();
    if (now - this.#aliveAt > aliveEveryMs) {
      this.#aliveAt = now;
      this.#listener?.alive();
    }
    const { id, advertisement } = peripheral;
    const data = advertisement.serviceData?.find(({ uuid }) => uuid === gatt.service)?.data;
    if (data !== undefined) {
      this.#known.delete(id);
      this.#known.set(id, peripheral);
      this.#listener?.heard({ address: id, data: new Uint8Array(data) });
    }
    this.#forget();
  }

  /** Only what noble itself keeps by address; its names of the members are internal, and a version without them forgets nothing. */
  #forget(): void {
    for (const [id, { state }] of this.#known) {
      if (this.#known.size <= mostKnown) break;
      if (state === "disconnected" || state === "error") this.#known.delete(id);
    }
    const inside = this.#noble as unknown as {
      readonly _peripherals?: Record<string, NoblePeripheral>;
      readonly _bindings?: { readonly _gap?: { _discoveries?: Record<string, unknown> } };
    };
    const all = inside._peripherals ?? {};
    const ids = Object.keys(all);
    if (ids.length <= 4 * mostKnown) return;
    for (const id of ids) {
      if (this.#known.has(id)) continue;
      delete all[id];
      delete inside._bindings?._gap?._discoveries?.[(id.match(/../g) ?? []).join(":")];
    }
  }

  #started(): Noble {
    if (this.#noble === undefined) throw new Error("the radio has not started");
    return this.#noble;
  }

  /** A step of noble's that may never settle. */
  #within<T>(name: string, task: Promise<T>): Promise<T> {
    const { stepMs = usualStepMs } = this.#options;
    return inTime(task, { ms: stepMs, clock: systemClock, late: () => new Error(`no answer to ${name} within ${stepMs / 1000} s`) });
  }
}
