/**
 * The small services beside a hub. Radio and scanner each have one right that the hub has not, no state and no keys; the Matter bridge has less than the hub:
 * a user that cannot reach it. They speak to it over a unix socket. Their drop-in for the hub's unit names the socket; the hub's own unit stays as strict as it is.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packagePath } from "../../base/package-root.ts";
import type { InstallStep } from "./install.ts";
import { fitUnit, type ProgramPlace } from "./unit-file.ts";

/** What runs beside a hub. */
export type Beside = "radio" | "scanner" | "matter";
/** All of them. */
export const besides: readonly Beside[] = ["radio", "scanner", "matter"];

/** The key of the configuration that names the socket, as a variable of the hub's environment. */
const variables = { radio: "MESH_HUB_BLE_SOCKET", scanner: "MESH_HUB_SCANNER_SOCKET", matter: "MESH_HUB_MATTER_SOCKET" } as const;
/** What the hub's unit needs besides. */
const besidesSocket: Readonly<Record<Beside, readonly string[]>> = {
  radio: [],
  scanner: ["Environment=MESH_HUB_SCANNER_ENABLED=on"],
  matter: [
    "Environment=MESH_HUB_MATTER_ENABLED=true",
    "# The hub may open its socket, and not the other way round.",
    "SupplementaryGroups=mesh-hub-matter",
  ],
};
const udevRule = { shipped: "mesh-hub-scanner.rules", path: "/etc/udev/rules.d/70-mesh-hub-scanner.rules" } as const;

function pathsOf(name: Beside) {
  const unit = `mesh-hub-${name}`;
  return {
    unit: `/etc/systemd/system/${unit}.service`,
    sysusers: `/etc/sysusers.d/${unit}.conf`,
    dropIn: `/etc/systemd/system/mesh-hub.service.d/${name}.conf`,
    socket: `/run/${unit}/${name}.sock`,
    /** What it keeps, where it keeps anything. */
    state: `/var/lib/${unit}`,
  };
}

/**
 * True where the hub's unit has this one beside it: its drop-in names the socket, which stands in no file of the configuration.
 * @param root "/", another one in tests
 */
export function hasBeside(name: Beside, root = "/"): boolean {
  return existsSync(join(root, pathsOf(name).dropIn));
}

const shipped = (name: string): string => readFileSync(packagePath("systemd", name), "utf8");

/** The hub's unit, with one of them. */
function dropInOf(name: Beside): string {
  const unit = `mesh-hub-${name}.service`;
  const socket = `Environment=${variables[name]}=${pathsOf(name).socket}`;
  return ["[Unit]", `Wants=${unit}`, `After=${unit}`, "", "[Service]", socket, ...besidesSocket[name], ""].join("\n");
}

/** The steps that put one in place; enabling and starting come after systemd has read the units. */
export function planBeside(name: Beside, place: ProgramPlace): InstallStep[] {
  const { unit, sysusers, dropIn } = pathsOf(name);
  const steps: InstallStep[] = [
    { kind: "file", path: sysusers, content: shipped(`mesh-hub-${name}.sysusers.conf`), mode: 0o644 },
    { kind: "command", argv: ["systemd-sysusers", sysusers], when: "always" },
    { kind: "file", path: unit, content: fitUnit(shipped(`mesh-hub-${name}.service`), place), mode: 0o644 },
    { kind: "file", path: dropIn, content: dropInOf(name), mode: 0o644 },
  ];
  if (name !== "scanner") return steps;
  return [
    ...steps,
    { kind: "file", path: udevRule.path, content: shipped(udevRule.shipped), mode: 0o644 },
    { kind: "command", argv: ["udevadm", "control", "--reload"], when: "changed" },
    { kind: "command", argv: ["udevadm", "trigger", "--subsystem-match=hidraw"], when: "changed" },
  ];
}

/** The steps that have it run as it is installed now: one that ran already as it was before is started anew. */
export function planRunning(name: Beside): InstallStep[] {
  const unit = `mesh-hub-${name}.service`;
  return [
    { kind: "command", argv: ["systemctl", "try-restart", unit], when: "changed" },
    { kind: "command", argv: ["systemctl", "start", unit], when: "always" },
  ];
}

/** The steps that take one away again. */
export function planWithout(name: Beside, { purge }: { readonly purge: boolean }): InstallStep[] {
  const { unit, sysusers, dropIn, state } = pathsOf(name);
  return [
    { kind: "command", argv: ["systemctl", "disable", "--now", `mesh-hub-${name}.service`], when: { exists: unit } },
    { kind: "remove", path: unit },
    { kind: "remove", path: dropIn },
    ...(name === "scanner" ? [{ kind: "remove", path: udevRule.path } as const] : []),
    ...(purge
      ? ([
          ...(name === "matter" ? [{ kind: "remove", path: state } as const] : []),
          { kind: "command", argv: ["userdel", `mesh-hub-${name}`], when: { exists: sysusers } },
          { kind: "remove", path: sysusers },
        ] as const)
      : []),
  ];
}
