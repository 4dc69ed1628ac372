/**
 * New keys for the stores that a removed device could read (docs/extensions.md §5): drawn at random, handed to every device that is left, sealed for
 * recovery, and then the stores begin anew under them, all in one moment. Everything that is to be done follows from what the catalogs say, so any
 * administrator goes on where another one, or this one, was killed.
 */
import { dateTime, fromDateTime } from "../../base/clock.ts";
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import { appendAll, greatest } from "../../base/list.ts";
import { generatePrivateKey } from "../../crypto/index.ts";
import type { CatalogedEscrow, CatalogLabel, HeldKey } from "../../schema/index.ts";
import {
  accessCatalog,
  catalogKeysOf,
  EscrowedKeys,
  envelopeObject,
  escrowCatalog,
  isCatalog,
  isRole,
  privateKeyDataOf,
  publicKeyOf,
} from "../../schema/index.ts";
import type { Authority } from "../connect/grant.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf, authorityOf } from "../context/administrator.ts";
import { syncWhatHolds } from "../context/doubt.ts";
import type { StoreKey } from "../context/keyring.ts";
import { isOfSurroundings } from "../context/surroundings.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { edit } from "../store/edit.ts";
import { reissue } from "./reissue.ts";

/** What new keys came to. */
export interface Rekeyed {
  /** Stores that are under a new key. */
  readonly stores: readonly CatalogLabel[];
  /** Devices that could not be given them. */
  readonly without: readonly { readonly deviceUdf: string; readonly reason: string }[];
}

/** Devices that are given keys in one Transact: two entries of each, and a request has to stay below what the service takes. */
const batch = 6;
const attempts = 6;
/** How long an administrator that has drawn keys is left to hand them out; after that it is taken for dead. */
const patienceMs = 600_000;
const pauseMs = 500;
const escrowKey = "escrow";

/** For each store the highest KeyEpoch that a removed device was ever given whole, where that is the one in force. */
export function storesToRekey(context: AccountContext): ReadonlyMap<CatalogLabel, number> {
  const held = new Map<CatalogLabel, number>();
  const note = (label: CatalogLabel, keyEpoch: number): void => void held.set(label, Math.max(keyEpoch, held.get(label) ?? 0));
  for (const { value } of context.list(accessCatalog)) {
    const { Active, EnvelopedRevokedDevice, Activation } = value.Capability.value;
    if (Active || !EnvelopedRevokedDevice) continue;
    // Of a share nothing is left when the service's is withdrawn.
    for (const { Resource, KeyEpoch, Shared } of Activation?.Keys ?? []) if (isCatalog(Resource) && !Shared) note(Resource, KeyEpoch);
  }
  return new Map([...held].filter(([label, keyEpoch]) => context.sizeOf(label).keyEpoch <= keyEpoch));
}

/**
 * Does all of it that is left to do. Errors: ERR_NOT_AUTHORIZED when this device is no administrator; ERR_CONFLICT after several attempts; those of
 * the service and the disk.
 */
export async function replaceKeys(context: AccountContext): Promise<Rekeyed> {
  const done = new Set<CatalogLabel>();
  for (let attempt = 1; ; attempt += 1) {
    try {
      await context.resumeEpochs();
      const wanted = storesToRekey(context);
      const keyEpochs = await drawKeys(context, wanted);
      const without = await handOut(context, keyEpochs);
      if (wanted.size === 0) return { stores: [...done], without };
      const stores = [...wanted.keys()].map((label) => ({ label, keyEpoch: keyEpochs.get(label) ?? 0 }));
      const outcome = await context.beginEpochs({ reason: "Rekey", stores });
      if (outcome === "begun") for (const { label } of stores) done.add(label);
    } catch (error) {
      if (!isMeshError(error, "ERR_CONFLICT") || attempt >= attempts) throw error;
    }
    if (attempt >= attempts) throw new MeshError("ERR_CONFLICT", "other administrators change the keys of the stores again and again");
    // Somebody else was first: what is left to do is another thing now.
    await context.ports.clock.sleep(attempt * pauseMs);
    await bring(context);
  }
}

/**
 * The KeyEpoch that each store is under, or comes under. Keys that were drawn already and that nobody removed holds are taken; others are drawn, and
 * this device gets them first. Errors: ERR_CONFLICT while another administrator, who has drawn them, hands them out.
 */
async function drawKeys(context: AccountContext, wanted: ReadonlyMap<CatalogLabel, number>): Promise<ReadonlyMap<CatalogLabel, number>> {
  const authority = authorityOf(context);
  const escrow = context.get(escrowCatalog, escrowKey);
  const isLeft = escrow === undefined || context.ports.clock.now() - fromDateTime(escrow.Updated) > patienceMs;
  const fresh = new Map<CatalogLabel, StoreKey>();
  for (const [label, held] of wanted) {
    const drawn = greatest(
      0,
      (escrow?.Keys ?? []).flatMap(({ Resource, KeyEpoch }) => (Resource === label ? [KeyEpoch] : [])),
    );
    if (drawn > held && keysOf(authority, label)[0]?.keyEpoch === drawn) continue;
    if (drawn > held && !isLeft) throw new MeshError("ERR_CONFLICT", "another administrator is changing the keys of the stores");
    fresh.set(label, { key: generatePrivateKey("X448", context.ports.random), keyEpoch: Math.max(held, drawn) + 1 });
  }
  if (fresh.size > 0) {
    const storeKeys = new Map([...authority.storeKeys].map(([label, keys]) => [label, [...present(fresh.get(label)), ...keys]]));
    await context.transact({
      catalogs: [...reissue(context, { deviceUdf: context.deviceUdf, authority: { ...authority, storeKeys } }), escrowed(context, fresh, escrow)],
    });
    await bring(context);
  }
  const { storeKeys } = authorityOf(context);
  return new Map(
    [...storeKeys].map(([label]) => [label, wanted.has(label) ? (keysOf({ storeKeys }, label)[0]?.keyEpoch ?? 0) : context.sizeOf(label).keyEpoch]),
  );
}

function present(key: StoreKey | undefined): readonly StoreKey[] {
  return key ? [key] : [];
}

/** A store that ends with what a removed device wrote in its last moment stops none of this: it begins anew, too. */
async function bring(context: AccountContext): Promise<void> {
  await syncWhatHolds(
    () => context.sync(),
    ({ code, message }) => context.ports.log.warn("store.doubted", { code, reason: message }),
  );
}

/** Newest first. */
function keysOf({ storeKeys }: Pick<Authority, "storeKeys">, label: CatalogLabel): readonly StoreKey[] {
  return [...(storeKeys.get(label) ?? [])].sort((a, b) => b.keyEpoch - a.keyEpoch);
}

/** Gives the keys to every device that its roles grant them and that does not have them yet. One that cannot be given them stops no other. */
async function handOut(context: AccountContext, keyEpochs: ReadonlyMap<CatalogLabel, number>): Promise<Rekeyed["without"]> {
  const without: { deviceUdf: string; reason: string }[] = [];
  const lacking = context.list(accessCatalog).flatMap(({ value }) => {
    const { Active, DeviceUdf, Activation } = value.Capability.value;
    const entry = DeviceUdf === undefined ? undefined : context.directory.find(DeviceUdf);
    if (!Active || !entry || entry.udf === context.deviceUdf) return [];
    return lacks(entry.connection.Roles, Activation, keyEpochs) ? [entry.udf] : [];
  });
  for (let at = 0; at < lacking.length; at += batch) {
    const some = lacking.slice(at, at + batch);
    try {
      await context.transact({ catalogs: some.flatMap((deviceUdf) => reissue(context, { deviceUdf })) });
    } catch (error) {
      if (isOfSurroundings(error) || isMeshError(error, "ERR_CONFLICT")) throw error;
      for (const deviceUdf of some) appendAll(without, await handTo(context, deviceUdf));
    }
  }
  return without;
}

async function handTo(context: AccountContext, deviceUdf: string): Promise<Rekeyed["without"]> {
  try {
    await context.transact({ catalogs: reissue(context, { deviceUdf }) });
    return [];
  } catch (error) {
    if (isOfSurroundings(error) || isMeshError(error, "ERR_CONFLICT")) throw error;
    return [{ deviceUdf, reason: asMeshError(error).message }];
  }
}

/** The keys of KeyEpoch 0 go with every activation. */
function lacks(
  roles: readonly string[],
  activation: { readonly Keys: readonly HeldKey[] } | undefined,
  keyEpochs: ReadonlyMap<CatalogLabel, number>,
): boolean {
  return catalogKeysOf(roles.filter(isRole)).some((label) => {
    const keyEpoch = keyEpochs.get(label) ?? 0;
    return keyEpoch > 0 && !activation?.Keys.some(({ Resource, KeyEpoch }) => Resource === label && KeyEpoch === keyEpoch);
  });
}

/**
 * Random keys are lost with the last device, unless they are sealed to what the seed, or its shares, can open. Two administrators who draw at once meet
 * in this entry. Errors, when it is applied: ERR_CONFLICT when another one was first.
 */
function escrowed(context: AccountContext, fresh: ReadonlyMap<CatalogLabel, StoreKey>, known: CatalogedEscrow | undefined): CatalogWrite {
  const { signature } = administratorOf(context);
  const { EscrowEncryption } = context.profile;
  const { clock, random } = context.ports;
  const value: EscrowedKeys = {
    Entries: [...fresh].map(([Resource, { key, keyEpoch }]) => ({ Resource, Key: privateKeyDataOf(key), KeyEpoch: keyEpoch })),
  };
  const sealed = EscrowEncryption
    ? [envelopeObject({ struct: EscrowedKeys, value, signers: [signature], recipients: [publicKeyOf(EscrowEncryption)], random })]
    : [];
  const names = [...fresh].map(([Resource, { key, keyEpoch }]): HeldKey => ({ Resource, KeyEpoch: keyEpoch, Udf: key.public.udf }));
  return edit(escrowCatalog, escrowKey, (current) => {
    if (current?.Keys.length !== known?.Keys.length) throw new MeshError("ERR_CONFLICT", "another administrator is changing the keys of the stores");
    return {
      Key: escrowKey,
      Updated: dateTime(clock.now()),
      Keys: [...(current?.Keys ?? []), ...names],
      EnvelopedEscrowedKeys: [...(current?.EnvelopedEscrowedKeys ?? []), ...sealed],
    };
  });
}
