/** What the rest of the hub sees of the devices behind it: reports come in, commands go out. How they are reached is the links' business. */
import type { Result } from "../../link/index.ts";
import type { StateValue } from "../../schema/index.ts";

/** A state that a device reported. Sequence grows with each report of the device. */
export interface DeviceReport {
  readonly deviceUdf: string;
  readonly sequence: number;
  readonly values: readonly StateValue[];
  readonly cause?: "switch" | "command" | "start";
}

/** Takes a report; the promise resolves when it is on disk. */
export type ReportListener = (report: DeviceReport) => void | Promise<void>;

/** Whether a device can be reached. Unknown: not heard of since the hub started. */
export type DeviceStatus = "Online" | "Offline" | "Sleeping" | "Unknown";

/** A command for a device. */
export interface DeviceOrder {
  readonly deviceUdf: string;
  readonly messageId: string;
  readonly command: string;
  readonly arguments: readonly StateValue[];
  readonly timeoutMs: number;
}

/** The devices behind the hub. */
export interface DevicePort {
  status(deviceUdf: string): DeviceStatus;
  /** Milliseconds since 1970 of the last authenticated frame; undefined when there was none since the start. */
  lastContact(deviceUdf: string): number | undefined;
  /**
   * Sends a command and gives the device's own answer; a state that comes with it has been reported to the listeners by then, as every other one.
   * Errors: ERR_DEVICE_OFFLINE, ERR_TIMEOUT, ERR_LINK.
   */
  command(order: DeviceOrder): Promise<Result>;
  /** Calls the listener for every report. The device is told that its report was taken when all listeners are done, and repeats it when one fails. */
  onReport(listener: ReportListener): () => void;
  onStatus(listener: (deviceUdf: string, status: DeviceStatus) => void): () => void;
}
