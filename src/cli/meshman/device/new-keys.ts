/** New keys in the place of those of a machine that was removed or lost roles, and what it can still do, told truthfully. */
import type { AccountContext, ComingOver, StrayAccess } from "../../../account/index.ts";
import { comingOver, keysToReplace, replaceKeys, takeableDevices } from "../../../account/index.ts";
import { asMeshError } from "../../../base/errors.ts";
import { houseOf } from "../house.ts";
import { rootNeeded } from "../outstanding.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** What a machine can do with the keys that it was ever given. */
export interface Power {
  readonly mayHoldSeed: boolean;
  readonly isAdministrator: boolean;
}

/** A device that has to come over, as lists name it. */
export interface Passenger extends ComingOver {
  readonly localName: string;
}

/** Devices by name, with whether they have met their next hub or deal. */
export async function passengers(context: AccountContext, devices: readonly string[]): Promise<readonly Passenger[]> {
  const house = await houseOf(context);
  return comingOver(context, devices).map((device) => ({ ...device, localName: house.byUdf.get(device.deviceUdf)?.name ?? device.deviceUdf }));
}

const seedPower =
  "whoever has it can recover the account as by shares, and issue a profile of it; " +
  "a new root shuts it out: 'meshman account create' under another address, then 'meshman device release' of each device to it";

/** The agent of this machine may be at the same, and has the account in its hands until it is done. */
const patienceMs = 300_000;

/** The machine that is to have no keys any more. */
export interface Former {
  readonly deviceUdf: string;
  readonly name: string;
  readonly power: Power;
  /** Names of the keys in force that it held when it was removed, or lost its roles. */
  readonly held: readonly string[];
}

/**
 * Replaces what the machine could read, and says what it can still open. What fails here is gone on with by the agent, or the next sync. Somebody else may
 * be at it, for this machine or another one: what is said is what became of the keys of this one, whoever replaced them.
 */
export async function newKeys(
  call: Invocation,
  { deviceUdf, name, power, held }: Former,
): Promise<{ readonly rekeyed: readonly string[]; readonly remains: readonly string[]; readonly takeable: readonly Passenger[] }> {
  const { output } = call;
  const remains: string[] = [];
  let takeable: readonly Passenger[] = [];
  let rekeyed: readonly string[] = [];
  let isReplaced = false;
  try {
    const { waiting, without, left, kept, strays } = await inAccount(
      call,
      { doing: "changing keys", sync: "needed", patienceMs },
      async (context) => {
        const notKept = (): readonly string[] => held.filter((key) => !keysToReplace(context, deviceUdf).includes(key));
        const done = await replaceKeys(context).catch((error: unknown) => {
          rekeyed = notKept();
          throw error;
        });
        const taken = power.isAdministrator ? takeableDevices(context) : [];
        return { ...done, left: await passengers(context, taken), kept: keysToReplace(context, deviceUdf) };
      },
    );
    takeable = left;
    tellStrays(output, strays);
    rekeyed = held.filter((key) => !kept.includes(key));
    isReplaced = true;
    const its = waiting.filter((member) => kept.includes(member));
    if (its.length > 0) remains.push(`${name} still has ${its.join(", ")}: ${rootNeeded}`);
    for (const { deviceUdf, reason } of without) remains.push(`${deviceUdf} has not been given the new keys: ${reason}`);
  } catch (error) {
    const { code, message, hint } = asMeshError(error);
    remains.push(
      `the keys that ${name} has are not all replaced yet (${code}: ${message}): 'meshman agent' or 'meshman account sync' goes on with it`,
    );
    if (code === "ERR_QUOTA") remains.push(`room for that: ${hint}`);
  }
  if (rekeyed.length > 0) {
    output.say(`under new keys, which ${name} does not have: ${rekeyed.join(", ")}`);
    output.say(`${name} can still open what it held whole of before: what it fetched, and what the service keeps of it`);
    if (rekeyed.some((key) => !isCatalogName(key)))
      output.say("next: 'meshman account sync', or the agent, tells your contacts of the new keys; until then their messages come back once");
  }
  if (power.mayHoldSeed) {
    remains.push(`${name} may hold the seed of the account, and cannot be shut out by new keys: ${seedPower}`);
  }
  if (takeable.length > 0) {
    const names = namesOf(takeable);
    remains.push(`${name} has the link root of ${names}: whoever has it can take them over until they have met their new deal; their hub has to run`);
  }
  if (power.isAdministrator && !isReplaced)
    remains.push(`${name} has every device's link root: the devices are dealt anew when its keys are replaced`);
  for (const line of remains) output.say(`remains: ${line}`);
  return { rekeyed, remains, takeable };
}

/** Says what else was let in, and is no more. */
export function tellStrays(output: Invocation["output"], strays: readonly StrayAccess[]): void {
  if (strays.length === 0) return;
  const ids = strays.map(({ id }) => id).join(", ");
  output.say(`the service let in what is no device of the account, and refuses it from now on: ${ids}; only an administrator can have arranged that`);
}

/** Keys of stores are nothing that contacts have; the others stand in the profile. */
function isCatalogName(key: string): boolean {
  return key.startsWith("MMM_");
}

/** Their names in a line. */
export function namesOf(devices: readonly Passenger[]): string {
  return devices.map(({ localName }) => localName).join(", ");
}
