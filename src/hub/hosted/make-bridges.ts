/** The bridges of a configuration: their ways, their logins at the hub's own broker, and how what they say is read. */
import { readFileSync } from "node:fs";
import type { Ports } from "../../account/hub.ts";
import { equalBytes, fromUtf8, utf8 } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import { appendAll } from "../../base/list.ts";
import type { Dialect } from "../../bridge/foreign-device.ts";
import { homeAssistant } from "../../bridge/home-assistant.ts";
import { shelly } from "../../bridge/shelly.ts";
import { tasmota } from "../../bridge/tasmota.ts";
import type { Drivers } from "../../bridge/wiring.ts";
import { zigbee2mqtt } from "../../bridge/zigbee2mqtt.ts";
import type { HubConfig } from "../../config/index.ts";
import { readSecret } from "../../config/index.ts";
import { sha256 } from "../../crypto/index.ts";
import type { TopicRights } from "../../transport/mqtt/broker/access-policy.ts";
import type { MeshBroker } from "../../transport/mqtt/broker/broker.ts";
import { EmbeddedBus } from "../../transport/mqtt/embedded-bus.ts";
import { ExternalBus } from "../../transport/mqtt/external-bus.ts";
import type { ForeignBus } from "../../transport/mqtt/foreign-bus.ts";
import { filterMatches } from "../../transport/mqtt/topic.ts";
import { isOfTheHouse } from "../home-assistant/topics.ts";
import { Bridge } from "./bridge.ts";
import type { HostedDevices } from "./hosted-devices.ts";

type BridgeConfig = HubConfig["bridges"][number];

/** What the bridges are made of. */
export interface BridgeMaking {
  readonly config: HubConfig;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The hub's own broker; undefined when it has none. */
  readonly broker: MeshBroker | undefined;
  readonly drivers: Drivers;
  readonly devices: HostedDevices;
  readonly onChange: () => void;
  readonly ports: Pick<Ports, "clock" | "random" | "log">;
}

interface Kind {
  readonly topics: readonly string[];
  /** Where devices are announced, besides. */
  readonly announcements?: string;
  readonly dialect: (options: { readonly filters: readonly string[]; readonly drivers: Drivers }) => Dialect;
}

const kinds: Readonly<Record<BridgeConfig["kind"], Kind>> = {
  zigbee2mqtt: {
    topics: ["zigbee2mqtt/#"],
    dialect: ({ filters, drivers }) => zigbee2mqtt({ base: (filters[0] ?? "").replace(/\/#$/, ""), drivers }),
  },
  tasmota: { topics: ["tasmota/discovery/#", "tele/#", "stat/#", "cmnd/#"], dialect: tasmota },
  shelly: { topics: ["+/online", "+/rpc", "+/events/rpc", "+/status/#", "shelly-hub/+/rpc"], dialect: shelly },
  // Where these speak is theirs to choose: it has to be said.
  esphome: { topics: [], dialect: homeAssistant, announcements: "homeassistant/#" },
  homeassistant: { topics: [], dialect: homeAssistant, announcements: "homeassistant/#" },
};

/** The bridges of the configuration. Errors: ERR_CONFIG for two of one name, for a secret or certificate that cannot be read. */
export function makeBridges(making: BridgeMaking): readonly Bridge[] {
  const { config, drivers, devices, onChange, ports } = making;
  const names = new Set<string>();
  const embedded: string[] = [];
  return config.bridges.map((one, index) => {
    const name = one.name ?? one.kind;
    if (names.has(name))
      throw new MeshError("ERR_CONFIG", `bridges.${index}: two bridges are called ${name}`, { hint: "give each a name of its own" });
    names.add(name);
    const filters = filtersOf(one);
    if (one.url === undefined) {
      // What one of them is told there the other would take for the word of its own.
      const shared = filters.find((filter) => embedded.some((other) => overlap(filter, other)));
      if (shared !== undefined)
        throw new MeshError("ERR_CONFIG", `bridges.${index}: another bridge at the hub's own broker has topics of ${shared}`, {
          hint: "let one bridge of kind homeassistant take both, or give one a prefix or a broker of its own",
        });
      appendAll(embedded, filters);
    }
    const { dialect, announcements } = kinds[one.kind];
    const { clock, log } = ports;
    const bus = busOf(making, one, index);
    // Where devices are announced none is told: the hub would announce in their name, or in its own.
    const own = announcements === undefined ? filters : filters.filter((filter) => !filterMatches(announcements, filter));
    return new Bridge({
      name,
      kind: one.kind,
      bus,
      dialect: dialect({ filters, drivers }),
      filters: own,
      announcements,
      devices,
      onChange,
      clock,
      log,
    });
  });
}

function filtersOf({ kind, topics = [] }: BridgeConfig): readonly string[] {
  const { topics: usual, announcements } = kinds[kind];
  const own = topics.length > 0 ? topics : usual;
  if (own.length === 0)
    throw new MeshError("ERR_CONFIG", `a bridge of kind ${kind} needs topics: where its devices speak`, {
      hint: 'as in "topics": ["kitchen-sensor/#"]',
    });
  return announcements === undefined || own.includes(announcements) ? own : [...own, announcements];
}

function busOf({ broker, env, ports }: BridgeMaking, one: BridgeConfig, index: number): ForeignBus {
  const { url, username, password, ca } = one;
  const filters = filtersOf(one);
  if (url === undefined) {
    if (!broker) throw new MeshError("ERR_CONFIG", `bridges.${index}: the hub has no broker of its own: say url`);
    return new EmbeddedBus(broker, filters);
  }
  const secret = password === undefined ? undefined : readSecret(password, { env }).use((octets) => fromUtf8(octets));
  return new ExternalBus({
    url,
    ...(username === undefined ? {} : { username }),
    ...(secret === undefined ? {} : { password: secret }),
    ...(ca === undefined ? {} : { ca: certificate(ca, index) }),
    filters,
    ...ports,
  });
}

function certificate(path: string, index: number): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new MeshError("ERR_CONFIG", `bridges.${index}.ca: cannot read ${path}`, { cause });
  }
}

/** Logins of bridges at the hub's own broker. */
export class BridgeLogins {
  readonly #logins = new Map<string, { readonly digest: Uint8Array; readonly rights: TopicRights }>();

  /** Errors: ERR_CONFIG for a login without a password, for two of one name, and for a secret that cannot be read. */
  constructor({ bridges }: Pick<HubConfig, "bridges">, env: Readonly<Record<string, string | undefined>>) {
    for (const [index, one] of bridges.entries()) {
      const { url, username, password } = one;
      if (url !== undefined) continue;
      if (username === undefined || password === undefined)
        throw new MeshError("ERR_CONFIG", `bridges.${index}: a bridge at the hub's own broker needs username and password`);
      if (this.#logins.has(username)) throw new MeshError("ERR_CONFIG", `bridges.${index}: two bridges log in as ${username}`);
      const topics = filtersOf(one);
      const digest = readSecret(password, { env }).use((octets) => sha256(octets));
      this.#logins.set(username, { digest, rights: { publish: topics, subscribe: topics, except: isOfTheHouse } });
    }
  }

  /** True for the login of a bridge. */
  admits({ username, password }: { readonly username?: string | undefined; readonly password?: Uint8Array | undefined }): boolean {
    const login = username === undefined ? undefined : this.#logins.get(username);
    return login !== undefined && equalBytes(sha256(password ?? utf8("")), login.digest);
  }

  rightsOf(username: string): TopicRights {
    return this.#logins.get(username)?.rights ?? { publish: [], subscribe: [] };
  }
}

/** Whether there is a topic that two filters of MQTT both have. */
function overlap(a: string, b: string): boolean {
  const [left, right] = [a.split("/"), b.split("/")];
  for (let at = 0; ; at += 1) {
    const [one, other] = [left[at], right[at]];
    if (one === "#" || other === "#") return true;
    if (one === undefined || other === undefined) return one === other;
    if (one !== other && one !== "+" && other !== "+") return false;
  }
}
