/** The frames of one epoch, as a service gives them page by page. */
import type { DareEnvelope } from "../../dare/index.ts";
import type { SyncClient } from "../context/patience.ts";

/** Whose stores are asked for. */
export interface PagesOptions {
  readonly client: Pick<SyncClient, "download">;
  readonly account: string;
}

/** Pages of an epoch, each from the frame on that `from` names by then. Errors: ERR_NOT_FOUND when the service does not keep it. */
export async function* pages(
  { client, account }: PagesOptions,
  { store, epoch, from }: { readonly store: string; readonly epoch: number; readonly from: () => number },
): AsyncGenerator<readonly DareEnvelope[], void, undefined> {
  for (;;) {
    const { Updates } = await client.download({ Account: account, Select: [{ Container: store, Epoch: epoch, IndexMin: from() }] });
    const update = Updates.find(({ Container }) => Container === store);
    if (!update || update.Envelopes.length === 0) return;
    yield update.Envelopes;
    if (from() >= update.Index) return;
  }
}
