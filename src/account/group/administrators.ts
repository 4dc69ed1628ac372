/**
 * Several machines of one account that administer a group: each is an administrator of the group's account, let in by a PIN, and has a part of the
 * group's key of its own, with the service's that fits it. docs/extensions.md §17
 */
import { makeDirectory } from "../../base/directory.ts";
import { MeshError } from "../../base/errors.ts";
import type { PrivateKey } from "../../crypto/index.ts";
import { addPublic, deal, newNonce, parseConnectUri } from "../../crypto/index.ts";
import type { CatalogedGroupKey } from "../../schema/index.ts";
import {
  accessCatalog,
  accountAddress,
  groupKeyCatalog,
  groupKeyName,
  keyDataOf,
  privateKeyDataOf,
  privateKeyOf,
  publicKeyOf,
} from "../../schema/index.ts";
import { attend } from "../agent/attend.ts";
import { type IssuedPin, issuePin } from "../connect/pin.ts";
import { completeConnection, requestConnection } from "../connect/request-connection.ts";
import type { AccountContext } from "../context/account-context.ts";
import { loadAccountFile } from "../context/account-file.ts";
import type { DirectoryEntry } from "../context/device-directory.ts";
import { identityOf } from "../context/device-identity.ts";
import { exclusively } from "../context/exclusive.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { edit } from "../store/edit.ts";
import { groupDirectory, inGroup } from "./group-directory.ts";
import { dealtParts, groupKeyOf, isMaker, jointOf, keyPower, whileInForce } from "./group-key.ts";
import { noteMachine } from "./machine-names.ts";
import { dealAtService } from "./members.ts";
import { changed, onNewest, unless } from "./on-newest.ts";

/** What adding and removing members takes. */
const roles = ["admin", "web", "message"] as const;

/** What a code gives. */
export interface GroupPinOptions {
  readonly minutes: number;
  /** The root of the group's account, too: the machine renews the key, and a removal does not shut it out. */
  readonly root: boolean;
}

/** A code by which another machine becomes an administrator of a group. Errors: ERR_NOT_FOUND when it is not administered here; those of the service. */
export function groupPin(own: AccountContext, address: string, { minutes, root }: GroupPinOptions): Promise<IssuedPin> {
  return inGroup(own, address, (group) => issuePin(group, { roles: root ? ["super", ...roles] : roles, minutes }));
}

/** Asks to administer the group of a code; for one that this machine administers it changes nothing. @returns its address. Errors: ERR_CODE_KIND; those of requestConnection. */
export async function joinGroup(
  own: AccountContext,
  { code, serviceUrl }: { readonly code: string; readonly serviceUrl: (address: string) => Promise<string> },
): Promise<string> {
  const { account, code: pin, kind, udf } = parseConnectUri(code);
  if (kind !== "pin" || udf === undefined) throw new MeshError("ERR_CODE_KIND", "the code is none of 'meshman group pin'");
  const address = accountAddress(account);
  const { ports } = own;
  const dir = groupDirectory(own.dir, address);
  await makeDirectory(dir);
  return exclusively({ dir, purpose: `group ${address}`, clock: ports.clock }, async () => {
    if (await loadAccountFile(dir)) return address;
    // Before it asks: whoever lets it in, and removes it later, knows which machine of the account it is.
    await own.transact({ catalogs: [noteMachine(own, { address, groupUdf: udf }, await identityOf(dir, ports))] });
    await requestConnection({ dir, address, pin, accountUdf: udf, serviceUrl: await serviceUrl(address), ports });
    return address;
  });
}

/** Takes the answer to what was asked by joinGroup. Errors: ERR_PENDING; ERR_NO_ACCOUNT when nothing was asked; those of completeConnection. */
export async function completeGroup(own: AccountContext, address: string, waitSeconds: number): Promise<void> {
  const { ports } = own;
  const dir = groupDirectory(own.dir, address);
  await exclusively({ dir, purpose: `group ${address}`, clock: ports.clock }, async () => {
    const group = await completeConnection({ dir, waitSeconds, ports });
    await group.close();
  });
}

/** Machines that were let in, or got a part of the key. */
export interface GroupMachines {
  readonly administrators: number;
  readonly dealt: readonly string[];
}

/** Lets in the machines that have a code, and deals each administrator that has none a part of the group's key. Errors: those of groupKeyOf and the service. */
export function syncGroup(own: AccountContext, address: string): Promise<GroupMachines> {
  return inGroup(own, address, async (group) => {
    await attend(group, { claim: false });
    await own.transact({ catalogs: [noteMachine(own, { address, groupUdf: group.accountUdf }, group.identity)] });
    return dealAdministrators(group);
  });
}

/** Deals the parts that further administrators lack. */
export async function dealAdministrators(group: AccountContext): Promise<GroupMachines> {
  const administrators = group.directory.connected.filter(({ connection: { Roles } }) => Roles.includes("admin"));
  const key = groupKeyOf(group);
  const { udf } = jointOf(key);
  const has = (machine: DirectoryEntry): boolean =>
    dealtParts(group).some(
      (part) => part.DeviceUdf === machine.udf && part.Service !== undefined && jointOf({ ...part, Service: part.Service }).udf === udf,
    );
  const dealt: string[] = [];
  for (const machine of administrators) {
    if (machine.udf === group.deviceUdf || isMaker(group, linkOf(machine)) || has(machine)) continue;
    await onNewest(group, () => dealTo(group, machine));
    dealt.push(machine.udf);
  }
  return { administrators: administrators.length, dealt };
}

function linkOf({ udf, connection }: DirectoryEntry): string {
  const link = connection.Link.map(publicKeyOf).find(({ curve }) => curve === "X448");
  if (!link) throw new MeshError("ERR_SCHEMA", `the connection of ${udf} has no X448 link key`);
  return link.udf;
}

/** A removal ends the powers that there are; what is granted afterwards would stay. */
function whileConnected(group: AccountContext, { udf }: DirectoryEntry): readonly CatalogWrite[] {
  return group
    .list(accessCatalog)
    .filter(({ value: { Capability } }) => Capability.value.Active && Capability.value.DeviceUdf === udf)
    .map(({ key }) => unless(accessCatalog, key, (current) => current?.Capability.value.Active !== true));
}

/** m of a = m + (a - m) for the machine, s + (a - m) for it at the service. */
async function dealTo(group: AccountContext, machine: DirectoryEntry): Promise<void> {
  const { random } = group.ports;
  // Another machine may have removed it, or dealt it a part.
  if (!group.directory.find(machine.udf)) return;
  const before = group.get(groupKeyCatalog, groupKeyName({ DeviceUdf: machine.udf }));
  const key = groupKeyOf(group);
  const whole = privateKeyOf(key.Own);
  const [own, delta] = deal({ secret: whole, parties: 2, random }) as [PrivateKey, PrivateKey];
  try {
    const PowerId = newNonce(random);
    const sealed = await dealAtService(group, { KeyId: key.PowerId, ShareId: PowerId, Delta: delta.export().Private });
    const part: CatalogedGroupKey = {
      DeviceUdf: machine.udf,
      PowerId,
      Own: privateKeyDataOf(own),
      Service: keyDataOf(addPublic(publicKeyOf(key.Service), delta.public)),
    };
    await group.transact({
      catalogs: [
        whileInForce(group),
        edit(groupKeyCatalog, groupKeyName(part), (current) => {
          if (current?.PowerId !== before?.PowerId) throw changed();
          return part;
        }),
        ...whileConnected(group, machine),
        keyPower(linkOf(machine), PowerId, sealed),
      ],
    });
  } finally {
    for (const one of [whole, own, delta]) one.wipe();
  }
}
