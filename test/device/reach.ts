/** How hub and device meet in the suite: the hub's own medium of each kind, and the flags that bring a device to it. */
import { equalBytes, utf8 } from "../../src/base/bytes.ts";
import { encodeBase64url } from "../../src/codec/index.ts";
import { matchesHail } from "../../src/link/index.ts";
import type { LinkStream } from "../../src/link/stream.ts";
import { mqttPassword } from "../../src/schema/index.ts";
import { BleMedium } from "../../src/transport/ble/ble-medium.ts";
import { RadioChild } from "../../src/transport/ble/radio-child.ts";
import type { Medium, Peer } from "../../src/transport/medium.ts";
import { meshAccessPolicy } from "../../src/transport/mqtt/broker/access-policy.ts";
import { MeshBroker } from "../../src/transport/mqtt/broker/broker.ts";
import { MqttMedium } from "../../src/transport/mqtt/mqtt-medium.ts";
import { SerialMedium } from "../../src/transport/serial/serial-medium.ts";
import { TcpMedium } from "../../src/transport/tcp/tcp-medium.ts";
import { onCleanup, tempDirectory } from "../harness/suite.ts";
import { ports } from "../kit/broker.ts";
import { environmentOn, startBtvirt } from "../kit/btvirt.ts";
import { eventually } from "../kit/eventually.ts";
import { freePort } from "../kit/free-port.ts";
import { startWire } from "../kit/serial-wire.ts";

/** The media that every implementation speaks. */
export const media = ["mqtt", "tcp", "serial"] as const;

/** And Bluetooth LE, where the machine has a virtual radio. */
export type MediumName = (typeof media)[number] | "ble";

/** A hub's way to one device. */
export interface Reach {
  readonly name: MediumName;
  /** Flags of the device. */
  readonly args: readonly string[];
  /** The psk that a login at the broker has to show; without one nobody may log in. */
  psk: Uint8Array | undefined;
  /** Where a device hails under a key. */
  peer(hailKey: Uint8Array): Peer | undefined;
  /** A stream to the device that hails under a key, once it does; the one before is closed. It is given up once `isOver`. */
  open(hailKey: Uint8Array, isOver?: () => boolean): Promise<LinkStream>;
}

const lookMs = 1000;
/** A hub notices after a minute that its adapter hears nothing, and begins anew with it. */
const deafMs = 90_000;

/** A medium that runs until the end of the test; a serial line is a unix socket in place of a terminal. */
export async function startReach(name: MediumName): Promise<Reach> {
  let psk: Uint8Array | undefined;
  const { medium, args } = await start(name, () => psk);
  onCleanup(() => medium.stop());
  const peer = (key: Uint8Array): Peer | undefined => medium.hails().find(({ octets }) => matchesHail(key, octets))?.peer;
  let last: LinkStream | undefined;
  return {
    name,
    args,
    get psk() {
      return psk;
    },
    set psk(value) {
      psk = value;
    },
    peer,
    async open(key, isOver = () => false) {
      await last?.close();
      let asked = -lookMs;
      let found: LinkStream | undefined;
      const isFound = async (): Promise<boolean> => {
        if (isOver()) return true;
        const there = peer(key);
        if (there === undefined && performance.now() - asked > lookMs) {
          asked = performance.now();
          medium.refresh?.();
        }
        if (there === undefined) return false;
        found = await medium.open(there);
        return true;
      };
      await eventually(`a device that hails and answers over ${name}`, isFound, name === "ble" ? deafMs : 0);
      if (found === undefined) throw new Error("the device is gone");
      last = found;
      return found;
    },
  };
}

async function start(name: MediumName, psk: () => Uint8Array | undefined): Promise<{ medium: Medium; args: readonly string[] }> {
  if (name === "serial") {
    const wire = await startWire();
    const medium = new SerialMedium({ ports: [wire.hub], baud: 115_200, ...ports });
    await medium.start();
    return { medium, args: ["--line", wire.device, "--largest", "512"] };
  }
  if (name === "ble") {
    const air = await startBtvirt();
    const radio = { package: "@abandonware/noble", dutyPercent: 100, env: environmentOn(air), log: ports.log } as const;
    const medium = new BleMedium({ make: () => new RadioChild(radio), links: 1, idleMs: 300, ...ports });
    await medium.start();
    await eventually("the radio is up", () => medium.status().state === "up");
    return { medium, args: ["--controller", air.controller] };
  }
  if (name === "tcp") {
    const port = await freePort();
    const medium = new TcpMedium({ browse: false, staticPeers: [`127.0.0.1:${port}`], ...ports });
    await medium.start();
    return { medium, args: ["--host", "127.0.0.1", "--port", String(port), "--no-mdns"] };
  }
  const policy = meshAccessPolicy({
    authenticate: async ({ tag, username, password }) => {
      if (username === undefined) return "unknown";
      const key = psk();
      const wanted = key === undefined ? undefined : mqttPassword(key, tag);
      const isRight = wanted && password && (equalBytes(password, wanted) || equalBytes(password, utf8(encodeBase64url(wanted))));
      return username === "linked" && isRight ? "device" : undefined;
    },
  });
  const broker = new MeshBroker({ host: "127.0.0.1", port: 0, dataDir: tempDirectory(), policy, ...ports });
  await broker.start();
  onCleanup(() => broker.stop());
  const medium = new MqttMedium({ broker, clock: ports.clock, log: ports.log });
  await medium.start();
  return { medium, args: ["--broker", `127.0.0.1:${broker.status().port}`] };
}
