/**
 * The seed of the account leaves this machine, once shares of it are known to be good (schema-08 §9.4): it goes on as an administrator without the role
 * `super`. Its activation of before, which the seed stands in, is in the history of two stores: they begin anew without it, this machine's former copies
 * go, and the service forgets its own a day later. Noted on the disk, so that whoever synchronises goes on with it.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../../base/atomic-file.ts";
import { equalBytes, utf8 } from "../../base/bytes.ts";
import { dateTime } from "../../base/clock.ts";
import { MeshError, verificationError } from "../../base/errors.ts";
import type { Struct } from "../../codec/index.ts";
import { encodeObject, integer, list, string, struct } from "../../codec/index.ts";
import type { CatalogedDevice, CatalogLabel, Role } from "../../schema/index.ts";
import { accessCatalog, deviceCatalog, isRole } from "../../schema/index.ts";
import { requireSeed } from "../connect/delete-account.ts";
import type { AccountContext } from "../context/account-context.ts";
import { readObjectFile } from "../context/object-file.ts";
import { authorizeDevice } from "../device/authorize.ts";
import { compactStores } from "../epoch/compact.ts";
import type { Purged } from "../epoch/purge.ts";
import { purgeEpochs } from "../epoch/purge.ts";
import { isRecoverable, keepRecovery } from "../removal/recovery-copy.ts";
import { replaceKeys } from "../removal/replace-keys.ts";
import { eraseFormer, storesFolder } from "../store/copy-path.ts";
import { edit } from "../store/edit.ts";
import { renewRecord } from "./record.ts";
import { accountOfSeed } from "./recover.ts";

/** Epochs that hold the activation with the seed. */
interface SeedPurge {
  readonly Stores: readonly { readonly Store: string; readonly Epoch: number }[];
}
const SeedPurgeStore = struct<SeedPurge["Stores"][number]>("SeedPurgeStore", { Store: string, Epoch: integer });
const SeedPurge: Struct<SeedPurge> = struct<SeedPurge>("SeedPurge", { Stores: list(SeedPurgeStore) });
const fileName = "seed-purge.json";

/** Where a device's activation stands. */
const withActivations: readonly CatalogLabel[] = [accessCatalog.label, deviceCatalog.label];

/**
 * Takes the seed off this machine. @param seed what shares gave; it has to be this account's
 * Errors: ERR_NOT_AUTHORIZED without the seed here; ERR_VERIFICATION when the shares are of something else; ERR_KEY while the service lacks what they
 * need beside them, or keys wait to be replaced; those of the service and the disk.
 */
export async function purgeSeed(context: AccountContext, seed: string): Promise<Purged> {
  requireSeed(context);
  const own = utf8(context.keys.accountSeed ?? "");
  if (!equalBytes(own, utf8(seed))) throw verificationError(`shares of ${accountOfSeed(seed)}: the seed here is of ${context.accountUdf}, and they`);
  // What only the seed can do is done before.
  const { waiting, without } = await replaceKeys(context);
  await keepRecovery(context);
  if (waiting.length + without.length > 0 || !isRecoverable(context))
    throw new MeshError(
      "ERR_KEY",
      "the account is not in a state that the shares recover: keys wait to be replaced, or the service has none for recovery",
      {
        hint: "run 'meshman account sync' and 'meshman account status', then try again",
      },
    );
  const Stores = withActivations.map((label) => ({ Store: label, Epoch: context.sizeOf(label).epoch }));
  await writeFileAtomic(join(context.dir, fileName), encodeObject(SeedPurge, { Stores }));
  await authorizeDevice(context, context.deviceUdf, { roles: rolesWithout(context) });
  const purged = await continuePurge(context);
  // MMM_Device has begun anew meanwhile, and afterwards nobody here can say so.
  await renewRecord(context, seed);
  return purged ?? { purged: [], kept: [] };
}

function rolesWithout({ roles }: AccountContext): readonly Role[] {
  return [...new Set<Role>(["admin", ...roles.filter(isRole)])].filter((role) => role !== "super");
}

/** Goes on with a purge that was begun, until the service has forgotten what it kept; undefined when none was. Errors: those of purgeSeed. */
export async function continuePurge(context: AccountContext): Promise<Purged | undefined> {
  const path = join(context.dir, fileName);
  const begun = await readObjectFile(path, SeedPurge);
  if (!begun) return undefined;
  if (context.keys.accountSeed !== undefined) {
    // It did not come to that, and the shares are not here any more.
    await rm(path, { force: true });
    return undefined;
  }
  const held = (label: CatalogLabel): number => begun.Stores.find(({ Store }) => Store === label)?.Epoch ?? 0;
  const left = withActivations.filter((label) => context.sizeOf(label).epoch <= held(label));
  if (left.length > 0) await compactStores(context, left);
  await keepRecovery(context);
  for (const label of withActivations) await eraseFormer(storesFolder(context.dir), label, context.sizeOf(label).epoch);
  const done = await purgeEpochs(context, withActivations);
  if (done.kept.length === 0) {
    await noteErased(context);
    await rm(path, { force: true });
  }
  return done;
}

/** Nothing is left that this machine could open the seed from: who removes it later need not be told of the seed. */
async function noteErased(context: AccountContext): Promise<void> {
  const erased = (entry: CatalogedDevice | undefined): CatalogedDevice | undefined => {
    if (!entry?.HeldSeed) return entry;
    const { HeldSeed: _held, ...rest } = entry;
    return { ...rest, Updated: dateTime(context.ports.clock.now()) };
  };
  if (context.get(deviceCatalog, context.deviceUdf)?.HeldSeed) {
    await context.transact({ catalogs: [edit(deviceCatalog, context.deviceUdf, erased)] });
  }
}
