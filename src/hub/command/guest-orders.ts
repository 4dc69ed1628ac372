/**
 * Orders of guests by a message of their account (docs/extensions.md §18): sentences in MMM_Command that another account sent, signed with the
 * AccountSignature of the profile that the guest's grant carries, sealed to this hub. Each is noted on disk, carried out once with the rights of the grant,
 * and answered once. After a crash one that was taken is answered, and not carried out again.
 */
import type { AccountContext, SpoolMessage } from "../../account/hub.ts";
import { isOfSurroundings, messageEnvelope } from "../../account/hub.ts";
import type { SayRequest, SayResult } from "../../api/index.ts";
import { backOffMs } from "../../base/back-off.ts";
import { fromUtf8, utf8 } from "../../base/bytes.ts";
import { fromDateTime, isPlausibleTime } from "../../base/clock.ts";
import { asMeshError, isMeshError, MeshError, verificationError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { shorten } from "../../base/shorten.ts";
import { Tally } from "../../base/tally.ts";
import { decodeBase64url, encodeBase64url } from "../../codec/index.ts";
import { envelopeId, responseId, sha512 } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { encodeEnvelope, parseEnvelope, verifyEnvelope } from "../../dare/index.ts";
import type { CatalogedGrant, ProfileUser, Result } from "../../schema/index.ts";
import {
  accountAddress,
  deviceCatalog,
  GuestAnswer,
  GuestOrder,
  isNewerProfile,
  keysAt,
  openObject,
  ProfileUser as ProfileUserStruct,
  publicKeyOf,
  verifyProfile,
} from "../../schema/index.ts";
import type { GrantBook } from "./grant-book.ts";
import type { GuestLog, TakenOrder } from "./guest-log.ts";
import type { Principal } from "./principal.ts";
import { grantPrincipal } from "./principal.ts";
import type { TrustedTime } from "./trusted-time.ts";

/** What orders of guests need of the account. */
export type GuestAccount = Pick<AccountContext, "deviceUdf" | "address" | "keys" | "messages" | "spoolCount" | "transact" | "get" | "ports">;

/** What they work with. */
export interface GuestOrdersOptions {
  readonly account: GuestAccount;
  readonly log: GuestLog;
  readonly grants: Pick<GrantBook, "list">;
  readonly time: Pick<TrustedTime, "now">;
  /** Index in MMM_Command from which on messages are new. */
  readonly from: number;
  /** Last good time of an earlier run. */
  readonly least?: number | undefined;
}

/** Carries out a sentence. @param until on the monotonic clock: what has not been given by then is not given any more */
export type Speaks = (request: SayRequest, principal: Principal, until: number) => Promise<SayResult>;

/** What is answered. */
interface Said {
  readonly result: Result;
  readonly text: string;
  readonly errorCode?: string;
}

/** A guest, by his grant. */
interface Guest {
  readonly grant: CatalogedGrant;
  readonly address: string;
  readonly profile: ProfileUser;
}

/** An order lives for no longer: it is remembered until its end. */
const lifeMs = 120_000;
/** Sentences of one guest under way at once. */
const mostAtOnce = 4;
const mostText = 256;
const mostAnswer = 2000;
/** The time that has passed is noted so often; what ended this long before it is not looked at any more. */
const noteMs = 600_000;
/** A service that once tells a time far ahead keeps guests out no further than so long after a machine's own clock. */
const mostAheadMs = 86_400_000;
/** An answer that could not be sent for so long after the order's end is of no use to anybody. */
const keepAnswerMs = 600_000;

/** The orders of guests. */
export class GuestOrders {
  readonly #options: GuestOrdersOptions;
  readonly #log: Log;
  readonly #running = new Set<Promise<void>>();
  readonly #busy = new Tally();
  /** By grant: the newest profile that its holder has shown, as far as it was looked for in the log. */
  readonly #profiles = new Map<string, ProfileUser>();
  readonly #stopping = new AbortController();
  #speaks: Speaks | undefined;
  #next: number;

  constructor(options: GuestOrdersOptions) {
    this.#options = options;
    this.#log = options.account.ports.log.child("guest");
    this.#next = options.from;
  }

  /** Begins to take orders, and answers those that an earlier run left open. */
  start(speaks: Speaks): void {
    this.#speaks = speaks;
    for (const taken of this.#options.log.open()) this.#track(this.#resume(taken));
    this.#track(this.#noteTime());
  }

  /** Waits for what is under way; an answer that is not sent yet is given as "not known" after the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#running);
    await this.#passNow();
  }

  /** Looks at the new messages of MMM_Command; to be called after each sync of it. One call at a time. */
  async onSync(): Promise<void> {
    const { account, time, least } = this.#options;
    const now = time.now();
    // Without a time that can be trusted nothing can be judged; the messages stay where they are.
    if (now === undefined || !this.#speaks || this.#stopping.signal.aborted) return;
    const count = account.spoolCount("MMM_Command");
    if (count <= this.#next) return;
    await this.#pass(least);
    for await (const message of account.messages("MMM_Command", this.#next)) {
      if (message.index >= count) break;
      if (message.messageType === GuestOrder.tag) await this.#receiveAlone(message, time.now() ?? now);
      this.#next = message.index + 1;
    }
    this.#next = count;
  }

  /** A service that keeps an order back may tell an old time after the next start: what has passed now is noted for then. */
  async #noteTime(): Promise<void> {
    const { clock } = this.#options.account.ports;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await clock.sleep(noteMs, signal).catch(() => undefined);
      await this.#passNow();
    }
  }

  /** A full disk ends nothing: it is tried again. */
  async #passNow(): Promise<void> {
    await this.#pass(this.#options.time.now()).catch((error: unknown) =>
      this.#log.warn("guest.time.unnoted", { reason: asMeshError(error).message }),
    );
  }

  async #pass(time: number | undefined): Promise<void> {
    if (time === undefined || !this.#options.grants.list().some(({ Kind }) => Kind === "guest")) return;
    const own = this.#options.account.ports.clock.now();
    await this.#options.log.pass((isPlausibleTime(own) ? Math.min(time, own + mostAheadMs) : time) - lifeMs);
  }

  /** A message fails alone; what every message would meet leaves it where it is, for the next sync. */
  async #receiveAlone(message: SpoolMessage, now: number): Promise<void> {
    try {
      await this.#receive(message, now);
    } catch (error) {
      if (isOfSurroundings(error)) throw error;
      const { code, message: reason } = asMeshError(error);
      this.#log.warn("guest.order.unfit", { index: message.index, code, reason });
    }
  }

  async #receive(message: SpoolMessage, now: number): Promise<void> {
    const { log } = this.#options;
    const known = this.#guestOf(message.origin);
    if (!known) return this.#log.warn("guest.unknown", { index: message.index });
    const order = this.#open(message.envelope);
    if (!order) return;
    const guest = await this.#checked(message, order, { guest: known, now });
    const { MessageId: messageId, Text: text, Language: language } = order;
    const { grant } = guest;
    const expires = fromDateTime(order.Expires);
    if (log.has(messageId)) return this.#log.warn("guest.order.repeated", { grant: grant.Key });
    // What could have been carried out before is not even answered: it may have been.
    if (!Number.isFinite(expires) || (await log.mayBeForgotten(expires, { now, lifeMs })) || log.isFull(grant.Key))
      return this.#log.warn("guest.order.passed", { grant: grant.Key });
    const taken: TakenOrder = {
      messageId,
      grant: grant.Key,
      expires,
      digest: encodeBase64url(sha512(encodeEnvelope(message.envelope))),
      answered: false,
    };
    await log.take(taken, now);
    const refusal = this.#refusal({ expires, now, text, grant: grant.Key });
    this.#log.info("guest.order.taken", { guest: guest.address, refused: refusal?.errorCode });
    this.#track(
      refusal ? this.#answer(taken, guest, refusal) : this.#carryOut(taken, guest, { text, ...(language === undefined ? {} : { language }) }),
    );
  }

  /** The guest of an address, as the account has let him in. */
  #guestOf(origin: string | undefined): Guest | undefined {
    if (origin === undefined) return undefined;
    const address = accountAddress(origin);
    const grant = this.#options.grants.list().find(({ Kind, Address }) => Kind === "guest" && Address === address);
    if (!grant?.EnvelopedProfileUser) return undefined;
    const pinned = verifyProfile(ProfileUserStruct, grant.EnvelopedProfileUser).value;
    const shown = this.#shownBy(grant.Key);
    const isNewer = shown !== undefined && shown.ProfileSignature.Udf === pinned.ProfileSignature.Udf && isNewerProfile(shown, pinned);
    return { grant, address, profile: isNewer ? shown : pinned };
  }

  /** The newest profile that the holder of a grant has shown, also to an earlier run. */
  #shownBy(grant: string): ProfileUser | undefined {
    const noted = this.#profiles.has(grant) ? undefined : this.#options.log.profileOf(grant);
    if (noted !== undefined) this.#profiles.set(grant, verifyProfile(ProfileUserStruct, parseEnvelope(utf8(noted))).value);
    return this.#profiles.get(grant);
  }

  /** The order; undefined for what is sealed to another hub, or to nobody. Errors: ERR_SCHEMA, ERR_ENCODING. */
  #open(envelope: DareEnvelope): GuestOrder | undefined {
    try {
      return openObject(GuestOrder, envelope, [this.#options.account.keys.encryption]);
    } catch (error) {
      if (!isMeshError(error, "ERR_VERIFICATION")) throw error;
      return undefined;
    }
  }

  /** The guest, with a newer profile if the order shows one. Errors: ERR_VERIFICATION for an order in another name, to another hub, or under another key. */
  async #checked(
    { envelope, envelopeId: id }: SpoolMessage,
    { MessageId, Sender, Recipient, HubUdf, EnvelopedProfileAccount: shown }: GuestOrder,
    { guest, now }: { readonly guest: Guest; readonly now: number },
  ): Promise<Guest> {
    const { account } = this.#options;
    const isNamed =
      envelopeId(MessageId) === id && accountAddress(Sender ?? "") === guest.address && accountAddress(Recipient ?? "") === account.address;
    if (!isNamed || HubUdf !== account.deviceUdf) throw verificationError("an order of a guest");
    const newer = shown && verifyProfile(ProfileUserStruct, shown, guest.profile.ProfileSignature.Udf).value;
    const profile = newer && isNewerProfile(newer, guest.profile) ? newer : guest.profile;
    verifyEnvelope(envelope, keysAt(profile, "AccountSignature", now));
    if (shown && profile !== guest.profile) {
      const { log, grants } = this.#options;
      const { Key } = guest.grant;
      await log.keepProfile(Key, fromUtf8(encodeEnvelope(shown)), new Set(grants.list().map((grant) => grant.Key)));
      this.#profiles.set(Key, profile);
    }
    return { ...guest, profile };
  }

  #refusal({
    expires,
    now,
    text,
    grant,
  }: {
    readonly expires: number;
    readonly now: number;
    readonly text: string;
    readonly grant: string;
  }): Said | undefined {
    if (expires <= now) return { result: "Expired", text: "the order came too late", errorCode: "ERR_COMMAND_EXPIRED" };
    if (expires > now + lifeMs)
      return { result: "Reject", text: "the order ends too late: is the clock of its sender right?", errorCode: "ERR_USAGE" };
    if (text.trim() === "" || text.length > mostText)
      return { result: "Reject", text: `a sentence has 1 to ${mostText} characters`, errorCode: "ERR_USAGE" };
    if (this.#busy.of(grant) >= mostAtOnce)
      return { result: "Reject", text: `${mostAtOnce} of your orders are under way already`, errorCode: "ERR_BUSY" };
    return undefined;
  }

  async #carryOut(taken: TakenOrder, guest: Guest, request: SayRequest): Promise<void> {
    const { Key } = guest.grant;
    this.#busy.add(Key);
    let said: Said;
    try {
      if (!this.#speaks) throw new MeshError("ERR_BUSY", "the hub is starting");
      // What "it" means is what this guest spoke of last.
      const { account, time } = this.#options;
      const until = account.ports.clock.monotonic() + taken.expires - (time.now() ?? taken.expires);
      said = saidOf(await this.#speaks({ ...request, conversation: "guest" }, grantPrincipal(guest.grant, "afar"), until));
    } catch (thrown) {
      const { code, message } = asMeshError(thrown);
      if (code === "ERR_INTERNAL") this.#log.error("guest.order.failed", { reason: message });
      said = { result: "Reject", text: message, errorCode: code };
    } finally {
      this.#busy.drop(Key);
    }
    await this.#answer(taken, guest, said);
  }

  async #resume(taken: TakenOrder): Promise<void> {
    const grant = this.#options.grants.list().find(({ Key }) => Key === taken.grant);
    const guest = this.#guestOf(grant?.Address);
    const text = "the hub went down while it carried this out: ask how it is now";
    if (guest) await this.#answer(taken, guest, { result: "Pending", text, errorCode: "ERR_PENDING" });
    else await this.#options.log.answered(taken.messageId);
  }

  /** Sends the answer: while the service is away it goes on trying, for as long as that is of use. */
  async #answer(taken: TakenOrder, guest: Guest, { result, text, errorCode }: Said): Promise<void> {
    const { account, log } = this.#options;
    const { ports, keys, deviceUdf, address } = account;
    const { signal } = this.#stopping;
    const connection = account.get(deviceCatalog, deviceUdf)?.EnvelopedConnectionDevice;
    const digest = decodeBase64url(taken.digest);
    if (!connection || !digest) throw new MeshError("ERR_INTERNAL", "an answer to a guest lacks the hub's own connection");
    const value: GuestAnswer = {
      MessageId: responseId(taken.messageId),
      Sender: address,
      Recipient: guest.address,
      RequestDigest: digest,
      Result: result,
      Text: shorten(text, mostAnswer),
      ...(errorCode === undefined ? {} : { ErrorCode: errorCode }),
      EnvelopedConnectionDevice: connection,
    };
    const recipients = [publicKeyOf(guest.profile.AccountEncryption)];
    const envelope = messageEnvelope({ struct: GuestAnswer, value, signer: keys.signature, recipients, ports });
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await account.transact({ messages: [{ spool: "MMM_Outbound", envelope, to: [guest.address] }] });
        return await log.answered(taken.messageId);
      } catch (error) {
        const { code, message } = asMeshError(error);
        this.#log.warn("guest.answer.waits", { code, reason: message });
        const isLate = (this.#options.time.now() ?? 0) > taken.expires + keepAnswerMs;
        if (isLate || !isOfSurroundings(error)) return await log.answered(taken.messageId);
        await ports.clock.sleep(backOffMs(attempt, ports.random), signal).catch(() => undefined);
      }
    }
  }

  #track(task: Promise<void>): void {
    const tracked = task.catch((error: unknown) => this.#log.error("guest.order.failed", { reason: asMeshError(error).message }));
    this.#running.add(tracked);
    void tracked.finally(() => this.#running.delete(tracked));
  }
}

/** What was said, as it goes back. */
function saidOf(said: SayResult): Said {
  switch (said.kind) {
    case "question":
      return { result: "Reject", text: said.text, errorCode: "ERR_AMBIGUOUS" };
    case "unknown":
      return { result: "Reject", text: [said.text, ...said.suggestions].join("; "), errorCode: "ERR_COMMAND" };
    default: {
      const left = said.targets.find(({ result }) => result !== "Accept");
      return { result: left?.result ?? "Accept", text: said.text, ...(left?.error === undefined ? {} : { errorCode: left.error.code }) };
    }
  }
}
