/** An ecosystem as the bridge sees it: matter.js's own controller, which adds the bridge by its code, reads, and tells devices what to do. */
import { onCleanup, tempDirectory } from "../harness/suite.ts";

type Attributes = Readonly<Record<string, { get(isFresh?: boolean): Promise<unknown>; set(value: unknown): Promise<unknown> }>>;
type Client = { readonly attributes: Attributes } & Readonly<Record<string, (request?: object, options?: object) => Promise<unknown>>>;

interface Remote {
  readonly number: number;
  getChildEndpoints(): readonly Remote[];
  getClusterClient(cluster: unknown): Client | undefined;
}

interface Node {
  readonly initialized: boolean;
  readonly events: { readonly initialized: Promise<void> };
  getDevices(): readonly Remote[];
}

interface Controller {
  start(): Promise<void>;
  commissionNode(options: object): Promise<unknown>;
  getNode(id: unknown): Promise<Node>;
  close(): Promise<void>;
}

type Clusters = Readonly<Record<string, { readonly Complete?: unknown }>>;

/** Whether the packages that it needs are installed. */
export async function hasMatterController(): Promise<boolean> {
  return load("@project-chip/matter.js").then(
    () => true,
    () => false,
  );
}

/** A device as the ecosystem has it. */
export interface RemoteDevice {
  readonly number: number;
  /** A cluster of it, or of one of its parts. */
  cluster(name: string): Client;
}

/** A controller that has added a bridge. */
export class MatterController {
  readonly #clusters: Clusters;
  readonly #node: Node;

  private constructor(clusters: Clusters, node: Node) {
    this.#clusters = clusters;
    this.#node = node;
  }

  /** Adds the bridge at a port of this machine by the digits of its code. */
  static async add({ port, manual }: { readonly port: number; readonly manual: string }): Promise<MatterController> {
    const [main, types, clusters, package_] = await Promise.all(
      ["@matter/main", "@matter/main/types", "@matter/main/clusters", "@project-chip/matter.js"].map(load),
    );
    const { Environment, Logger } = main as unknown as {
      readonly Environment: { readonly default: { readonly vars: { set(name: string, value: string): void } } };
      readonly Logger: { level: string };
    };
    Logger.level = "fatal";
    const environment = Environment.default;
    environment.vars.set("storage.path", tempDirectory());
    const { ManualPairingCodeCodec } = types as unknown as {
      readonly ManualPairingCodeCodec: { decode(digits: string): { readonly passcode: number; readonly shortDiscriminator: number } };
    };
    const { passcode, shortDiscriminator } = ManualPairingCodeCodec.decode(manual);
    const { CommissioningController } = package_ as unknown as { readonly CommissioningController: new (options: object) => Controller };
    const controller = new CommissioningController({
      environment: { environment, id: "ecosystem" },
      autoConnect: false,
      adminFabricLabel: "Ecosystem",
    });
    await controller.start();
    onCleanup(() => controller.close());
    const id = await controller.commissionNode({
      commissioning: { regulatoryLocation: 2, regulatoryCountryCode: "XX" },
      discovery: {
        knownAddress: { type: "udp", ip: "127.0.0.1", port },
        identifierData: { shortDiscriminator },
        discoveryCapabilities: { onIpNetwork: true },
      },
      passcode,
    });
    const node = await controller.getNode(id);
    if (!node.initialized) await node.events.initialized;
    return new MatterController(clusters as unknown as Clusters, node);
  }

  /** Numbers of the endpoints of devices, as the bridge says now. */
  async numbers(): Promise<readonly number[]> {
    const parts = (await this.#client(this.#house, "Descriptor")?.attributes.partsList?.get(true)) as readonly number[];
    return [...parts].sort((a, b) => a - b);
  }

  /** The devices by what they are called. */
  async devices(): Promise<ReadonlyMap<string, RemoteDevice>> {
    const found = new Map<string, RemoteDevice>();
    for (const remote of this.#house.getChildEndpoints()) {
      const label = await this.#client(remote, "BridgedDeviceBasicInformation")?.attributes.nodeLabel?.get(true);
      if (typeof label === "string") found.set(label, { number: remote.number, cluster: (name) => this.#clusterIn(remote, name) });
    }
    return found;
  }

  get #house(): Remote {
    const [house] = this.#node.getDevices();
    if (!house) throw new Error("the bridge has no aggregator");
    return house;
  }

  #clusterIn(remote: Remote, name: string): Client {
    const client = [remote, ...remote.getChildEndpoints()].map((each) => this.#client(each, name)).find((each) => each !== undefined);
    if (!client) throw new Error(`no ${name} at endpoint ${remote.number}`);
    return client;
  }

  #client(remote: Remote, name: string): Client | undefined {
    const cluster = this.#clusters[name];
    return remote.getClusterClient(cluster?.Complete ?? cluster);
  }
}

async function load(name: string): Promise<Readonly<Record<string, unknown>>> {
  return (await import(name)) as Readonly<Record<string, unknown>>;
}
