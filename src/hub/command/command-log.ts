/**
 * What the hub has done with remote commands, on disk (extensions §7): a request is noted before it is acted on, its answer before it is
 * sent. So a command is never carried out twice and always answered, whatever the power does. Entries are forgotten when they have expired.
 */
import { fromUtf8, utf8 } from "../../base/bytes.ts";
import { fromDateTime } from "../../base/clock.ts";
import { Journal } from "../../base/journal.ts";
import { Tally } from "../../base/tally.ts";
import { decodeObject, encodeObject } from "../../codec/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { encodeEnvelope, parseEnvelope } from "../../dare/index.ts";
import type { Result } from "../../schema/index.ts";
import { RequestCommand } from "../../schema/index.ts";
import type { OpenFile } from "../salvage.ts";
import { openAsItIs } from "../salvage.ts";

/** A refusal as it goes into the answer. */
export interface NotedRefusal {
  readonly result: Exclude<Result, "Accept">;
  readonly report: string;
}

/** One command that was taken. */
export interface TakenCommand {
  readonly request: RequestCommand;
  /** Fingerprint of the device that signed it. */
  readonly sender: string;
  /** Index of its frame in MMM_Command. */
  readonly index: number;
  /** Stores of which its sender has seen less than the hub; not kept over a restart. */
  readonly behind?: readonly string[];
  /** It is not to be carried out. */
  readonly refusal?: NotedRefusal;
  /** The answer, when there is one; sent exactly as it is here. */
  readonly answer?: DareEnvelope;
  readonly sent: boolean;
}

type CommandRecord =
  | { readonly take: string; readonly sender: string; readonly index: number; readonly refusal?: NotedRefusal }
  | { readonly answer: string; readonly envelope: string }
  | { readonly sent: string }
  /** Everything in the spool before this index has been looked at. */
  | { readonly cursor: number; readonly time?: number };

const spareLines = 512;
/** Kept this long beyond their expiry, for a clock that moves in steps. */
const keepMs = 600_000;
/** An answer that could not be sent for a day is of no use to anybody. */
const keepUnsentMs = 86_400_000;
/** Refused commands of one sender that are remembered: it can send as many as it likes, and date them as it likes. */
const mostRefused = 256;
/** Commands of one sender that were carried out and are remembered: more than anybody gives in a quarter of an hour. */
const mostGiven = 1024;

/** The journal of remote commands. */
export class CommandLog {
  readonly #journal: Journal<CommandRecord>;
  readonly #taken = new Map<string, TakenCommand>();
  /** By sender: how many of `#taken` are not refused. */
  readonly #given = new Tally();
  /**
   * By sender, the first and last expiry of refused commands that were forgotten: between them its commands cannot be told from those. Not kept
   * over a restart, after which every older command names another start of the hub.
   */
  readonly #forgotten = new Map<string, { readonly first: number; readonly last: number }>();
  #cursor = 0;
  #time: number | undefined;
  #lines: number;

  private constructor(journal: Journal<CommandRecord>, records: readonly CommandRecord[]) {
    this.#journal = journal;
    this.#lines = records.length;
    for (const record of records) this.#replay(record);
  }

  /**
   * Opens or makes the journal. One that is begun anew passes over the commands that are in the spool: nobody knows which of them were carried out
   * before. What comes to the spool later and was signed earlier names another CommandEpoch, and is refused for that.
   * @param options.spoolCount frames of MMM_Command
   * Errors: ERR_STORE_DAMAGED, ERR_STORE, ERR_PERMISSION, ERR_DISK_FULL.
   */
  static async open(options: { readonly path: string; readonly spoolCount?: () => number; readonly openFile?: OpenFile }): Promise<CommandLog> {
    const { path, spoolCount = () => 0, openFile = openAsItIs } = options;
    return openFile({
      path,
      lost: "commands from afar that were sent before are neither carried out nor answered",
      open: () => Journal.read<CommandRecord, CommandLog>({ path }, (journal, records) => new CommandLog(journal, records)),
      anew: (log) => log.passOver(spoolCount()),
    });
  }

  /** Index in MMM_Command from which on messages are new. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Last trusted time that was noted. */
  get time(): number | undefined {
    return this.#time;
  }

  has(messageId: string): boolean {
    return this.#taken.has(messageId);
  }

  /** True for a command that cannot be told from one that was refused and forgotten. */
  mayBeForgotten({ sender, request }: Pick<TakenCommand, "sender" | "request">): boolean {
    const forgotten = this.#forgotten.get(sender);
    const expires = fromDateTime(request.Expires);
    return forgotten !== undefined && forgotten.first <= expires && expires <= forgotten.last;
  }

  /** True while so many commands of a sender are remembered that none may be added: each may come again until it has expired. */
  isFull(sender: string): boolean {
    return this.#given.of(sender) >= mostGiven;
  }

  /** Commands whose answer has not been sent, oldest first. */
  open(): readonly TakenCommand[] {
    return [...this.#taken.values()].filter(({ sent }) => !sent);
  }

  /** Notes a command, and in the same stroke that it is refused, before it is acted on; resolves when that is on disk. */
  async take(taken: Omit<TakenCommand, "answer" | "sent">): Promise<void> {
    const { MessageId } = taken.request;
    this.#remember({ ...taken, sent: false });
    try {
      await this.#write(takeRecord(taken));
    } catch (error) {
      this.#forget(MessageId);
      throw error;
    }
  }

  /** Notes the answer before it is sent. */
  async answer(messageId: string, envelope: DareEnvelope): Promise<void> {
    const taken = this.#taken.get(messageId);
    if (taken) this.#taken.set(messageId, { ...taken, answer: envelope });
    await this.#write({ answer: messageId, envelope: fromUtf8(encodeEnvelope(envelope)) });
  }

  /** Notes that the service has the answer. */
  async sent(messageId: string): Promise<void> {
    const taken = this.#taken.get(messageId);
    if (taken) this.#taken.set(messageId, { ...taken, sent: true });
    await this.#write({ sent: messageId });
  }

  /** Notes how far the spool has been looked at, and forgets what has expired. */
  async advance(cursor: number, time: number): Promise<void> {
    if (cursor <= this.#cursor) return;
    this.#cursor = cursor;
    this.#time = time;
    for (const [id, { request, sent }] of this.#taken) {
      const age = time - fromDateTime(request.Expires);
      if (age > (sent ? keepMs : keepUnsentMs)) this.#forget(id);
    }
    for (const [sender, { last }] of this.#forgotten) if (last <= time) this.#forgotten.delete(sender);
    this.#makeRoom();
    await this.#write({ cursor, time });
  }

  /** Passes over what the spool holds up to here: which of it was carried out before is not known any more. Resolves when it is on disk. */
  async passOver(count: number): Promise<void> {
    this.#cursor = Math.max(this.#cursor, count);
    await this.#write({ cursor: this.#cursor, ...(this.#time === undefined ? {} : { time: this.#time }) });
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  /**
   * What was carried out stays until it has expired: forgotten before, it could be carried out again. Of the refused ones of a sender those are
   * forgotten that expire last: what comes back of them is far off, and keeps nothing out that is sent now.
   */
  #makeRoom(): void {
    const refused = new Map<string, RequestCommand[]>();
    for (const { sender, request, refusal } of this.#taken.values()) {
      if (!refusal) continue;
      const own = refused.get(sender);
      if (own) own.push(request);
      else refused.set(sender, [request]);
    }
    for (const [sender, own] of refused) {
      if (own.length <= mostRefused) continue;
      own.sort((a, b) => fromDateTime(a.Expires) - fromDateTime(b.Expires));
      for (const { MessageId, Expires } of own.slice(mostRefused)) {
        this.#forget(MessageId);
        const at = fromDateTime(Expires);
        const { first, last } = this.#forgotten.get(sender) ?? { first: at, last: at };
        this.#forgotten.set(sender, { first: Math.min(first, at), last: Math.max(last, at) });
      }
    }
  }

  #remember(taken: TakenCommand): void {
    this.#taken.set(taken.request.MessageId, taken);
    if (!taken.refusal) this.#given.add(taken.sender);
  }

  #forget(messageId: string): void {
    const taken = this.#taken.get(messageId);
    this.#taken.delete(messageId);
    if (taken && !taken.refusal) this.#given.drop(taken.sender);
  }

  async #write(record: CommandRecord): Promise<void> {
    if (this.#lines <= spareLines || this.#lines <= 4 * this.#taken.size) {
      this.#lines += 1;
      await this.#journal.append(record);
      return;
    }
    const records: CommandRecord[] = [{ cursor: this.#cursor, ...(this.#time === undefined ? {} : { time: this.#time }) }];
    for (const [id, taken] of this.#taken) {
      const { answer, sent } = taken;
      records.push(takeRecord(taken));
      if (answer && !sent) records.push({ answer: id, envelope: fromUtf8(encodeEnvelope(answer)) });
      if (sent) records.push({ sent: id });
    }
    this.#lines = records.length;
    await this.#journal.rewrite(records);
  }

  #replay(record: CommandRecord): void {
    if ("cursor" in record) {
      this.#cursor = record.cursor;
      this.#time = record.time;
      return;
    }
    if ("take" in record) {
      const request = decodeObject(RequestCommand, utf8(record.take));
      const { sender, index, refusal } = record;
      this.#remember({ request, sender, index, sent: false, ...(refusal ? { refusal } : {}) });
      return;
    }
    const id = "answer" in record ? record.answer : record.sent;
    const taken = this.#taken.get(id);
    if (!taken) return;
    this.#taken.set(id, "answer" in record ? { ...taken, answer: parseEnvelope(utf8(record.envelope)) } : { ...taken, sent: true });
  }
}

function takeRecord({ request, sender, index, refusal }: Omit<TakenCommand, "sent">): CommandRecord {
  return { take: fromUtf8(encodeObject(RequestCommand, request)), sender, index, ...(refusal ? { refusal } : {}) };
}
