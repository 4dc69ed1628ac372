/** The file `account.json` of an account's folder: whose it is, and who bound it. Everything else about the account is in its stores. */
import { join } from "node:path";
import { readFileIfExists, writeFileAtomic } from "../../../base/atomic-file.ts";
import { MeshError } from "../../../base/errors.ts";
import type { Struct } from "../../../codec/field.ts";
import { dateTime, string, struct } from "../../../codec/field.ts";
import { decodeObject, encodeObject } from "../../../codec/index.ts";
import type { Enveloped, ProfileUser } from "../../../schema/index.ts";
import { enveloped } from "../../../schema/index.ts";

/** What the service keeps of an account beside its stores. */
export interface AccountRecord {
  readonly AccountAddress: string;
  /** UDF of ProfileSignature. */
  readonly AccountUdf: string;
  readonly EnvelopedProfileAccount: Enveloped<ProfileUser>;
  /** Link key that has all rights until the Access catalog has an entry. */
  readonly LinkUdf: string;
  readonly Bound: string;
}
export const AccountRecord: Struct<AccountRecord> = struct<AccountRecord>("AccountRecord", {
  AccountAddress: string,
  AccountUdf: string,
  EnvelopedProfileAccount: enveloped<ProfileUser>(),
  LinkUdf: string,
  Bound: dateTime,
});

const fileName = "account.json";

/** Reads the record of a folder. ERR_STORE_DAMAGED when it is missing or cannot be read as one. */
export async function readRecord(dir: string): Promise<AccountRecord> {
  const path = join(dir, fileName);
  const octets = await readFileIfExists(path);
  if (octets === undefined) throw new MeshError("ERR_STORE_DAMAGED", `no file ${path}`);
  try {
    return decodeObject(AccountRecord, octets);
  } catch (cause) {
    throw new MeshError("ERR_STORE_DAMAGED", `${path} holds no account`, { cause });
  }
}

/** Writes the record, old or new after a crash. */
export async function writeRecord(dir: string, record: AccountRecord): Promise<void> {
  await writeFileAtomic(join(dir, fileName), encodeObject(AccountRecord, record));
}
