/** Reading a spool out of this device's copies: messages page by page, so that a sync can have its turn between them. */
import { equalBytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import type { Head, SpoolLabel } from "../../schema/index.ts";
import type { SpoolMessage, SpoolReplica } from "../store/spool-replica.ts";
import type { Copies } from "./copies.ts";

/** Messages from a frame index on, read as they are asked for. Errors: ERR_NOT_AUTHORIZED. */
export async function* readMessages(copies: Copies, label: SpoolLabel, from: number): AsyncGenerator<SpoolMessage, void, undefined> {
  for (let at: number | undefined = from; at !== undefined; ) {
    const start: number = at;
    const { messages, next } = await copies.reading(() => spoolOf(copies, label).page(start));
    yield* messages;
    at = next;
  }
}

/** One message; undefined when the frame holds none. Errors: ERR_NOT_AUTHORIZED. */
export function readMessage(copies: Copies, label: SpoolLabel, index: number): Promise<SpoolMessage | undefined> {
  return copies.reading(() => spoolOf(copies, label).message(index));
}

/** True when the copy has this very head; undefined while it does not reach that far. Errors: ERR_NOT_AUTHORIZED. */
export function leadsTo(copies: Copies, label: SpoolLabel, { Index, TreeDigest }: Head): Promise<boolean | undefined> {
  return copies.reading(async () => {
    const digest = await spoolOf(copies, label).treeDigestAt(Index);
    return digest && equalBytes(digest, TreeDigest);
  });
}

function spoolOf({ stores }: Copies, label: SpoolLabel): SpoolReplica {
  const spool = stores.spools.get(label);
  if (!spool) throw new MeshError("ERR_NOT_AUTHORIZED", `this device may not read ${label}`);
  return spool;
}
