/**
 * MMM_Command keeps the bodies of commands, of their answers, of what guests say, and of codes that a hub was asked to reach for a day, those of other messages until a
 * day after an administrator has closed them (extensions §5): what a house was told to do is nobody's history. Their digests stay, so that every copy
 * of the spool is proven as before.
 */
import { fromDateTime } from "../../base/clock.ts";
import type { SequenceFrame } from "../../dare/index.ts";
import { decodeContentMeta, isRedacted, parseEnvelope } from "../../dare/index.ts";
import { guestOrder, MessageComplete, peekObject, RequestCommand, RequestJoin, RespondCommand } from "../../schema/index.ts";
import type { Limits } from "../limits.ts";
import type { Account } from "./account.ts";
import type { SpoolMessage } from "./spool.ts";
import { closedBy, spoolEntry } from "./spool.ts";

const spool = "MMM_Command";
const erased: ReadonlySet<string | undefined> = new Set([RequestCommand.tag, RespondCommand.tag, RequestJoin.tag, guestOrder]);
/** Messages that one MessageComplete closes. */
const mostClosed = 64;

/** A message of an administrator with the places of those that it closes, each named by its place and its envelope; undefined places are passed over. */
export async function closing(account: Account, message: SpoolMessage): Promise<SpoolMessage> {
  if (message.messageType !== MessageComplete.tag) return message;
  const { References } = peekObject(MessageComplete, parseEnvelope(message.octets));
  const { count } = await account.end(spool);
  const closes: number[] = [];
  for (const { Index: index = 0, MessageId: name } of References.slice(0, mostClosed)) {
    if (index < 1 || index >= count) continue;
    for await (const frame of account.frames(spool, { from: index, to: index + 1 })) if (spoolEntry(frame)?.envelopeId === name) closes.push(index);
  }
  return { ...message, closes };
}

/** Erases what is due among the next frames. @returns when to look again, milliseconds since 1970; undefined when nothing is left */
export async function sweepCommands(account: Account, options: { readonly now: number; readonly limits: Limits }): Promise<number | undefined> {
  const { now, limits } = options;
  const { count, swept = 0 } = await account.end(spool);
  const indexes: number[] = [];
  let to = swept;
  let next: number | undefined;
  for await (const frame of account.frames(spool, { from: swept, to: swept + limits.sweepFrames })) {
    const received = fromDateTime(frame.header.Received ?? "");
    if (received > now - limits.commandBodyMs) {
      next = received + limits.commandBodyMs;
      break;
    }
    if (isErased(frame)) indexes.push(frame.index);
    for (const index of closedBy(frame)) if (await hasBody(account, index)) indexes.push(index);
    to = frame.index + 1;
  }
  if (to > swept) await account.erase(spool, { indexes, to });
  return next ?? (to < count ? now : undefined);
}

function isErased(frame: SequenceFrame): boolean {
  return frame.index > 0 && !isRedacted(frame) && erased.has(decodeContentMeta(frame.header.ContentMetaData).MessageType);
}

async function hasBody(account: Account, index: number): Promise<boolean> {
  for await (const frame of account.frames(spool, { from: index, to: index + 1 })) return !isRedacted(frame);
  return false;
}
