/**
 * Fleets of what people own, as their projects document what they say: Tasmota, ESPHome, Shelly of the second generation, and devices that announce themselves
 * to Home Assistant. What they say is written here, not recorded; ZigbeeFleet is the fifth.
 */
import { utf8 } from "../../src/base/bytes.ts";
import { connectMqtt, type MqttConnection } from "../../src/transport/mqtt/mqtt-connection.ts";
import { onCleanup } from "../harness/suite.ts";

/** Where a fleet logs in. */
export interface FleetLogin {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/** One kind of device: topics that it listens to, how it introduces itself, and what it says when it is told something. */
export interface FleetKind {
  readonly listens: readonly string[];
  introduce(index: number): readonly Said[];
  answer(topic: string, text: string): readonly Said[];
}

/** A message; `keep`: the broker is to keep it. */
interface Said {
  readonly topic: string;
  readonly text: string;
  readonly keep?: boolean;
}

/** A fleet of so many that runs. */
export class ForeignFleet {
  readonly kind: FleetKind;
  readonly count: number;
  /** What it was told, in the order in which it came: topic and text. */
  readonly told: string[] = [];
  #connection: MqttConnection | undefined;

  constructor(kind: FleetKind, count = 40) {
    this.kind = kind;
    this.count = count;
  }

  async start(login: FleetLogin): Promise<void> {
    const { kind, count } = this;
    this.#connection = await connectMqtt({
      ...login,
      clientId: `a-${login.username}`,
      onMessage: (topic, payload) => void this.#hear(topic, Buffer.from(payload).toString()),
      onClose: () => undefined,
    });
    onCleanup(() => this.stop());
    await this.#connection.subscribe([...kind.listens]);
    for (let index = 0; index < count; index++) for (const said of kind.introduce(index)) await this.say(said);
  }

  async stop(): Promise<void> {
    await this.#connection?.close();
    this.#connection = undefined;
  }

  async say({ topic, text, keep = false }: Said): Promise<void> {
    await this.#connection?.publish(topic, utf8(text), keep);
  }

  async #hear(topic: string, text: string): Promise<void> {
    this.told.push(`${topic} ${text}`);
    for (const said of this.kind.answer(topic, text)) await this.say(said);
  }
}

const json = (topic: string, value: unknown, keep = false): Said => ({ topic, text: JSON.stringify(value), keep });
const hex = (index: number): string => index.toString(16).padStart(6, "0").toUpperCase();

/** Tasmota, as its page on MQTT and its native discovery have it: a plug with one relay each. */
export function tasmotaPlugs(name = "outlet"): FleetKind {
  const on = new Map<string, string>();
  return {
    listens: ["cmnd/#"],
    introduce: (index) => [
      json(
        `tasmota/discovery/A4CF12${hex(index)}/config`,
        {
          ...{ ip: "192.0.2.7", dn: `${name} ${index}`, fn: [`${name} ${index}`, null], hn: `t-${index}`, mac: `A4CF12${hex(index)}`, md: "Plug" },
          ...{ ty: 0, if: 0, ofln: "Offline", onln: "Online", state: ["OFF", "ON", "TOGGLE", "HOLD"], sw: "14.1.0", t: `t-${index}` },
          ...{ ft: "%prefix%/%topic%/", tp: ["cmnd", "stat", "tele"], rl: [1, 0], swc: [-1], btn: [0], so: { "4": 0 }, lk: 0, lt_st: 0, ver: 1 },
        },
        true,
      ),
      { topic: `tele/t-${index}/LWT`, text: "Online", keep: true },
      json(`tele/t-${index}/STATE`, { POWER: "OFF" }),
    ],
    answer: (topic, text) => {
      const [, id = "", command = ""] = /^cmnd\/([^/]+)\/([A-Z0-9]+)$/i.exec(topic) ?? [];
      if (/^POWER1?$/.test(command)) {
        on.set(id, text);
        return [json(`stat/${id}/RESULT`, { POWER: text })];
      }
      return command === "STATE" ? [json(`tele/${id}/STATE`, { POWER: on.get(id) ?? "OFF" })] : [];
    },
  };
}

/** Shelly of the second generation, as its RPC over MQTT has it: a switch with a meter each. */
export function shellySwitches(name = "boiler"): FleetKind {
  const idOf = (index: number): string => `shellyplus1pm-${hex(index).toLowerCase()}`;
  const on = new Set<string>();
  const status = (id: string) => ({
    "switch:0": { id: 0, source: "init", output: on.has(id), apower: on.has(id) ? 12.5 : 0, voltage: 230.1, aenergy: { total: 1250 } },
    sys: { mac: "A8032A000001", uptime: 7 },
  });
  return {
    listens: ["+/rpc"],
    introduce: (index) => [{ topic: `${idOf(index)}/online`, text: "true", keep: true }],
    answer: (topic, text) => {
      const id = topic.slice(0, -"/rpc".length);
      const { id: request, src, method, params } = JSON.parse(text) as { id: number; src: string; method: string; params?: { on?: boolean } };
      const answer = (result: unknown): Said => json(`${src}/rpc`, { id: request, src: id, dst: src, result });
      if (method === "Shelly.GetDeviceInfo")
        return [answer({ id, name: `${name} ${Number.parseInt(id.slice(-6), 16)}`, model: "SNSW-001P16EU", gen: 2, ver: "1.4.4", app: "Plus1PM" })];
      if (method === "Shelly.GetStatus") return [answer(status(id))];
      if (method !== "Switch.Set") return [];
      const was = on.has(id);
      if (params?.on === true) on.add(id);
      else on.delete(id);
      const change = { src: id, dst: `${id}/events`, method: "NotifyStatus", params: { ts: 2, "switch:0": { id: 0, output: on.has(id) } } };
      return [answer({ was_on: was }), json(`${id}/events/rpc`, change)];
    },
  };
}

/** ESPHome, as its MQTT component announces a light (`topic_prefix: esp/NUMBER`): one entity a message, JSON for state and commands. */
export function esphomeLights(name = "strip", base = "esp"): FleetKind {
  const topicOf = (index: number, end: string): string => `${base}/${index}/light/lamp/${end}`;
  const brightness = new Map<string, number>();
  return {
    listens: [`${base}/+/light/lamp/command`],
    introduce: (index) => [
      json(
        `homeassistant/light/${base}-${index}/lamp/config`,
        {
          ...{ schema: "json", name: "Lamp", stat_t: topicOf(index, "state"), cmd_t: topicOf(index, "command"), avty_t: `${base}/${index}/status` },
          ...{ brightness: true, clrm: true, sup_clrm: ["brightness"], uniq_id: `ESPlightlamp${index}` },
          dev: { ids: `a4cf1210${hex(index)}`.toLowerCase(), name: `${name} ${index}`, sw: "esphome v2024.6.0", mdl: "esp32dev", mf: "espressif" },
        },
        true,
      ),
      { topic: `${base}/${index}/status`, text: "online", keep: true },
      json(topicOf(index, "state"), { state: "OFF", brightness: 0, color_mode: "brightness" }, true),
    ],
    answer: (topic, text) => {
      const said = JSON.parse(text) as { state: string; brightness?: number };
      brightness.set(topic, said.brightness ?? brightness.get(topic) ?? 255);
      return [json(topic.replace(/command$/, "state"), { state: said.state, brightness: brightness.get(topic), color_mode: "brightness" }, true)];
    },
  };
}

/** Whatever else announces itself, in the device form of Home Assistant's discovery: a switch and its temperature. */
export function announcedSwitches(name = "beacon", base = "gen"): FleetKind {
  return {
    listens: [`${base}/+/set`],
    introduce: (index) => [
      json(
        `homeassistant/device/${base}-${index}/config`,
        {
          dev: { ids: `${base}-${index}`, name: `${name} ${index}`, mf: "Fernwood", mdl: "G1" },
          o: { name: "fleet", sw: "1" },
          cmps: {
            relay: { p: "switch", uniq_id: `${base}-${index}-r`, cmd_t: `${base}/${index}/set`, val_tpl: "{{ value_json.relay }}" },
            warmth: {
              ...{ p: "sensor", uniq_id: `${base}-${index}-t`, dev_cla: "temperature", unit_of_meas: "°C" },
              val_tpl: "{{ value_json.temperature }}",
            },
          },
          stat_t: `${base}/${index}`,
          avty_t: `${base}/${index}/there`,
        },
        true,
      ),
      { topic: `${base}/${index}/there`, text: "online", keep: true },
      json(`${base}/${index}`, { relay: "OFF", temperature: 21.5 }),
    ],
    answer: (topic, text) => [json(topic.replace(/\/set$/, ""), { relay: text, temperature: 21.5 })],
  };
}
