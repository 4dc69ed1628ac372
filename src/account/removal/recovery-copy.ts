/**
 * The keys that no seed gives, in MMM_Access for the service to hand to whoever recovers the account by its root key: sealed to EscrowEncryption, signed
 * by the administrators (extensions §6). MMM_Device has them too, under a key of its own that a bare machine lacks.
 */
import { equalBytes, wipe } from "../../base/bytes.ts";
import type { PrivateKey } from "../../crypto/index.ts";
import { deriveKey } from "../../crypto/index.ts";
import type { CapabilityRecover } from "../../schema/index.ts";
import {
  accessCatalog,
  deviceCatalog,
  EscrowedKeys,
  envelopeObject,
  isCatalog,
  publicKeyOf,
  recoveryCatalog,
  recoveryKey,
  storeKeyName,
} from "../../schema/index.ts";
import type { Authority } from "../connect/grant.ts";
import type { AccountContext } from "../context/account-context.ts";
import { authorityOf } from "../context/administrator.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { edit } from "../store/edit.ts";
import type { DrawnKey } from "./escrow.ts";
import { entriesOf, keysOf, namesOf } from "./escrow.ts";

/** Brings what is kept for recovery up to what there is to hand out. Copies are up to date. Errors: those of the service. */
export async function keepRecovery(context: AccountContext, authority: Authority = authorityOf(context)): Promise<void> {
  if (!context.keys.storeKeys.has(accessCatalog.label) || isRecoverable(context, authority)) return;
  const write = recoveryCopy(context, authority);
  if (write) await context.transact({ catalogs: [write] });
}

/** True when the seed, and what the service hands out with it, open the account as this administrator knows it. */
export function isRecoverable(context: AccountContext, authority: Authority = authorityOf(context)): boolean {
  const { epoch } = context.sizeOf(deviceCatalog.label);
  const keys = keysOf(authority);
  const copy = context.get(recoveryCatalog, recoveryKey)?.Capability.value;
  if (!copy && epoch === 0 && keys.every((key) => isOfSeed(context, key))) return true;
  return copy !== undefined && isCurrent(copy, { keys, epoch, signers: signersOf(context, authority) });
}

interface Kept {
  readonly keys: readonly DrawnKey[];
  readonly epoch: number;
  readonly signers: readonly PrivateKey[];
}

/** A bare machine believes the administrators' key in force alone: a removed administrator has those of before. */
function isCurrent(copy: CapabilityRecover, { keys, epoch, signers }: Kept): boolean {
  const has = ({ resource, key }: DrawnKey): boolean => copy.Keys.some(({ Resource, Udf }) => Resource === resource && Udf === key.public.udf);
  return copy.DeviceEpoch >= epoch && signers.every(({ public: { udf } }) => copy.Signers.includes(udf)) && keys.every(has);
}

/** Without the seed at hand, what was drawn first is taken for the seed's. Compares private halves: each agent's turn asks, and public ones cost 5 ms. */
function isOfSeed({ keys: { accountSeed: seed } }: AccountContext, { resource, key, keyEpoch }: DrawnKey): boolean {
  if (keyEpoch > 0) return false;
  if (seed === undefined || !isCatalog(resource)) return true;
  const made = deriveKey(seed, storeKeyName(resource, 0), "X448");
  const [own, ofSeed] = [key.export(), made.export()];
  const isSame = own.crv === ofSeed.crv && equalBytes(own.Private, ofSeed.Private);
  made.wipe();
  wipe(own.Private, ofSeed.Private);
  return isSame;
}

/** The administrators' key in force, and those that come after it. */
function signersOf({ profile }: AccountContext, { administrator, members }: Authority): readonly PrivateKey[] {
  const numbered = members?.get("AdministratorSignature") ?? [];
  const inForce = numbered.findIndex(({ key }) => key.public.udf === profile.AdministratorSignature.Udf);
  return [administrator.signature, ...numbered.slice(0, Math.max(inForce, 0)).map(({ key }) => key)];
}

/** Undefined where the account has no EscrowEncryption. */
function recoveryCopy(context: AccountContext, authority: Authority): CatalogWrite | undefined {
  const { EscrowEncryption: recipient } = context.profile;
  if (!recipient) return undefined;
  const kept: Kept = { keys: keysOf(authority), epoch: context.sizeOf(deviceCatalog.label).epoch, signers: signersOf(context, authority) };
  const value: EscrowedKeys = {
    Entries: entriesOf(kept.keys),
    Heads: context.heads().filter(({ Store }) => Store === deviceCatalog.label),
  };
  const { random } = context.ports;
  const made: CapabilityRecover = {
    Id: recoveryKey,
    Keys: namesOf(kept.keys),
    DeviceEpoch: kept.epoch,
    Signers: kept.signers.map(({ public: { udf } }) => udf),
    EnvelopedEscrowedKeys: envelopeObject({ struct: EscrowedKeys, value, signers: kept.signers, recipients: [publicKeyOf(recipient)], random }),
  };
  return edit(recoveryCatalog, recoveryKey, (current) => {
    if (current && isCurrent(current.Capability.value, kept)) return current;
    return { Capability: { tag: "CapabilityRecover", value: made } };
  });
}
