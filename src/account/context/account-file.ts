/** What a device keeps of its account beside the stores: address, service, profile and its own catalog entry with the sealed activations. */
import { join } from "node:path";
import { writeFileAtomic } from "../../base/atomic-file.ts";
import type { Struct } from "../../codec/index.ts";
import { encodeObject, string, struct } from "../../codec/index.ts";
import type { Enveloped, ProfileService, ProfileUser } from "../../schema/index.ts";
import { CatalogedDevice, enveloped } from "../../schema/index.ts";
import { readObjectFile } from "./object-file.ts";

/** Content of account.json. The secrets in it are sealed to the device. */
export interface AccountFile {
  readonly AccountAddress: string;
  readonly ServiceUrl: string;
  readonly ServiceUdf: string;
  readonly EnvelopedProfileUser: Enveloped<ProfileUser>;
  readonly EnvelopedProfileService: Enveloped<ProfileService>;
  readonly CatalogedDevice: CatalogedDevice;
}
export const AccountFile: Struct<AccountFile> = struct<AccountFile>("AccountFile", {
  AccountAddress: string,
  ServiceUrl: string,
  ServiceUdf: string,
  EnvelopedProfileUser: enveloped<ProfileUser>(),
  EnvelopedProfileService: enveloped<ProfileService>(),
  CatalogedDevice: CatalogedDevice,
});

/** Its name in the directory. */
export const accountFileName = "account.json";

/** The account of a directory; undefined when it has none. */
export function loadAccountFile(dir: string): Promise<AccountFile | undefined> {
  return readObjectFile(join(dir, accountFileName), AccountFile);
}

/** Stores the account of a directory (0600). */
export async function saveAccountFile(dir: string, file: AccountFile): Promise<void> {
  await writeFileAtomic(join(dir, accountFileName), encodeObject(AccountFile, file));
}
