/**
 * Notices of what waits for the owner, for something that shows them (a desktop, say): each device tells of a message once, also over restarts, and
 * once more when it waits no longer, wherever it was answered. Told is kept in notices.json; a device that is killed between does not tell twice.
 */
import { join } from "node:path";
import { readFileIfExists, writeFileAtomic } from "../../base/atomic-file.ts";
import { isMeshError } from "../../base/errors.ts";
import type { Struct } from "../../codec/index.ts";
import { count, decodeObject, encodeObject, list, string, struct } from "../../codec/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { WaitingMessage } from "../message/waiting.ts";
import { inspectWaiting } from "../message/waiting.ts";

/** A message that waits, or waits no longer. */
export type Notice =
  | { readonly event: "message"; readonly message: WaitingMessage }
  | { readonly event: "withdrawn"; readonly message: { readonly messageId: string } };

interface Told {
  /** Frame in MMM_Inbound. */
  readonly Index: number;
  readonly MessageId: string;
}
const Told: Struct<Told> = struct<Told>("Told", { Index: count, MessageId: string });
const ToldList: Struct<{ readonly Messages: readonly Told[] }> = struct("ToldList", { Messages: list(Told) });

const pathOf = (dir: string): string => join(dir, "notices.json");

/** What is to be told now; it counts as told. The caller holds the directory. Errors: those of the disk. */
export async function takeNotices(context: AccountContext): Promise<readonly Notice[]> {
  const { waiting } = await inspectWaiting(context);
  const told = await readTold(context);
  const isTold = new Set(told.map(({ Index }) => Index));
  const waits = new Set(waiting.map(({ index }) => index));
  const notices: Notice[] = [
    ...told.filter(({ Index }) => !waits.has(Index)).map(({ MessageId: messageId }): Notice => ({ event: "withdrawn", message: { messageId } })),
    ...waiting.filter(({ index }) => !isTold.has(index)).map((message): Notice => ({ event: "message", message })),
  ];
  if (notices.length > 0) {
    const Messages = waiting.map(({ index: Index, messageId: MessageId }): Told => ({ Index, MessageId }));
    await writeFileAtomic(pathOf(context.dir), encodeObject(ToldList, { Messages }));
  }
  return notices;
}

/** A file that is damaged has told nothing. */
async function readTold({ dir, ports }: AccountContext): Promise<readonly Told[]> {
  const octets = await readFileIfExists(pathOf(dir));
  try {
    return octets ? decodeObject(ToldList, octets).Messages : [];
  } catch (error) {
    if (!isMeshError(error)) throw error;
    ports.log.warn("notices.damaged", { reason: error.message });
    return [];
  }
}
