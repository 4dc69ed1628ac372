/**
 * Installs and removes the systemd services of this package, as a list of steps that can be shown, run and run again.
 * A second run changes nothing. The state of a hub is never deleted, except by `purge`.
 */
import { readFileSync } from "node:fs";
import { packagePath } from "../../base/package-root.ts";
import { exampleConfig } from "../../config/index.ts";
import { type Beside, besides, planBeside, planRunning, planWithout } from "./beside.ts";
import { notesOfRight, planRight, planWithoutRights, type Right } from "./rights.ts";
import { fitUnit, type ProgramPlace, type ServiceName } from "./unit-file.ts";

/** One thing to do. */
export type InstallStep =
  | { readonly kind: "directory"; readonly path: string; readonly mode: number }
  /** Writes a file when its content differs; with `keep` only when there is none. */
  | { readonly kind: "file"; readonly path: string; readonly content: string; readonly mode: number; readonly keep?: boolean }
  /** Removes a file or directory if it is there. */
  | { readonly kind: "remove"; readonly path: string }
  /** Runs a program: always, only when an earlier step changed something, or only while a file exists. */
  | { readonly kind: "command"; readonly argv: readonly string[]; readonly when: "always" | "changed" | { readonly exists: string } }
  /** Has one program read what another prints, while a file is missing. */
  | { readonly kind: "pipe"; readonly from: readonly string[]; readonly to: readonly string[]; readonly unless: string }
  | { readonly kind: "note"; readonly text: string };

/** What to install. */
export interface InstallRequest {
  readonly service: ServiceName;
  /** Small services beside a hub. */
  readonly beside?: readonly Beside[];
  /** Rights of the hub itself. */
  readonly rights?: readonly Right[];
  readonly place: ProgramPlace;
  /** Whether to start it now, or only at the next boot. */
  readonly start: boolean;
  /** Keys of the configuration that is written where there is none. */
  readonly configuration?: Readonly<Record<string, unknown>>;
}

/** Absolute paths. */
export interface Paths {
  readonly unit: string;
  readonly sysusers: string;
  readonly state: string;
  readonly configuration: string;
}

/** Where the files of a service are. */
export function pathsOf(service: ServiceName): Paths {
  return {
    unit: `/etc/systemd/system/${service}.service`,
    sysusers: `/etc/sysusers.d/${service}.conf`,
    state: `/var/lib/${service}`,
    configuration: `/etc/${service}`,
  };
}

/** The steps that install a service: user, directories, configuration if there is none, unit file, enabling. Errors: ERR_USAGE (see fitUnit). */
export function planInstall({ service, beside = [], rights = [], place, start, configuration }: InstallRequest): InstallStep[] {
  const paths = pathsOf(service);
  const unit = fitUnit(readFileSync(packagePath("systemd", `${service}.service`), "utf8"), place);
  const sysusers = readFileSync(packagePath("systemd", `${service}.sysusers.conf`), "utf8");
  return [
    { kind: "file", path: paths.sysusers, content: sysusers, mode: 0o644 },
    { kind: "command", argv: ["systemd-sysusers", paths.sysusers], when: "always" },
    { kind: "command", argv: ["install", "-d", "-m", "0700", "-o", service, "-g", service, paths.state], when: "always" },
    // What 'sudo mesh-hub init' made before is root's, and the service could not read it.
    { kind: "command", argv: ["chown", "-R", `${service}:${service}`, paths.state], when: "always" },
    ...configurationOf(service, paths, configuration),
    { kind: "file", path: paths.unit, content: unit, mode: 0o644 },
    ...beside.flatMap((name) => planBeside(name, place)),
    ...rights.map(planRight),
    { kind: "command", argv: ["systemctl", "daemon-reload"], when: "changed" },
    { kind: "command", argv: ["systemctl", "enable", `${service}.service`], when: "always" },
    ...beside.map((name): InstallStep => ({ kind: "command", argv: ["systemctl", "enable", `mesh-hub-${name}.service`], when: "always" })),
    ...(start ? beside.flatMap(planRunning) : []),
    ...startOf(service, start),
    ...rights.flatMap(notesOfRight),
  ];
}

function configurationOf(service: ServiceName, { configuration: path }: Paths, values: InstallRequest["configuration"]): InstallStep[] {
  if (service === "mesh-owner") return [];
  const directory: InstallStep = { kind: "directory", path, mode: 0o755 };
  if (service !== "mesh-hub") return [directory];
  return [directory, { kind: "file", path: `${path}/hub.config.json`, content: exampleConfig(values), mode: 0o644, keep: true }];
}

function startOf(service: ServiceName, start: boolean): InstallStep[] {
  if (!start) return [{ kind: "note", text: `start it with: sudo systemctl start ${service}` }];
  // A hub without an account ends at once: it is started when it has one.
  const isHub = service === "mesh-hub";
  return [
    { kind: "command", argv: ["systemctl", "try-restart", `${service}.service`], when: "changed" },
    {
      kind: "command",
      argv: ["systemctl", "start", `${service}.service`],
      when: isHub ? { exists: `${pathsOf(service).state}/account/account.json` } : "always",
    },
    ...(isHub ? [{ kind: "note", text: "if it has no account yet: sudo mesh-hub init --pin URI, then sudo mesh-hub install" } as const] : []),
    { kind: "note", text: `follow it with: journalctl -u ${service} -f` },
  ];
}

/** The steps that remove a service; with `purge` also its state, configuration and user. */
export function planUninstall({ service, purge }: { readonly service: ServiceName; readonly purge: boolean }): InstallStep[] {
  const paths = pathsOf(service);
  const ended: InstallStep[] = [
    { kind: "command", argv: ["systemctl", "disable", "--now", `${service}.service`], when: { exists: paths.unit } },
    { kind: "remove", path: paths.unit },
    ...(service === "mesh-hub" ? [...besides.flatMap((name) => planWithout(name, { purge })), ...planWithoutRights()] : []),
    { kind: "command", argv: ["systemctl", "daemon-reload"], when: "changed" },
  ];
  if (!purge) return [...ended, { kind: "note", text: `kept: ${paths.state}, ${paths.configuration} and the user ${service}; --purge removes them` }];
  return [
    ...ended,
    { kind: "remove", path: paths.state },
    { kind: "remove", path: paths.configuration },
    { kind: "command", argv: ["userdel", service], when: { exists: paths.sysusers } },
    { kind: "remove", path: paths.sysusers },
  ];
}
