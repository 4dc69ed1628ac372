/** Runs commands of mesh-hub in this process, and serves a scripted hub that they can speak to. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { systemRandom } from "../../src/base/random.ts";
import type { HubActions } from "../../src/cli/hub/invocation.ts";
import { runHubProgram } from "../../src/cli/hub/program.ts";
import { hubApp } from "../../src/hub/routes/app.ts";
import type { ConfigFacade, DoorFacade, HomeAssistantFacade, HubFacade } from "../../src/hub/routes/facade.ts";
import { serveUnix } from "../../src/hub/routes/serve.ts";
import type { HidPort } from "../../src/transport/hid/scanners.ts";
import { onCleanup, tempDirectory } from "../harness/suite.ts";
import { scriptedConfig, scriptedDoor, scriptedHomeAssistant, scriptedHub, scriptedMatter } from "./scripted-hub.ts";

/** What a command did. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const idle: HubActions = {
  run: async () => undefined,
  doctor: async () => [],
  install: async ({ print }) => print("write /etc/systemd/system/mesh-hub.service"),
  installHousehold: async ({ print }) => print("write /etc/systemd/system/mesh-owner.service"),
  owner: async () => 0,
  uninstall: async ({ print }) => print("remove /etc/systemd/system/mesh-hub.service"),
};

/** The process around a command. */
export interface RunOptions {
  readonly actions?: Partial<HubActions>;
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
  readonly usb?: HidPort;
  /** Told of everything that the command says, as it says it. */
  readonly onSaid?: (text: string) => void;
}

/** Runs mesh-hub in this process, in the directory given. */
export async function run(dir: string, argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  let stdout = "";
  let stderr = "";
  const status = await runHubProgram(argv, {
    stdin: Readable.from([]),
    stdout: { write: (text: string) => (stdout += text) },
    stderr: {
      write: (text: string) => {
        options.onSaid?.(text);
        stderr += text;
      },
    },
    ...(options.usb ? { usb: options.usb } : {}),
    env: options.env ?? {},
    cwd: dir,
    clock: systemClock,
    random: systemRandom,
    signal: options.signal ?? new AbortController().signal,
    actions: { ...idle, ...options.actions },
  });
  return { status, stdout, stderr };
}

/** A directory with a configuration and a hub that answers. */
export async function withHub(
  change: Partial<HubFacade> = {},
  door: Partial<DoorFacade> = {},
  homeAssistant: Partial<HomeAssistantFacade> = {},
  config: ConfigFacade = scriptedConfig(),
): Promise<string> {
  const dir = tempDirectory();
  writeFileSync(join(dir, "hub.config.json"), '{ "stateDir": "." }');
  const closing = new AbortController();
  const close = await serveUnix(
    hubApp({
      hub: scriptedHub(change),
      door: scriptedDoor(door),
      config,
      homeAssistant: scriptedHomeAssistant(homeAssistant),
      matter: scriptedMatter(),
      clock: systemClock,
      log: silentLog,
      closing: closing.signal,
    }),
    join(dir, "hub.sock"),
  );
  onCleanup(() => {
    closing.abort();
    return close();
  });
  return dir;
}
