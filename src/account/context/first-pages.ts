/** The first pages of all stores that have grown, as they came along with a status or are fetched in one exchange: what usually comes is a few frames of two or three stores. */
import { isMeshError } from "../../base/errors.ts";
import type { ContainerUpdate, StatusResponse } from "../../protocol/index.ts";
import type { CatalogLabel, SpoolLabel } from "../../schema/index.ts";
import type { Stores } from "../store/stores.ts";
import { positionOf, replicaOf } from "../store/stores.ts";
import type { SyncClient } from "./patience.ts";

type Label = CatalogLabel | SpoolLabel;

/** Of one exchange; more stores than these seldom grow between two syncs. */
const most = 16;

/** Pages that were fetched and not taken yet. */
export class FirstPages {
  readonly #pages = new Map<string, ContainerUpdate>();

  /** Takes over those that came along with a status, by where they begin. */
  constructor(updates: readonly ContainerUpdate[] = []) {
    for (const update of updates) {
      const from = update.Envelopes[0]?.header.SequenceInfo?.Index;
      if (from !== undefined) this.#pages.set(nameOf(update.Container, update.Epoch ?? 0, from), update);
    }
  }

  /** Fetches those of the stores that the service has more of, where these are several. What the service refuses is left to each store. Errors: those of the service. */
  async fetch(
    {
      client,
      account,
      stores,
      status,
    }: { readonly client: SyncClient; readonly account: string; readonly stores: Stores; readonly status: StatusResponse },
    labels: readonly Label[],
  ): Promise<void> {
    const grown = labels.flatMap((label) => {
      const { Epoch, Index } = positionOf(replicaOf(stores, label));
      const there = status.ContainerStatus.find(({ Container }) => Container === label);
      const isOfEpoch = there !== undefined && (there.Epoch ?? 0) === Epoch && (Epoch === 0 || Index > 0);
      const isLacking = isOfEpoch && there.Index > Index && !this.#pages.has(nameOf(label, Epoch, Index));
      return isLacking ? [{ Container: label, Epoch, IndexMin: Index }] : [];
    });
    if (grown.length < 2) return;
    const Select = grown.slice(0, most);
    const response = await client.download({ Account: account, Select }).catch((error: unknown) => {
      if (!isMeshError(error, "ERR_NOT_AUTHORIZED") && !isMeshError(error, "ERR_NOT_FOUND")) throw error;
      return { Updates: [] };
    });
    for (const { Container, Epoch, IndexMin } of Select) {
      const page = response.Updates.find((update) => update.Container === Container);
      if (page && page.Envelopes.length > 0) this.#pages.set(nameOf(Container, Epoch, IndexMin), page);
    }
  }

  /** The page that goes on from there, once. */
  take(label: Label, epoch: number, from: number): ContainerUpdate | undefined {
    const name = nameOf(label, epoch, from);
    const page = this.#pages.get(name);
    this.#pages.delete(name);
    return page;
  }
}

const nameOf = (label: string, epoch: number, from: number): string => `${label} ${epoch} ${from}`;
