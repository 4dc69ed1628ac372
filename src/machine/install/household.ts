/**
 * A household in one box: service, the owner's part (an administration device that runs its agent) and hub on one machine, each under a user of its own.
 * Whoever takes that machine has the account. The steps can be run again: what is there stays, what was cut off goes on.
 */
import { MeshError } from "../../base/errors.ts";
import { asUser, ownerDirectory } from "./as-owner.ts";
import { type Beside, planRunning } from "./beside.ts";
import type { InstallStep } from "./install.ts";
import { pathsOf, planInstall } from "./install.ts";
import type { Right } from "./rights.ts";
import { liesInHome, type ProgramPlace, type ServiceName } from "./unit-file.ts";

/** What to install. */
export interface HouseholdRequest {
  /** Address of the account that is made. */
  readonly address: string;
  readonly beside?: readonly Beside[];
  /** Rights of the hub itself. */
  readonly rights?: readonly Right[];
  readonly place: ProgramPlace;
}

/** Where the household's service is reached on its own machine. */
const serviceUrl = "http://127.0.0.1:8443";
const owner = { ...pathsOf("mesh-owner"), account: `${ownerDirectory}/account.json` };
const hub = pathsOf("mesh-hub");
const hubAccount = `${hub.state}/account/account.json`;
/** How long a PIN is good that is used at once. */
const pinMinutes = "10";

/** The address of a household on a machine of this name. */
export function householdAddress(machine: string): string {
  const [name = ""] = machine.toLowerCase().split(".");
  return `owner@${/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name) && name !== "localhost" ? name : "home"}.local`;
}

/** Refuses where the hub belongs to an account of another machine. Errors: ERR_ACCOUNT_EXISTS. */
export function checkHousehold(exists: (path: string) => boolean): void {
  if (exists(owner.account) || !exists(hubAccount)) return;
  throw new MeshError("ERR_ACCOUNT_EXISTS", "the hub of this machine is connected to an account whose owner is elsewhere", {
    hint: "leave --with-owner out; or delete the hub there ('meshman device delete') and take it away by 'mesh-hub uninstall --purge' first",
  });
}

/** The steps that make the household. Errors: ERR_USAGE when the package lies where other users cannot read it. */
export function planHousehold({ address, beside = [], rights = [], place }: HouseholdRequest): InstallStep[] {
  if (liesInHome(place))
    throw new MeshError("ERR_USAGE", `the package lies in ${place.packageRoot}, Node is ${place.node}: the household's users cannot read them`, {
      hint: "install both for all users: 'sudo npm install --global' with a Node outside of home directories",
    });
  const run = (service: ServiceName, program: string, ...args: readonly string[]): readonly string[] => asUser(service, place, program, args);
  const meshman = (...args: readonly string[]): readonly string[] => run("mesh-owner", "meshman", "--dir", ownerDirectory, ...args);
  return [
    // All directories first: a unit hides those of the others that are there when it starts.
    ...planInstall({ service: "mesh-owner", place, start: false }).filter(isDone),
    ...planInstall({
      service: "mesh-hub",
      beside,
      rights,
      place,
      start: false,
      // The page is for phones in the house: over HTTPS alone, and for who has a link of 'mesh-hub open'.
      configuration: { "account.service.url": serviceUrl, "web.enabled": true, "web.addresses": ["0.0.0.0"] },
    }).filter(isDone),
    ...planInstall({ service: "mesh-service", place, start: true }).filter(isDone),
    {
      kind: "pipe",
      from: run("mesh-service", "mesh-service", "invite", "--dir", pathsOf("mesh-service").state, "--address", address),
      to: meshman("--service", serviceUrl, "account", "create", address, "--name", "owner of this box", "--invitation-file", "-"),
      unless: owner.account,
    },
    { kind: "command", argv: ["systemctl", "try-restart", "mesh-owner.service"], when: "changed" },
    { kind: "command", argv: ["systemctl", "start", "mesh-owner.service"], when: "always" },
    ...beside.flatMap(planRunning),
    {
      kind: "pipe",
      from: meshman("account", "pin", "--role", "hub", "--minutes", pinMinutes),
      to: run(
        "mesh-hub",
        "mesh-hub",
        "init",
        "--config",
        `${hub.configuration}/hub.config.json`,
        ...["--service", serviceUrl, "--pin-file", "-", "--wait", "60"],
      ),
      unless: hubAccount,
    },
    { kind: "command", argv: ["systemctl", "try-restart", "mesh-hub.service"], when: "changed" },
    { kind: "command", argv: ["systemctl", "start", "mesh-hub.service"], when: "always" },
    {
      kind: "note",
      text: `this machine holds every key of ${address}: whoever takes it has the account. Put shares of it away: sudo mesh-hub owner account escrow`,
    },
    {
      kind: "note",
      text: "next: sudo mesh-hub owner device window 10m --class light, then sudo mesh-hub onboard CODE --name NAME; the page: sudo mesh-hub open",
    },
  ];
}

/** The steps that take the owner's part away from the box, once another machine of the owner administers the account. */
export function planWithoutOwner({ purge }: { readonly purge: boolean }): InstallStep[] {
  const ended: InstallStep[] = [
    { kind: "command", argv: ["systemctl", "disable", "--now", "mesh-owner.service"], when: { exists: owner.unit } },
    { kind: "remove", path: owner.unit },
    { kind: "command", argv: ["systemctl", "daemon-reload"], when: "changed" },
  ];
  if (!purge)
    return [...ended, { kind: "note", text: `kept: ${owner.state}, with the account's keys, and the user mesh-owner; --purge removes them` }];
  return [
    ...ended,
    { kind: "remove", path: owner.state },
    { kind: "command", argv: ["userdel", "mesh-owner"], when: { exists: owner.sysusers } },
    { kind: "remove", path: owner.sysusers },
  ];
}

/** Notes of one service would be read as the end of the whole. */
function isDone({ kind }: InstallStep): boolean {
  return kind !== "note";
}
