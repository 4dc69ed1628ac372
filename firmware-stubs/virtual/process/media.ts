/** How a virtual device is reached: MQTT at a broker that is named or found by mDNS, TCP found by mDNS, Bluetooth LE, or a serial line. One interface. */

import { type BackOff, backOffMs } from "../../../src/base/back-off.ts";
import type { Clock } from "../../../src/base/clock.ts";
import { asMeshError } from "../../../src/base/errors.ts";
import type { Log } from "../../../src/base/log.ts";
import type { Random } from "../../../src/base/random.ts";
import type { LinkStream } from "../../../src/link/index.ts";
import { findBroker } from "../../../src/transport/mdns/announce.ts";
import { MqttDevice } from "../../../src/transport/mqtt/mqtt-device.ts";
import { SerialDevice } from "../../../src/transport/serial/serial-device.ts";
import { TcpDevice } from "../../../src/transport/tcp/tcp-device.ts";
import { BleDevice, staticAddress } from "../radio/ble-device.ts";

/** What a medium asks of its device. */
export interface MediumOptions {
  readonly hails: () => readonly Uint8Array[];
  /** Login at a broker, once connected to an owner. */
  readonly password: (tag: string) => string | undefined;
  readonly onStream: (stream: LinkStream) => void;
  /** Pauses before it comes back, as its hub has told them. */
  readonly pace?: () => BackOff | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A way to be reached. */
export interface DeviceMedium {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Shows fresh hails, because their keys have changed. */
  renew(): Promise<void>;
  /** Shows fresh hails, because it is time; a device that could log in by now does. */
  refresh(): Promise<void>;
  /** Lets the present connection go, so that the next one has a new name. */
  reconnect(): Promise<void>;
  /** Where it listens, for media that do. */
  readonly port?: number;
}

const findMs = 5_000;
/** A broker that stays away this long is looked for anew: the house may have a new hub. */
const awayMs = 30_000;
/** Logins that are refused before the device tries without one. */
const mostFailures = 2;

/** MQTT. Without `broker` the hub's own is looked for, again and again. */
export function mqttMedium(options: MediumOptions & { readonly broker?: string; readonly interface?: string }): DeviceMedium {
  const { broker, clock, random, log } = options;
  let device: MqttDevice | undefined;
  let running = new AbortController();
  let search: Promise<void> | undefined;
  /** Logins that a hub refused, in a row. */
  let failures = 0;
  let stranger = true;
  const connect = (url: string): void => {
    device = new MqttDevice({
      ...options,
      url,
      // A hub that does not know this login yet, the successor of a lost one, has to be met as a stranger.
      password: (tag) => {
        const known = failures < mostFailures ? options.password(tag) : undefined;
        stranger = known === undefined;
        if (stranger) failures = 0;
        return known;
      },
      onFailed: ({ code }) => {
        // One that is away refuses nobody.
        if (code === "ERR_NOT_AUTHORIZED") failures += 1;
      },
      onStream: (stream) => {
        failures = 0;
        options.onStream(stream);
      },
    });
    device.start();
  };
  const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
    await clock.sleep(ms, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  };
  const seek = async (signal: AbortSignal): Promise<void> => {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        if (!device?.connected) {
          const url = await findBroker({ ...(options.interface === undefined ? {} : { interface: options.interface }), log, clock, ms: findMs });
          if (signal.aborted) return;
          await device?.stop();
          connect(url);
          attempt = 0;
        }
        await pause(awayMs, signal);
      } catch (error) {
        log.debug("device.no_broker", { reason: asMeshError(error).message });
        await pause(backOffMs(attempt, random, options.pace?.()), signal);
      }
    }
  };
  return {
    async start() {
      running = new AbortController();
      if (broker !== undefined) connect(broker);
      else search = seek(running.signal);
    },
    async stop() {
      running.abort();
      await search;
      await device?.stop();
      device = undefined;
    },
    async renew() {
      await device?.renew();
    },
    async refresh() {
      await (stranger && options.password("") !== undefined ? device?.reconnect() : device?.renew());
    },
    async reconnect() {
      await device?.reconnect();
    },
  };
}

/** TCP. The hub connects, so there is nothing to reconnect: new hails are enough. */
export function tcpMedium(
  options: MediumOptions & { readonly host: string; readonly port: number; readonly mdns?: { readonly interface?: string } },
): DeviceMedium {
  const device = new TcpDevice(options);
  return {
    start: () => device.start(),
    stop: () => device.stop(),
    renew: () => device.renew(),
    refresh: () => device.renew(),
    reconnect: () => device.renew(),
    get port() {
      return device.port;
    },
  };
}

/** Bluetooth LE, by a controller of its own. A stop lets go of the controller, and a start takes it again. */
export function bleMedium(options: MediumOptions & { readonly controller: string; readonly mtu: number }): DeviceMedium {
  const address = staticAddress(options.random);
  let device: BleDevice | undefined;
  return {
    async start() {
      device = new BleDevice({ ...options, address });
      await device.start();
    },
    async stop() {
      await device?.stop();
    },
    async renew() {
      await device?.renew();
    },
    async refresh() {
      await device?.renew();
    },
    async reconnect() {
      await device?.reconnect();
    },
  };
}

/** A serial line. */
export function serialMedium(options: MediumOptions & { readonly path: string; readonly baud: number; readonly largest: number }): DeviceMedium {
  const device = new SerialDevice(options);
  return {
    start: () => device.start(),
    stop: () => device.stop(),
    renew: () => device.renew(),
    refresh: () => device.renew(),
    reconnect: () => device.reconnect(),
  };
}
