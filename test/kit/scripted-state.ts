/** Stand-ins for what surrounds the hub's state: devices that follow a script, and an account with one catalog. */

import { type CatalogWrite, decodeEntry } from "../../src/account/index.ts";
import { MeshError } from "../../src/base/errors.ts";
import type { Datum } from "../../src/codec/index.ts";
import type { DeviceOrder, DevicePort, DeviceReport, DeviceStatus, Judgement, OrderNonce } from "../../src/hub/device/device-port.ts";
import type { StateAccount } from "../../src/hub/state/publisher.ts";
import type { Result } from "../../src/link/index.ts";
import type { Catalog, CatalogedState, Enveloped, DeviceReport as ReportObject } from "../../src/schema/index.ts";
import { CatalogedState as CatalogedStateStruct } from "../../src/schema/index.ts";

/** Devices that do as the test says. */
export class ScriptedDevices implements DevicePort {
  readonly orders: DeviceOrder[] = [];
  readonly statuses = new Map<string, DeviceStatus>();
  answer: (order: DeviceOrder) => Promise<Result> | Result = () => {
    throw new MeshError("ERR_DEVICE_OFFLINE", "the device does not answer");
  };
  readonly #reports = new Set<(report: DeviceReport) => void>();
  readonly #listeners = new Set<(deviceUdf: string, status: DeviceStatus) => void>();

  status(deviceUdf: string): DeviceStatus {
    return this.statuses.get(deviceUdf) ?? "Unknown";
  }

  lastContact(): number | undefined {
    return undefined;
  }

  async command(order: DeviceOrder): Promise<Result> {
    this.orders.push(order);
    const answer = await this.answer(order);
    if (answer.State) this.#tell({ deviceUdf: order.deviceUdf, sequence: answer.State.Sequence, values: answer.State.Values, cause: "command" });
    return answer;
  }

  nonce(): Promise<OrderNonce> {
    return Promise.reject(new MeshError("ERR_REJECTED", "the device judges no orders"));
  }

  judge(): Promise<Judgement> {
    return Promise.reject(new MeshError("ERR_REJECTED", "the device judges no orders"));
  }

  signedReport(): Promise<Enveloped<ReportObject>> {
    return Promise.reject(new MeshError("ERR_REJECTED", "the device signs nothing"));
  }

  onReport(listener: (report: DeviceReport) => void): () => void {
    this.#reports.add(listener);
    return () => this.#reports.delete(listener);
  }

  onStatus(listener: (deviceUdf: string, status: DeviceStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  report(deviceUdf: string, sequence: number, values: Readonly<Record<string, Datum>>, cause?: DeviceReport["cause"]): void {
    const list = Object.entries(values).map(([Name, Value]) => ({ Name, Value }));
    this.#tell({ deviceUdf, sequence, values: list, ...(cause === undefined ? {} : { cause }) });
  }

  #tell(report: DeviceReport): void {
    for (const listener of this.#reports) listener(report);
  }

  turn(deviceUdf: string, status: DeviceStatus): void {
    this.statuses.set(deviceUdf, status);
    for (const listener of this.#listeners) listener(deviceUdf, status);
  }
}

/** A light that takes what it is told, with a sequence of its own. */
export function obedientLight(): (order: DeviceOrder) => Result {
  let sequence = 100;
  const done = new Map<string, Result>();
  return (order) => {
    const known = done.get(order.messageId);
    if (known) return known;
    sequence += 1;
    const result: Result = { Id: 1, Result: "Accept", State: { Sequence: sequence, Values: order.arguments, Cause: "command" } };
    done.set(order.messageId, result);
    return result;
  };
}

/** The service's MMM_State, and one device's view of it. */
export class StateCatalog implements StateAccount {
  readonly deviceUdf: string;
  /** Every entry that the service has stored, in order. */
  readonly stored: CatalogedState[] = [];
  #service = new Map<string, Datum>();
  #copy = new Map<string, Datum>();
  /** What happens to the next transactions: "lost" stores and says that it failed. */
  script: ("ok" | "lost" | "away")[] = [];
  syncs = 0;
  attempts = 0;

  constructor(deviceUdf: string) {
    this.deviceUdf = deviceUdf;
  }

  /** Another process on the same service: what this device knew is gone. */
  restarted(): StateCatalog {
    const next = new StateCatalog(this.deviceUdf);
    next.#service = this.#service;
    next.stored.push(...this.stored);
    return next;
  }

  async sync(): Promise<[]> {
    this.syncs += 1;
    if (this.script[0] === "away") {
      this.script.shift();
      throw new MeshError("ERR_SERVICE_UNREACHABLE", "the service is away");
    }
    this.#copy = new Map(this.#service);
    return [];
  }

  async goOver(): Promise<boolean> {
    return false;
  }

  get<T>(catalog: Catalog<T>, key: string): T | undefined {
    const entry = this.#copy.get(key);
    return entry === undefined ? undefined : decodeEntry(catalog.entry, entry);
  }

  async transact({ catalogs = [] }: { catalogs?: readonly CatalogWrite[] }): Promise<void> {
    this.attempts += 1;
    const outcome = this.script.shift() ?? "ok";
    if (outcome === "away") throw new MeshError("ERR_SERVICE_UNREACHABLE", "the service is away");
    const copy = new Map(this.#copy);
    for (const { key, change } of catalogs) {
      const before = copy.get(key);
      const after = change(before);
      if (after === before || after === undefined) continue;
      copy.set(key, after);
      const entry = decodeEntry(CatalogedStateStruct, after);
      if (entry) this.stored.push(entry);
    }
    this.#service = new Map([...this.#service, ...copy]);
    if (outcome === "lost") throw new MeshError("ERR_SERVICE_UNREACHABLE", "the answer was lost");
    this.#copy = copy;
  }

  /** What another hub wrote. */
  foreign(entry: CatalogedState): void {
    this.#service.set(entry.DeviceUdf, { [CatalogedStateStruct.tag]: CatalogedStateStruct.encode(entry) });
  }
}
