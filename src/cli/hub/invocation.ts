/** What the commands of mesh-hub get: the process, the configuration, a way to speak, and what only the program itself can do. */

import type { Ports } from "../../account/index.ts";
import type { HubClient } from "../../api/index.ts";
import { hubClient } from "../../api/index.ts";
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { LoadedConfig } from "../../config/index.ts";
import { loadConfig } from "../../config/index.ts";
import type { HidPort } from "../../transport/hid/scanners.ts";
import type { Output, Streams } from "../term/output.ts";
import { createOutput } from "../term/output.ts";
import { talkLog } from "../term/talk-log.ts";

/** One finding of the doctor. */
export interface Finding {
  readonly name: string;
  readonly state: "ok" | "warning" | "failure";
  readonly message: string;
  /** One by one, what the message counts. */
  readonly details?: readonly string[];
  readonly hint?: string;
}

/** How a systemd service is installed or removed. */
export interface ServiceOptions {
  readonly dryRun: boolean;
  readonly print: (line: string) => void;
}

/** A small service beside a hub. */
type Beside = "radio" | "scanner" | "matter";
/** What the hub itself may be given. */
type Right = "serial" | "mic";

/** What the hub's own code does for its commands; handed in by the program, because commands do not import the hub. */
export interface HubActions {
  /** Runs until the signal. @param read the configuration anew, when it is asked to */
  run(loaded: LoadedConfig, read: () => LoadedConfig): Promise<void>;
  doctor(loaded: LoadedConfig | MeshError): Promise<readonly Finding[]>;
  /** `beside`: small services, each with a right which the hub has not, or without the hub's; `provider`: the Mesh service instead of the hub. */
  install(
    options: ServiceOptions & {
      readonly provider: boolean;
      readonly start: boolean;
      readonly beside: readonly Beside[];
      readonly rights: readonly Right[];
    },
  ): Promise<void>;
  /** Service, owner and hub on this machine. @param options `address` of the account; after the machine's name when absent */
  installHousehold(
    options: ServiceOptions & { readonly address?: string; readonly beside: readonly Beside[]; readonly rights: readonly Right[] },
  ): Promise<void>;
  uninstall(options: ServiceOptions & { readonly part: "hub" | "service" | "owner"; readonly purge: boolean }): Promise<void>;
  /** Runs meshman as the owner of the household on this machine. @returns its exit status */
  owner(words: readonly string[]): Promise<number>;
  /** Plays the demo and gives its exit status; `--keep`, `--step` and what else it takes come as they were typed. */
  demo?(args: readonly string[]): Promise<number>;
}

/** The process around a command: everything that a test wants to own. */
export interface HubSurroundings extends Streams {
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborted by SIGINT. */
  readonly signal: AbortSignal;
  readonly actions: HubActions;
  /** Names the shell that the command was typed in: what was said there before belongs to one conversation. */
  readonly shell?: string;
  /** USB input devices; those of this machine when absent. */
  readonly usb?: HidPort;
}

/** Options that every command takes. */
export interface CommonFlags {
  readonly config?: string;
  readonly stateDir?: string;
  readonly set?: readonly string[];
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/** One command on its way. */
export interface Invocation {
  readonly surroundings: HubSurroundings;
  readonly flags: CommonFlags;
  readonly output: Output;
  readonly ports: Ports;
  /** The configuration. Errors: ERR_CONFIG. */
  load(): LoadedConfig;
  /** The hub of the configuration. */
  hub(): HubClient;
}

/** Makes what a command gets from its flags. */
export function invocationOf(surroundings: HubSurroundings, flags: CommonFlags): Invocation {
  const output = createOutput(surroundings, { json: flags.json === true });
  const load = (): LoadedConfig => loadConfig({ file: flags.config, env: surroundings.env, cwd: surroundings.cwd, flags: settingsOf(flags) });
  return {
    surroundings,
    flags,
    output,
    ports: { clock: surroundings.clock, random: surroundings.random, log: talkLog(output, { verbose: flags.verbose === true }) },
    load,
    hub: () => hubClient({ socket: load().config.api.socket, startWith: startCommand(flags), signal: surroundings.signal }),
  };
}

/** `--state-dir` and `--set key=value` as keys of the configuration. Errors: ERR_USAGE. */
export function settingsOf({ stateDir, set = [] }: CommonFlags): Record<string, unknown> {
  const settings: Record<string, unknown> = { stateDir };
  for (const text of set) {
    const [, key, value] = /^([A-Za-z.]+)=(.*)$/s.exec(text) ?? [];
    if (key === undefined) throw new MeshError("ERR_USAGE", `--set takes key=value, not ${text}`, { hint: "as in --set mqtt.port=1884" });
    settings[key] = value;
  }
  return settings;
}

/** The command that starts the hub that was asked for. */
export function startCommand({ config, stateDir, set = [] }: CommonFlags): string {
  const options = [
    ...(config === undefined ? [] : ["--config", config]),
    ...(stateDir === undefined ? [] : ["--state-dir", stateDir]),
    ...set.flatMap((text) => ["--set", text]),
  ];
  return options.length === 0 ? "mesh-hub run' or 'sudo systemctl start mesh-hub" : ["mesh-hub run", ...options].join(" ");
}
