/**
 * What is used of matter.js, after its documentation. The package is not there for most, so nothing of it is imported by name; its classes are made into
 * others of our own, of which each says what it uses.
 */

/** State of clusters by behaviour, as in {onOff: {onOff: true}}. */
export type ClusterState = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** An endpoint that exists. */
export interface MatterEndpoint {
  readonly owner?: MatterEndpoint | undefined;
  set(values: ClusterState): Promise<void>;
  /** Ends it; its number, and what was told of it, are kept. */
  close(): Promise<void>;
  add(endpoint: MatterEndpoint): Promise<unknown>;
}

/** Something that happens to a behaviour. */
export interface BehaviourEvent {
  /** Whether whoever causes it waits for those who are told. */
  isAsync: boolean;
}

/** An instance of a behaviour while a command is carried out. */
export interface BehaviourInstance {
  readonly endpoint: MatterEndpoint;
  readonly state: Readonly<Record<string, unknown>>;
  readonly events: Readonly<Record<string, BehaviourEvent>>;
  /** Calls a method at each event. */
  reactTo(event: BehaviourEvent, reactor: (value: unknown, before: unknown, context: unknown) => Promise<void>): void;
}

/** A behaviour without any logic: commands are to be added. */
export interface BehaviourClass {
  new (): BehaviourInstance;
  with(...features: readonly string[]): BehaviourClass;
}

/** A type of endpoints. */
export interface EndpointType {
  readonly deviceType: number;
  with(...behaviours: readonly BehaviourClass[]): EndpointType;
}

/** What ecosystems say of themselves. */
interface Fabric {
  readonly fabricIndex: number;
  readonly rootVendorId: number;
  readonly label: string;
  leave(): Promise<void>;
}

interface Observable {
  on(listener: () => void): void;
}

/** The node that ecosystems add. */
export interface MatterNode extends MatterEndpoint {
  readonly env: { get<T>(key: abstract new () => T): T };
  readonly state: { readonly commissioning: { readonly pairingCodes: { readonly manualPairingCode: string; readonly qrPairingCode: string } } };
  readonly events: { readonly commissioning: { readonly fabricsChanged: Observable } };
  start(): Promise<void>;
}

/** Whoever lets ecosystems in. */
interface Commissioner {
  allowBasicCommissioning(): Promise<void>;
  endCommissioning(): Promise<void>;
}

interface Fabrics {
  readonly fabrics: readonly Fabric[];
}

/** All that is used. */
export interface MatterModules {
  readonly Environment: { readonly default: { readonly vars: { set(name: string, value: unknown): void } } };
  readonly Logger: { level: string };
  readonly ServerNode: { create(options: Readonly<Record<string, unknown>>): Promise<MatterNode> };
  readonly Endpoint: new (type: EndpointType, options: Readonly<Record<string, unknown>>) => MatterEndpoint;
  readonly DeviceCommissioner: abstract new () => Commissioner;
  readonly FabricManager: abstract new () => Fabrics;
  readonly StatusResponseError: new (message: string, code: number) => Error;
  readonly types: Readonly<Record<TypeName, EndpointType>>;
  readonly behaviours: Readonly<Record<BehaviourName, BehaviourClass>>;
}

/** Entries of the package, and the export of each. */
const types = {
  aggregator: ["endpoints/aggregator", "AggregatorEndpoint"],
  bridged: ["endpoints/bridged-node", "BridgedNodeEndpoint"],
  light: ["devices/on-off-light", "OnOffLightDevice"],
  dimmable: ["devices/dimmable-light", "DimmableLightDevice"],
  white: ["devices/color-temperature-light", "ColorTemperatureLightDevice"],
  colour: ["devices/extended-color-light", "ExtendedColorLightDevice"],
  outlet: ["devices/on-off-plug-in-unit", "OnOffPlugInUnitDevice"],
  fan: ["devices/fan", "FanDevice"],
  cover: ["devices/window-covering", "WindowCoveringDevice"],
  thermostat: ["devices/thermostat", "ThermostatDevice"],
  lock: ["devices/door-lock", "DoorLockDevice"],
  contact: ["devices/contact-sensor", "ContactSensorDevice"],
  occupancy: ["devices/occupancy-sensor", "OccupancySensorDevice"],
  temperature: ["devices/temperature-sensor", "TemperatureSensorDevice"],
  humidity: ["devices/humidity-sensor", "HumiditySensorDevice"],
  illuminance: ["devices/light-sensor", "LightSensorDevice"],
  leak: ["devices/water-leak-detector", "WaterLeakDetectorDevice"],
} as const;
const behaviours = {
  onOff: ["behaviors/on-off", "OnOffBehavior"],
  level: ["behaviors/level-control", "LevelControlBehavior"],
  colour: ["behaviors/color-control", "ColorControlBehavior"],
  fan: ["behaviors/fan-control", "FanControlBehavior"],
  cover: ["behaviors/window-covering", "WindowCoveringBehavior"],
  thermostat: ["behaviors/thermostat", "ThermostatBehavior"],
  lock: ["behaviors/door-lock", "DoorLockBehavior"],
  occupancy: ["behaviors/occupancy-sensing", "OccupancySensingServer"],
  power: ["behaviors/power-source", "PowerSourceServer"],
  identify: ["behaviors/identify", "IdentifyBehavior"],
  scenes: ["behaviors/scenes-management", "ScenesManagementServer"],
  information: ["behaviors/bridged-device-basic-information", "BridgedDeviceBasicInformationServer"],
} as const;
type TypeName = keyof typeof types;
type BehaviourName = keyof typeof behaviours;

/** Loads the package: one to two seconds. Throws what the package throws. */
export async function loadMatter(): Promise<MatterModules> {
  const main = await load("");
  const [protocol, data] = await Promise.all([load("/protocol"), load("/types")]);
  return {
    ...(main as unknown as Pick<MatterModules, "Environment" | "Logger" | "ServerNode" | "Endpoint">),
    ...(protocol as unknown as Pick<MatterModules, "DeviceCommissioner" | "FabricManager">),
    ...(data as unknown as Pick<MatterModules, "StatusResponseError">),
    types: await all<TypeName, EndpointType>(types),
    behaviours: await all<BehaviourName, BehaviourClass>(behaviours),
  };
}

async function load(entry: string): Promise<Readonly<Record<string, unknown>>> {
  const name: string = `@matter/main${entry}`;
  return (await import(name)) as Readonly<Record<string, unknown>>;
}

async function all<N extends string, T>(entries: Readonly<Record<N, readonly [entry: string, name: string]>>): Promise<Readonly<Record<N, T>>> {
  const loaded = Object.entries<readonly [string, string]>(entries).map(
    async ([key, [entry, name]]) => [key, (await load(`/${entry}`))[name]] as const,
  );
  return Object.fromEntries(await Promise.all(loaded)) as Record<N, T>;
}
