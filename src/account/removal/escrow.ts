/**
 * Keys that were drawn and that no seed gives: sealed to EscrowEncryption for whoever recovers the account, and to each administration device, so that
 * any of them goes on where the one that drew them stopped. They meet in one entry of MMM_Device. extensions §5
 */
import { dateTime } from "../../base/clock.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { encodeObject } from "../../codec/index.ts";
import type { PublicKey } from "../../crypto/index.ts";
import type { HeldKey, ReplaceableMember } from "../../schema/index.ts";
import {
  CatalogedEscrow,
  catalogAdministrators,
  EscrowedKeys,
  envelopeObject,
  escrowCatalog,
  openObject,
  privateKeyDataOf,
  publicKeyOf,
} from "../../schema/index.ts";
import type { Authority } from "../connect/grant.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import type { StoreKey } from "../context/keyring.ts";
import { keyReader } from "../context/keyring.ts";
import { keysOfSeed } from "../context/seed-keys.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { edit } from "../store/edit.ts";
import { drawnNames, escrowKey, namesIn } from "./drawn-names.ts";

/** A key under the name that it has in an activation. */
export interface DrawnKey extends StoreKey {
  readonly resource: string;
}

/** Every key of stores, of the account and of its administrators that there is to hand out. */
export function keysOf({
  storeKeys,
  members = new Map<ReplaceableMember, readonly StoreKey[]>(),
}: Pick<Authority, "storeKeys" | "members">): readonly DrawnKey[] {
  return [...storeKeys, ...members].flatMap(([resource, keys]) => keys.map((key) => ({ resource, ...key })));
}

/** Their names. */
export function namesOf(keys: readonly DrawnKey[]): readonly HeldKey[] {
  return keys.map(({ resource, key, keyEpoch }) => ({ Resource: resource, KeyEpoch: keyEpoch, Udf: key.public.udf }));
}

/** The keys as they are sealed. */
export function entriesOf(keys: readonly DrawnKey[]): EscrowedKeys["Entries"] {
  return keys.map(({ resource, key, keyEpoch }) => ({ Resource: resource, Key: privateKeyDataOf(key), KeyEpoch: keyEpoch }));
}

/** The keys that were drawn and that this device can open, oldest first: all of them where it holds the seed. What is sealed there under no name is none. */
export function drawnKeys(context: AccountContext): readonly DrawnKey[] {
  const { EnvelopedEscrowedKeys = [] } = context.get(escrowCatalog, escrowKey) ?? {};
  const administrators = catalogAdministrators(context.profile);
  const { encryption, accountSeed } = context.keys;
  const openers = [encryption, ...(accountSeed === undefined ? [] : [keysOfSeed(accountSeed).escrow])];
  const read = keyReader({ before: context.keys });
  const keysIn = ({ Entries }: EscrowedKeys): readonly DrawnKey[] =>
    Entries.map(({ Resource, Key, KeyEpoch }) => ({ resource: Resource, key: read(Key), keyEpoch: KeyEpoch }));
  const names = drawnNames(context);
  const isNamed = ({ resource, keyEpoch, key }: DrawnKey): boolean =>
    names.some(({ Resource, KeyEpoch, Udf }) => Udf === key.public.udf && Resource === resource && KeyEpoch === keyEpoch);
  return EnvelopedEscrowedKeys.flatMap((enveloped) => {
    try {
      return keysIn(openObject(EscrowedKeys, enveloped, openers, administrators)).filter(isNamed);
    } catch (error) {
      // Sealed before this device was an administrator, whose activation then brought what counts.
      if (isMeshError(error)) return [];
      throw error;
    }
  });
}

/** Adds keys that were drawn. Errors, when it is applied: ERR_CONFLICT when another administrator was first. */
export function escrowed(context: AccountContext, fresh: readonly DrawnKey[]): CatalogWrite {
  const { signature } = administratorOf(context);
  const { clock, random } = context.ports;
  const known = context.get(escrowCatalog, escrowKey);
  const value: EscrowedKeys = { Entries: entriesOf(fresh) };
  const sealed = envelopeObject({ struct: EscrowedKeys, value, signers: [signature], recipients: recipientsOf(context), random });
  const names = namesOf(fresh);
  return edit(escrowCatalog, escrowKey, (current): CatalogedEscrow => {
    if (current?.Keys.length !== known?.Keys.length || current?.Keys.at(-1)?.Udf !== known?.Keys.at(-1)?.Udf)
      throw new MeshError("ERR_CONFLICT", "another administrator is changing the keys of the account");
    return bounded({
      Key: escrowKey,
      Updated: dateTime(clock.now()),
      Keys: [...(current?.Keys ?? []), ...names],
      EnvelopedEscrowedKeys: [...(current?.EnvelopedEscrowedKeys ?? []), sealed],
    });
  });
}

/** Leaves out names that do not count: they would count again if newer ones went. Nothing where there are none. */
export function withoutSurplus(context: AccountContext): readonly CatalogWrite[] {
  const isTooLong = (entry: CatalogedEscrow | undefined): entry is CatalogedEscrow => (entry?.Keys.length ?? 0) > namesIn(entry).length;
  if (!isTooLong(context.get(escrowCatalog, escrowKey))) return [];
  const Updated = dateTime(context.ports.clock.now());
  return [edit(escrowCatalog, escrowKey, (current) => (isTooLong(current) ? bounded({ ...current, Updated }) : current))];
}

/** Room for what is sealed, in octets: what goes before that long is in the activations of all administrators, and in what is kept for recovery. */
const mostSealed = 192 * 1024;

/** Without the names that do not count, and the oldest of what is sealed: the entry has to fit into a request, whatever an administrator has written there. */
function bounded(entry: CatalogedEscrow): CatalogedEscrow {
  const sealed: CatalogedEscrow["EnvelopedEscrowedKeys"][number][] = [];
  let room = mostSealed;
  for (const one of entry.EnvelopedEscrowedKeys.toReversed()) {
    room -= encodeObject(CatalogedEscrow, { ...entry, Keys: [], EnvelopedEscrowedKeys: [one] }).length;
    if (room < 0) break;
    sealed.push(one);
  }
  return { ...entry, Keys: namesIn(entry), EnvelopedEscrowedKeys: sealed.reverse() };
}

function recipientsOf(context: AccountContext): readonly PublicKey[] {
  const { EscrowEncryption } = context.profile;
  const administrators = [...context.directory.withRole("admin"), ...context.directory.withRole("super")];
  const keys = new Map(
    [context.keys.connection, ...administrators.map(({ connection }) => connection)].map(({ Encryption }) => [Encryption.Udf, Encryption]),
  );
  return [...(EscrowEncryption ? [EscrowEncryption] : []), ...keys.values()].map(publicKeyOf);
}
