/**
 * Notices of what waits for the owner, for something that shows them (a desktop, say): each device tells of a message, also over restarts, and once
 * more when it waits no longer, wherever it was answered. What was told is kept in notices.json after it was told: a device that is killed
 * between tells it again.
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
  | { readonly event: "withdrawn"; readonly message: { readonly index: number; readonly messageId: string } };

interface Told {
  /** Frame in MMM_Inbound. */
  readonly Index: number;
  readonly MessageId: string;
}
const Told: Struct<Told> = struct<Told>("Told", { Index: count, MessageId: string });
const ToldList: Struct<{ readonly Messages: readonly Told[] }> = struct("ToldList", { Messages: list(Told) });

const pathOf = (dir: string): string => join(dir, "notices.json");

/** The notices of one run. */
export class NoticeBook {
  /** By event and frame: on its way, or told and not noted yet. */
  readonly #telling = new Set<string>();
  readonly #told = new Map<string, Notice>();

  /** Notes what was told, and gives what is to be told now: it counts as under way. The caller holds the directory. Errors: those of the disk. */
  async take(context: AccountContext): Promise<readonly Notice[]> {
    const { waiting } = await inspectWaiting(context);
    const told = await this.#note(context);
    const isTold = new Set(told.map(({ Index }) => Index));
    const waits = new Set(waiting.map(({ index }) => index));
    const due: Notice[] = [
      ...told
        .filter(({ Index }) => !waits.has(Index))
        .map(({ Index, MessageId }): Notice => ({ event: "withdrawn", message: { index: Index, messageId: MessageId } })),
      ...waiting.filter(({ index }) => !isTold.has(index)).map((message): Notice => ({ event: "message", message })),
    ];
    const fresh = due.filter((notice) => !this.#telling.has(keyOf(notice)));
    for (const notice of fresh) this.#telling.add(keyOf(notice));
    return fresh;
  }

  /** What became of a notice: one that could not be told is taken again. */
  settle(notice: Notice, isTold: boolean): void {
    if (isTold) this.#told.set(keyOf(notice), notice);
    else this.#telling.delete(keyOf(notice));
  }

  /** Notes what was told. The caller holds the directory. Errors: those of the disk. */
  async note(context: AccountContext): Promise<void> {
    await this.#note(context);
  }

  /** @returns what is noted of messages that wait, or waited when it was told */
  async #note(context: AccountContext): Promise<readonly Told[]> {
    const before = await readTold(context);
    if (this.#told.size === 0) return before;
    const after = new Map(before.map((told) => [told.Index, told]));
    for (const { event, message } of this.#told.values()) {
      if (event === "message") after.set(message.index, { Index: message.index, MessageId: message.messageId });
      else after.delete(message.index);
    }
    const Messages = [...after.values()];
    await writeFileAtomic(pathOf(context.dir), encodeObject(ToldList, { Messages }));
    for (const key of this.#told.keys()) this.#telling.delete(key);
    this.#told.clear();
    return Messages;
  }
}

const keyOf = ({ event, message: { index } }: Notice): string => `${event} ${index}`;

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
