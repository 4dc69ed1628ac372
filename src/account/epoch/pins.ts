/**
 * Heads that frames have to lead to. What a removed device wrote stays believed by its place, and together with the service it can put other frames
 * there for whoever is behind: so a copy takes in what leads to the very heads that the removal states, by their digests, or what comes after them
 * (docs/extensions.md §5).
 */
import { equalBytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import { decodeObject } from "../../codec/index.ts";
import type { DareEnvelope, SequenceFrame } from "../../dare/index.ts";
import { checkFrame, frameOf, TreeFrontier } from "../../dare/index.ts";
import type { CatalogLabel, Head } from "../../schema/index.ts";
import { SequenceApex } from "../../schema/index.ts";
import type { DeviceDirectory } from "../context/device-directory.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";
import type { PagesOptions } from "./pages.ts";
import { pages } from "./pages.ts";

/** Where frames come from, and whose removals are known. */
export interface PinOptions extends PagesOptions {
  readonly directory: DeviceDirectory;
}

/**
 * Looks ahead, before anything of an epoch is taken in. Nothing is asked for where no removal speaks of what is new, or the head is on the first page. @param first frames that go on from `after`
 * Errors: ERR_FORK, ERR_ROLLBACK; ERR_NOT_FOUND when what lies between is not kept any more.
 */
export async function checkAhead(
  {
    label,
    epoch,
    after,
    first,
  }: { readonly label: CatalogLabel; readonly epoch: number; readonly after: TreeFrontier; readonly first: readonly DareEnvelope[] },
  options: PinOptions,
): Promise<void> {
  const pin = await pinOf(label, epoch, options);
  if (pin && pin.Index >= after.count) await walkTo(pin, { ...options, after, first });
}

/** Errors: ERR_FORK when a copy has come to a pinned head by other frames. */
export async function checkHeld(replica: CatalogReplica, directory: DeviceDirectory): Promise<void> {
  const pin = directory.pin(replica.label);
  if (!pin || (pin.Epoch ?? 0) !== replica.epoch) return;
  const own = await replica.treeDigestAt(pin.Index);
  if (own && !equalBytes(own, pin.TreeDigest)) throw otherHistory(pin);
}

/** The head of an epoch that a removal states, or that a later epoch goes on from which leads to one. Cost = the frames of the epochs between. */
async function pinOf(label: CatalogLabel, epoch: number, options: PinOptions): Promise<Head | undefined> {
  let pin = options.directory.pin(label);
  while (pin && (pin.Epoch ?? 0) > epoch) {
    let former: Head | undefined;
    await walkTo(pin, {
      ...options,
      after: new TreeFrontier(),
      each: ({ isMeta, body, index }) => {
        if (isMeta && index > 0) former = decodeObject(SequenceApex, body).Former ?? former;
      },
    });
    pin = former;
  }
  return pin && (pin.Epoch ?? 0) === epoch ? pin : undefined;
}

/** What a walk needs. */
interface Walk extends PagesOptions {
  /** The frames before the first one. */
  readonly after: TreeFrontier;
  /** Frames that are there already. */
  readonly first?: readonly DareEnvelope[];
  readonly each?: (frame: SequenceFrame) => void;
}

/**
 * Goes through the frames of an epoch up to a head; its tree digest commits to every one of them. Nothing is kept. Errors: ERR_FORK when they lead to
 * another one, ERR_ROLLBACK when the service does not have it; ERR_NOT_FOUND when it does not keep the epoch.
 */
export async function walkTo(head: Head, { client, account, after, first = [], each }: Walk): Promise<void> {
  const frontier = after.copy();
  const isThere = (envelopes: readonly DareEnvelope[]): boolean => {
    for (const frame of envelopes.map(frameOf)) {
      checkFrame(frame, frontier);
      each?.(frame);
      if (frame.index !== head.Index) continue;
      if (frontier.last && equalBytes(frontier.last, head.TreeDigest)) return true;
      throw otherHistory(head);
    }
    return false;
  };
  if (isThere(first)) return;
  const { Store: store, Epoch: epoch = 0 } = head;
  for await (const envelopes of pages({ client, account }, { store, epoch, from: () => frontier.count })) {
    if (isThere(envelopes)) return;
  }
  throw new MeshError("ERR_ROLLBACK", `the service has ${frontier.count} frames of ${store}, this device was told of ${head.Index + 1}`, {
    detail: { store },
  });
}

function otherHistory({ Store: store, Index: index }: Head): MeshError {
  return new MeshError("ERR_FORK", `the service has another history of ${store} up to frame ${index} than this device was told of`, {
    detail: { store },
  });
}
