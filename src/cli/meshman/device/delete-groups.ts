/** What `device delete` does in groups: a machine that administers one has an identity of its own there, which the account's removal does not reach. */
import type { AccountContext, GroupMachineState, Standing } from "../../../account/index.ts";
import { administeredGroups, groupsOfOthers, strangeMachines, unpinMachine } from "../../../account/index.ts";
import { asMeshError } from "../../../base/errors.ts";
import type { CatalogedDevice } from "../../../schema/index.ts";
import { deviceCatalog, groupCatalog, mayWriteCatalog } from "../../../schema/index.ts";
import { counted } from "../../term/counted.ts";
import type { Output } from "../../term/output.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** What became of a machine's standing in a group. */
export interface EndedStanding {
  readonly group: string;
  /** "elsewhere": another machine has to end it; "nobody": none is known that could. */
  readonly outcome: "ended" | "failed" | "elsewhere" | "nobody";
  /** Of one that has ended: whether it may have the root of the group, which no new key shuts out, and whether the group has another key. */
  readonly mayHoldRoot?: boolean;
  readonly renewed?: boolean;
  readonly errorCode?: string;
}

/** What goes with a machine, before its owner is asked. */
export function tellGroups(output: Output, name: string, standings: readonly Standing[]): void {
  for (const { address, isHere, others } of standings) {
    if (isHere || others.length > 0) continue;
    output.say(`${name} alone is known to administer ${address}: without it nobody adds or removes members there`);
    output.say(`before that: 'meshman group pin ${address}' on ${name} lets another machine in`);
  }
}

/** Ends a removed machine's standing in the groups of this machine, and says who has to do it in the others. */
export async function endInGroups(
  call: Invocation,
  { name, standings, mightHide = false }: { readonly name: string; readonly standings: readonly Standing[]; readonly mightHide?: boolean },
): Promise<readonly EndedStanding[]> {
  const ended: EndedStanding[] = [];
  for (const standing of standings) ended.push(standing.isHere ? await endHere(call, name, standing) : await elsewhere(call, name, standing));
  await tellStrange(call);
  if (mightHide) await tellUnseen(call, name, standings);
  return ended;
}

/** True for a device that might say of itself which groups it administers, and so take its word back. */
export function mightHide({ EndedRights = [] }: CatalogedDevice, roles: readonly string[]): boolean {
  return mayWriteCatalog(roles, groupCatalog.label) || EndedRights.some(({ Store }) => Store === groupCatalog.label);
}

async function endHere(call: Invocation, name: string, { address: group, machineUdf }: Standing): Promise<EndedStanding> {
  const { output } = call;
  try {
    const { renewed, mayHoldRoot } = await inAccount(call, { doing: `removing ${name} from ${group}`, sync: "none" }, (own) =>
      unpinMachine(own, group, machineUdf),
    );
    output.say(`${name} administers ${group} no more: its part of the key is used for nobody`);
    for (const line of afterUnpin(group, { name, isRenewed: renewed !== undefined, mayHoldRoot })) output.say(line);
    return { group, outcome: "ended", mayHoldRoot, renewed: renewed !== undefined };
  } catch (error) {
    const { code, message } = asMeshError(error);
    output.say(`remains: ${name} may still administer ${group} (${code}: ${message}); next: 'meshman group unpin ${group} ${machineUdf}'`);
    return { group, outcome: "failed", errorCode: code };
  }
}

/** What is left to do, and what cannot be done, after a machine's standing has ended. */
export function afterUnpin(
  group: string,
  { name, isRenewed, mayHoldRoot }: { readonly name: string; readonly isRenewed: boolean; readonly mayHoldRoot: boolean },
): readonly string[] {
  return [
    isRenewed
      ? `${group} has another key; each member takes his share of it by 'meshman message accept MESSAGE'`
      : `next: 'meshman group rekey ${group}' on a machine that made the group, or was let in by 'group pin --root': this one may not renew its key`,
    ...(mayHoldRoot
      ? [
          `remains: ${name} may hold the root of ${group}, and is not shut out by new keys; if it is in strange hands, make another group for its members`,
        ]
      : []),
  ];
}

async function elsewhere(call: Invocation, name: string, { address: group, machineUdf, others }: Standing): Promise<EndedStanding> {
  const { output } = call;
  if (others.length === 0) {
    output.say(`remains: ${name} alone is known to administer ${group}; if it is in strange hands, make another group for its members`);
    return { group, outcome: "nobody" };
  }
  const names = await inAccount(call, { doing: "looking up machines", sync: "none" }, async (own) => others.map((udf) => machineName(own, udf)));
  output.say(
    `remains: ${name} administers ${group}, which this machine does not; next, on ${names.join(" or ")}: 'meshman group unpin ${group} ${machineUdf}'`,
  );
  return { group, outcome: "elsewhere" };
}

/** A machine that is no connected one of the account by its own word might be the removed one. */
async function tellStrange(call: Invocation): Promise<void> {
  const { output } = call;
  await inAccount(call, { doing: "looking into the groups", sync: "none" }, async (own) => {
    for (const group of await administeredGroups(own.dir)) {
      try {
        const strange = await strangeMachines(own, group);
        if (strange.length === 0) continue;
        const count = counted(strange.length, "machine administers", "machines administer");
        output.say(`${count} ${group} without the word of a connected one of yours: see 'meshman group machines ${group}'`);
      } catch (error) {
        output.say(`warning: who administers ${group} was not seen: ${asMeshError(error).message}`);
      }
    }
  });
}

/** Of groups that this machine does not administer it knows only what machines say of themselves. */
async function tellUnseen(call: Invocation, name: string, standings: readonly Standing[]): Promise<void> {
  await inAccount(call, { doing: "looking into the groups", sync: "none" }, async (own) => {
    for (const { address, machines } of await groupsOfOthers(own)) {
      if (machines.length === 0 || standings.some((standing) => standing.address === address)) continue;
      const names = machines.map((udf) => machineName(own, udf)).join(" or ");
      call.output.say(
        `${name} has not said that it administers ${address}; to see whether it does, on ${names}: 'meshman group machines ${address}'`,
      );
    }
  });
}

/** What a machine of the account is called. */
export function machineName(own: AccountContext, deviceUdf: string): string {
  return own.get(deviceCatalog, deviceUdf)?.LocalName ?? deviceUdf;
}

/** The same of a machine of a group. */
export function nameInGroup(own: AccountContext, { deviceUdf, machineUdf }: GroupMachineState): string {
  return deviceUdf === undefined ? machineUdf : machineName(own, deviceUdf);
}
