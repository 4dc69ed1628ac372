/** How an order and what comes of it travel between one of the owner's devices and the device that judges it. extensions §15. */
import type { MeshError } from "../../base/errors.ts";
import type { DeviceReport, Enveloped } from "../../schema/index.ts";
import type { CommandOrder } from "./command.ts";

/** What a device gave out for one order. */
export interface GivenNonce {
  readonly nonce: Uint8Array;
  /** How long it counts at the device, from when it was given out. */
  readonly seconds: number;
  /** The deal in force at the device. */
  readonly dealEpoch: number;
}

/** An order on its way; nobody but the device can read it. */
export interface SealedOrder {
  readonly messageId: string;
  readonly sealed: Uint8Array;
  /** What is left of the nonce's life. */
  readonly seconds: number;
}

/** What came back: the device's own word where there is one. What a hub says beside it is for people. */
export interface BroughtWord {
  readonly reported?: Enveloped<DeviceReport>;
  readonly error?: MeshError;
}

/** One way to a device: through the spool, or through the local door of its hub. */
export interface OrderWay {
  /** Errors: those of the way; then nothing was asked of the device that could do anything. */
  nonce(order: CommandOrder): Promise<GivenNonce>;
  bring(order: CommandOrder, sealed: SealedOrder): Promise<BroughtWord>;
  /** What the device signs over a reader's nonce: how it is now. Errors: those of the way. */
  report(order: CommandOrder, nonce: Uint8Array): Promise<Enveloped<DeviceReport>>;
}
