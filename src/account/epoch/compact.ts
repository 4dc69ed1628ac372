/** An owner's request that stores begin anew with what they hold, without what is over (docs/extensions.md §5). What they began from is kept until it is purged. */
import { MeshError } from "../../base/errors.ts";
import type { CatalogLabel } from "../../schema/index.ts";
import { catalogLabels } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";

/** A store before and after. */
export interface Compacted {
  readonly store: CatalogLabel;
  readonly before: number;
  readonly after: number;
}

/** A store is worth it when it has so many frames, and so many times what it holds. */
const leastFrames = 64;
const growth = 2;
const attempts = 4;

/**
 * Compacts the stores named, or all that are worth it; all of them or none. Errors: ERR_NOT_AUTHORIZED when this device is no administrator or does not
 * read a store; ERR_CONFLICT when others begin epochs again and again; ERR_QUOTA; those of the service and the disk.
 */
export async function compactStores(context: AccountContext, named?: readonly CatalogLabel[]): Promise<readonly Compacted[]> {
  administratorOf(context);
  const sizes = (labels: readonly CatalogLabel[]) => labels.map((label) => ({ label, ...context.sizeOf(label) }));
  const readable = catalogLabels.filter((label) => context.keys.storeKeys.has(label));
  const isWorth = ({ frames, live }: { readonly frames: number; readonly live: number }): boolean => frames >= leastFrames && frames > growth * live;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    // What an earlier run began goes first: it is in the way of anything else.
    await context.resumeEpochs();
    const chosen = sizes(named ?? readable).filter((size) => size.frames > 0 && (named !== undefined || isWorth(size)));
    if (chosen.length === 0) return [];
    const outcome = await context.beginEpochs({ reason: "Compact", stores: chosen });
    if (outcome === "begun") return chosen.map(({ label, frames }) => ({ store: label, before: frames, after: context.sizeOf(label).frames }));
    await context.sync();
  }
  throw new MeshError("ERR_CONFLICT", "other machines begin epochs of the same stores again and again");
}
