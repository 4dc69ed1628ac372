/** How many connections the broker takes. */
import type { ConnectionLimits } from "../../../base/crowd/connection-counter.ts";

/** Limits of a broker. */
export interface BrokerLimits extends ConnectionLimits {
  /** Connections that have proven nothing, in all. */
  readonly unproven?: number;
}

/** Fits a house: some hundred devices, several of them behind one address (bridges, tests). */
export const defaultBrokerLimits: BrokerLimits = { total: 1024, perNetwork: 256, rate: { burst: 256, everyMs: 50 } };

/** Connections that have proven nothing: with a packet in part each they stay below 10 MB. */
export const mostUnproven = 320;
