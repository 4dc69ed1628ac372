/** The file `account.json` of an account's folder: its record. Everything else about the account is in its stores. */
import { join } from "node:path";
import { readFileIfExists, writeFileAtomic } from "../../../base/atomic-file.ts";
import { MeshError } from "../../../base/errors.ts";
import { decodeObject, encodeObject } from "../../../codec/index.ts";
import { AccountRecord } from "../service-store.ts";

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
