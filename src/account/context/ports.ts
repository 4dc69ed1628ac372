/** What a device's account needs from its surroundings. */
import type { Clock } from "../../base/clock.ts";
import type { MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import type { ConfiguredPeer } from "../../protocol/index.ts";

/** Time, randomness and log of one process. */
export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Is told of a file of the directory that was damaged and is kept aside, and what that means. */
  readonly onDamage?: (damage: MeshError) => void;
  /** Services of domains that the person named: there, the DNS is not asked. */
  readonly peers?: readonly ConfiguredPeer[];
}

/** How a context is opened. */
export interface OpenOptions {
  readonly dir: string;
  readonly ports: Ports;
  /** Overrides the stored address of the service. */
  readonly serviceUrl?: string;
}
