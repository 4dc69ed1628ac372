/** What a run of meshman gets from its process, and what its commands get from the run. */

import type { Ports } from "../../account/index.ts";
import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import type { Output, Streams } from "../term/output.ts";

/** The process around a run: everything that a test wants to own. */
export interface Surroundings extends Streams {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}

/** One command on its way: the options that every command takes, and the ports. */
export interface Invocation {
  readonly output: Output;
  readonly ports: Ports;
  readonly stdin: Surroundings["stdin"];
  readonly signal: AbortSignal;
  /** State directory of this machine's account. */
  readonly dir: string;
  /** The one that is used when none is named. ERR_USAGE when the person's directories are not known. */
  readonly usualDir: () => string;
  /** URL of the service, where the person knows it. */
  readonly service?: string;
  /** Socket of a hub on this machine, if there is one. */
  readonly hubSocket: string;
  /** Address of this machine's message bus, where it is another than the usual one (DBUS_SYSTEM_BUS_ADDRESS). */
  readonly systemBus?: string;
  /** Synchronise before reading. */
  readonly wantsSync: boolean;
}
