/**
 * What devices report, on its way into their shadows: what their signed descriptions do not allow is left out, and the rest of the report goes
 * on. Each property that is at fault is told once, however often its device repeats it; the count goes on.
 */
import type { Log } from "../../base/log.ts";
import type { DeviceDescription, StateValue } from "../../schema/index.ts";
import type { DeviceReport } from "../device/device-port.ts";
import { trustedValues } from "./values.ts";

/** What a gate needs. */
export interface ValueGateOptions {
  /** Description of a device; undefined while it is not known. */
  readonly describe: (deviceUdf: string) => DeviceDescription | undefined;
  readonly log: Log;
}

interface Refused {
  count: number;
  /** Properties that the log has been told of; the empty name stands for all that the description does not have. */
  readonly told: Set<string>;
}

/** The values that are left out, by device. */
export class ValueGate {
  readonly #options: ValueGateOptions;
  readonly #refused = new Map<string, Refused>();

  constructor(options: ValueGateOptions) {
    this.#options = options;
  }

  /** The values of a report that the device can have. */
  admit({ deviceUdf, values }: Pick<DeviceReport, "deviceUdf" | "values">): readonly StateValue[] {
    const description = this.#options.describe(deviceUdf);
    const kept = trustedValues(values, description);
    if (kept.length < values.length) this.#tell(deviceUdf, { values, kept, description });
    return kept;
  }

  /** Values of a device that were left out since the start. */
  refused(deviceUdf: string): number {
    return this.#refused.get(deviceUdf)?.count ?? 0;
  }

  forget(deviceUdf: string): void {
    this.#refused.delete(deviceUdf);
  }

  #tell(
    deviceUdf: string,
    found: { readonly values: readonly StateValue[]; readonly kept: readonly StateValue[]; readonly description: DeviceDescription | undefined },
  ): void {
    const { values, kept, description } = found;
    const refused = this.#refused.get(deviceUdf) ?? { count: 0, told: new Set<string>() };
    this.#refused.set(deviceUdf, refused);
    refused.count += values.length - kept.length;
    const left = values.filter(({ Name }) => kept.every((value) => value.Name !== Name));
    const named = left.map(({ Name }) => (description?.Properties.some((property) => property.Name === Name) ? Name : ""));
    const fresh = [...new Set(named)].filter((name) => !refused.told.has(name));
    if (fresh.length === 0) return;
    for (const name of fresh) refused.told.add(name);
    const properties = fresh.filter((name) => name !== "");
    this.#options.log.warn("state.values.refused", { device: deviceUdf, properties, unknown: fresh.includes(""), count: refused.count });
  }
}
