/**
 * Home Assistant as its documentation of MQTT discovery tells: it reads announcements in the device form, refuses what lacks a member that it demands, keeps
 * the state of entities and sends commands. Written from that documentation, not from the code that publishes; of templates it follows three forms.
 */
import { utf8 } from "../../src/base/bytes.ts";
import { connectMqtt, type MqttConnection } from "../../src/transport/mqtt/mqtt-connection.ts";
import { onCleanup } from "../harness/suite.ts";

type Json = Record<string, unknown>;

/** One entity as Home Assistant has it. */
export interface Entity {
  readonly platform: string;
  readonly uniqueId: string;
  readonly device: string;
  readonly config: Json;
}

const abbreviations: Readonly<Record<string, string>> = {
  dev: "device",
  o: "origin",
  cmps: "components",
  p: "platform",
  avty: "availability",
  avty_mode: "availability_mode",
  avty_t: "availability_topic",
  stat_t: "state_topic",
  cmd_t: "command_topic",
  cmd_tpl: "command_template",
  val_tpl: "value_template",
  uniq_id: "unique_id",
  dev_cla: "device_class",
  stat_cla: "state_class",
  unit_of_meas: "unit_of_measurement",
  pl_on: "payload_on",
  pl_off: "payload_off",
  pl_prs: "payload_press",
  ent_cat: "entity_category",
  evt_typ: "event_types",
  ops: "options",
  t: "topic",
};
const deviceAbbreviations: Readonly<Record<string, string>> = {
  ids: "identifiers",
  cns: "connections",
  mf: "manufacturer",
  mdl: "model",
  sw: "sw_version",
  sa: "suggested_area",
};

/** What each platform demands, and may have besides what all have. */
const platforms: Readonly<Record<string, { readonly needs: readonly string[]; readonly may: string }>> = {
  light: {
    needs: ["command_topic"],
    may: "schema state_topic brightness brightness_scale supported_color_modes min_mireds max_mireds min_kelvin max_kelvin color_temp_kelvin effect effect_list",
  },
  switch: { needs: ["command_topic"], may: "state_topic command_template value_template payload_on payload_off state_on state_off device_class" },
  binary_sensor: { needs: ["state_topic"], may: "value_template payload_on payload_off device_class off_delay expire_after" },
  sensor: { needs: ["state_topic"], may: "value_template device_class state_class unit_of_measurement options suggested_display_precision" },
  cover: {
    needs: [],
    may: "command_topic position_topic position_template set_position_topic set_position_template payload_open payload_close payload_stop position_open position_closed device_class state_topic",
  },
  climate: {
    needs: [],
    may: "current_temperature_topic current_temperature_template temperature_state_topic temperature_state_template temperature_command_topic temperature_command_template temperature_unit min_temp max_temp temp_step modes mode_state_topic mode_state_template mode_command_topic mode_command_template action_topic action_template",
  },
  fan: {
    needs: ["command_topic"],
    may: "state_topic command_template state_value_template payload_on payload_off percentage_state_topic percentage_value_template percentage_command_topic percentage_command_template speed_range_min speed_range_max",
  },
  valve: {
    needs: [],
    may: "command_topic state_topic value_template state_open state_closed payload_open payload_close payload_stop reports_position device_class",
  },
  button: { needs: ["command_topic"], may: "payload_press command_template device_class" },
  event: { needs: ["state_topic", "event_types"], may: "value_template device_class" },
  number: { needs: ["command_topic"], may: "state_topic value_template command_template min max step mode unit_of_measurement device_class" },
  select: { needs: ["command_topic", "options"], may: "state_topic value_template command_template" },
  text: { needs: ["command_topic"], may: "state_topic value_template command_template min max mode pattern" },
};
const common =
  "platform unique_id name entity_category enabled_by_default icon availability availability_mode device origin qos encoding object_id".split(" ");

const sensorUnits: Readonly<Record<string, readonly string[]>> = {
  temperature: ["°C", "°F", "K"],
  humidity: ["%"],
  battery: ["%"],
  carbon_dioxide: ["ppm"],
  pm25: ["µg/m³", "μg/m³"],
  power: ["mW", "W", "kW", "MW"],
  energy: ["Wh", "kWh", "MWh", "J", "kJ"],
  voltage: ["V", "mV"],
  current: ["A", "mA"],
  illuminance: ["lx"],
};
const binaryClasses =
  "battery carbon_monoxide cold connectivity door garage_door gas heat light lock moisture motion moving occupancy opening plug power presence problem running safety smoke sound tamper vibration window".split(
    " ",
  );
const hvacModes = ["auto", "off", "cool", "heat", "dry", "fan_only"];
const colourModes = ["onoff", "brightness", "color_temp", "hs", "xy", "rgb", "rgbw", "rgbww", "white"];

/** Why Home Assistant would refuse an announcement; the entities otherwise. */
export function readAnnouncement(topic: string, text: string): { readonly device: Json; readonly entities: readonly Entity[] } {
  const parts = topic.split("/");
  if (parts[1] !== "device" || parts.at(-1) !== "config" || parts.slice(2, -1).some((part) => !/^[a-zA-Z0-9_-]+$/.test(part)))
    throw new Error(`no topic of the device form: ${topic}`);
  const message = expand(JSON.parse(text) as Json, abbreviations);
  const device = expand(object(message.device, "device"), deviceAbbreviations);
  const identifiers = [device.identifiers].flat();
  if (identifiers.length === 0 || identifiers.some((id) => typeof id !== "string")) throw new Error("a device needs identifiers");
  if (typeof object(message.origin, "origin").name !== "string") throw new Error("origin needs a name");
  const components = object(message.components, "components");
  const shared = Object.fromEntries(
    ["availability", "availability_mode", "qos", "encoding"].flatMap((key) => (key in message ? [[key, message[key]]] : [])),
  );
  for (const key of Object.keys(message)) {
    if (!["device", "origin", "components", "availability", "availability_mode", "qos", "encoding", "state_topic", "command_topic"].includes(key))
      throw new Error(`extra key at the root: ${key}`);
  }
  const entities = Object.entries(components).flatMap(([key, value]): Entity[] => {
    const config = { ...shared, ...expand(object(value, key), abbreviations) };
    const { platform } = config as { platform?: unknown };
    if (typeof platform !== "string" || !(platform in platforms)) throw new Error(`${key}: no platform ${String(platform)}`);
    // A component that has nothing but its platform is taken away.
    if (Object.keys(object(value, key)).length === 1) return [];
    checkEntity(key, platform, config);
    return [{ platform, uniqueId: config.unique_id as string, device: identifiers[0] as string, config }];
  });
  const ids = entities.map(({ uniqueId }) => uniqueId);
  if (new Set(ids).size !== ids.length) throw new Error("two entities of one unique_id");
  return { device, entities };
}

function checkEntity(key: string, platform: string, config: Json): void {
  const fail = (why: string): never => {
    throw new Error(`${platform} ${key}: ${why}`);
  };
  const { needs, may } = platforms[platform] ?? { needs: [], may: "" };
  if (typeof config.unique_id !== "string") fail("a component of a device needs unique_id");
  for (const need of needs) if (config[need] === undefined) fail(`${need} is required`);
  const known = [...common, ...needs, ...may.split(" ")];
  for (const [name, value] of Object.entries(config)) {
    if (!known.includes(name)) fail(`extra key ${name}`);
    if (name.endsWith("_topic") || name === "topic") {
      if (typeof value !== "string" || value === "" || /[+#\0]/.test(value) || value.length > 65_535) fail(`${name} is no topic to publish at`);
    }
    if (name.endsWith("template")) parseTemplate(value as string);
  }
  if (config.name !== null && config.name !== undefined && typeof config.name !== "string") fail("name must be text");
  const { entity_category: category, device_class: kind } = config as { entity_category?: string; device_class?: string };
  if (category !== undefined && !["config", "diagnostic"].includes(category)) fail(`entity_category ${category}`);
  if (category === "config" && ["sensor", "binary_sensor"].includes(platform)) fail("a sensor is no config");
  if (platform === "binary_sensor" && kind !== undefined && !binaryClasses.includes(kind)) fail(`device_class ${kind}`);
  if (platform === "sensor") {
    const unit = config.unit_of_measurement as string | undefined;
    if (kind === "enum") {
      if (!Array.isArray(config.options) || config.options.length === 0) fail("an enum needs options");
      if (config.state_class !== undefined || unit !== undefined) fail("an enum has no state_class and no unit");
    } else if (config.options !== undefined) fail("options are for enums");
    else if (kind !== undefined && sensorUnits[kind]?.includes(unit ?? "") !== true) fail(`device_class ${kind} with unit ${String(unit)}`);
    if (kind === "energy" && config.state_class === "measurement") fail("energy is total or total_increasing");
  }
  if (platform === "light") {
    if (config.schema !== "json") fail("the schema is json here");
    const modes = config.supported_color_modes as readonly string[];
    if (!Array.isArray(modes) || modes.length === 0 || modes.some((mode) => !colourModes.includes(mode))) fail("supported_color_modes");
    if (modes.length > 1 && (modes.includes("onoff") || modes.includes("brightness"))) fail("onoff and brightness stand alone");
    if (modes[0] !== "onoff" && config.brightness !== true) fail("brightness is missing");
    if ((config.min_mireds as number) >= (config.max_mireds as number)) fail("min_mireds must be below max_mireds");
  }
  if (platform === "cover" && config.set_position_topic !== undefined && config.position_topic === undefined)
    fail("set_position_topic needs position_topic");
  if (platform === "climate") {
    const modes = config.modes as readonly string[];
    if (!Array.isArray(modes) || modes.some((mode) => !hvacModes.includes(mode) && mode !== "heat_cool")) fail("modes");
    if ((config.min_temp as number) >= (config.max_temp as number)) fail("min_temp must be below max_temp");
  }
  if (platform === "number" && (config.min as number) >= (config.max as number)) fail("min must be below max");
  if (platform === "event" && (!Array.isArray(config.event_types) || config.event_types.length === 0)) fail("event_types");
}

/** `{{ value_json.KEY | default('') }}`, `{{ value_json.KEY }}`, and `{{ {'KEY': value} | tojson }}`; whatever else is in double braces is refused. */
function parseTemplate(template: string): (value: unknown) => string {
  const reads = /^\{\{ value_json\.([a-z0-9_]+)(?: \| default\(''\))? \}\}$/.exec(template);
  if (reads) {
    return (payload) => {
      const member = (JSON.parse(String(payload)) as Json)[reads[1] ?? ""];
      if (member === undefined) return "";
      // As Jinja writes what Python has.
      return member === true ? "True" : member === false ? "False" : member === null ? "None" : String(member);
    };
  }
  const writes = /^\{\{ \{'([a-z0-9_]+)': (?:value|position)\} \| tojson \}\}$/.exec(template);
  if (writes) return (value) => JSON.stringify({ [writes[1] ?? ""]: value });
  throw new Error(`a template of a form that is not followed here: ${template}`);
}

function expand(given: Json, table: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(Object.entries(given).map(([key, value]) => [table[key] ?? key, value]));
}

function object(value: unknown, name: string): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`${name} must be an object`);
  return value as Json;
}

/** Home Assistant at a broker. */
export class PlayedHomeAssistant {
  readonly entities = new Map<string, Entity>();
  readonly devices = new Map<string, Json>();
  /** Announcements that it refused, with the reason. */
  readonly refused: string[] = [];
  /** The newest message of each topic. */
  readonly heard = new Map<string, string>();
  /** Messages that the broker had kept, by topic. */
  readonly kept = new Set<string>();
  /** What happened, in its order: topic and message. */
  readonly events: string[] = [];
  readonly answers: Json[] = [];
  #byTopic = new Map<string, readonly string[]>();
  readonly #clientId: string;
  #connection: MqttConnection | undefined;

  constructor(clientId = "played-home-assistant") {
    this.#clientId = clientId;
  }

  /** @param login.ca the authority that it is told to believe, with mqtts */
  async connect(login: { readonly url: string; readonly username: string; readonly password: string; readonly ca?: string }): Promise<void> {
    this.#connection = await connectMqtt({
      ...login,
      clientId: this.#clientId,
      maxPacket: 1024 * 1024,
      onMessage: (topic, payload, retained) => this.#take(topic, Buffer.from(payload).toString(), retained),
      onClose: () => undefined,
    });
    onCleanup(() => this.close());
    await this.#connection.subscribe(["homeassistant/+/+/config", "homeassistant/+/+/+/config", "mesh/#"]);
  }

  async close(): Promise<void> {
    await this.#connection?.close();
    this.#connection = undefined;
  }

  /** Entities of a device, by its name. */
  of(name: string): readonly Entity[] {
    const found = [...this.devices.entries()].find(([, device]) => device.name === name);
    return [...this.entities.values()].filter(({ device }) => device === found?.[0]);
  }

  entity(name: string, platform: string, key = ""): Entity {
    const found = this.of(name).find((each) => each.platform === platform && each.uniqueId.endsWith(key));
    if (!found) throw new Error(`${name} has no ${platform} ${key}`);
    return found;
  }

  isAvailable({ config }: Entity): boolean {
    const all = config.availability as readonly { readonly topic: string; readonly value_template: string }[];
    return all.every(({ topic, value_template: template }) => parseTemplate(template)(this.heard.get(topic) ?? "{}") === "online");
  }

  /** What an entity shows of one of its templates; undefined before anything was heard. */
  shows({ config }: Entity, template = "value_template", topic = "state_topic"): string | undefined {
    const payload = this.heard.get(config[topic] as string);
    return payload === undefined ? undefined : parseTemplate(config[template] as string)(payload);
  }

  /** The state of a light of the json schema. */
  light({ config }: Entity): Json {
    return JSON.parse(this.heard.get(config.state_topic as string) ?? "{}") as Json;
  }

  /** Sends a value through a template, or as it is. */
  send(
    { config }: Entity,
    value: unknown,
    { topic = "command_topic", template }: { readonly topic?: string; readonly template?: string } = {},
  ): Promise<void> {
    const text = template === undefined ? String(value) : parseTemplate(config[template] as string)(value);
    return this.publish(config[topic] as string, text);
  }

  async publish(topic: string, text: string | Uint8Array): Promise<void> {
    await this.#connection?.publish(topic, typeof text === "string" ? utf8(text) : text);
  }

  #take(topic: string, text: string, retained: boolean): void {
    if (topic.endsWith("/config")) {
      this.#announced(topic, text);
      return;
    }
    if (retained) this.kept.add(topic);
    if (topic.startsWith("mesh/bridge/response/")) this.answers.push({ topic, ...(JSON.parse(text) as Json) });
    else if (topic.endsWith("/event")) this.events.push(`${topic} ${text}`);
    if (text === "") this.heard.delete(topic);
    else this.heard.set(topic, text);
  }

  #announced(topic: string, text: string): void {
    const before = this.#byTopic.get(topic) ?? [];
    const old = before.map((id) => this.entities.get(id)?.device);
    for (const id of before) this.entities.delete(id);
    this.#byTopic.delete(topic);
    if (text === "") {
      for (const id of old) if (id !== undefined) this.devices.delete(id);
      return;
    }
    try {
      const { device, entities } = readAnnouncement(topic, text);
      for (const entity of entities) this.entities.set(entity.uniqueId, entity);
      this.#byTopic.set(
        topic,
        entities.map(({ uniqueId }) => uniqueId),
      );
      this.devices.set([device.identifiers].flat()[0] as string, device);
    } catch (error) {
      this.refused.push(`${topic}: ${(error as Error).message}`);
    }
  }
}
