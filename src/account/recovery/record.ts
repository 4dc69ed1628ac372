/**
 * The recovery record of an account, kept by whoever holds its seed: published at the account's service under an EARL that the seed gives, so that each
 * run of `account escrow` prints the same one, with its time, and nothing has to be remembered. extensions §6
 */
import { utf8 } from "../../base/bytes.ts";
import { dateTime } from "../../base/clock.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { encryptionUdf, formatConnectUri, hkdfSha512, publicationId, serviceAuthenticator } from "../../crypto/index.ts";
import { encodeEnvelope, openEnvelope, parseEnvelope, sealEnvelope } from "../../dare/index.ts";
import type { CatalogedPublication, Enveloped, EscrowRun, Head, ProfileUser, Verified } from "../../schema/index.ts";
import {
  accountAddress,
  deviceCatalog,
  envelopeObject,
  mostRuns,
  ProfileUser as ProfileUserStruct,
  peekObject,
  publicationCatalog,
  publicKeyOf,
  RecoveryRecord,
  verifyObject,
  verifyProfile,
} from "../../schema/index.ts";
import { requireSeed } from "../connect/delete-account.ts";
import type { AccountContext } from "../context/account-context.ts";
import { keysOfSeed } from "../context/seed-keys.ts";
import { put } from "../store/edit.ts";

/** A record that was opened. */
export interface OpenedRecord {
  readonly record: RecoveryRecord;
  readonly profile: Verified<ProfileUser>;
}

const keyOctets = 16;

/** Key of the EARL: another use of the seed than its keys, which do not follow from it. */
function recordKey(seed: string): Uint8Array {
  return hkdfSha512({ ikm: utf8(seed), info: "mmm/hub/recovery-record", length: keyOctets });
}

/** The code to write on each share. It says when, so that the service cannot show a record of before. */
function recordCode({ address, accountUdf }: AccountContext, key: Uint8Array, since: string): string {
  return `${formatConnectUri({ account: address, code: encryptionUdf(key), udf: accountUdf })}&since=${since}`;
}

/**
 * Opens a record. @param expected what the code says of it
 * Errors: ERR_VERIFICATION when it is not of the root key of that account, ERR_SCHEMA.
 */
export function openRecord(
  data: CatalogedPublication["EnvelopedData"],
  key: Uint8Array,
  expected: { readonly address: string; readonly udf: string },
): OpenedRecord {
  const signed = parseEnvelope(openEnvelope(data, { symmetricKey: key })) as Enveloped<RecoveryRecord>;
  const profile = verifyProfile(ProfileUserStruct, peekObject(RecoveryRecord, signed).EnvelopedProfileUser, expected.udf);
  const record = verifyObject(RecoveryRecord, signed, [publicKeyOf(profile.value.ProfileSignature)]).value;
  const isMeant = record.AccountUdf === expected.udf && accountAddress(record.AccountAddress) === expected.address;
  if (isMeant && record.ServiceUdf === profile.value.ServiceUdf) return { record, profile };
  throw new MeshError("ERR_VERIFICATION", `the record under this code is of ${record.AccountAddress} (${record.AccountUdf})`);
}

function publishedRecord(context: AccountContext, key: Uint8Array): RecoveryRecord | undefined {
  const found = context.get(publicationCatalog, publicationId(key));
  if (!found) return undefined;
  try {
    return openRecord(found.EnvelopedData, key, { address: context.address, udf: context.accountUdf }).record;
  } catch (error) {
    if (!isMeshError(error)) throw error;
    context.ports.log.warn("recovery.record.refused", { code: error.code, reason: error.message });
    return undefined;
  }
}

/** Publishes the record with a run of `account escrow`. @returns its code. Errors: ERR_NOT_AUTHORIZED without the seed; those of the service. */
export async function publishRecord(context: AccountContext, run: Omit<EscrowRun, "Time">): Promise<string> {
  requireSeed(context);
  const key = recordKey(context.keys.accountSeed ?? "");
  const { Runs: before = [] } = publishedRecord(context, key) ?? {};
  const Time = dateTime(context.ports.clock.now());
  await publish(context, context.keys.accountSeed ?? "", [...before, { ...run, Time }].slice(-mostRuns));
  return recordCode(context, key, Time);
}

/**
 * Brings a record that there is up to the profile and the device catalog of now: what it names is the least that a bare machine accepts.
 * @param seed at hand though this machine's activation has it no more
 */
export async function renewRecord(context: AccountContext, seed: string | undefined = context.keys.accountSeed): Promise<void> {
  if (seed === undefined || !context.keys.storeKeys.has(publicationCatalog.label)) return;
  const key = recordKey(seed);
  const known = publishedRecord(context, key);
  if (!known) return;
  const { Version: version = 0 } = peekObject(ProfileUserStruct, known.EnvelopedProfileUser);
  const isCurrent = version >= (context.profile.Version ?? 0) && (known.Head?.Epoch ?? 0) >= context.sizeOf(deviceCatalog.label).epoch;
  if (!isCurrent) await publish(context, seed, known.Runs);
}

async function publish(context: AccountContext, seed: string, runs: readonly EscrowRun[]): Promise<void> {
  const key = recordKey(seed);
  const { address, accountUdf, profile, profileEnvelope, ports } = context;
  const head = headOf(context);
  const value: RecoveryRecord = {
    AccountAddress: address,
    AccountUdf: accountUdf,
    ServiceUrl: context.serviceUrlOf(address) ?? "",
    ServiceUdf: profile.ServiceUdf,
    Runs: runs,
    EnvelopedProfileUser: profileEnvelope,
    ...(head && { Head: head }),
    Time: dateTime(ports.clock.now()),
  };
  const root = keysOfSeed(seed).profile;
  const signed = envelopeObject({ struct: RecoveryRecord, value, signers: [root], random: ports.random });
  const publication: CatalogedPublication = {
    Id: publicationId(key),
    Authenticator: encryptionUdf(serviceAuthenticator(key)),
    EnvelopedData: sealEnvelope({ plaintext: encodeEnvelope(signed), symmetricKey: key, random: ports.random }),
    Shared: true,
  };
  await context.transact({ catalogs: [put(publicationCatalog, publication)] });
}

function headOf(context: AccountContext): Head | undefined {
  return context.heads().find(({ Store }) => Store === deviceCatalog.label);
}
