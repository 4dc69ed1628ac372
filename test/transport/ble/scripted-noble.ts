/**
 * A package like noble whose peer and adapter do, at each step, what a test wants: answer, refuse, say nothing, or let go of the connection. Like noble,
 * its promises do not settle when a connection ends under them. It stands for the package, the adapter and the air.
 */
import { EventEmitter } from "node:events";
import { gatt } from "../../../src/transport/ble/gatt.ts";
import type { Noble, NobleCharacteristic, NoblePeripheral } from "../../../src/transport/ble/noble-package.ts";

/** Steps of a connection, in their order. */
export const peerSteps = ["connect", "discover", "read", "subscribe"] as const;
export type PeerStep = (typeof peerSteps)[number];

/** What goes wrong. */
export type Trouble = "fails" | "says nothing" | "lets go";

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/** A device in the air. */
export class ScriptedPeripheral extends EventEmitter {
  readonly id: string;
  readonly troubles = new Map<PeerStep, Trouble>();
  /** Held until it is called: a connection that is on its way. */
  finishConnecting: (() => void) | undefined;
  holdsConnect = false;
  characteristics: readonly string[] = [gatt.up, gatt.down, gatt.largest];
  largest = Uint8Array.of(2, 0);
  mtu: number | null = 185;
  state = "disconnected";
  cancels = 0;
  /** Asked of the adapter in place of a disconnect: the connection has gone there, and nobody has said so. */
  asksToEnd: (() => void) | undefined;
  readonly written: Uint8Array[] = [];
  readonly up = new EventEmitter();
  readonly advertisement: NoblePeripheral["advertisement"];

  constructor(id: string, data: Uint8Array | undefined) {
    super();
    this.id = id;
    this.advertisement = data === undefined ? {} : { serviceData: [{ uuid: gatt.service, data }] };
  }

  async connectAsync(): Promise<void> {
    this.state = "connecting";
    if (this.holdsConnect) await new Promise<void>((resolve) => (this.finishConnecting = resolve));
    await this.#step("connect");
    this.state = "connected";
  }

  cancelConnect(): void {
    this.cancels += 1;
  }

  async disconnectAsync(): Promise<void> {
    const { asksToEnd } = this;
    if (asksToEnd === undefined) {
      this.goAway();
      return;
    }
    this.state = "disconnecting";
    const gone = new Promise<void>((resolve) => this.once("disconnect", resolve));
    asksToEnd();
    await gone;
  }

  async discoverSomeServicesAndCharacteristicsAsync(): Promise<{ readonly characteristics: readonly NobleCharacteristic[] }> {
    await this.#step("discover");
    return { characteristics: this.characteristics.map((uuid) => this.#characteristic(uuid)) };
  }

  /** The connection ends. */
  goAway(): void {
    if (this.state === "disconnected") return;
    this.state = "disconnected";
    this.emit("disconnect");
  }

  #characteristic(uuid: string): NobleCharacteristic {
    return {
      uuid,
      on: (event, listener) => this.up.on(event, listener),
      readAsync: async () => {
        await this.#step("read");
        return this.largest;
      },
      subscribeAsync: () => this.#step("subscribe"),
      writeAsync: async (data) => void this.written.push(new Uint8Array(data)),
    };
  }

  async #step(step: PeerStep): Promise<void> {
    const trouble = this.troubles.get(step);
    if (trouble === undefined) return;
    if (trouble === "fails") throw new Error(`${step} was refused`);
    if (trouble === "lets go") {
      if (step === "connect") throw new Error("the connection failed to be established");
      this.goAway();
    }
    await never();
  }
}

/** The package. */
export class ScriptedNoble extends EventEmitter implements Noble {
  scanning = false;
  scans = 0;
  /** As the package keeps everybody whom it has ever heard. */
  readonly _peripherals: Record<string, NoblePeripheral> = {};
  readonly #socket = new EventEmitter();
  readonly _bindings = {
    _gap: { _discoveries: {} as Record<string, unknown> },
    _handles: {} as Record<string, number>,
    _hci: { _socket: this.#socket },
  };

  constructor() {
    super();
    // Like noble: a connection ends when the adapter names its handle, whatever the status.
    this.#socket.on("data", (packet: Buffer) => {
      if (packet[1] !== 0x05) return;
      for (const [id, handle] of Object.entries(this._bindings._handles)) {
        if (handle !== packet.readUInt16LE(4)) continue;
        delete this._bindings._handles[id];
        (this._peripherals[id] as unknown as ScriptedPeripheral).goAway();
      }
    });
  }

  /** The adapter says something. */
  says(...octets: readonly number[]): void {
    this.#socket.emit("data", Buffer.from(octets));
  }

  hears(peripheral: ScriptedPeripheral): void {
    this._peripherals[peripheral.id] = peripheral as unknown as NoblePeripheral;
    this._bindings._gap._discoveries[(peripheral.id.match(/../g) ?? []).join(":")] = {};
    if (this.scanning) this.emit("discover", peripheral);
  }

  async startScanningAsync(): Promise<void> {
    this.scanning = true;
    this.scans += 1;
  }

  async stopScanningAsync(): Promise<void> {
    this.scanning = false;
  }

  reset(): void {}
}
