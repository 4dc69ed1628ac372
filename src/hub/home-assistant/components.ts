/**
 * What Home Assistant shows of a device: one entity for each thing that it is or has, from its description alone. Only what Home Assistant may order by
 * itself has a control: what can do harm, or what a device judges itself, is shown and not offered (docs/design.md §7).
 */
import type { DeviceDescription, DeviceProperty } from "../../schema/index.ts";
import { isRisky } from "../../schema/index.ts";
import { isHappening, plainCommands, shownProperties, snake, spoken } from "./entity-key.ts";
import { eventTopic, setTopic, stateTopic } from "./topics.ts";

type Member = boolean | number | string | null | undefined | readonly string[];
/** One entity as it is announced. */
export type Component = { readonly platform: string } & Readonly<Record<string, Member>>;

/** Classes whose devices are lights, also without brightness. */
const lights: readonly string[] = ["light", "colour-light"];

/** What sensors measure, by unit and name. */
const measures: Readonly<Record<string, { readonly unit: string; readonly kind: string; readonly state?: string }>> = {
  Temperature: { unit: "°C", kind: "temperature" },
  Humidity: { unit: "%", kind: "humidity" },
  Battery: { unit: "%", kind: "battery" },
  CO2: { unit: "ppm", kind: "carbon_dioxide" },
  PM25: { unit: "µg/m³", kind: "pm25" },
  Power: { unit: "W", kind: "power" },
  Energy: { unit: "kWh", kind: "energy", state: "total_increasing" },
  Voltage: { unit: "V", kind: "voltage" },
  Current: { unit: "A", kind: "current" },
  Illuminance: { unit: "lx", kind: "illuminance" },
};
/** What a yes or no means. */
const meanings: Readonly<Record<string, string>> = {
  Motion: "motion",
  Occupied: "occupancy",
  Smoke: "smoke",
  CarbonMonoxide: "carbon_monoxide",
  Wet: "moisture",
  Open: "opening",
  Lid: "opening",
  Vibration: "vibration",
  Obstructed: "problem",
  Sounding: "sound",
  Running: "running",
};

/** The entities of a device by their keys. */
export function componentsOf(udf: string, description: DeviceDescription): Readonly<Record<string, Component>> {
  return new Entities(udf, description).all();
}

/** Reads a value out of the state; the one form of template for that. */
const read = (key: string): string => `{{ value_json.${key} | default('') }}`;
/** Writes what is asked for as an order; the one form of template for that. */
const write = (key: string, from: "value" | "position" = "value"): string => `{{ {'${key}': ${from}} | tojson }}`;
const order = (members: Readonly<Record<string, string>>): string => JSON.stringify(members);

class Entities {
  readonly #udf: string;
  readonly #description: DeviceDescription;
  readonly #keys: ReadonlyMap<string, DeviceProperty>;
  readonly #commands: readonly string[];
  readonly #components: Record<string, Component> = {};
  /** Properties and commands that an entity stands for. */
  readonly #used = new Set<string>(["Identify"]);

  constructor(udf: string, description: DeviceDescription) {
    this.#udf = udf;
    this.#description = description;
    this.#keys = shownProperties(description);
    this.#commands = plainCommands(description).filter((name) => !isRisky(description.Class, name));
  }

  all(): Readonly<Record<string, Component>> {
    if (this.#sets("On")) this.#switched();
    if (this.#has("Position") && (this.#sets("Position") || this.#commands.includes("Close"))) this.#cover();
    if (this.#sets("Target") && this.#property("Target")?.Unit === "°C" && this.#has("Temperature")) this.#climate();
    if (this.#description.Class === "valve" && this.#has("Open")) this.#valve();
    for (const [key, property] of this.#keys) if (!this.#used.has(property.Name)) this.#plain(key, property);
    for (const command of this.#commands) {
      if (this.#used.has(command) || this.#takes(command)) continue;
      const key = `do_${snake(command)}`;
      this.#add(key, "button", { name: spoken(command), command_topic: setTopic(this.#udf), payload_press: order({ command }) });
    }
    this.#add("do_identify", "button", this.#canIdentify());
    return this.#components;
  }

  #canIdentify(): Record<string, Member> | undefined {
    if (!this.#commands.includes("Identify")) return undefined;
    return {
      name: "Identify",
      device_class: "identify",
      entity_category: "config",
      command_topic: setTopic(this.#udf),
      payload_press: order({ command: "Identify" }),
    };
  }

  #property(name: string): DeviceProperty | undefined {
    return [...this.#keys.values()].find((property) => property.Name === name);
  }

  #has(name: string): boolean {
    return this.#property(name) !== undefined;
  }

  #takes(command: string): boolean {
    return (this.#description.Commands.find(({ Name }) => Name === command)?.Arguments ?? []).length > 0;
  }

  /** Whether Home Assistant may set a property by itself. */
  #sets(name: string): boolean {
    const set = this.#commands.includes("Set") ? this.#description.Commands.find(({ Name }) => Name === "Set") : undefined;
    return this.#property(name)?.Writable === true && set?.Arguments?.includes(name) === true;
  }

  #does(command: string): boolean {
    this.#used.add(command);
    return this.#commands.includes(command);
  }

  #add(key: string, platform: string, members: Readonly<Record<string, Member>> | undefined): void {
    if (members) this.#components[key] = { platform, unique_id: `mesh_${this.#udf}_${key}`, ...members };
  }

  #use(...names: readonly string[]): void {
    for (const name of names) this.#used.add(name);
  }

  #switched(): void {
    const topics = { state_topic: stateTopic(this.#udf), command_topic: setTopic(this.#udf) };
    // A fan is told and heard by the same words.
    const words = { payload_on: "ON", payload_off: "OFF", command_template: write("state") };
    this.#use("On");
    if (lights.includes(this.#description.Class) || this.#sets("Brightness")) this.#light(topics);
    else if (this.#sets("Speed")) this.#fan({ ...topics, ...words });
    else {
      this.#add("switch", "switch", {
        name: null,
        ...topics,
        ...words,
        value_template: read("state"),
        state_on: "ON",
        state_off: "OFF",
        device_class: this.#description.Class === "plug" ? "outlet" : "switch",
      });
    }
  }

  #fan(common: Readonly<Record<string, string>>): void {
    this.#use("Speed");
    const { Minimum = 0, Maximum = 100 } = this.#property("Speed") ?? {};
    this.#add("fan", "fan", {
      name: null,
      ...common,
      state_value_template: read("state"),
      percentage_state_topic: stateTopic(this.#udf),
      percentage_value_template: read("speed"),
      percentage_command_topic: setTopic(this.#udf),
      percentage_command_template: write("speed"),
      ...(Minimum <= 0 && Maximum === 100 ? {} : { speed_range_min: Math.max(1, Math.ceil(Minimum)), speed_range_max: Math.floor(Maximum) }),
    });
  }

  #light(topics: Readonly<Record<string, string>>): void {
    const hasColours = this.#sets("Hue") && this.#sets("Saturation");
    const white = this.#sets("ColourTemperature") ? this.#property("ColourTemperature") : undefined;
    const hasBrightness = this.#sets("Brightness");
    const modes = [...(hasColours ? ["hs"] : []), ...(white ? ["color_temp"] : [])];
    this.#use("Brightness", "Hue", "Saturation", "ColourTemperature");
    this.#add("light", "light", {
      name: null,
      schema: "json",
      ...topics,
      ...(hasBrightness ? { brightness: true, brightness_scale: this.#property("Brightness")?.Maximum ?? 100 } : {}),
      supported_color_modes: modes.length > 0 ? modes : [hasBrightness ? "brightness" : "onoff"],
      ...(white?.Maximum === undefined ? {} : { min_mireds: Math.ceil(1_000_000 / white.Maximum) }),
      ...(white?.Minimum === undefined ? {} : { max_mireds: Math.floor(1_000_000 / white.Minimum) }),
    });
  }

  #cover(): void {
    const [opens, closes, stops] = [this.#does("Open"), this.#does("Close"), this.#does("Stop")];
    const isSet = this.#sets("Position");
    this.#use("Position");
    this.#add("cover", "cover", {
      name: null,
      device_class: this.#description.Class === "garage-door" ? "garage" : "shade",
      position_topic: stateTopic(this.#udf),
      position_template: read("position"),
      command_topic: setTopic(this.#udf),
      payload_open: opens ? order({ command: "Open" }) : null,
      payload_close: closes ? order({ command: "Close" }) : null,
      payload_stop: stops ? order({ command: "Stop" }) : null,
      ...(isSet ? { set_position_topic: setTopic(this.#udf), set_position_template: write("position", "position") } : {}),
    });
  }

  #climate(): void {
    const { Minimum, Maximum, Step } = this.#property("Target") ?? {};
    const known = ["off", "heat", "cool", "auto", "dry", "fan_only", "heat_cool"];
    const modes = this.#sets("Mode") ? (this.#property("Mode")?.Values ?? []).filter((mode) => known.includes(mode)) : [];
    const topic = stateTopic(this.#udf);
    const set = setTopic(this.#udf);
    this.#use("Target", "Temperature", "Action", "Mode");
    this.#add("climate", "climate", {
      name: null,
      current_temperature_topic: topic,
      current_temperature_template: read("temperature"),
      temperature_state_topic: topic,
      temperature_state_template: read("target"),
      temperature_command_topic: set,
      temperature_command_template: write("target"),
      temperature_unit: "C",
      ...(Minimum === undefined ? {} : { min_temp: Minimum }),
      ...(Maximum === undefined ? {} : { max_temp: Maximum }),
      ...(Step === undefined ? {} : { temp_step: Step }),
      modes: modes.length > 0 ? modes : ["heat"],
      ...(modes.length === 0
        ? {}
        : { mode_state_topic: topic, mode_state_template: read("mode"), mode_command_topic: set, mode_command_template: write("mode") }),
      ...(this.#has("Action") ? { action_topic: topic, action_template: read("action") } : {}),
    });
  }

  #valve(): void {
    const [opens, closes] = [this.#does("Open"), this.#does("Close")];
    this.#use("Open");
    this.#add("valve", "valve", {
      name: null,
      state_topic: stateTopic(this.#udf),
      value_template: read("open"),
      state_open: "ON",
      state_closed: "OFF",
      command_topic: setTopic(this.#udf),
      payload_open: opens ? order({ command: "Open" }) : null,
      payload_close: closes ? order({ command: "Close" }) : null,
    });
  }

  /** A property that no richer entity shows. */
  #plain(key: string, property: DeviceProperty): void {
    const [platform, members] = this.#entityOf(key, property) ?? [];
    if (platform !== undefined && members) this.#add(key, platform, members);
  }

  #entityOf(key: string, property: DeviceProperty): readonly [platform: string, members: Readonly<Record<string, Member>>] | undefined {
    const { Name, Type, Unit, Minimum, Maximum, Step, Values = [] } = property;
    const name = spoken(Name);
    const state = { name, state_topic: stateTopic(this.#udf), value_template: read(key) };
    const set = { command_topic: setTopic(this.#udf), command_template: write(key) };
    const unit = Unit === undefined ? {} : { unit_of_measurement: Unit };
    const isSet = this.#sets(Name);
    if (isHappening(property))
      return Type === "enum" ? ["event", { name, state_topic: eventTopic(this.#udf), event_types: Values, device_class: "button" }] : undefined;
    switch (Type) {
      case "boolean": {
        // Shown as a sensor, where ON is unlocked: Home Assistant's own lock would have a button that unlocks. Locking is a button.
        if (Name === "Locked") return ["binary_sensor", { ...state, payload_on: "OFF", payload_off: "ON", device_class: "lock" }];
        const kind = meanings[Name];
        return ["binary_sensor", { ...state, payload_on: "ON", payload_off: "OFF", ...(kind === undefined ? {} : { device_class: kind }) }];
      }
      case "number": {
        if (isSet && Minimum !== undefined && Maximum !== undefined && Minimum < Maximum) {
          const step = Step === undefined ? {} : { step: Math.max(Step, 0.001) };
          return ["number", { ...state, ...set, ...unit, min: Minimum, max: Maximum, ...step }];
        }
        const known = measures[Name];
        const measure = known !== undefined && known.unit === Unit ? known : undefined;
        const kind = measure ? { device_class: measure.kind } : {};
        const category = Name === "Battery" ? { entity_category: "diagnostic" } : {};
        return ["sensor", { ...state, ...unit, ...kind, state_class: measure?.state ?? "measurement", ...category }];
      }
      case "enum":
        return isSet ? ["select", { ...state, ...set, options: Values }] : ["sensor", { ...state, device_class: "enum", options: Values }];
      case "string":
        return isSet ? ["text", { ...state, ...set, max: 255, entity_category: "config" }] : ["sensor", state];
    }
  }
}
