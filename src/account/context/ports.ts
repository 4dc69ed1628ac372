/** What a device's account needs from its surroundings. */
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";

/** Time, randomness and log of one process. */
export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}
