/** What the hub gives the broker, and how the broker stands. */
import type { Clock } from "../../../base/clock.ts";
import type { MeshError } from "../../../base/errors.ts";
import type { Log } from "../../../base/log.ts";
import type { Interfaces } from "../../interfaces.ts";
import type { MediumStatus } from "../../medium.ts";
import type { AccessPolicy } from "./access-policy.ts";
import type { BrokerLimits } from "./broker-limits.ts";

/** What the broker needs. */
export interface BrokerOptions {
  /** Address to listen on. */
  readonly host: string;
  /** Port to listen on; 0 lets the system choose. */
  readonly port: number;
  /** The same with TLS, as soon as there is a certificate; none when absent. */
  readonly tlsPort?: number | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Directory of the log of retained messages and sessions. */
  readonly dataDir: string;
  /** Is told when some of what the log keeps is lost. */
  readonly onDamage?: (damage: MeshError) => void;
  readonly policy: AccessPolicy;
  readonly limits?: BrokerLimits;
  /** Milliseconds a connection has for its CONNECT. */
  readonly connectDeadlineMs?: number;
  /** The interfaces of the machine; a test has its own. */
  readonly interfaces?: Interfaces;
}

/** State of the broker. */
export interface BrokerStatus extends MediumStatus {
  readonly host: string;
  /** The port in use, also when the system chose it. */
  readonly port: number;
  /** The port in use with TLS; undefined while there is none. */
  readonly tlsPort: number | undefined;
  readonly clients: number;
  /** Connections and messages refused since start. */
  readonly refused: number;
  readonly retained: number;
  readonly sessions: number;
  /** Octets written to the disk since start. */
  readonly octetsWritten: number;
}
