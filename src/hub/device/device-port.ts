/** What the rest of the hub sees of the devices behind it: reports come in, commands go out. How they are reached is the links' business. */
import type { Result } from "../../link/index.ts";
import type { Enveloped, DeviceReport as ReportObject, StateValue } from "../../schema/index.ts";

/** A state that a device reported. Sequence grows with each report of the device. */
export interface DeviceReport {
  readonly deviceUdf: string;
  readonly sequence: number;
  readonly values: readonly StateValue[];
  readonly cause?: "switch" | "command" | "start";
  /** The values are from before: kept by a broker, say. The device itself has not been heard. */
  readonly restored?: boolean;
  /** The same, signed by the device under its key in the account. */
  readonly reported?: Enveloped<ReportObject>;
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

/** A nonce that a device gave out for one order. */
export interface OrderNonce {
  readonly nonce: Uint8Array;
  /** How long it counts at the device. */
  readonly seconds: number;
  readonly dealEpoch: number;
}

/** An order that the device judges; the hub cannot read it. */
export interface SealedDeviceOrder {
  /** Names the order in the device's report. */
  readonly messageId: string;
  readonly sealed: Uint8Array;
  readonly timeoutMs: number;
}

/** What became of a sealed order. */
export interface Judgement {
  /** Accept only by the device's signed report; "Pending" while nobody can know. */
  readonly result: Result["Result"];
  /** What the device said without signing it: for people, and believed for nothing. */
  readonly report?: string;
  readonly code?: string;
  /** The signed report that names the order. */
  readonly reported?: Enveloped<ReportObject>;
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
  /** Asks the device for a nonce that is good for one order and so many seconds at most; `who` numbers who orders: the device bounds what one has out. Errors: ERR_REJECTED, and those of `command`. */
  nonce(deviceUdf: string, seconds: number, who?: number): Promise<OrderNonce>;
  /** Hands a sealed order to the device, after the delegation that it is judged by. Errors: those of `command`, when nothing is known of the outcome. */
  judge(deviceUdf: string, order: SealedDeviceOrder): Promise<Judgement>;
  /** Has the device sign how it is now, with the nonce (16 octets) of who asks. Errors: ERR_REJECTED, and those of `command`. */
  signedReport(deviceUdf: string, nonce: Uint8Array): Promise<Enveloped<ReportObject>>;
  /** Calls the listener for every report. The device is told that its report was taken when all listeners are done, and repeats it when one fails. */
  onReport(listener: ReportListener): () => void;
  onStatus(listener: (deviceUdf: string, status: DeviceStatus) => void): () => void;
}
