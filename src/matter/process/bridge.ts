/** The bridge as ecosystems see it: a node with an aggregator, below it an endpoint for each device. Numbers of endpoints stay, because they are kept by device, also of one that goes out no more. */
import { visible } from "../../base/visible.ts";
import type { BridgedDevice, BridgedKind, BridgedWant, MatterCall, MatterFabric, PairingCodes, WantOutcome } from "../line.ts";
import { batteryState, fixedState, reportedState } from "./attributes.ts";
import type { ToldBehaviours } from "./behaviours.ts";
import { makeBehaviours } from "./behaviours.ts";
import type { BehaviourClass, ClusterState, EndpointType, MatterEndpoint, MatterModules, MatterNode } from "./matter-modules.ts";
import { loadMatter } from "./matter-modules.ts";
import { ownStorage } from "./own-storage.ts";

type CallOf<K extends MatterCall["call"]> = Extract<MatterCall, { call: K }>;
type Report = Pick<BridgedDevice, "isReachable" | "values">;

/** What it works with. */
export interface BridgeOptions {
  readonly storage: string;
  readonly port: number;
  readonly interface?: string;
  /** Asks the hub for what a controller wants; undefined when it gives no answer. */
  readonly order: (udf: string, want: BridgedWant) => Promise<CallOf<"answer"> | undefined>;
  /** Told of the ecosystems that the bridge belongs to, and of the numbers of those beyond. */
  readonly onFabrics: (fabrics: MatterFabric[], more: number[]) => void;
}

/** A device that is shown. */
interface Shown {
  readonly device: BridgedDevice;
  readonly endpoint: MatterEndpoint;
  /** Endpoints of its kinds; the one itself for a device of one kind. */
  readonly parts: ReadonlyMap<BridgedKind, MatterEndpoint>;
}

/** The vendor of tests: nobody has certified this bridge, and ecosystems say so. */
const vendorId = 0xfff1;
const productId = 0x8000;
/** Ecosystems that are described: a line has room for them, and for the numbers of the others. */
const mostTold = 16;

/** The bridge. */
export class Bridge {
  readonly #options: BridgeOptions;
  readonly #shown = new Map<string, Shown>();
  /** The device that an endpoint belongs to. */
  readonly #udfs = new WeakMap<MatterEndpoint, string>();
  #modules: MatterModules | undefined;
  #behaviours: ToldBehaviours | undefined;
  #node: MatterNode | undefined;
  #aggregator: MatterEndpoint | undefined;

  constructor(options: BridgeOptions) {
    this.#options = options;
  }

  /** Loads matter.js and goes online. */
  async start({ unique, name, version, passcode, discriminator, isOpen }: CallOf<"start">): Promise<undefined> {
    const { storage, port, interface: networkInterface } = this.#options;
    const modules = await loadMatter();
    await ownStorage(storage, unique);
    // Its notices hold the passcode.
    modules.Logger.level = "error";
    const { vars } = modules.Environment.default;
    vars.set("storage.path", storage);
    if (networkInterface !== undefined) vars.set("mdns.networkInterface", networkInterface);
    this.#modules = modules;
    this.#behaviours = makeBehaviours(modules, (endpoint, want, isWritten) => this.#ask(endpoint, want, isWritten));
    const node = await modules.ServerNode.create({
      id: "bridge",
      network: { port, ble: false },
      commissioning: { enabled: false, passcode, discriminator },
      productDescription: { name, deviceType: modules.types.aggregator.deviceType },
      basicInformation: {
        vendorName: name,
        vendorId,
        productName: "Matter bridge",
        productId,
        nodeLabel: name,
        softwareVersionString: version,
        serialNumber: unique.slice(0, 16),
        uniqueId: unique,
      },
    });
    this.#node = node;
    // What an earlier process has kept must not stand against the code of today.
    await node.set({ commissioning: { passcode, discriminator } });
    this.#aggregator = new modules.Endpoint(modules.types.aggregator, { id: "house" });
    await node.add(this.#aggregator);
    node.events.commissioning.fabricsChanged.on(() => this.#tellFabrics());
    await node.start();
    if (isOpen) await this.window({ passcode, discriminator, isOpen });
    this.#tellFabrics();
    return undefined;
  }

  /** Shows a device, or what it is called now; one that has become another kind of thing is shown anew. */
  async show(device: BridgedDevice): Promise<undefined> {
    const before = this.#shown.get(device.udf);
    if (before && formOf(before.device) === formOf(device)) {
      this.#shown.set(device.udf, { ...before, device });
      return this.#tell(before.endpoint, device);
    }
    await this.remove(device.udf);
    const { aggregator } = this.#running();
    const endpoint = this.#made(device);
    try {
      await aggregator.add(endpoint);
      const parts = new Map<BridgedKind, MatterEndpoint>();
      const [only, ...others] = device.kinds;
      if (only !== undefined && others.length === 0) parts.set(only, endpoint);
      else for (const kind of device.kinds) parts.set(kind, await this.#part(endpoint, kind, device));
      this.#shown.set(device.udf, { device, endpoint, parts });
    } catch (error) {
      await endpoint.close().catch(() => undefined);
      throw error;
    }
    // What was kept of it from the last time it was shown stands there first.
    return this.#tell(endpoint, device);
  }

  async #tell(endpoint: MatterEndpoint, device: BridgedDevice): Promise<undefined> {
    await endpoint.set({ bridgedDeviceBasicInformation: { nodeLabel: device.label } });
    return this.report(device.udf, device);
  }

  /** It is shown no more; its number is kept until the bridge is another one, and it has that when it is shown again. */
  async remove(udf: string): Promise<undefined> {
    const shown = this.#shown.get(udf);
    this.#shown.delete(udf);
    await shown?.endpoint.close();
    return undefined;
  }

  /** Shows what a device has reported. */
  async report(udf: string, { isReachable, values }: Report): Promise<undefined> {
    const shown = this.#shown.get(udf);
    if (!shown) return undefined;
    const { endpoint, parts, device } = shown;
    await endpoint.set({ bridgedDeviceBasicInformation: { reachable: isReachable }, ...(device.hasBattery ? batteryState(values) : {}) });
    for (const [kind, part] of parts) {
      const state = reportedState(kind, values, device.limits);
      if (Object.keys(state).length > 0) await part.set(state);
    }
    return undefined;
  }

  /** Lets in whoever has the code, or nobody. */
  async window({
    passcode,
    discriminator,
    isOpen,
  }: Pick<CallOf<"window">, "passcode" | "discriminator" | "isOpen">): Promise<PairingCodes | undefined> {
    const { node, modules } = this.#running();
    const commissioner = node.env.get(modules.DeviceCommissioner);
    await commissioner.endCommissioning();
    await node.set({ commissioning: { passcode, discriminator } });
    if (!isOpen) return undefined;
    await commissioner.allowBasicCommissioning();
    const { manualPairingCode, qrPairingCode } = node.state.commissioning.pairingCodes;
    return { manual: manualPairingCode, qr: qrPairingCode };
  }

  /** Tells every ecosystem that the bridge is theirs no more. */
  async leave(): Promise<undefined> {
    const { node, modules } = this.#running();
    for (const fabric of [...node.env.get(modules.FabricManager).fabrics]) await fabric.leave();
    return undefined;
  }

  async close(): Promise<void> {
    await this.#node?.close();
  }

  #running(): {
    readonly node: MatterNode;
    readonly aggregator: MatterEndpoint;
    readonly modules: MatterModules;
    readonly behaviours: ToldBehaviours;
  } {
    const [node, aggregator, modules, behaviours] = [this.#node, this.#aggregator, this.#modules, this.#behaviours];
    if (!node || !aggregator || !modules || !behaviours) throw new Error("it has not started");
    return { node, aggregator, modules, behaviours };
  }

  async #ask(endpoint: MatterEndpoint, want: BridgedWant, isWritten: boolean): Promise<WantOutcome> {
    const udf = this.#udfs.get(endpoint);
    const answer = udf === undefined ? undefined : await this.#options.order(udf, want);
    if (udf === undefined || !answer) return "failed";
    const { outcome, isReachable, values } = answer;
    if (values === undefined || isReachable === undefined) return outcome;
    const shown = this.report(udf, { isReachable, values }).catch(() => undefined);
    // The report waits for whoever is writing, and he for this answer.
    if (!isWritten) await shown;
    return outcome;
  }

  /** The endpoint of a device, or what its kinds hang on. */
  #made(device: BridgedDevice): MatterEndpoint {
    const { modules, behaviours } = this.#running();
    const { power } = modules.behaviours;
    const [only, ...others] = device.kinds;
    const isOne = only !== undefined && others.length === 0;
    const battery = device.hasBattery ? [power.with("Battery")] : [];
    const base = isOne ? this.#typeOf(only, behaviours) : modules.types.bridged;
    const type = base.with(behaviours.information, ...battery);
    return this.#endpoint(device.udf, type, device.udf, {
      bridgedDeviceBasicInformation: {
        nodeLabel: device.label,
        productName: device.product,
        uniqueId: device.unique,
        reachable: device.isReachable,
      },
      ...(device.hasBattery
        ? {
            powerSource: {
              status: 1,
              order: 0,
              description: "battery",
              batReplacementNeeded: false,
              batReplaceability: 0,
              ...batteryState(device.values).powerSource,
            },
          }
        : {}),
      ...(isOne ? stateOf(only, device) : {}),
    });
  }

  async #part(owner: MatterEndpoint, kind: BridgedKind, device: BridgedDevice): Promise<MatterEndpoint> {
    const part = this.#endpoint(device.udf, this.#typeOf(kind, this.#running().behaviours), kind, stateOf(kind, device));
    await owner.add(part);
    return part;
  }

  #endpoint(udf: string, type: EndpointType, id: string, state: ClusterState): MatterEndpoint {
    const endpoint = new (this.#running().modules.Endpoint)(type, { id, ...state });
    this.#udfs.set(endpoint, udf);
    return endpoint;
  }

  #typeOf(kind: BridgedKind, told: ToldBehaviours): EndpointType {
    const { types, behaviours } = this.#running().modules;
    const more: Readonly<Partial<Record<BridgedKind, readonly BehaviourClass[]>>> = {
      light: [told.onOff, told.scenes],
      outlet: [told.onOff, told.scenes],
      dimmable: [told.onOff, told.level, told.scenes],
      white: [told.onOff, told.level, told.white, told.scenes],
      colour: [told.onOff, told.level, told.colour, told.scenes],
      fan: [told.fan],
      cover: [told.cover],
      thermostat: [told.thermostat],
      lock: [told.lock],
      occupancy: [behaviours.occupancy.with("PassiveInfrared")],
    };
    return types[kind].with(told.identify, ...(more[kind] ?? []));
  }

  #tellFabrics(): void {
    const { node, modules } = this.#running();
    const { fabrics } = node.env.get(modules.FabricManager);
    const told = fabrics.slice(0, mostTold).map(({ fabricIndex, rootVendorId, label }) => ({
      index: fabricIndex,
      vendor: rootVendorId,
      label: visible(label).slice(0, 32),
    }));
    const more = fabrics.slice(mostTold).map(({ fabricIndex }) => fabricIndex);
    this.#options.onFabrics(told, more);
  }
}

/** What makes a device another kind of thing. */
function formOf({ kinds, hasBattery, limits, product, unique }: BridgedDevice): string {
  return JSON.stringify([kinds, hasBattery, limits, product, unique]);
}

/** What stays, and what was reported. */
function stateOf(kind: BridgedKind, { limits, values }: BridgedDevice): ClusterState {
  // It shows itself by something that is seen: a device says no more of that.
  const fixed: ClusterState = { identify: { identifyType: 2, identifyTime: 0 }, ...fixedState(kind, limits) };
  const reported = reportedState(kind, values, limits);
  return Object.fromEntries([...new Set([...Object.keys(fixed), ...Object.keys(reported)])].map((key) => [key, { ...fixed[key], ...reported[key] }]));
}
