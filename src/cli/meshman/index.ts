/** Runs one meshman command: arguments in, exit status out. */
import { isAbsolute, join, resolve } from "node:path";
import type { Command } from "commander";
import { CommanderError } from "commander";
import { MeshError } from "../../base/errors.ts";
import { refuseEmpty } from "../term/empty.ts";
import { fail } from "../term/failure.ts";
import { knownOptions } from "../term/options.ts";
import { createOutput } from "../term/output.ts";
import { talkLog } from "../term/talk-log.ts";
import { dressProgram, tellUsage, wantsJson } from "../term/usage.ts";
import { normaliseArguments } from "./arguments.ts";
import type { Body } from "./declare.ts";
import { meshmanProgram } from "./program.ts";
import type { Invocation, Surroundings } from "./surroundings.ts";

export type { Surroundings } from "./surroundings.ts";

interface GlobalFlags {
  readonly dir?: string;
  readonly service?: string;
  readonly peer?: readonly string[];
  readonly verbose?: boolean;
  readonly sync: boolean;
}

/** Runs a command. @returns the exit status; nothing is thrown */
export async function runMeshman(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  let status = 0;
  const program: Command = meshmanProgram(async (body: Body) => {
    const result = await body(await invocation(program.opts<GlobalFlags>()));
    if (typeof result === "number") status = result;
  });
  dressProgram(program, surroundings);
  const args = normaliseArguments(argv, knownOptions(program));
  const output = createOutput(surroundings, { json: wantsJson(args) });
  const invocation = async ({ dir, service, peer = [], verbose, sync }: GlobalFlags): Promise<Invocation> => {
    const { env, home, clock, random, stdin, signal } = surroundings;
    const url = service ?? env.MESH_SERVICE;
    const usualDir = (): string => join(configHome(env.XDG_CONFIG_HOME, home), "meshman");
    return {
      output,
      ports: {
        clock,
        random,
        log: talkLog(output, { verbose: verbose ?? false }),
        peers: await peersOf(peer),
        onDamage: ({ message }) => output.say(`warning: ${message}`),
      },
      stdin,
      signal,
      dir: resolve(dir || env.MESHMAN_DIR || usualDir()),
      usualDir,
      ...(url ? { service: url } : {}),
      hubSocket: env.MESH_HUB_SOCKET || "/var/lib/mesh-hub/hub.sock",
      ...(env.DBUS_SYSTEM_BUS_ADDRESS ? { systemBus: env.DBUS_SYSTEM_BUS_ADDRESS } : {}),
      wantsSync: sync,
    };
  };
  program.hook("preAction", (_, command) => refuseEmpty(command));
  if (args.length === 0) {
    surroundings.stdout.write(program.helpInformation());
    return 0;
  }
  try {
    await program.parseAsync(args, { from: "user" });
    return status;
  } catch (error) {
    if (!(error instanceof CommanderError)) return fail(output, error);
    return tellUsage(error, { program, args, streams: surroundings, commands });
  }
}

/** The protocol is loaded for those who name a service. */
async function peersOf(texts: readonly string[]): Promise<Invocation["ports"]["peers"]> {
  if (texts.length === 0) return [];
  const { configuredPeer } = await import("../../protocol/index.ts");
  return texts.map(configuredPeer);
}

/** Where a person's settings are. A relative one would be another directory in each place: an account made there is not found again. */
function configHome(xdg: string | undefined, home: string): string {
  if (xdg ? isAbsolute(xdg) : isAbsolute(home)) return xdg || join(home, ".config");
  const [name, value] = xdg ? ["XDG_CONFIG_HOME", xdg] : ["HOME", home];
  throw new MeshError("ERR_USAGE", value === "" ? `${name} is empty` : `${name} is not an absolute path: ${JSON.stringify(value)}`, {
    hint: "set it to an absolute path, or name the state directory with --dir or MESHMAN_DIR",
  });
}

const commands = "'meshman help' lists all commands, 'meshman dare --help' those of an object";
