/** Granting, stopping and ending a split: an administrator's, but for the stop, which is every owner's device's. docs/extensions.md §16 */
import { dateTime } from "../../base/clock.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { generatePrivateKey, newNonce } from "../../crypto/index.ts";
import type { CatalogedJoined, CatalogedPower } from "../../schema/index.ts";
import {
  ActivationShare,
  AdministratorSplit,
  capabilityKey,
  envelopeObject,
  freezeCatalog,
  isHarmless,
  isRole,
  joinedCatalog,
  keyDataOf,
  mayAppend,
  mostClasses,
  mostOfSplit,
  powerCatalog,
  publicKeyOf,
  rightsOf,
  SplitEnded,
  splitCatalog,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import type { DirectoryEntry } from "../context/device-directory.ts";
import type { ListedEntry } from "../context/read-catalog.ts";
import { dealKey } from "../power/deal-shares.ts";
import { edit, put } from "../store/edit.ts";
import { openJoined } from "./joined.ts";
import type { StandingSplit } from "./standing.ts";

/** What is granted. */
export interface SplitTerms {
  readonly granteeUdf: string;
  readonly hubUdf: string;
  readonly classes: readonly string[];
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** The longest that a split may last. */
const mostDays = 366;
/** Signatures that the service makes of one split in a minute; a connection needs one. */
const perMinute = 6;

/** Errors: ERR_USAGE for terms that cannot be, ERR_NOT_FOUND, ERR_NOT_AUTHORIZED, ERR_NOT_BUILT at a service that knows no splits; those of the service. */
export async function grantSplit(context: AccountContext, terms: SplitTerms): Promise<AdministratorSplit> {
  const { ports, accountUdf } = context;
  const { random } = ports;
  const administrator = administratorOf(context);
  const grantee = requireTerms(context, terms);
  const { Extensions = [] } = await context.client.hello();
  if (!Extensions.includes("split/1")) throw new MeshError("ERR_NOT_BUILT", "the service of the account does not know splits", { hint: "update it" });
  const link = grantee.connection.Link.map(publicKeyOf).find(({ curve }) => curve === "X448");
  if (!link) throw new MeshError("ERR_SCHEMA", `the connection of ${grantee.udf} has no X448 link key`);
  const id = newNonce(random);
  const key = generatePrivateKey("Ed25519", random);
  const service = context.serviceEncryption;
  const { share, power } = dealKey({ resource: "AdministratorSplit", keyEpoch: 0, key }, id, { accountUdf, granteeUdf: link.udf, service, random });
  const split: AdministratorSplit = {
    Id: id,
    AccountUdf: accountUdf,
    Key: keyDataOf(key.public),
    GranteeUdf: grantee.udf,
    HubUdf: terms.hubUdf,
    Classes: terms.classes,
    Count: terms.count,
    NotOnOrAfter: dateTime(terms.until),
  };
  key.wipe();
  const signers = [administrator.signature25519];
  const EnvelopedAdministratorSplit = envelopeObject({ struct: AdministratorSplit, value: split, signers, random, compact: true });
  const EnvelopedShare = envelopeObject({
    struct: ActivationShare,
    value: share,
    signers: [administrator.signature],
    recipients: [publicKeyOf(grantee.connection.Encryption)],
    random,
  });
  const catalogs = [
    put(powerCatalog, limited(power, EnvelopedAdministratorSplit, split)),
    put(splitCatalog, { SplitId: id, EnvelopedAdministratorSplit, EnvelopedShare }),
  ];
  await context.transact({ catalogs });
  return split;
}

/** The service's half, for this and nothing else. */
function limited(
  power: CatalogedPower,
  enveloped: ReturnType<typeof envelopeObject<AdministratorSplit>>,
  { Count, NotOnOrAfter }: AdministratorSplit,
): CatalogedPower {
  const { Capability } = power;
  if (Capability.tag !== "CapabilitySignServiced") throw new MeshError("ERR_INTERNAL", "half of a split that does not sign");
  const { Sealed: _sealed, ...value } = Capability.value;
  const bounds = { MessageTypes: [], NotOnOrAfter, PerMinute: perMinute * 2, PerDay: 8 * Count + perMinute };
  return { Capability: { tag: Capability.tag, value: { ...value, ...bounds, EnvelopedAdministratorSplit: enveloped } } };
}

function requireTerms(context: AccountContext, { granteeUdf, hubUdf, classes, count, until }: SplitTerms): DirectoryEntry {
  const now = context.ports.clock.now();
  const usage = (message: string, hint: string): never => {
    throw new MeshError("ERR_USAGE", message, { hint });
  };
  const grantee = context.directory.find(granteeUdf);
  if (!grantee) throw new MeshError("ERR_NOT_FOUND", `no machine ${granteeUdf}`, { hint: "see 'meshman device list'" });
  if (!context.directory.find(hubUdf)?.connection.Roles.includes("hub"))
    throw new MeshError("ERR_NOT_FOUND", `${hubUdf} is no hub of this account`, { hint: "see 'meshman device list'" });
  const { Roles } = grantee.connection;
  const rights = rightsOf(Roles.filter(isRole));
  if (Roles.includes("hub")) usage("a hub gets no half of a split: it stands unguarded", "name a machine that you carry with you");
  if (Roles.includes("admin") || Roles.includes("super")) usage("an administrator needs no split", "it connects devices by itself");
  if (!mayAppend(rights, "MMM_Joined") || !mayAppend(rights, "MMM_Command"))
    usage(`a machine of the roles ${Roles.join(", ")} cannot connect devices by a split`, "give it the roles device and command, or more");
  if (classes.length === 0 || classes.length > mostClasses) usage(`${classes.length} classes`, `name 1 to ${mostClasses} of them by --class`);
  const harmful = classes.find((one) => !isHarmless(one));
  if (harmful !== undefined)
    usage(`a split connects no device of class ${JSON.stringify(harmful)}: one of its commands can do harm, or nobody knows`, "as light or sensor");
  if (!Number.isInteger(count) || count < 1 || count > mostOfSplit) usage(`a split of ${count} devices`, `--count is from 1 to ${mostOfSplit}`);
  if (!(until > now) || until > now + mostDays * 86_400_000) usage("a split that ends then", `--until lies within the next ${mostDays} days`);
  return grantee;
}

/** Stops a split, as any device of the owner may. The service signs nothing of it any more from its answer on. Errors: those of the service. */
export async function freezeSplit(context: AccountContext, { split }: Pick<StandingSplit, "split">): Promise<void> {
  const Updated = dateTime(context.ports.clock.now());
  await context.transact({ catalogs: [put(freezeCatalog, { SplitId: split.Id, Frozen: true, DeviceUdf: context.deviceUdf, Updated })] });
}

/** Lets a split go on. Errors: ERR_NOT_AUTHORIZED; those of the service. */
export async function thawSplit(context: AccountContext, { split }: Pick<StandingSplit, "split">): Promise<void> {
  administratorOf(context);
  const Updated = dateTime(context.ports.clock.now());
  await context.transact({ catalogs: [put(freezeCatalog, { SplitId: split.Id, Frozen: false, DeviceUdf: context.deviceUdf, Updated })] });
}

/**
 * Ends a split: the service's half goes, and what was connected up to now is all that ever counts. Errors: ERR_NOT_AUTHORIZED; those of the service.
 * @returns the numbers that count
 */
export async function endSplit(context: AccountContext, standing: StandingSplit): Promise<readonly number[]> {
  const { signature } = administratorOf(context);
  const { ports, accountUdf } = context;
  const { split } = standing;
  const ended = () => {
    const value: SplitEnded = { SplitId: split.Id, AccountUdf: accountUdf, Time: dateTime(ports.clock.now()), Serials: serialsOf(context, standing) };
    return envelopeObject({ struct: SplitEnded, value, signers: [signature], random: ports.random });
  };
  const none: CatalogedPower = { Capability: { tag: "NullCapability", value: { Id: split.Id } } };
  await context.transact({
    catalogs: [
      edit(powerCatalog, capabilityKey(split.Id), () => none),
      edit(splitCatalog, splitCatalog.keyOf(standing.entry), (now) => {
        if (!now || now.EnvelopedSplitEnded) return now;
        const { EnvelopedShare: _share, ...kept } = now;
        // Made here: after a Conflict more may have been connected.
        return { ...kept, EnvelopedSplitEnded: ended() };
      }),
    ],
  });
  return serialsOf(context, standing);
}

/** The numbers under which something was connected that verifies, or that an administrator has taken over. */
export function serialsOf(context: AccountContext, standing: StandingSplit): readonly number[] {
  const { split } = standing;
  const isOf = (listed: ListedEntry<CatalogedJoined>): boolean => listed.value.Moved !== undefined || isConnected(context, listed, standing);
  return context
    .list(joinedCatalog)
    .filter((listed) => listed.value.SplitId === split.Id && isOf(listed))
    .map(({ value }) => value.Serial)
    .sort((one, other) => one - other);
}

function isConnected(context: AccountContext, listed: ListedEntry<CatalogedJoined>, standing: StandingSplit): boolean {
  try {
    openJoined(context, listed, standing);
    return true;
  } catch (error) {
    if (isMeshError(error)) return false;
    throw error;
  }
}
