/**
 * The small services beside a hub: each has one right that the hub has not, no state and no keys, and speaks to it over a unix socket. Their drop-in for
 * the hub's unit names the socket; the hub's own unit stays as strict as it is.
 */
import { readFileSync } from "node:fs";
import { packagePath } from "../../base/package-root.ts";
import type { InstallStep } from "./install.ts";
import { fitUnit, type ProgramPlace } from "./unit-file.ts";

/** What runs beside a hub. */
export type Beside = "radio" | "scanner";
/** All of them. */
export const besides: readonly Beside[] = ["radio", "scanner"];

/** The key of the configuration that names the socket, as a variable of the hub's environment. */
const variables = { radio: "MESH_HUB_BLE_SOCKET", scanner: "MESH_HUB_SCANNER_SOCKET" } as const;
const udevRule = { shipped: "mesh-hub-scanner.rules", path: "/etc/udev/rules.d/70-mesh-hub-scanner.rules" } as const;

function pathsOf(name: Beside) {
  const unit = `mesh-hub-${name}`;
  return {
    unit: `/etc/systemd/system/${unit}.service`,
    sysusers: `/etc/sysusers.d/${unit}.conf`,
    dropIn: `/etc/systemd/system/mesh-hub.service.d/${name}.conf`,
    socket: `/run/${unit}/${name}.sock`,
  };
}

const shipped = (name: string): string => readFileSync(packagePath("systemd", name), "utf8");

/** The hub's unit, with one of them. */
function dropInOf(name: Beside): string {
  const unit = `mesh-hub-${name}.service`;
  const wanted = name === "scanner" ? ["Environment=MESH_HUB_SCANNER_ENABLED=on"] : [];
  return ["[Unit]", `Wants=${unit}`, `After=${unit}`, "", "[Service]", `Environment=${variables[name]}=${pathsOf(name).socket}`, ...wanted, ""].join(
    "\n",
  );
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

/** The steps that take one away again. */
export function planWithout(name: Beside, { purge }: { readonly purge: boolean }): InstallStep[] {
  const { unit, sysusers, dropIn } = pathsOf(name);
  return [
    { kind: "command", argv: ["systemctl", "disable", "--now", `mesh-hub-${name}.service`], when: { exists: unit } },
    { kind: "remove", path: unit },
    { kind: "remove", path: dropIn },
    ...(name === "scanner" ? [{ kind: "remove", path: udevRule.path } as const] : []),
    ...(purge
      ? ([
          { kind: "command", argv: ["userdel", `mesh-hub-${name}`], when: { exists: sysusers } },
          { kind: "remove", path: sysusers },
        ] as const)
      : []),
  ];
}
