/** Waits at the service until a store differs from this device's copy (protocol-09 §7.7). Waits that bring nothing are paced. */
import { isMeshError } from "../../base/errors.ts";
import type { MeshClient } from "../../protocol/index.ts";
import type { StoreLabel } from "../../schema/index.ts";
import { comparePositions, isCatalog, isSpool, isStateSequence } from "../../schema/index.ts";
import type { Stores } from "../store/stores.ts";
import { sequencesOf, statusesOf } from "../store/stores.ts";
import { ofOwnAccount } from "./account-gone.ts";
import { askStatus, wantedOf } from "./sync.ts";
import type { WaitPace } from "./wait-pace.ts";

/** What to wait for, and how long. */
export interface StoreWait {
  readonly stores: readonly StoreLabel[];
  readonly seconds: number;
  readonly signal?: AbortSignal;
  /** A sync of all stores follows: what it asks is asked at once, while it waits for its turn. */
  readonly thenAll?: boolean;
}

/** Waits once, for what others write. @returns true when something differs. Errors: those of the service; the signal's reason. */
export async function waitForStores(
  around: { readonly client: MeshClient; readonly address: string; readonly copies: Stores; readonly pace: WaitPace },
  { stores, seconds, signal, thenAll = false }: StoreWait,
): Promise<boolean> {
  const { client, address, copies, pace } = around;
  const sequences = [...new Set(stores.flatMap((label) => [label, ...sequencesOf(copies, label).map((replica) => replica.label)]))];
  const held = statusesOf(copies, sequences);
  const known = held.map((status, at) => copies.own.withOwn(status, sequences[at] ?? "MMM_Local"));
  const name = known.map(({ Container, Epoch = 0, Index }) => `${Container} ${Epoch} ${Index}`).join();
  const request = {
    Account: address,
    Catalogs: stores.filter(isCatalog),
    Spools: stores.filter(isSpool),
    Wait: seconds,
    Known: known,
    Writers: true,
  };
  const response = await pace
    .run({ known: name, seconds, signal }, () => client.status(request, signal ? { signal } : {}))
    .catch((error: unknown) => {
      // A role was taken away: the next sync learns which one.
      if (isMeshError(error, "ERR_NOT_AUTHORIZED")) return undefined;
      throw ofOwnAccount(address, error);
    });
  if (response === undefined) return true;
  if (thenAll) copies.last.put(statusesOf(copies, wantedOf(copies, undefined)), askStatus({ client, account: address, stores: copies }));
  else copies.last.put(held, Promise.resolve(response));
  return response.ContainerStatus.some((status) => {
    const copy = known.find(({ Container }) => Container === status.Container);
    return copy === undefined ? isStateSequence(status.Container) && status.Index > 0 : comparePositions(copy, status) !== 0;
  });
}
