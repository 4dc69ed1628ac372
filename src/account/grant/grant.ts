/**
 * Grants: what guests, page sessions, tokens and programs may do in the house. Entries of MMM_Grant, which administration devices alone write
 * (docs/extensions.md §18). What a grant names is looked up when it is made: places, classes and devices that are not there are refused, not ignored.
 */
import { utf8 } from "../../base/bytes.ts";
import { dateTime, fromDateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { newNonce, sha512 } from "../../crypto/index.ts";
import { checkName } from "../../driver/index.ts";
import type { CatalogedGrant, GrantKind, GrantRight } from "../../schema/index.ts";
import { grantCatalog, isUnattended } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import { readsStore, requireStore } from "../device/late-store.ts";
import { findDevice } from "../device/name.ts";
import { english } from "../naming/english.ts";
import { findPlace } from "../place/place.ts";
import { edit, put, remove } from "../store/edit.ts";

/** Grants of an account: a hub goes through them at each request. */
export const mostGrants = 256;
/** Places, classes and devices of one grant, of each kind. */
const mostNamed = 64;

/** What is granted, as people say it: names of places and devices. Nothing named means everything. */
export interface GrantTerms {
  readonly places?: readonly string[];
  readonly classes?: readonly string[];
  readonly devices?: readonly string[];
  /** To see, and not to order. */
  readonly readOnly?: boolean;
  /** Also what can do harm; for programs that speak for others never. */
  readonly risky?: boolean;
  /** Milliseconds since 1970. */
  readonly since?: number;
  readonly until?: number;
  /** The one hub that it is for, by name. */
  readonly hub?: string;
}

/** What was granted. The token is shown once, and kept nowhere. */
export interface Granted {
  readonly grant: CatalogedGrant;
  readonly token?: string;
}

/**
 * Grants something to a page session, a token or a program.
 * Errors: ERR_NOT_AUTHORIZED on a device that is no administrator, ERR_NOT_FOUND, ERR_AMBIGUOUS, ERR_NAME, ERR_USAGE, ERR_QUOTA, and those of the service.
 */
export async function addGrant(
  context: AccountContext,
  { kind, name, terms }: { readonly kind: Exclude<GrantKind, "guest">; readonly name: string; readonly terms: GrantTerms },
): Promise<Granted> {
  await requireGrants(context);
  const token = kind === "token" ? newNonce(context.ports.random) : undefined;
  const grant: CatalogedGrant = {
    ...grantOf(context, { kind, name, terms }),
    ...(token === undefined ? {} : { SecretDigest: sha512(utf8(token)) }),
  };
  await context.transact({ catalogs: [put(grantCatalog, grant)] });
  return { grant, ...(token === undefined ? {} : { token }) };
}

/** A grant that is not written yet. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS, ERR_NAME, ERR_USAGE. */
export function grantOf(
  context: AccountContext,
  options: { readonly kind: GrantKind; readonly name: string; readonly terms: GrantTerms },
): CatalogedGrant {
  const { kind, name, terms } = options;
  const { since, until, risky, hub } = terms;
  const now = context.ports.clock.now();
  if (risky === true && isUnattended(kind))
    throw new MeshError("ERR_USAGE", `${kind} speaks for whoever speaks to it: what can do harm is never its to order`, {
      hint: "leave out --risky; such an order is put before you to confirm",
    });
  if (until !== undefined && until <= Math.max(now, since ?? now))
    throw new MeshError("ERR_USAGE", `the grant would end at ${dateTime(until)}, before it begins`);
  return {
    Key: newNonce(context.ports.random),
    Kind: kind,
    LocalName: checkName(name, english()).name,
    Rights: rightsOfTerms(context, terms),
    ...(since === undefined ? {} : { NotBefore: dateTime(since) }),
    ...(until === undefined ? {} : { NotOnOrAfter: dateTime(until) }),
    ...(hub === undefined ? {} : { HubUdf: findDevice(context, hub).DeviceUdf }),
    Updated: dateTime(now),
  };
}

function rightsOfTerms(context: AccountContext, { places, classes, devices, readOnly, risky }: GrantTerms): readonly GrantRight[] {
  for (const [what, list] of Object.entries({ places, classes, devices }))
    if ((list?.length ?? 0) > mostNamed) throw new MeshError("ERR_USAGE", `a grant names ${mostNamed} ${what} at most`);
  const limits = {
    ...(places === undefined ? {} : { Places: places.map((place) => findPlace(context, place).Key) }),
    ...(classes === undefined ? {} : { Classes: classes }),
    ...(devices === undefined ? {} : { Devices: devices.map((device) => findDevice(context, device).DeviceUdf) }),
  };
  const read: GrantRight = { Allows: "read", ...limits };
  return readOnly === true ? [read] : [read, { Allows: "command", ...limits, ...(risky === true ? { Risky: true } : {}) }];
}

/** Administrators alone grant; an account of before gets the store first. Errors: ERR_NOT_AUTHORIZED, ERR_QUOTA, those of the service. */
export async function requireGrants(context: AccountContext): Promise<void> {
  await requireStore(context, grantCatalog.label, "grants");
  if (grantsOf(context).length >= mostGrants)
    throw new MeshError("ERR_QUOTA", `the account has ${mostGrants} grants already`, {
      hint: "delete some: 'meshman grant list', 'meshman grant delete'",
    });
}

/** All grants, also those that are over, by name. Errors: ERR_NOT_AUTHORIZED on a device that may not see them. */
export function grantsOf(context: AccountContext): readonly CatalogedGrant[] {
  if (!readsStore(context, grantCatalog.label)) {
    administratorOf(context);
    return [];
  }
  return context
    .list(grantCatalog)
    .map(({ value }) => value)
    .sort((a, b) => a.LocalName.localeCompare(b.LocalName));
}

/** True when a grant is over. */
export function isOverGrant({ NotOnOrAfter }: CatalogedGrant, now: number): boolean {
  return NotOnOrAfter !== undefined && !(fromDateTime(NotOnOrAfter) > now);
}

/** The grant of a name, an address, or at least six characters of its key. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS, ERR_NOT_AUTHORIZED. */
export function findGrant(context: AccountContext, text: string, kind?: GrantKind): CatalogedGrant {
  const all = grantsOf(context).filter(({ Kind }) => kind === undefined || Kind === kind);
  const isNamed = ({ Key, LocalName, Address }: CatalogedGrant): boolean =>
    (text.length >= 6 && Key.startsWith(text.toUpperCase())) || LocalName.toLowerCase() === text.toLowerCase() || Address === text.toLowerCase();
  const [grant, ...others] = all.filter(isNamed);
  if (!grant) throw new MeshError("ERR_NOT_FOUND", `no grant is called ${JSON.stringify(text.slice(0, 80))}`, { hint: "see 'meshman grant list'" });
  if (others.length > 0)
    throw new MeshError("ERR_AMBIGUOUS", `${others.length + 1} grants are called ${JSON.stringify(text)}`, {
      hint: `say the first characters of one: ${[grant, ...others].map(({ Key }) => Key.slice(0, 14)).join(", ")}`,
    });
  return grant;
}

/** Takes a grant back. Hubs know when they have synchronised. Errors: ERR_NOT_AUTHORIZED, those of the service. */
export async function deleteGrant(context: AccountContext, { Key }: Pick<CatalogedGrant, "Key">): Promise<void> {
  administratorOf(context);
  await context.transact({ catalogs: [remove(grantCatalog, Key)] });
}

/** Writes a grant as it is, new or in the place of one with its key. Errors: ERR_NOT_AUTHORIZED, those of the service. */
export async function putGrant(context: AccountContext, grant: CatalogedGrant): Promise<void> {
  await requireGrants(context);
  await context.transact({ catalogs: [edit(grantCatalog, grant.Key, () => grant)] });
}
