/** Archives and logs that commands write: new ones appear when they are whole, old ones are appended to by one process at a time. dare-12 §4, §7. */
import { dirname, resolve } from "node:path";
import { exclusively } from "../../../account/index.ts";
import { MeshError } from "../../../base/errors.ts";
import { FreshFile } from "../../../base/fresh-file.ts";
import type { ContainerType, DarePolicy } from "../../../dare/index.ts";
import { ArchiveFile, CatalogFile, PublicParameters, policyRules, publicParametersOf } from "../../../dare/index.ts";
import type { Invocation } from "../surroundings.ts";
import type { Sealing } from "./sealing.ts";

/** What is made. */
export interface NewSequence {
  readonly file: string;
  readonly replace: boolean;
  readonly containerType: ContainerType;
  readonly contentType: string;
  readonly sealing: Sealing;
}

/** Makes a sequence and fills it; nothing is there when the task fails. Errors: ERR_EXISTS, those of the disk and of the task. */
export async function makeSequence<T>(call: Invocation, made: NewSequence, task: (catalog: CatalogFile) => Promise<T>): Promise<T> {
  const { sealing, containerType, contentType } = made;
  const file = await FreshFile.create({ path: resolve(made.file), replace: made.replace, mode: 0o666 });
  try {
    const policy = policyOf(sealing);
    const catalog = await CatalogFile.open({
      ...writing(call, sealing),
      path: file.partPath,
      create: true,
      containerType,
      contentType,
      ...(policy && { policy }),
    });
    let result: T;
    try {
      result = await task(catalog);
    } finally {
      await catalog.close();
    }
    call.signal.throwIfAborted();
    await file.commit();
    return result;
  } finally {
    await file.discard();
  }
}

/** Later entries are for the same readers, without being told so. */
function policyOf({ recipients, symmetricKey }: Sealing): DarePolicy | undefined {
  if (!recipients && !symmetricKey) return undefined;
  const keys = (recipients ?? []).map((key) => PublicParameters.encode(publicParametersOf(key)));
  return { Encryption: "Session", ...(keys.length > 0 && { EncryptKeys: keys }) };
}

/** Appends to a sequence. Errors: ERR_NOT_FOUND, ERR_LOCKED, ERR_KEY when entries have to be encrypted and nobody is named to read them. */
export async function appendTo<T>(
  call: Invocation,
  { file, sealing }: { readonly file: string; readonly sealing: Sealing },
  task: (archive: ArchiveFile) => Promise<T>,
): Promise<T> {
  const path = resolve(file);
  return exclusively({ dir: dirname(path), purpose: `meshman (writing ${file})`, clock: call.ports.clock }, async () => {
    const archive = await ArchiveFile.open({ ...writing(call, sealing), path, containerType: "Merkle" });
    try {
      const { header } = await archive.catalog.entries.sequence.read(0);
      const { encryption, encryptKeys } = policyRules(header.policy);
      const isReadable = encryptKeys.length > 0 || sealing.recipients !== undefined || sealing.symmetricKey !== undefined;
      if (encryption !== "None" && !isReadable)
        throw new MeshError("ERR_KEY", `the entries of ${file} are encrypted under a key`, { hint: "give it by --key-file" });
      return await task(archive);
    } finally {
      await archive.close();
    }
  });
}

function writing({ ports }: Invocation, { recipients, symmetricKey, signers }: Sealing) {
  const [signer] = signers;
  return {
    random: ports.random,
    log: ports.log,
    ...(recipients && { recipients }),
    ...(symmetricKey && { symmetricKey }),
    ...(signer && { signer }),
  };
}
