/** mesh-hub: the home hub and its commands. Brings together what the layers below keep apart: commands, daemon, doctor, installer. */
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { systemClock } from "../../base/clock.ts";
import { asMeshError } from "../../base/errors.ts";
import { packagePath, packageVersion } from "../../base/package-root.ts";
import { systemRandom } from "../../base/random.ts";
import type { HubActions } from "../../cli/hub/invocation.ts";
import { runHubProgram } from "../../cli/hub/program.ts";
import type { LoadedConfig } from "../../config/index.ts";
import { createLog } from "../log.ts";
import { favourMemory } from "../memory.ts";
import { endOnSignals } from "../signals.ts";

const interrupted = new AbortController();

async function run({ config }: LoadedConfig, read: () => LoadedConfig): Promise<void> {
  const { HubDaemon } = await import("../../hub/daemon.ts");
  const log = createLog({ name: "hub", level: config.log.level });
  const { isOwnerBeside } = await import("../../machine/install/as-owner.ts");
  const ownerHere = (): boolean => isOwnerBeside(config.stateDir);
  const ports = { clock: systemClock, random: systemRandom, log };
  const daemon = new HubDaemon({ config, read: () => read().config, ports, env: process.env, ownerHere });
  // A manager that asks for a reload, or a terminal that goes away: the house goes on.
  process.on("SIGHUP", () => void daemon.reload());
  const end = new Promise<undefined>((resolve) => {
    if (interrupted.signal.aborted) resolve(undefined);
    else interrupted.signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  await daemon.start();
  favourMemory();
  const removed = await Promise.race([end, daemon.removed]);
  await daemon.stop();
  if (removed) throw removed;
}

const place = () => ({ node: process.execPath, packageRoot: packagePath(), version: packageVersion() });

const actions: HubActions = {
  run,
  doctor: async (loaded) => {
    const { diagnose } = await import("../../machine/doctor/doctor.ts");
    const { silentLog } = await import("../../base/log.ts");
    return diagnose({ loaded, ports: { clock: systemClock, random: systemRandom, log: silentLog } });
  },
  install: async ({ provider, beside, rights, start, dryRun, print }) => {
    const { planInstall } = await import("../../machine/install/install.ts");
    const { runInstall } = await import("../../machine/install/run-steps.ts");
    await runInstall(planInstall({ service: provider ? "mesh-service" : "mesh-hub", beside, rights, place: place(), start }), { dryRun, print });
  },
  installHousehold: async ({ address, beside, rights, dryRun, print }) => {
    const { checkHousehold, householdAddress, planHousehold } = await import("../../machine/install/household.ts");
    const { runInstall } = await import("../../machine/install/run-steps.ts");
    checkHousehold(existsSync);
    await runInstall(planHousehold({ address: address ?? householdAddress(hostname()), beside, rights, place: place() }), { dryRun, print });
  },
  owner: async (words) => {
    const { runAsOwner } = await import("../../machine/install/as-owner.ts");
    return runAsOwner(place(), words);
  },
  demo: async (args) => {
    const { demo } = await import("../demo/demo.ts");
    return demo(args, interrupted.signal);
  },
  uninstall: async ({ part, purge, dryRun, print }) => {
    const { planUninstall } = await import("../../machine/install/install.ts");
    const { planWithoutOwner } = await import("../../machine/install/household.ts");
    const { runInstall } = await import("../../machine/install/run-steps.ts");
    const steps =
      part === "owner" ? planWithoutOwner({ purge }) : planUninstall({ service: part === "service" ? "mesh-service" : "mesh-hub", purge });
    await runInstall(steps, { dryRun, print });
  },
};

// The daemon takes five seconds at most, the demo as much for each of its processes at once.
endOnSignals(interrupted, { graceMs: 12_000 });
// A reader that has seen enough (`mesh-hub devices | head`) is no error; the demo must not leave its processes behind then.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") process.exitCode = 74;
  interrupted.abort();
});
const surroundings = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  clock: systemClock,
  random: systemRandom,
  signal: interrupted.signal,
  actions,
  shell: `shell ${process.ppid}`,
};
try {
  // A hub that has stopped leaves nothing behind that is worth waiting for.
  process.exitCode = await runHubProgram(process.argv.slice(2), surroundings);
  if (interrupted.signal.aborted) process.exit();
} catch (thrown) {
  const { message, hint, exitStatus } = asMeshError(thrown);
  process.stderr.write(`error: ${message}\nhint: ${hint}\n`);
  process.exitCode = exitStatus;
}
