/**
 * Frames of spools that the service wrote once and has lost, given back by an administrator as they were (docs/extensions.md §5, Repair). They have to go
 * on from what is there; whose messages they hold is their own signatures' to say, as ever.
 */
import { MeshError } from "../../base/errors.ts";
import { parseEnvelope } from "../../dare/index.ts";
import type { ContainerUpdate } from "../../protocol/index.ts";
import type { SpoolLabel } from "../../schema/index.ts";
import { isSpool, mayAppend, storeLabel } from "../../schema/index.ts";
import type { Account, Authority } from "../account/account.ts";
import { checkFrames } from "../account/catalog-check.ts";
import { conflict, isEnd } from "../account/container-status.ts";
import { spoolEntry } from "../account/spool.ts";
import type { Append } from "../store/service-store.ts";
import type { ServiceContext } from "./context.ts";
import { checkMessageSize } from "./delivery.ts";

/** Errors: ERR_NOT_AUTHORIZED, ERR_USAGE (a catalog, a spool twice), ERR_CONFLICT, ERR_VERIFICATION, ERR_SCHEMA, ERR_TOO_LARGE. */
export async function framesGivenBack(
  context: ServiceContext,
  account: Account,
  { updates, rights }: { readonly updates: readonly ContainerUpdate[]; readonly rights: Authority["rights"] },
): Promise<readonly Append[]> {
  if (updates.length > 0 && !mayAppend(rights, "MMM_Access"))
    throw new MeshError("ERR_NOT_AUTHORIZED", "only administrators give back what the service has lost");
  const appends: Append[] = [];
  for (const { Container, Envelopes: envelopes, ...place } of updates) {
    const label = spoolLabel(Container);
    if (appends.some(({ store }) => store === label)) throw new MeshError("ERR_USAGE", `${label} stands twice in one request`);
    if (!isEnd(place, await account.end(label)))
      throw conflict(`${label} has grown, or has another history than these frames`, await account.statuses([label]));
    const frontier = await account.frontier(label);
    const index = frontier.count;
    const { frames, encoded } = checkFrames({ label, envelopes, frontier });
    for (const frame of frames) {
      if (frame.index === 0 || spoolEntry(frame) === undefined)
        throw new MeshError("ERR_SCHEMA", `frame ${frame.index} of ${label} is not one that is given back`);
      if (frame.body.length > 0 && (label === "MMM_Inbound" || label === "MMM_Outbound")) checkMessageSize(context, parseEnvelope(frame.body));
    }
    appends.push({ store: label, epoch: 0, index, frames: encoded });
  }
  return appends;
}

function spoolLabel(text: string): SpoolLabel {
  const label = storeLabel(text);
  if (!isSpool(label)) throw new MeshError("ERR_USAGE", `${label} is no spool: its epochs are staged`);
  return label;
}
