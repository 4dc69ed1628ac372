/**
 * The device's side of the link over Bluetooth LE: advertises its hails in turn, carries one connection, and gives each subscription a stream
 * (docs/device-link.md §3).
 */

import { concat, fromHex } from "../../../src/base/bytes.ts";
import type { Clock } from "../../../src/base/clock.ts";
import type { Log } from "../../../src/base/log.ts";
import type { Random } from "../../../src/base/random.ts";
import { Wake } from "../../../src/base/wake.ts";
import type { LinkStream } from "../../../src/link/index.ts";
import { gatt } from "../../../src/transport/ble/gatt.ts";
import { PacketStream } from "../../../src/transport/packet-stream.ts";
import { AttServer } from "./att-server.ts";
import { H4Controller, little } from "./h4-controller.ts";

/** What a device needs to be reachable over Bluetooth. */
export interface BleDeviceOptions {
  /** Unix socket of its controller. */
  readonly controller: string;
  /** Its own (staticAddress), the same for as long as it has power. */
  readonly address: Uint8Array;
  /** The most that it agrees to. */
  readonly mtu: number;
  /** Makes the hails in force with fresh nonces; called by `start` and `renew`. */
  readonly hails: () => readonly Uint8Array[];
  readonly onStream: (stream: LinkStream) => void;
  readonly clock: Clock;
  readonly log: Log;
}

const command = { disconnect: 0x0406, address: 0x2005, parameters: 0x2006, data: 0x2008, response: 0x2009, enable: 0x200a } as const;
/** An emulated controller shows an advertisement once each time it is begun, so it is begun anew in each interval. */
const intervalMs = 100;
const mostData = 31;

interface Connected {
  readonly handle: number;
  readonly att: AttServer;
  stream: PacketStream | undefined;
}

/** A static random address, in the order in which it goes over the air. */
export function staticAddress(random: Random): Uint8Array {
  const address = random.bytes(6);
  return address.with(5, (address[5] ?? 0) | 0xc0);
}

/** A peripheral. */
export class BleDevice {
  readonly #options: BleDeviceOptions;
  readonly #controller: H4Controller;
  #hails: readonly Uint8Array[] = [];
  #turn = 0;
  #connected: Connected | undefined;
  #running: AbortController | undefined;
  #loop: Promise<void> | undefined;
  /** Rings when it can be seen again. */
  readonly #alone: Wake;

  constructor(options: BleDeviceOptions) {
    this.#options = options;
    this.#alone = new Wake(options.clock);
    this.#controller = new H4Controller({
      connected: (handle) => this.#begin(handle),
      disconnected: () => this.#end(),
      att: (handle, message) => this.#att(handle, message),
      gone: () => this.#end(),
    });
  }

  /** Throws ERR_ADAPTER without a controller. */
  async start(): Promise<void> {
    await this.#controller.open(this.#options.controller);
    this.#running = new AbortController();
    const interval = little(Math.round(intervalMs / 0.625));
    await this.#controller.command(command.address, this.#options.address);
    // Connectable and scannable, from its random address, on all three channels.
    await this.#controller.command(command.parameters, concat(interval, interval, Uint8Array.of(0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0)));
    await this.#controller.command(command.data, padded(concat(Uint8Array.of(2, 0x01, 0x06, 17, 0x07), serviceUuid())));
    await this.renew();
    this.#loop = this.#show(this.#running.signal);
  }

  async stop(): Promise<void> {
    this.#running?.abort();
    this.#alone.ring();
    await this.#loop;
    this.#end();
    this.#controller.close();
  }

  /** Its power is lost: nobody says goodbye. */
  lose(): void {
    this.#running?.abort();
    this.#alone.ring();
    this.#controller.close();
  }

  /** Shows fresh hails from now on. */
  async renew(): Promise<void> {
    this.#hails = this.#options.hails();
  }

  /** Lets the hub go, so that it meets the new hails. */
  async reconnect(): Promise<void> {
    await this.renew();
    await this.#hangUp();
  }

  async #show(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const hail = this.#hails[this.#turn++ % Math.max(1, this.#hails.length)];
      if (this.#connected === undefined && hail !== undefined) {
        await this.#controller.command(command.enable, Uint8Array.of(0));
        await this.#controller.command(command.response, padded(concat(Uint8Array.of(17 + hail.length, 0x21), serviceUuid(), hail)));
        await this.#controller.command(command.enable, Uint8Array.of(1));
      }
      await this.#alone.sleep(intervalMs);
    }
    if (this.#connected !== undefined) await this.#hangUp();
    await this.#controller.command(command.enable, Uint8Array.of(0));
  }

  async #hangUp(): Promise<void> {
    const { handle } = this.#connected ?? {};
    if (handle !== undefined) await this.#controller.command(command.disconnect, concat(little(handle), Uint8Array.of(0x13)));
  }

  #begin(handle: number): void {
    const { mtu } = this.#options;
    const att = new AttServer({
      mtu,
      largest: mtu - 3,
      listener: { packet: (packet) => connected.stream?.receive(packet), subscribed: (on) => on && this.#stream(connected) },
    });
    const connected: Connected = { handle, att, stream: undefined };
    this.#connected = connected;
  }

  #stream(connected: Connected): void {
    const { handle, att } = connected;
    void connected.stream?.end();
    const stream = new PacketStream({
      medium: "ble",
      maxPacket: att.mtu - 3,
      send: (packet) => this.#controller.sendAtt(handle, att.notification(packet)),
      ended: async () => {
        if (this.#connected === connected) await this.#hangUp();
      },
    });
    connected.stream = stream;
    this.#options.onStream(stream);
  }

  #att(handle: number, message: Uint8Array): void {
    const answer = this.#connected?.handle === handle ? this.#connected.att.take(message) : undefined;
    if (answer === undefined) return;
    this.#controller.sendAtt(handle, answer).catch((error: Error) => this.#options.log.debug("device.ble.unanswered", { reason: error.message }));
  }

  #end(): void {
    const before = this.#connected;
    this.#connected = undefined;
    void before?.stream?.end();
    this.#alone.ring();
  }
}

/** UUIDs go over the air backwards. */
function serviceUuid(): Uint8Array {
  return (fromHex(gatt.service) ?? new Uint8Array()).reverse();
}

/** Advertising data have one length, and say how much of it is meant. */
function padded(data: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(data.length), data, new Uint8Array(mostData - data.length));
}
