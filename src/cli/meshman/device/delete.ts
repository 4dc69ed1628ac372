/** `device delete`: removes a device; for a hub, tells which devices still obey it, and with --wait shows them coming over to the next one. */
import { resolve } from "node:path";
import type { AccountContext } from "../../../account/index.ts";
import {
  attend,
  evidenceOf,
  evidenceText,
  findDevice,
  findRemoved,
  keysToReplace,
  leaveEvidence,
  revokeDevice,
  standingsOf,
  syncWhatHolds,
} from "../../../account/index.ts";
import { writeFileAtomic } from "../../../base/atomic-file.ts";
import { utf8 } from "../../../base/bytes.ts";
import { catalogue, isMeshError, MeshError } from "../../../base/errors.ts";
import type { CatalogedDevice } from "../../../schema/index.ts";
import { accessCatalog } from "../../../schema/index.ts";
import { confirm } from "../../term/confirm.ts";
import { report } from "../../term/output.ts";
import { besideOthers, inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import { durationOf } from "../values.ts";
import { endInGroups, mightHide, tellGroups } from "./delete-groups.ts";
import type { Passenger, Power } from "./new-keys.ts";
import { namesOf, newKeys, passengers, tellStrays } from "./new-keys.ts";

/** What `device delete` takes. */
export interface DeleteFlags {
  readonly yes?: boolean;
  /** File that takes the owner's word for the device, to be handed to it where its service does not. */
  readonly evidence?: string;
  /** How long to wait until the devices of a removed hub have met the next one. */
  readonly wait?: string;
}

/**
 * Roles that were taken away left their keys where they were. HeldSeed says that it had the seed; of an administration device of once whose roles 0.1.0
 * took nothing says whether it had.
 */
function powerOf({ EndedRights = [], HeldSeed: hadSeed = false }: CatalogedDevice, roles: readonly string[]): Power {
  const wasAdministrator = EndedRights.some(({ Store }) => Store === accessCatalog.label);
  const isSuper = roles.includes("super");
  return {
    mayHoldSeed: isSuper || hadSeed || (wasAdministrator && !roles.includes("admin")),
    isAdministrator: isSuper || wasAdministrator || roles.includes("admin"),
  };
}

const watched = ["MMM_Inbound", "MMM_Command", "MMM_Device"] as const;

/** `device delete DEVICE`: its rights end at once. @returns the exit status: not 0 when --wait ended before all devices had come over */
export async function deviceDelete(call: Invocation, text: string, flags: DeleteFlags): Promise<number> {
  const { output, stdin } = call;
  const waitSeconds = flags.wait === undefined ? undefined : durationOf(flags.wait, "s");
  // Asked outside the turn: other commands must not wait for a person.
  const target = await inAccount(call, { doing: "synchronising", sync: "needed" }, async (context) => {
    const device = findOrRemoved(context, text);
    if (!device) return undefined;
    const roles = context.directory.find(device.DeviceUdf)?.connection.Roles ?? [];
    return { device, roles, power: powerOf(device, roles), standings: await standingsOf(context, device.DeviceUdf) };
  });
  if (!target) return deleteAgain(call, text, flags);
  const { DeviceUdf, LocalName } = target.device;
  const name = LocalName ?? DeviceUdf;
  if (target.power.mayHoldSeed && !flags.yes) {
    throw new MeshError("ERR_USAGE", `${name} may hold the seed of the account: whoever has that cannot be shut out`, {
      hint: "add --yes to remove it all the same; if it is in strange hands, make another account and release the devices to it",
    });
  }
  tellGroups(output, name, target.standings);
  if (!flags.yes) await confirm({ output, input: stdin, question: `Remove ${name} (${DeviceUdf}) from the account?` });
  const { device, devices, shared, held, locks, strays } = await inAccount(call, { doing: `removing ${name}`, sync: "needed" }, async (context) => {
    const revoked = await revokeDevice(context, DeviceUdf);
    if (flags.evidence !== undefined) await writeEvidence(call, { context, text: DeviceUdf, file: flags.evidence });
    return {
      device: revoked.device,
      devices: await passengers(context, revoked.orphans),
      shared: revoked.shared,
      strays: revoked.strays,
      locks: await passengers(context, revoked.obeying),
      held: keysToReplace(context, DeviceUdf),
    };
  });
  output.say(`${name} was removed: the service refuses it from now on, and it erases its keys when it hears that it was you`);
  tellStrays(output, strays);
  if (shared.length > 0) {
    output.say(`it opens nothing any more of what it held as shares: ${shared.join(", ")}; these keys stay, the service's shares are withdrawn`);
  }
  if (locks.length > 0) tellLocks(call, name, locks);
  const { rekeyed, remains, takeable } = await newKeys(call, { deviceUdf: DeviceUdf, name, power: target.power, held });
  const groups = device.Constrained
    ? []
    : await endInGroups(call, { name, standings: target.standings, mightHide: mightHide(target.device, target.roles) });
  if (target.roles.includes("hub")) tellHub(call, name, devices);
  else if (!device.Constrained) output.say("next: 'meshman device list' shows who is left; 'meshman account pin --role ROLE' lets the next one in");
  else output.say("it is still locked to this account; whoever shall have it needs 'meshman device release' before it is deleted");
  const coming = [...devices, ...takeable.filter(({ deviceUdf }) => !devices.some((other) => other.deviceUdf === deviceUdf))];
  const after =
    waitSeconds === undefined ? coming : await follow(call, coming, { seconds: waitSeconds, what: target.roles.includes("hub") ? "hub" : "deal" });
  const obeying = locks.map(({ deviceUdf, localName }) => ({ deviceUdf, localName }));
  report(output, { deviceUdf: device.DeviceUdf, localName: device.LocalName, orphans: after, obeying, shared, rekeyed, remains, groups }, () =>
    output.line(`   Device UDF = ${device.DeviceUdf}`),
  );
  if (waitSeconds === undefined || after.every(({ hasMet }) => hasMet)) return 0;
  const left = namesOf(after.filter(({ hasMet }) => !hasMet));
  output.say(
    target.roles.includes("hub") ? `these still obey ${name}: ${left}` : `whoever has the keys of ${name} can still take these over: ${left}`,
  );
  return catalogue.ERR_TIMEOUT.exit;
}

/** The device of a text; undefined when it means one that was removed already. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS. */
function findOrRemoved(context: AccountContext, text: string): CatalogedDevice | undefined {
  try {
    return findDevice(context, text);
  } catch (error) {
    if (!isMeshError(error, "ERR_NOT_FOUND")) throw error;
    try {
      findRemoved(context, text);
    } catch {
      throw error;
    }
    return undefined;
  }
}

/** A device that was removed before: what tells it so is given to the service, where it lacks it, and written down. */
async function deleteAgain(call: Invocation, text: string, { evidence: file }: DeleteFlags): Promise<number> {
  const { output } = call;
  const { device, standings } = await inAccount(call, { doing: "looking for the removal", sync: "needed" }, async (context) => {
    const found = findRemoved(context, text);
    await leaveEvidence(context);
    if (file !== undefined) await writeEvidence(call, { context, text: found.device.DeviceUdf, file });
    return { ...found, standings: await standingsOf(context, found.device.DeviceUdf) };
  });
  const groups = device.Constrained ? [] : await endInGroups(call, { name: device.LocalName ?? device.DeviceUdf, standings });
  report(output, { deviceUdf: device.DeviceUdf, localName: device.LocalName, orphans: [], groups }, () =>
    output.line(`   Device UDF = ${device.DeviceUdf}`),
  );
  output.say(`${device.LocalName ?? device.DeviceUdf} was removed before; the service has what tells it so`);
  return 0;
}

async function writeEvidence(
  { output }: Invocation,
  { context, text, file }: { readonly context: AccountContext; readonly text: string; readonly file: string },
): Promise<void> {
  const evidence = evidenceText(evidenceOf(context, findRemoved(context, text)));
  await writeFileAtomic(resolve(file), utf8(`${evidence}\n`));
  output.say(`evidence is in ${file}, and nothing of it is secret: a removed hub that does not hear of it takes it by 'mesh-hub removed ${file}'`);
}

/** A lock has no clock and asks nobody: it goes by what its hub brings. */
function tellLocks({ output }: Invocation, name: string, locks: readonly Passenger[]): void {
  output.say(`these take orders of ${name} until a hub has brought them the removal: ${namesOf(locks)}`);
  output.say("a hub does so at once when it hears of it and has them in reach; while it is off, or keeps it back, they obey");
}

function tellHub({ output }: Invocation, name: string, devices: readonly Passenger[]): void {
  if (devices.length === 0) output.say("no device waits for a next hub");
  else {
    output.say(`these wait for the next hub, without a new scan: ${namesOf(devices)}`);
    output.say(`until each of them has met it, it obeys ${name}, if somebody has kept that from erasing its keys`);
  }
  output.say("next: change the Wi-Fi key that the hub knew; 'meshman account pin --role hub' for the next hub");
}

/** Attends as the agent does, and tells of each device that has met its next hub or deal. @returns how they are at the end */
function follow(
  call: Invocation,
  devices: readonly Passenger[],
  { seconds, what }: { readonly seconds: number; readonly what: string },
): Promise<readonly Passenger[]> {
  const { output, ports, signal } = call;
  const end = ports.clock.monotonic() + seconds * 1000;
  return besideOthers(call, { doing: `waiting for the next ${what}`, sync: "none" }, async (context, turn) => {
    const met = new Set<string>();
    for (;;) {
      const now = await turn(async () => {
        await context.refresh();
        await syncWhatHolds(
          () => context.sync(),
          ({ message }) => output.say(`warning: ${message}`),
        );
        await attend(context, { claim: false });
        return passengers(
          context,
          devices.map(({ deviceUdf }) => deviceUdf),
        );
      });
      for (const device of now.filter(({ deviceUdf, hasMet }) => hasMet && !met.has(deviceUdf))) {
        met.add(device.deviceUdf);
        output.say(`${namesOf([device])} has met its next ${what}: it obeys the old one no more (${met.size} of ${now.length})`);
      }
      const left = Math.ceil((end - ports.clock.monotonic()) / 1000);
      if (left <= 0 || signal.aborted || now.every(({ hasMet }) => hasMet)) return now;
      await context.wait({ stores: watched, seconds: Math.min(left, 55), signal });
    }
  });
}
