/**
 * What a device knows of the messages in one spool: which are closed, which are open, and what came of reading them. schema-08 §6, §8.
 * A MessageComplete of an administration device closes what it refers to, one of a device that speaks for the account the messages that such a
 * device answers (mail-type.ts); the newest reference wins. What a device closed before its removal stays closed. Each frame is read once, each
 * signature verified once, and each message opened once for as long as the context lives, so that a turn costs what is new. Whether a sender still
 * is what it was is asked of the directory every time.
 */
import { equalBytes } from "../../base/bytes.ts";
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import { envelopeId } from "../../crypto/index.ts";
import { eitherMember } from "../../dare/index.ts";
import type { Head, Reference, SpoolLabel } from "../../schema/index.ts";
import { MessageComplete, peekObject, speaksForAccount } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { DirectoryEntry } from "../context/device-directory.ts";
import { agreeOn } from "../power/opening-keys.ts";
import type { SpoolMessage } from "../store/spool-replica.ts";
import { isMail } from "./mail-type.ts";
import { formerSenderOf, senderOf } from "./sender.ts";

/** What came of reading a message. */
export type Reading<T> = { readonly value: T; readonly fault?: undefined } | { readonly fault: MeshError };

/** Makes something of a message, whoever sent it. What it throws is the message's fault; it is asked once for each message. */
export type Reader<T> = (context: AccountContext, message: SpoolMessage) => T;

/** A message that was read. */
export interface ReadMessage<T> {
  readonly index: number;
  readonly envelopeId: string;
  /** The connected device that signed it. */
  readonly sender: DirectoryEntry | undefined;
  readonly reading: Reading<T>;
}

/** A message from outside. */
export type Outline = Pick<SpoolMessage, "index" | "envelopeId" | "messageType">;

/** Who signed a message; nobody that the directory knew at a revision, and at any when it is not signed at all. */
type Signer = { readonly udf: string; readonly keyUdf: string } | { readonly unknownAt: number | "any" };

interface Closing {
  readonly index: number;
  readonly references: readonly Reference[];
}

/** What became of a message. */
interface Closed {
  readonly relationship: string;
  /** An administrator's word closes whatever it names. */
  readonly isOfAdministrator: boolean;
}

const views = new WeakMap<AccountContext, Map<SpoolLabel, SpoolView>>();

/** The view of a spool, with what came since it was asked for last. Errors: ERR_NOT_AUTHORIZED. */
export async function spoolView(context: AccountContext, spool: SpoolLabel): Promise<SpoolView> {
  const byLabel = views.get(context) ?? new Map<SpoolLabel, SpoolView>();
  views.set(context, byLabel);
  const view = byLabel.get(spool) ?? new SpoolView(context, spool);
  byLabel.set(spool, view);
  await view.refresh();
  return view;
}

/** One context's view of one spool. */
export class SpoolView {
  readonly #context: AccountContext;
  readonly #spool: SpoolLabel;
  /** Index of the first frame that has not been read. */
  #next = 0;
  readonly #closings: Closing[] = [];
  /** Every message by its type, and those that are open. */
  readonly #byType = new Map<string | undefined, Outline[]>();
  readonly #open = new Map<string | undefined, Outline[]>();
  /** Names on envelopes, and those that several have. */
  readonly #names = new Set<string>();
  readonly #namesakes = new Set<string>();
  readonly #signers = new Map<number, Signer>();
  readonly #readings = new Map<unknown, Map<number, Reading<unknown>>>();
  /** Revision of the directory under which closings were judged, and how many of them. */
  #judgedAt = -1;
  #judged = 0;
  /** Heads of removals and of rights that ended, and whether the copy leads to them; how many frames it had when it did not reach one of them. */
  readonly #leads = new Map<Head, boolean>();
  #shortAt: number | undefined;
  readonly #closed = new Map<string, string>();
  readonly #closedEnvelopes = new Map<string, Closed>();
  /** Closed by their place, with the name there: what has no MessageId that anybody vouches for. */
  readonly #closedFrames = new Map<number, Closed & { readonly envelopeId: string }>();

  constructor(context: AccountContext, spool: SpoolLabel) {
    this.#context = context;
    this.#spool = spool;
  }

  /** States by MessageId. References of senders that are no administrators count for nothing. */
  get closed(): ReadonlyMap<string, string> {
    return this.#closed;
  }

  /** Takes in the frames that came since. */
  async refresh(): Promise<void> {
    for await (const message of this.#context.messages(this.#spool, this.#next)) {
      // Another call may have read the same frames meanwhile.
      if (message.index < this.#next) continue;
      this.#next = message.index + 1;
      if (message.messageType === MessageComplete.tag) this.#addClosing(message);
      else this.#add(message);
    }
    await this.#judge();
  }

  /** The messages of a type that nobody has closed, as far as their outside tells, oldest first. */
  open<T>(messageType: string, reader: Reader<T>): Promise<readonly ReadMessage<T>[]> {
    return this.#read(this.#open.get(messageType) ?? [], reader);
  }

  /**
   * The same, for messages that a person decides by their names: one whose name an earlier message had that says something else is at fault, whatever became
   * of the earlier one, so that nothing else comes to stand under a name that was shown. The same may come again, sealed to other keys.
   * @param contentOf what is decided about; undefined for what is put before nobody
   */
  async firstOfName<T>(messageType: string, reader: Reader<T>, contentOf: (value: T) => Uint8Array | undefined): Promise<readonly ReadMessage<T>[]> {
    const found: ReadMessage<T>[] = [];
    for (const message of await this.open(messageType, reader)) {
      const isTaken = message.reading.fault === undefined && (await this.#isTaken(messageType, message, { reader, contentOf }));
      found.push(isTaken ? { ...message, reading: { fault: new MeshError("ERR_EXISTS", "it uses the name of an earlier message again") } } : message);
    }
    return found;
  }

  async #isTaken<T>(
    messageType: string,
    { index, envelopeId: id, reading }: ReadMessage<T>,
    { reader, contentOf }: { readonly reader: Reader<T>; readonly contentOf: (value: T) => Uint8Array | undefined },
  ): Promise<boolean> {
    if (!this.#namesakes.has(id) || reading.fault) return false;
    const own = contentOf(reading.value);
    const earlier = (await this.named(messageType, id, reader)).filter((message) => message.index < index);
    return earlier.some(({ reading: before }) => {
      const content = before.fault ? undefined : contentOf(before.value);
      return content !== undefined && (own === undefined || !equalBytes(content, own));
    });
  }

  /** Every message of a type, closed or not, oldest first; the newest so many when `most` is given. */
  all<T>(messageType: string, reader: Reader<T>, most = Number.POSITIVE_INFINITY): Promise<readonly ReadMessage<T>[]> {
    const list = this.#byType.get(messageType) ?? [];
    return this.#read(list.length > most ? list.slice(-most) : list, reader);
  }

  /** The messages of a type with this name on the envelope, closed or not, oldest first. Cost: the messages of the type. */
  named<T>(messageType: string, envelope: string, reader: Reader<T>): Promise<readonly ReadMessage<T>[]> {
    return this.#read(
      (this.#byType.get(messageType) ?? []).filter(({ envelopeId: id }) => id === envelope),
      reader,
    );
  }

  /** The open messages of all other types, oldest first. */
  othersOpen(known: readonly string[]): readonly Outline[] {
    const lists = [...this.#open].flatMap(([type, list]) => (type !== undefined && known.includes(type) ? [] : list));
    return lists.sort((a, b) => a.index - b.index);
  }

  /** What became of a message; undefined while it is open. */
  relationship({ index, envelopeId: id, messageType }: Outline): string | undefined {
    const counts = (closed: Closed | undefined): closed is Closed => closed !== undefined && (closed.isOfAdministrator || isMail(messageType));
    const byName = this.#closedEnvelopes.get(id);
    if (counts(byName)) return byName.relationship;
    const byPlace = this.#closedFrames.get(index);
    return counts(byPlace) && byPlace.envelopeId === id ? byPlace.relationship : undefined;
  }

  #add({ index, envelopeId: id, messageType }: SpoolMessage): void {
    const outline = { index, envelopeId: id, messageType };
    if (this.#names.has(id)) this.#namesakes.add(id);
    this.#names.add(id);
    for (const map of [this.#byType, this.#open]) {
      const list = map.get(messageType);
      if (list) list.push(outline);
      else map.set(messageType, [outline]);
    }
  }

  #addClosing({ index, envelope }: SpoolMessage): void {
    try {
      this.#closings.push({ index, references: peekObject(MessageComplete, envelope).References });
    } catch (error) {
      if (!isMeshError(error)) throw error;
      this.#context.ports.log.warn("message.unreadable", { spool: this.#spool, index, reason: error.message });
    }
  }

  /** Applies the closings that are new; all of them when devices have come or gone, since each counts by what its signer is at that time. */
  async #judge(): Promise<void> {
    const { revision } = this.#context.directory;
    const isLonger = this.#shortAt !== undefined && this.#context.spoolCount(this.#spool) > this.#shortAt;
    let isAnew = revision !== this.#judgedAt || isLonger;
    if (isAnew) {
      this.#leads.clear();
      this.#shortAt = undefined;
      this.#judgedAt = revision;
      this.#judged = 0;
      for (const state of [this.#closed, this.#closedEnvelopes, this.#closedFrames]) state.clear();
    }
    for (let closing = this.#closings[this.#judged]; closing; closing = this.#closings[this.#judged]) {
      this.#judged += 1;
      const standing = await this.#standing(closing.index);
      if (!standing) continue;
      const { isOfAdministrator } = standing;
      for (const reference of closing.references) if (this.#apply(reference, isOfAdministrator) === "opened") isAnew = true;
    }
    for (const [type, list] of isAnew ? this.#byType : this.#open) {
      const open = list.filter((outline) => !this.#isClosed(outline));
      this.#open.set(type, open);
      if (open.length < list.length) this.#forget(list);
    }
  }

  #isClosed(outline: Outline): boolean {
    return this.relationship(outline) !== undefined;
  }

  #apply({ MessageId, Relationship: relationship, Index }: Reference, isOfAdministrator: boolean): "opened" | "closed" {
    const isOpen = relationship === "Open";
    // What an administrator has said stays until one says otherwise.
    const yields = (before: Closed | undefined): boolean => isOfAdministrator || before?.isOfAdministrator !== true;
    if (Index !== undefined) {
      if (!yields(this.#closedFrames.get(Index))) return "closed";
      if (isOpen) this.#closedFrames.delete(Index);
      else this.#closedFrames.set(Index, { envelopeId: MessageId, relationship, isOfAdministrator });
      return isOpen ? "opened" : "closed";
    }
    if (isOfAdministrator && isOpen) this.#closed.delete(MessageId);
    else if (isOfAdministrator) this.#closed.set(MessageId, relationship);
    for (const id of envelopeIdOf(MessageId)) {
      if (!yields(this.#closedEnvelopes.get(id))) continue;
      if (isOpen) this.#closedEnvelopes.delete(id);
      else this.#closedEnvelopes.set(id, { relationship, isOfAdministrator });
    }
    return isOpen ? "opened" : "closed";
  }

  /** What is closed is not held in memory. */
  #forget(list: readonly Outline[]): void {
    for (const readings of this.#readings.values()) for (const outline of list) if (this.#isClosed(outline)) readings.delete(outline.index);
  }

  async #read<T>(outlines: readonly Outline[], reader: Reader<T>): Promise<readonly ReadMessage<T>[]> {
    const known = (this.#readings.get(reader) ?? new Map<number, Reading<unknown>>()) as Map<number, Reading<T>>;
    this.#readings.set(reader, known);
    const found: ReadMessage<T>[] = [];
    for (const { index, envelopeId: id } of outlines) {
      const reading = known.get(index) ?? (await this.#readOnce(index, reader));
      known.set(index, reading);
      found.push({ index, envelopeId: id, sender: await this.#sender(index), reading });
    }
    return found;
  }

  async #readOnce<T>(index: number, reader: Reader<T>): Promise<Reading<T>> {
    const message = await this.#context.messageAt(this.#spool, index);
    if (!message) return { fault: new MeshError("ERR_SCHEMA", `frame ${index} of ${this.#spool} holds no message any more`) };
    // That the service cannot be reached, or refuses, is no fault of the message.
    await agreeOn(this.#context, [message.envelope.header]);
    try {
      return { value: reader(this.#context, message) };
    } catch (error) {
      return { fault: asMeshError(error) };
    }
  }

  /** The sender as the directory has it; its signature is verified once, and again when devices came that may be it. */
  async #sender(index: number): Promise<DirectoryEntry | undefined> {
    const { directory } = this.#context;
    let signer = this.#signers.get(index);
    if (!signer || ("unknownAt" in signer && signer.unknownAt !== "any" && signer.unknownAt !== directory.revision)) {
      const message = await this.#context.messageAt(this.#spool, index);
      const isSigned = (message && eitherMember(message.envelope, "signatures")?.length) ?? 0;
      const sender = message && (senderOf(this.#context, message.envelope) ?? formerSenderOf(this.#context, message.envelope, this.#spool));
      signer = sender ? { udf: sender.udf, keyUdf: sender.signature.udf } : { unknownAt: isSigned ? directory.revision : "any" };
      this.#signers.set(index, signer);
    }
    if ("unknownAt" in signer) return undefined;
    const device = directory.find(signer.udf);
    return device?.signature.udf === signer.keyUdf ? device : undefined;
  }

  /** As what the sender of a message closes others; undefined when he closes none. What he had closed before he lost a role stays closed. */
  async #standing(index: number): Promise<{ readonly isOfAdministrator: boolean } | undefined> {
    const sender = (await this.#sender(index)) ?? (await this.#formerSender(index));
    if (!sender) return undefined;
    const { Roles: roles } = sender.connection;
    const before = roles.includes("admin") ? undefined : sender.ended.get(this.#spool);
    const isBefore = before !== undefined && (await this.#isUpTo(index, before));
    if (!isBefore && !speaksForAccount(roles)) return undefined;
    return { isOfAdministrator: roles.includes("admin") || (isBefore && sender.ended.has("MMM_Access")) };
  }

  /** The device that wrote a message under a connection that is over: of a removed one what stands up to the head that the removal states. */
  async #formerSender(index: number): Promise<DirectoryEntry | undefined> {
    const signer = this.#signers.get(index);
    if (!signer || "unknownAt" in signer) return undefined;
    const former = this.#context.directory.formerBySignature(signer.keyUdf, this.#spool);
    if (!former?.last) return former?.entry;
    return (await this.#isUpTo(index, former.last)) ? former.entry : undefined;
  }

  /** True for a place up to a head, where the copy leads to this very head. */
  async #isUpTo(index: number, last: Head): Promise<boolean> {
    if (index > last.Index) return false;
    const known = this.#leads.get(last);
    const leads = known ?? (await this.#context.leadsTo(this.#spool, last));
    if (leads === undefined) this.#shortAt = this.#context.spoolCount(this.#spool);
    else this.#leads.set(last, leads);
    return leads === true;
  }
}

/** The name on the envelope of a message; none for what is no MessageId, which no envelope is named after. */
function envelopeIdOf(messageId: string): readonly string[] {
  try {
    return [envelopeId(messageId)];
  } catch (error) {
    if (!isMeshError(error)) throw error;
    return [];
  }
}
