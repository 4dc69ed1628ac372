/**
 * Takes the history of a store that the service has in the place of this device's own, which is put aside (docs/extensions.md §5, Repair). What
 * this device knows of removals counts in the other history from where the two part: a service that was put back believes a removed device again,
 * and lets it write.
 */
import { rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileError, syncDirectory } from "../../base/atomic-file.ts";
import { equalBytes } from "../../base/bytes.ts";
import { makeDirectory } from "../../base/directory.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { frameOf, statedTreeDigest } from "../../dare/index.ts";
import type { CatalogLabel, StoreLabel } from "../../schema/index.ts";
import { comparePositions } from "../../schema/index.ts";
import type { DeviceDirectory } from "../context/device-directory.ts";
import type { Writing } from "../context/write.ts";
import type { ApexJudge } from "../store/apex-judge.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";
import { copyPath, fetchFolder, forkedFolder } from "../store/copy-path.ts";
import { replicaOf } from "../store/stores.ts";
import { takeIntoUse } from "./follow.ts";
import { pages } from "./pages.ts";

/** This device's histories that were put aside, and what it knew of the account's devices by them. */
export class Aside {
  readonly #directory: DeviceDirectory;
  readonly #copies: ReadonlyMap<CatalogLabel, CatalogReplica>;
  /** Where the service's history parts from each. */
  readonly #shared = new Map<CatalogLabel, { readonly Epoch: number; readonly Index: number }>();

  private constructor(directory: DeviceDirectory, copies: ReadonlyMap<CatalogLabel, CatalogReplica>) {
    this.#directory = directory;
    this.#copies = copies;
  }

  /** Opens what an earlier run has put aside. */
  static async open({ stores, feed }: Writing, labels: ReadonlyMap<StoreLabel, number>): Promise<Aside> {
    const copies = new Map<CatalogLabel, CatalogReplica>();
    for (const [label, epoch] of labels) {
      if (stores.catalogs.has(label as CatalogLabel))
        copies.set(label as CatalogLabel, await stores.open(label as CatalogLabel, { folder: forkedFolder(stores.folder), epoch }));
    }
    const devices = copies.get("MMM_Device") ?? stores.catalogs.get("MMM_Device");
    return new Aside(devices ? feed.beside(devices).directory : feed.directory, copies);
  }

  get directory(): DeviceDirectory {
    return this.#directory;
  }

  get copies(): ReadonlyMap<CatalogLabel, CatalogReplica> {
    return this.#copies;
  }

  /** Notes that the two histories have the frames before a place in common. */
  shares(label: CatalogLabel, at: { readonly Epoch: number; readonly Index: number }): void {
    this.#shared.set(label, at);
  }

  /** Errors: ERR_VERIFICATION for who may write no more, as far as this device knows, and closes what is not of its history. */
  readonly refuse = (deviceUdf: string, label: CatalogLabel, at: { readonly Epoch?: number; readonly Index: number }): void => {
    const parting = this.#shared.get(label);
    if (!parting || comparePositions(at, parting) < 0 || !this.#directory.isOver(deviceUdf, label)) return;
    throw new MeshError("ERR_VERIFICATION", `${label} was written by ${deviceUdf} after it was removed from the account`);
  };

  async close(): Promise<void> {
    for (const copy of this.#copies.values()) await copy.close();
  }
}

/** What came of it: "cut" when more follows, which cannot be believed: the store begins anew without it. "none" when nothing can: this device's history stays. */
export type Adopted = "whole" | "cut" | "none";

/** Takes what the service has, as far as it can be believed. */
export async function adopt(writing: Writing, label: CatalogLabel, aside: Aside): Promise<Adopted> {
  const { stores, feed } = writing;
  const before = aside.copies.get(label);
  const own = before ?? (replicaOf(stores, label) as CatalogReplica);
  const { epoch } = own;
  const judge = (label === "MMM_Device" ? feed.beside(own) : feed).judgeOf(label);
  const { folder, isWhole, count } = await fetchBelieved(writing, { label, own, aside, judge });
  if (count === 0) return before ? "cut" : "none";
  if (!before) await putAside(stores.folder, { label, epoch });
  await takeIntoUse(label, { folder, epoch }, { stores, feed });
  return isWhole ? "whole" : "cut";
}

/** What is fetched, beside which copy of the same epoch, and who judges it. */
interface Fetching {
  readonly label: CatalogLabel;
  readonly own: CatalogReplica;
  readonly aside: Aside;
  readonly judge: ApexJudge;
}

/** Fetches what the service has of an epoch into a folder of its own, as far as it can be believed. */
export async function fetchBelieved(
  { client, address, stores }: Writing,
  { label, own, aside, judge }: Fetching,
): Promise<{ readonly folder: string; readonly isWhole: boolean; readonly count: number }> {
  const { epoch } = own;
  const folder = fetchFolder(stores.folder);
  await rm(folder, { recursive: true, force: true });
  await makeDirectory(folder);
  const theirs = await stores.open(label, { folder, epoch });
  let isWhole = true;
  let shared = 0;
  aside.shares(label, { Epoch: epoch, Index: shared });
  try {
    for await (const envelopes of pages({ client, account: address }, { store: label, epoch, from: () => theirs.count })) {
      for (const frame of envelopes.map(frameOf)) {
        const digest = frame.index === shared ? await own.treeDigestAt(shared) : undefined;
        if (digest && equalBytes(digest, statedTreeDigest(frame))) shared += 1;
      }
      aside.shares(label, { Epoch: epoch, Index: shared });
      const count = theirs.count;
      await theirs.receive(envelopes, judge);
      if (theirs.count === count) isWhole = false;
      if (!isWhole) break;
    }
  } catch (error) {
    if (!isMeshError(error, "ERR_VERIFICATION")) throw error;
    isWhole = false;
  } finally {
    await theirs.close();
  }
  return { folder, isWhole, count: theirs.count };
}

async function putAside(folder: string, { label, epoch }: { readonly label: CatalogLabel; readonly epoch: number }): Promise<void> {
  const aside = forkedFolder(folder);
  await makeDirectory(aside);
  const path = copyPath(folder, { store: label, epoch });
  try {
    await rename(path, join(aside, basename(path)));
    await syncDirectory(aside);
  } catch (error) {
    throw fileError(error, `cannot put ${path} aside`);
  }
}
