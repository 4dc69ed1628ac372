/**
 * A zigbee2mqtt of forty devices, as its documentation tells: it lists them at BASE/bridge/devices, says how they are at BASE/NAME, and takes commands at
 * BASE/NAME/set. What it says is written here, not recorded.
 */
import { utf8 } from "../../src/base/bytes.ts";
import { connectMqtt, type MqttConnection } from "../../src/transport/mqtt/mqtt-connection.ts";
import { onCleanup } from "../harness/suite.ts";

type Json = Record<string, unknown>;

const number = (name: string, unit: string, more: Json = {}): Json => ({
  type: "numeric",
  name,
  property: name,
  access: 1,
  unit,
  label: name,
  ...more,
});
const binary = (name: string, on: unknown, off: unknown, access = 1): Json => ({
  type: "binary",
  name,
  property: name,
  access,
  value_on: on,
  value_off: off,
  label: name,
});
const state = (property = "state"): Json => ({ ...binary("state", "ON", "OFF", 7), property, value_toggle: "TOGGLE" });
const battery = number("battery", "%", { value_min: 0, value_max: 100 });
const linkQuality = number("linkquality", "lqi", { category: "diagnostic" });

const light = {
  type: "light",
  features: [
    state(),
    number("brightness", "", { access: 7, value_min: 0, value_max: 254 }),
    number("color_temp", "mired", { access: 7, value_min: 153, value_max: 454, presets: [{ name: "warm", value: 454 }] }),
  ],
};
const lock = {
  type: "lock",
  features: [
    { ...binary("state", "LOCK", "UNLOCK", 7) },
    { type: "enum", name: "lock_state", property: "lock_state", access: 1, values: ["not_fully_locked", "locked", "unlocked"] },
  ],
};
const climate = {
  type: "climate",
  features: [
    number("occupied_heating_setpoint", "°C", { access: 7, value_min: 5, value_max: 30, value_step: 0.5 }),
    number("local_temperature", "°C", { access: 5 }),
    { type: "enum", name: "system_mode", property: "system_mode", access: 7, values: ["off", "auto", "heat"] },
    { type: "enum", name: "running_state", property: "running_state", access: 5, values: ["idle", "heat"] },
  ],
};
const action = { type: "enum", name: "action", property: "action", access: 1, values: ["single", "double", "hold"] };

/** One kind of device: what it exposes, and how it is at first. */
interface FleetKind {
  readonly model: string;
  readonly exposes: readonly Json[];
  readonly state: Json;
}

const kinds: readonly FleetKind[] = [
  { model: "ZL-1", exposes: [light, linkQuality], state: { state: "OFF", brightness: 127, color_temp: 370, linkquality: 90 } },
  {
    model: "ZP-1",
    exposes: [{ type: "switch", features: [state()] }, number("power", "W"), number("energy", "kWh"), linkQuality],
    state: { state: "OFF", power: 0, energy: 3.25 },
  },
  { model: "ZC-1", exposes: [binary("contact", false, true), battery], state: { contact: true, battery: 88 } },
  { model: "ZW-1", exposes: [binary("water_leak", true, false), battery], state: { water_leak: false, battery: 71 } },
  {
    model: "ZT-1",
    exposes: [number("temperature", "°C"), number("humidity", "%"), battery],
    state: { temperature: 21.4, humidity: 48.2, battery: 64 },
  },
  { model: "ZB-1", exposes: [action, battery], state: { battery: 100 } },
  { model: "ZK-1", exposes: [lock, battery], state: { state: "LOCK", lock_state: "locked", battery: 55 } },
  {
    model: "ZH-1",
    exposes: [climate],
    state: { occupied_heating_setpoint: 20, local_temperature: 19.5, system_mode: "auto", running_state: "idle" },
  },
];

/** A device of the fleet. */
export interface FleetDevice {
  readonly name: string;
  readonly address: string;
  readonly kind: FleetKind;
  readonly state: Json;
}

/** The entry of a device in the list. */
export function entryOf({ name, address, kind }: FleetDevice): Json {
  return {
    ieee_address: address,
    type: "Router",
    network_address: 4711,
    supported: true,
    disabled: false,
    friendly_name: name,
    definition: {
      model: kind.model,
      vendor: "Fernwood",
      description: `${kind.model} of the fleet`,
      exposes: kind.exposes,
      options: [],
      supports_ota: false,
    },
    power_source: "Mains (single phase)",
    software_build_id: "2.1",
    interview_completed: true,
  };
}

/** The devices of a fleet of so many. */
export function fleetDevices(count = 40): FleetDevice[] {
  return Array.from({ length: count }, (_, i) => {
    const kind = kinds[i % kinds.length] as FleetKind;
    return {
      name: `${kind.model.toLowerCase()} room ${i}`,
      address: `0x${(0x00158d0000000000n + BigInt(i)).toString(16).padStart(16, "0")}`,
      kind,
      state: { ...kind.state },
    };
  });
}

/** The list, with the coordinator that is none of the devices. */
export function listOf(devices: readonly FleetDevice[]): string {
  const coordinator = {
    ieee_address: "0x00124b0000000001",
    type: "Coordinator",
    friendly_name: "Coordinator",
    supported: true,
    disabled: false,
    definition: null,
  };
  return JSON.stringify([coordinator, ...devices.map(entryOf)]);
}

/** A running fleet. */
export class ZigbeeFleet {
  readonly devices: FleetDevice[];
  readonly base: string;
  /** What was set, in the order in which it came: NAME and payload. */
  readonly told: string[] = [];
  /** It does nothing of what it is told. */
  isDeaf = false;
  #connection: MqttConnection | undefined;

  constructor(count = 40, base = "zigbee2mqtt") {
    this.devices = fleetDevices(count);
    this.base = base;
  }

  /** Logs in, lists the devices and says how they are. */
  async start(login: { readonly url: string; readonly username?: string; readonly password?: string }): Promise<void> {
    this.#connection = await connectMqtt({
      ...login,
      clientId: "fleet-zigbee2mqtt",
      maxPacket: 1024 * 1024,
      onMessage: (topic, payload) => void this.#received(topic, payload),
      onClose: () => undefined,
    });
    onCleanup(() => this.stop());
    await this.#connection.subscribe([`${this.base}/#`]);
    await this.publish("bridge/state", { state: "online" }, true);
    await this.publish("bridge/devices", this.list(), true);
    for (const device of this.devices) await this.say(device);
  }

  async stop(): Promise<void> {
    await this.#connection?.close();
    this.#connection = undefined;
  }

  /** A device says how it is. */
  say({ name, state: now }: FleetDevice): Promise<void> {
    return this.publish(name, now);
  }

  publish(topic: string, payload: unknown, retain = false): Promise<void> {
    return (
      this.#connection?.publish(`${this.base}/${topic}`, utf8(typeof payload === "string" ? payload : JSON.stringify(payload)), retain) ??
      Promise.resolve()
    );
  }

  /** What it lists. */
  list(): unknown {
    return JSON.parse(listOf(this.devices));
  }

  async #received(topic: string, payload: Uint8Array): Promise<void> {
    const name = new RegExp(`^${this.base}/(.+)/(set|get)$`).exec(topic);
    const device = name && this.devices.find((candidate) => candidate.name === name[1]);
    if (!name || !device) return;
    if (name[2] === "set") {
      this.told.push(`${device.name} ${Buffer.from(payload)}`);
      if (this.isDeaf) return;
      Object.assign(device.state, JSON.parse(Buffer.from(payload).toString()));
    }
    await this.say(device);
  }
}
