/**
 * What machines of the owner with half of a split ask of this hub (docs/extensions.md §16): to reach a device that they have scanned. Each request is held
 * against the split before anything is done; what came of it goes back to the machine. After a restart the newest are looked at once more: whatever
 * is under way by then is joined.
 */
import type { AccountContext, SpoolMessage } from "../../account/hub.ts";
import { isUsedUp, messageEnvelope, requireOpen, senderOf, splitsOf } from "../../account/hub.ts";
import { fromDateTime } from "../../base/clock.ts";
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { shorten } from "../../base/shorten.ts";
import { envelopeId, responseId } from "../../crypto/index.ts";
import { openObject, publicKeyOf, RequestJoin, RespondJoin } from "../../schema/index.ts";
import type { TrustedTime } from "../command/trusted-time.ts";
import type { Onboarding } from "./onboarding.ts";

/** Frames that are looked at after a restart. */
const lookBack = 256;
/** Requests of one machine at once. */
const mostEach = 4;
/** The longest that a request may be good. */
const mostAheadMs = 600_000;

/** The requests of all machines. */
export class JoinRequests {
  readonly #account: AccountContext;
  readonly #onboarding: Onboarding;
  readonly #time: TrustedTime;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  /** By machine. */
  readonly #running = new Map<string, number>();
  readonly #tasks = new Set<Promise<void>>();
  #next: number;

  constructor({ account, onboarding, time }: { readonly account: AccountContext; readonly onboarding: Onboarding; readonly time: TrustedTime }) {
    this.#account = account;
    this.#onboarding = onboarding;
    this.#time = time;
    this.#log = account.ports.log.child("join");
    this.#next = Math.max(0, account.spoolCount("MMM_Command") - lookBack);
  }

  /** Waits for what is under way: the onboarding has to be stopped first. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#tasks);
  }

  /** Looks at the new messages of MMM_Command; to be called after each sync of it. One call at a time. */
  async onSync(): Promise<void> {
    const now = this.#time.now();
    if (now === undefined || this.#stopping.signal.aborted) return;
    for await (const message of this.#account.messages("MMM_Command", this.#next)) {
      this.#next = message.index + 1;
      if (message.messageType === RequestJoin.tag) this.#receive(message, now);
    }
  }

  #receive(message: SpoolMessage, now: number): void {
    const sender = senderOf(this.#account, message.envelope);
    if (!sender) return;
    let request: RequestJoin;
    try {
      request = openObject(RequestJoin, message.envelope, [this.#account.keys.encryption]);
    } catch (error) {
      if (!isMeshError(error)) throw error;
      return;
    }
    const isOwn = request.HubUdf === this.#account.deviceUdf && request.Sender === sender.udf && envelopeId(request.MessageId) === message.envelopeId;
    const ahead = fromDateTime(request.Expires) - now;
    if (!isOwn || ahead <= 0 || ahead > mostAheadMs) return;
    const task = this.#carryOut(request).finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }

  async #carryOut(request: RequestJoin): Promise<void> {
    const { Sender: udf } = request;
    const count = this.#running.get(udf) ?? 0;
    this.#running.set(udf, count + 1);
    try {
      if (count >= mostEach) throw new MeshError("ERR_QUOTA", `${mostEach} devices are being connected for this machine already`);
      this.#judge(request);
      await this.#answer(request, { Result: "Accept", ...(await this.#onboard(request)) });
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      const { code, message } = asMeshError(error);
      this.#log.warn("join.refused", { sender: udf, code, reason: message });
      await this.#answer(request, { Result: "Reject", ErrorCode: code, ErrorReport: shorten(message, 300) });
    } finally {
      this.#running.set(udf, (this.#running.get(udf) ?? 1) - 1);
    }
  }

  /** Errors: ERR_NOT_AUTHORIZED with the limit. The class is judged once the device has said what it is. */
  #judge({ Sender, SplitId }: RequestJoin): void {
    const standing = splitsOf(this.#account).find(({ split }) => split.Id === SplitId);
    if (standing?.split.GranteeUdf !== Sender || standing.split.HubUdf !== this.#account.deviceUdf)
      throw new MeshError("ERR_NOT_AUTHORIZED", "no administrator lets this machine connect devices by this hub");
    requireOpen(this.#account, standing);
    if (isUsedUp(this.#account, standing))
      throw new MeshError("ERR_NOT_AUTHORIZED", `the split was for ${standing.split.Count} devices, and all its numbers are used`);
  }

  async #onboard({ Uri, LocalName, Place, Sender, SplitId }: RequestJoin): Promise<Pick<RespondJoin, "DeviceUdf">> {
    const wanted = { uri: Uri, ...(LocalName === undefined ? {} : { name: LocalName }), ...(Place === undefined ? {} : { place: Place }) };
    let deviceUdf: string | undefined;
    const joiner = { udf: Sender, splitId: SplitId };
    for await (const progress of this.#onboarding.onboard(wanted, this.#stopping.signal, joiner)) {
      deviceUdf = progress.deviceUdf ?? deviceUdf;
      if (progress.state === "failed") throw progress.error ?? new MeshError("ERR_INTERNAL", progress.message);
    }
    return deviceUdf === undefined ? {} : { DeviceUdf: deviceUdf };
  }

  async #answer(request: RequestJoin, answer: Omit<RespondJoin, "MessageId">): Promise<void> {
    const machine = this.#account.directory.find(request.Sender);
    if (!machine || this.#stopping.signal.aborted) return;
    const { ports, keys } = this.#account;
    const value: RespondJoin = { MessageId: responseId(request.MessageId), ...answer };
    const recipients = [publicKeyOf(machine.connection.Encryption)];
    try {
      const envelope = messageEnvelope({ struct: RespondJoin, value, signer: keys.signature, recipients, ports });
      await this.#account.transact({ messages: [{ spool: "MMM_Command", envelope }] });
    } catch (error) {
      this.#log.warn("join.unanswered", { sender: request.Sender, reason: asMeshError(error).message });
    }
  }
}
