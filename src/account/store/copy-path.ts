/**
 * Where the copies of an account's stores are: `LABEL.dare`, for epoch E above 0 of a catalog `LABEL.E.dare`; what a hub writes is `MMM_State.HUB`. A new epoch is fetched, or made, in
 * a folder of its own and renamed into place when it is whole: a device that is killed on the way has the old one, or the new one.
 */
import { readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileError, syncDirectory } from "../../base/atomic-file.ts";
import type { CatalogLabel, StoreLabel } from "../../schema/index.ts";
import { isCatalog, isSpool, storeLabels } from "../../schema/index.ts";

/** One sequence of a store. */
export interface CopyName {
  readonly store: StoreLabel;
  readonly epoch: number;
}

/** Files that a copy keeps beside it and that can be made anew. */
export const sidecars = [".idx", ".live"] as const;

/** Where the copies of an account's directory are. */
export function storesFolder(dir: string): string {
  return resolve(dir, "stores");
}

/** Where epochs are fetched until they are whole. */
export function fetchFolder(folder: string): string {
  return join(folder, "next");
}

/** Where this device makes epochs until the service has taken them. */
export function makingFolder(folder: string): string {
  return join(folder, "begun");
}

/** Where this device's histories of stores are until they are united with those of the service. */
export function forkedFolder(folder: string): string {
  return join(folder, "forked");
}

/** Where the service's histories are that lack whole epochs, until those are given back and the two are united. */
export function behindFolder(folder: string): string {
  return join(folder, "behind");
}

/** Stores of which the service had lost epochs, with the epoch that it was in. Errors: ERR_STORE, ERR_PERMISSION. */
export function behindCopies(folder: string): Promise<ReadonlyMap<StoreLabel, number>> {
  return newestEpochs(behindFolder(folder));
}

/** Stores whose history was put aside, with its epoch. Errors: ERR_STORE, ERR_PERMISSION. */
export function forkedCopies(folder: string): Promise<ReadonlyMap<StoreLabel, number>> {
  return newestEpochs(forkedFolder(folder));
}

/** The file of a copy. */
export function copyPath(folder: string, { store, epoch }: CopyName): string {
  return join(folder, epoch === 0 ? `${store}.dare` : `${store}.${epoch}.dare`);
}

/** Which copy a file is; undefined when it is none. */
export function copyName(path: string): CopyName | undefined {
  const [, store = "", epoch = "0"] = /^(MMM_[A-Za-z]+(?:\.[A-Z][A-Z2-7-]+)?)(?:\.([1-9]\d{0,14}))?\.dare$/.exec(basename(path)) ?? [];
  return isCatalog(store) || (isSpool(store) && epoch === "0") ? { store, epoch: Number(epoch) } : undefined;
}

/** The newest epoch of each store that has a file in a folder, were it only the mark of a copy that was set aside. Errors: ERR_STORE, ERR_PERMISSION. */
export async function newestEpochs(folder: string): Promise<ReadonlyMap<StoreLabel, number>> {
  const newest = new Map<StoreLabel, number>();
  for (const name of await namesIn(folder)) {
    const copy = copyName(name.replace(/\.seen$/, ""));
    if (copy) newest.set(copy.store, Math.max(copy.epoch, newest.get(copy.store) ?? 0));
  }
  return newest;
}

/** Puts a whole epoch in its place, durably. Nobody may have its file open. */
export async function putInPlace(path: string, folder: string): Promise<string> {
  const place = join(folder, basename(path));
  try {
    for (const end of sidecars) await rm(place + end, { force: true });
    await rename(path, place);
    for (const end of sidecars) await rename(path + end, place + end).catch(() => undefined);
    await syncDirectory(folder);
    await syncDirectory(dirname(path));
  } catch (error) {
    throw fileError(error, `cannot move ${path} to ${place}`);
  }
  return place;
}

/**
 * Removes the copies of epochs of a catalog that are older than `oldest`: what they held is over, and a hub's disk is small.
 * What cannot be removed stays.
 */
export async function removeFormer(folder: string, store: CatalogLabel, oldest: number): Promise<void> {
  for (const name of await namesIn(folder)) {
    const copy = copyName(name);
    if (copy?.store !== store || copy.epoch >= oldest) continue;
    for (const end of ["", ...sidecars]) await rm(join(folder, name + end), { force: true }).catch(() => undefined);
  }
}

/** Erases what is left of a catalog's former epochs: copies, damaged ones that were kept, histories that were put aside. Errors: ERR_STORE, ERR_PERMISSION. */
export async function eraseFormer(folder: string, store: CatalogLabel, inForce: number): Promise<void> {
  const last = basename(copyPath(folder, { store, epoch: inForce }));
  await erase(folder, (name) => name.startsWith(`${store}.`) && copyName(name.replace(/\.(idx|live)$/, "")) !== undefined && !name.startsWith(last));
  for (const place of [join(folder, "kept"), forkedFolder(folder), behindFolder(folder)]) await erase(place, (name) => name.startsWith(`${store}.`));
}

/** Erases every copy but those of the stores named, damaged ones that were kept and epochs in the making among them. Errors: ERR_STORE, ERR_PERMISSION. */
export async function eraseOthers(folder: string, kept: readonly StoreLabel[]): Promise<void> {
  const others = storeLabels.filter((label) => !kept.includes(label));
  for (const place of [folder, join(folder, "kept"), fetchFolder(folder), makingFolder(folder), forkedFolder(folder), behindFolder(folder)]) {
    await erase(place, (name) => others.some((label) => name.startsWith(`${label}.`)));
  }
}

/** Errors: ERR_STORE, ERR_PERMISSION. */
async function erase(place: string, isMeant: (name: string) => boolean): Promise<void> {
  const left = (await namesIn(place)).filter(isMeant);
  for (const name of left) {
    await rm(join(place, name), { recursive: true, force: true }).catch((error: unknown) => {
      throw fileError(error, `cannot erase ${join(place, name)}`);
    });
  }
  if (left.length > 0) await syncDirectory(place);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw fileError(error, `cannot read ${folder}`);
  }
}
