/**
 * What devices have reported in numbers, for who looks at a curve: in memory, since the start, within bounds. It is no record: the account's own history
 * of states is the sequence of MMM_State.
 */
import type { HistoryResult } from "../../api/index.ts";
import type { Clock } from "../../base/clock.ts";
import type { StateChange } from "./state-keeper.ts";

/** Devices, and properties of one, that have a history; 16 octets a sample make 1.5 MB for 100 sensors of 3 values. */
const mostDevices = 512;
const mostProperties = 8;
/** A day, when samples are at least five minutes apart; what comes faster takes the place of the newest. */
const mostSamples = 288;
const apartMs = 300_000;

interface Sample {
  readonly at: number;
  readonly value: number;
}

/** The curves of a hub. */
export class History {
  readonly #clock: Clock;
  readonly #devices = new Map<string, Map<string, Sample[]>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes what a device has reported. */
  note({ shadow: { deviceUdf, restored, reported } }: Pick<StateChange, "shadow">): void {
    if (restored) return;
    const at = this.#clock.now();
    for (const { Name, Value } of reported?.Values ?? [])
      if (typeof Value === "number" && Number.isFinite(Value)) this.#add(deviceUdf, Name, { at, value: Value });
  }

  /** The curves of a device, each oldest first. */
  of(deviceUdf: string): HistoryResult["series"] {
    return [...(this.#devices.get(deviceUdf) ?? [])].map(([name, samples]) => ({ name, samples: [...samples] }));
  }

  #add(deviceUdf: string, property: string, sample: Sample): void {
    const properties = this.#devices.get(deviceUdf) ?? new Map<string, Sample[]>();
    // The device that was heard of longest ago goes first.
    this.#devices.delete(deviceUdf);
    this.#devices.set(deviceUdf, properties);
    for (const oldest of this.#devices.keys()) {
      if (this.#devices.size <= mostDevices) break;
      this.#devices.delete(oldest);
    }
    const samples = properties.get(property) ?? [];
    if (samples.length === 0 && properties.size >= mostProperties) return;
    properties.set(property, samples);
    const [before, newest] = samples.slice(-2);
    if (before && newest && newest.at - before.at < apartMs) samples.pop();
    samples.push(sample);
    if (samples.length > mostSamples) samples.shift();
  }
}
