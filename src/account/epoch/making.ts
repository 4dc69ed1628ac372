/** What this device remembers of epochs that it is making, so that it goes on after a kill at any write (docs/extensions.md §5). */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileError, readFileIfExists, syncDirectory, writeFileAtomic } from "../../base/atomic-file.ts";
import { makeDirectory } from "../../base/directory.ts";
import { isMeshError } from "../../base/errors.ts";
import type { Struct } from "../../codec/index.ts";
import { boolean, decodeObject, encodeObject, integer, list, optional, string, struct, word } from "../../codec/index.ts";
import type { AnewReason, CatalogLabel } from "../../schema/index.ts";
import { Head, isCatalog } from "../../schema/index.ts";
import { makingFolder } from "../store/copy-path.ts";

/** One store that begins anew. */
export interface MakingStore {
  readonly Store: string;
  readonly Epoch: number;
  readonly KeyEpoch: number;
}
const MakingStore: Struct<MakingStore> = struct<MakingStore>("EpochMakingStore", { Store: string, Epoch: integer, KeyEpoch: integer });

/** Epochs in the making. */
export interface Making {
  /** Name of the staged sequences at the service. */
  readonly Stage: string;
  /** Of the Transact that switches: asked again, it answers the same. */
  readonly RequestId: string;
  readonly Reason: AnewReason;
  readonly Stores: readonly MakingStore[];
  /** Ends of histories that a Repair unites. */
  readonly Others?: readonly Head[];
  /** The files beside this one are whole; before that they are made anew. */
  readonly Built: boolean;
}
const Making: Struct<Making> = struct<Making>("EpochMaking", {
  Stage: string,
  RequestId: string,
  Reason: word("Rekey", "Compact", "Repair"),
  Stores: list(MakingStore),
  Others: optional(list(Head)),
  Built: boolean,
});

const fileName = "making.json";

/** What is being made; undefined when nothing is. A file that cannot be read is nothing: what it stood for can be begun again. */
export async function loadMaking(folder: string): Promise<Making | undefined> {
  const octets = await readFileIfExists(join(makingFolder(folder), fileName));
  try {
    const making = octets && decodeObject(Making, octets);
    return making?.Stores.every(({ Store }) => isCatalog(Store)) ? making : undefined;
  } catch (error) {
    if (isMeshError(error)) return undefined;
    throw error;
  }
}

/** Errors: ERR_DISK_FULL, ERR_PERMISSION, ERR_STORE. */
export async function saveMaking(folder: string, making: Making): Promise<void> {
  const place = makingFolder(folder);
  await makeDirectory(place);
  await writeFileAtomic(join(place, fileName), encodeObject(Making, making));
}

/** Removes copies that are not whole; the note of what is to be made stays. Errors: ERR_STORE, ERR_PERMISSION. */
export async function dropCopies(folder: string): Promise<void> {
  const place = makingFolder(folder);
  try {
    for (const name of await readdir(place)) if (name !== fileName) await rm(join(place, name), { force: true });
  } catch (error) {
    throw fileError(error, `cannot remove what is in ${place}`);
  }
}

/** Forgets what was made: the note first, so that no half of it is taken for a whole. */
export async function dropMaking(folder: string): Promise<void> {
  const place = makingFolder(folder);
  try {
    await rm(join(place, fileName), { force: true });
    await rm(place, { recursive: true, force: true });
    await syncDirectory(folder);
  } catch (error) {
    throw fileError(error, `cannot remove ${place}`);
  }
}

/** Labels of what is made, MMM_Device last: it states the heads of the others. */
export function labelsOf({ Stores }: Making): readonly { readonly label: CatalogLabel; readonly epoch: number; readonly keyEpoch: number }[] {
  return Stores.flatMap(({ Store: label, Epoch: epoch, KeyEpoch: keyEpoch }) => (isCatalog(label) ? [{ label, epoch, keyEpoch }] : [])).sort(
    (a, b) => Number(a.label === "MMM_Device") - Number(b.label === "MMM_Device"),
  );
}
