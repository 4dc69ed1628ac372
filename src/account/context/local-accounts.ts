/**
 * The accounts of this user's state directories, by what stands in the files of each: nothing is locked, opened with keys, or asked of a service. A
 * directory of somebody else's is passed over, so that nobody shows an account by leaving a directory beside.
 */
import { opendir, realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { asMeshError, isMeshError, type MeshError } from "../../base/errors.ts";
import { accountAddress, ConnectionDevice, ProfileUser, peekObject, verifyProfile } from "../../schema/index.ts";
import { loadAccountFile } from "./account-file.ts";

/** An account and this machine's part in it. */
export interface LocalAccount {
  readonly directory: string;
  readonly address: string;
  readonly udf: string;
  /** Version of its profile, and when that was issued. */
  readonly version: number;
  readonly updated?: string;
  readonly service: { readonly url: string; readonly udf: string };
  readonly device: { readonly udf: string; readonly localName?: string; readonly roles: readonly string[] };
}

/** A directory whose account cannot be read. */
export interface UnreadAccount {
  readonly directory: string;
  readonly error: MeshError;
}

/** What was found. */
export interface LocalAccounts {
  readonly accounts: readonly LocalAccount[];
  readonly unread: readonly UnreadAccount[];
  /** True when a place has more entries than are looked at. */
  readonly isCut: boolean;
}

/** Entries of one place. */
const mostEntries = 4096;

/** The accounts of state directories and of those that stand beside them, by address. Cost: a look at each entry beside. Errors: ERR_STORE, ERR_PERMISSION. */
export async function localAccounts(directories: readonly string[]): Promise<LocalAccounts> {
  const found = new Set<string>();
  let isCut = false;
  for (const place of new Set(directories.map((directory) => dirname(directory)))) {
    const beside = await entriesOf(place);
    isCut ||= beside.isCut;
    for (const directory of [...directories, ...beside.paths]) if (await isOwn(directory)) found.add(await realpath(directory));
  }
  const read = (await Promise.all([...found].map(readAccount))).filter((one) => one !== undefined);
  const accounts = read.filter((one): one is LocalAccount => "address" in one);
  accounts.sort((a, b) => a.address.localeCompare(b.address) || a.directory.localeCompare(b.directory));
  return { accounts, unread: read.filter((one): one is UnreadAccount => "error" in one), isCut };
}

async function entriesOf(place: string): Promise<{ readonly paths: readonly string[]; readonly isCut: boolean }> {
  const paths: string[] = [];
  try {
    for await (const entry of await opendir(place)) {
      if (paths.length >= mostEntries) return { paths, isCut: true };
      if (entry.isDirectory() || entry.isSymbolicLink()) paths.push(join(place, entry.name));
    }
  } catch (error) {
    if (!isAway(error)) throw asMeshError(error);
  }
  return { paths, isCut: false };
}

async function isOwn(directory: string): Promise<boolean> {
  try {
    const found = await stat(directory);
    return found.isDirectory() && found.uid === process.getuid?.();
  } catch (error) {
    if (isAway(error)) return false;
    throw asMeshError(error);
  }
}

/** Not there, or nobody may look. */
function isAway(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && ["ENOENT", "ENOTDIR", "EACCES", "EPERM", "ELOOP"].includes(code);
}

/** Undefined for a directory of another program. */
async function readAccount(directory: string): Promise<LocalAccount | UnreadAccount | undefined> {
  try {
    const file = await loadAccountFile(directory);
    if (file === undefined) return undefined;
    const { value } = verifyProfile(ProfileUser, file.EnvelopedProfileUser);
    const { EnvelopedConnectionDevice, DeviceUdf: udf, LocalName: localName } = file.CatalogedDevice;
    return {
      directory,
      address: accountAddress(value.AccountAddress),
      udf: value.ProfileSignature.Udf,
      version: value.Version ?? 0,
      ...(value.Updated === undefined ? {} : { updated: value.Updated }),
      service: { url: file.ServiceUrl, udf: file.ServiceUdf },
      device: { udf, ...(localName === undefined ? {} : { localName }), roles: peekObject(ConnectionDevice, EnvelopedConnectionDevice).Roles },
    };
  } catch (error) {
    if (!isMeshError(error)) throw error;
    return (await isOfMesh(directory)) ? { directory, error } : undefined;
  }
}

/** A file of that name may be another program's; the other one beside it is ours. */
async function isOfMesh(directory: string): Promise<boolean> {
  return await stat(join(directory, "device.json")).then(
    () => true,
    () => false,
  );
}
