/** Sends the frames of an epoch that is being made, in pages, from where the service says that it has come. */
import { equalBytes } from "../../base/bytes.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import type { ContainerStatus, MeshClient } from "../../protocol/index.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";

/** Where it goes. */
export interface StageTarget {
  readonly client: Pick<MeshClient, "stage">;
  readonly account: string;
  /** Name of the staged sequence. */
  readonly stage: string;
  /** The service had it, and has lost it. */
  readonly isGivenBack?: boolean;
}

/** Octets of a page as JSON: a request has to stay below what the service takes. */
const pageOctets = 400_000;
const pageFrames = 1024;

/** Frames in pages that a request has room for. */
export async function* framePages(frames: AsyncIterable<DareEnvelope>): AsyncGenerator<readonly DareEnvelope[], void, undefined> {
  let page: DareEnvelope[] = [];
  let octets = 0;
  for await (const envelope of frames) {
    const size = jsonOctets(envelope);
    if (page.length > 0 && (octets + size > pageOctets || page.length === pageFrames)) {
      yield page;
      page = [];
      octets = 0;
    }
    page.push(envelope);
    octets += size;
  }
  if (page.length > 0) yield page;
}

/**
 * Sends what is missing; asking first costs one request, and after a lost answer or a kill nothing is sent twice.
 * @returns false when something else stands there under that name
 * Errors: ERR_CONFLICT when the epoch is not the next one any more; ERR_QUOTA; those of the service.
 */
export async function stageCopy(copy: CatalogReplica, target: StageTarget): Promise<boolean> {
  const { Index: from, Digest: digest } = await stagePage(copy, target, { index: 0, envelopes: [] });
  if (from > copy.count) return false;
  if (from > 0) {
    const own = await copy.treeDigestAt(from - 1);
    if (!own || !digest || !equalBytes(own, digest)) return false;
  }
  let index = from;
  for await (const envelopes of framePages(copy.frames(from))) {
    await stagePage(copy, target, { index, envelopes });
    index += envelopes.length;
  }
  return true;
}

async function stagePage(
  copy: CatalogReplica,
  { client, account, stage, isGivenBack }: StageTarget,
  { index, envelopes }: { readonly index: number; readonly envelopes: readonly DareEnvelope[] },
): Promise<ContainerStatus> {
  const digest = index === 0 ? undefined : await copy.treeDigestAt(index - 1);
  const { ContainerStatus: statuses } = await client.stage({
    Account: account,
    Stage: stage,
    Container: copy.label,
    Epoch: copy.epoch,
    Index: index,
    ...(digest ? { Digest: digest } : {}),
    Envelopes: envelopes,
    ...(isGivenBack ? { GivenBack: true } : {}),
  });
  return statuses[0] ?? { Container: copy.label, Index: 0 };
}

/** Every part stands in base64url. */
function jsonOctets({ headerOctets, body, trailerOctets }: DareEnvelope): number {
  return Math.ceil(((headerOctets?.length ?? 0) + body.length + (trailerOctets?.length ?? 0)) * 1.4) + 64;
}
