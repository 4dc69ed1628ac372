/**
 * The devices behind bridges as the rest of the hub sees them: what they report goes where every report goes, and an order has succeeded when the device
 * itself has reported what was asked of it, never before. A bridge that is told a command and reports nothing has not carried it out.
 */
import type { Clock } from "../../base/clock.ts";
import { Condition } from "../../base/condition.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import { Listeners } from "../../base/listeners.ts";
import type { Log } from "../../base/log.ts";
import { agrees } from "../../bridge/coding.ts";
import { hear, tell } from "../../bridge/exchange.ts";
import type { ForeignDevice, Incoming, Outgoing } from "../../bridge/foreign-device.ts";
import { topicsOf } from "../../bridge/foreign-device.ts";
import { parseState } from "../../bridge/payload.ts";
import type { Result } from "../../link/index.ts";
import type { StateValue } from "../../schema/index.ts";
import type { DeviceOrder, DevicePort, DeviceReport, DeviceStatus, ReportListener } from "../device/device-port.ts";
import type { Shadow } from "../state/shadow-book.ts";
import { merge, valueIn } from "../state/values.ts";

/** The way to the bridge of a device. */
export interface BridgeWay {
  /** Name of the bridge. */
  readonly name: string;
  readonly isUp: boolean;
  publish(message: Outgoing): Promise<void>;
}

interface Hosted {
  readonly udf: string;
  readonly way: BridgeWay;
  foreign: ForeignDevice;
  /** What each of its topics says of whether it can be reached. */
  readonly reachable: Map<string, boolean>;
  /** It was heard since its bridge could be reached. */
  isHeard: boolean;
  status: DeviceStatus;
  sequence: number;
  presses: number;
  lastContact?: number;
  /** What it reports while an order waits: newest values by name, none of before. */
  reported: StateValue[];
  /** What it has reported itself since its bridge can be reached. */
  known: StateValue[];
}

/** What the devices need. */
export interface HostedDevicesOptions {
  /** Sequence of the newest report that is known of a device, and how often its button was pressed. */
  readonly before: (deviceUdf: string) => { readonly sequence: number; readonly presses: number };
  readonly clock: Clock;
  readonly log: Log;
}

/** How long a device has to say that it is otherwise than it has reported. */
const soonMs = 1000;

/** The devices of all bridges that the owner has accepted. */
export class HostedDevices implements Omit<DevicePort, "nonce" | "judge" | "signedReport"> {
  readonly #options: HostedDevicesOptions;
  readonly #log: Log;
  readonly #devices = new Map<string, Hosted>();
  /** By bridge and topic. */
  readonly #byTopic = new Map<string, Set<string>>();
  readonly #reports = new Listeners<DeviceReport, ReturnType<ReportListener>>();
  readonly #statuses = new Listeners<{ readonly deviceUdf: string; readonly status: DeviceStatus }>();
  readonly #changed: Condition;

  constructor(options: HostedDevicesOptions) {
    this.#options = options;
    this.#log = options.log.child("hosted");
    this.#changed = new Condition(options.clock);
  }

  /** Fingerprints of the devices that are announced. */
  all(): readonly string[] {
    return [...this.#devices.keys()];
  }

  /** The wiring by which a device is heard and told. */
  wiringOf(deviceUdf: string): ForeignDevice | undefined {
    return this.#devices.get(deviceUdf)?.foreign;
  }

  /** Takes a device in, or its new wiring. */
  put(deviceUdf: string, foreign: ForeignDevice, way: BridgeWay): void {
    const known = this.#devices.get(deviceUdf);
    if (known?.way === way) {
      this.#wire(known, false);
      known.foreign = foreign;
      this.#wire(known, true);
    } else {
      if (known) this.#wire(known, false);
      const { sequence, presses } = this.#options.before(deviceUdf);
      const device: Hosted = {
        udf: deviceUdf,
        way,
        foreign,
        reachable: new Map(),
        isHeard: false,
        status: "Unknown",
        sequence,
        presses,
        reported: [],
        known: [],
      };
      this.#devices.set(deviceUdf, device);
      this.#wire(device, true);
    }
    this.#greet(deviceUdf);
  }

  /** Forgets a device that left the account, or that its bridge knows no more. */
  delete(deviceUdf: string): void {
    const device = this.#devices.get(deviceUdf);
    if (!device) return;
    this.#wire(device, false);
    this.#devices.delete(deviceUdf);
    this.#statuses.tell({ deviceUdf, status: "Offline" });
    this.#changed.notify();
  }

  /** The bridge can be reached, or no more. */
  turned(way: BridgeWay): void {
    for (const device of this.#devices.values()) {
      if (device.way !== way) continue;
      device.isHeard = false;
      device.known = [];
      if (way.isUp) this.#greet(device.udf);
      this.#judge(device);
    }
  }

  /** A message of a bridge. */
  heard(way: BridgeWay, message: Incoming): void {
    // Read once, however many devices share the topic.
    let known: { readonly state: ReturnType<typeof parseState> } | undefined;
    const read = (): ReturnType<typeof parseState> => {
      known ??= { state: parseState(message.payload) };
      return known.state;
    };
    for (const udf of this.#byTopic.get(`${way.name} ${message.topic}`) ?? []) {
      const device = this.#devices.get(udf);
      if (device) this.#take(device, message, read);
    }
  }

  status(deviceUdf: string): DeviceStatus {
    return this.#devices.get(deviceUdf)?.status ?? "Unknown";
  }

  lastContact(deviceUdf: string): number | undefined {
    return this.#devices.get(deviceUdf)?.lastContact;
  }

  onReport(listener: ReportListener): () => void {
    return this.#reports.add(listener);
  }

  onStatus(listener: (deviceUdf: string, status: DeviceStatus) => void): () => void {
    return this.#statuses.add(({ deviceUdf, status }) => listener(deviceUdf, status));
  }

  async command({ deviceUdf, command, arguments: args, timeoutMs }: DeviceOrder): Promise<Result> {
    const { clock } = this.#options;
    const device = this.#devices.get(deviceUdf);
    if (!device) throw new MeshError("ERR_DEVICE_OFFLINE", "its bridge has not announced the device since the hub started");
    if (!device.way.isUp) throw new MeshError("ERR_DEVICE_OFFLINE", `the bridge ${device.way.name} cannot be reached`);
    const messages = tell(device.foreign, command, args);
    if (!messages) return { Id: 0, Result: "Reject", ErrorReport: `its bridge has no way to tell it ${command}` };
    const action = command === "Set" ? undefined : device.foreign.actions.find((candidate) => candidate.command === command);
    const wanted = action ? action.expects : args;
    const end = clock.monotonic() + timeoutMs;
    device.reported = [];
    // Many say nothing when nothing changes: what they have reported themselves stands, unless they say otherwise soon.
    const isSo = wanted.length > 0 && wanted.every((value) => isReported(device, value, device.known));
    for (const message of messages) await device.way.publish(message);
    const done = await this.#changed.until(
      () => {
        if (!this.#devices.has(deviceUdf)) throw new MeshError("ERR_DEVICE_OFFLINE", "its bridge knows the device no more");
        return isFulfilled(device, wanted) || undefined;
      },
      { timeMs: Math.max(0, Math.min(isSo ? soonMs : timeoutMs, end - clock.monotonic())) },
    );
    if (!done && isSo && wanted.every((value) => isReported(device, value, device.known)))
      return { Id: 0, Result: "Accept", State: { Sequence: device.sequence, Values: device.known } };
    if (done) return { Id: 0, Result: "Accept", State: { Sequence: device.sequence, Values: device.reported } };
    const other = wanted.find(
      ({ Name }) => valueIn(device.reported, Name) !== undefined && !isReported(device, { Name, Value: wantedValue(wanted, Name) }),
    );
    if (other) return { Id: 0, Result: "Reject", ErrorReport: `it reports ${other.Name} ${String(valueIn(device.reported, other.Name))}` };
    throw new MeshError("ERR_TIMEOUT", `the bridge ${device.way.name} was told, and the device has reported nothing within ${timeoutMs / 1000} s`, {
      hint: "look at the device: it may have obeyed unheard, or be out of reach of its bridge",
    });
  }

  #wire({ udf, way, foreign }: Hosted, isThere: boolean): void {
    for (const topic of topicsOf(foreign)) {
      const key = `${way.name} ${topic}`;
      const devices = this.#byTopic.get(key) ?? new Set();
      if (isThere) this.#byTopic.set(key, devices.add(udf));
      else if (devices.delete(udf) && devices.size === 0) this.#byTopic.delete(key);
    }
  }

  #take(device: Hosted, message: Incoming, read: () => ReturnType<typeof parseState>): void {
    const heard = hear(device.foreign, message, read);
    if (!heard) return;
    const { retained } = message;
    if (heard.online !== undefined) device.reachable.set(message.topic, heard.online);
    if (!retained && heard.values.length > 0) {
      device.isHeard = true;
      device.lastContact = this.#options.clock.now();
    }
    // An event of before is none.
    if (heard.values.length > 0 && !(retained && heard.isPress))
      this.#report(device, heard.isPress ? withCount(device, heard.values) : heard.values, retained);
    this.#judge(device);
  }

  #report(device: Hosted, values: readonly StateValue[], restored: boolean): void {
    device.sequence += 1;
    if (!restored) {
      device.reported = [...merge(device.reported, values)];
      device.known = [...merge(device.known, values)];
    }
    const { udf: deviceUdf, sequence } = device;
    const written = this.#reports.tell({ deviceUdf, sequence, values, ...(restored ? { restored } : {}) });
    Promise.all(written).catch((error: unknown) =>
      this.#log.error("hosted.report_unkept", { device: deviceUdf, reason: asMeshError(error).message }),
    );
    this.#changed.notify();
  }

  #judge(device: Hosted): void {
    const said = [...device.reachable.values()];
    const isThere = said.length > 0 ? said.every((online) => online) : device.isHeard ? true : undefined;
    const status: DeviceStatus = !device.way.isUp ? "Offline" : isThere === undefined ? "Unknown" : isThere ? "Online" : "Offline";
    if (status === device.status) return;
    device.status = status;
    this.#statuses.tell({ deviceUdf: device.udf, status });
  }

  /** Has a device say how it is. */
  #greet(deviceUdf: string): void {
    const device = this.#devices.get(deviceUdf);
    if (!device?.way.isUp) return;
    for (const message of device.foreign.greetings) {
      device.way
        .publish(message)
        .catch((error: unknown) => this.#log.debug("hosted.ungreeted", { device: deviceUdf, reason: asMeshError(error).message }));
    }
  }
}

/** What is known of a device from before the hub started. */
export function reportedBefore(shadow: Shadow | undefined): { readonly sequence: number; readonly presses: number } {
  const presses = valueIn(shadow?.reported?.Values, "Presses");
  return { sequence: shadow?.reported?.Sequence ?? 0, presses: typeof presses === "number" ? presses : 0 };
}

function withCount(device: Hosted, values: readonly StateValue[]): readonly StateValue[] {
  device.presses += 1;
  return [...values, { Name: "Presses", Value: device.presses }];
}

function isFulfilled(device: Hosted, wanted: readonly StateValue[]): boolean {
  return wanted.length === 0 ? device.reported.length > 0 : wanted.every((value) => isReported(device, value));
}

/** Whether the device has reported what was asked of it, as exactly as its bridge can say it. */
function isReported({ foreign, reported }: Hosted, { Name, Value }: StateValue, values: readonly StateValue[] = reported): boolean {
  const now = valueIn(values, Name);
  if (now === undefined) return false;
  const coding = foreign.writings.find(({ property }) => property === Name)?.coding;
  return coding ? agrees(coding, Value, now) : now === Value;
}

function wantedValue(values: readonly StateValue[], name: string): StateValue["Value"] {
  return valueIn(values, name) ?? null;
}
