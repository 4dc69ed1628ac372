/**
 * Waits at the service until a store differs from this device's copy (protocol-09 §7.7). What came goes along with the answer, for the sync that follows.
 * Waits that bring nothing are paced.
 */
import { isMeshError } from "../../base/errors.ts";
import type { MeshClient } from "../../protocol/index.ts";
import type { StoreLabel } from "../../schema/index.ts";
import { comparePositions, isCatalog, isSpool, isStateSequence, storeOf } from "../../schema/index.ts";
import type { Stores } from "../store/stores.ts";
import { sequencesOf, statusesOf } from "../store/stores.ts";
import { ofOwnAccount } from "./account-gone.ts";
import { wantedOf } from "./sync.ts";
import type { WaitPace } from "./wait-pace.ts";

/** A service gives the frames of no more stores at once; of others they are fetched. */
const mostSelected = 64;

/** What to wait for, and how long. */
export interface StoreWait {
  readonly stores: readonly StoreLabel[];
  readonly seconds: number;
  readonly signal?: AbortSignal;
  /** Stores that the sync which follows brings up to date, too: they are told of with news, and end no wait. */
  readonly beside?: readonly StoreLabel[];
}

/** Waits once, for what others write. @returns true when something differs. Errors: those of the service; the signal's reason. */
export async function waitForStores(
  around: { readonly client: MeshClient; readonly address: string; readonly copies: Stores; readonly pace: WaitPace },
  { stores, seconds, signal, beside = [] }: StoreWait,
): Promise<boolean> {
  const { client, address, copies, pace } = around;
  const sequences = [...new Set(stores.flatMap((label) => [label, ...sequencesOf(copies, label).map((replica) => replica.label)]))];
  const others = wantedOf(copies, beside).filter((label) => !sequences.includes(label));
  const held = statusesOf(copies, sequences);
  const heldBeside = statusesOf(copies, others);
  const known = held.map((status, at) => copies.own.withOwn(status, sequences[at] ?? "MMM_Local"));
  const name = known.map(({ Container, Epoch = 0, Index }) => `${Container} ${Epoch} ${Index}`).join();
  const request = {
    Account: address,
    Catalogs: stores.filter(isCatalog),
    Spools: stores.filter(isSpool),
    ...(others.length === 0 ? {} : { Beside: [...new Set(others.map(storeOf))] }),
    Wait: seconds,
    Known: known,
    Select: [...held, ...heldBeside].slice(0, mostSelected).map(({ Container, Epoch, Index }) => ({
      Container,
      IndexMin: Index,
      ...(Epoch === undefined ? {} : { Epoch }),
    })),
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
  copies.last.put([...held, ...heldBeside], Promise.resolve(response));
  const awaited: readonly string[] = stores;
  return response.ContainerStatus.some((status) => {
    const { Container: label } = status;
    if (!awaited.includes(label) && !(isCatalog(label) && awaited.includes(storeOf(label)))) return false;
    const copy = known.find(({ Container }) => Container === label);
    return copy === undefined ? isStateSequence(label) && status.Index > 0 : comparePositions(copy, status) !== 0;
  });
}
