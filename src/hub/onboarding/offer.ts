/** Step offer: what the hub tells the administrators of a device it has met; and how they answer. extensions §3.2. */
import type { AccountContext } from "../../account/index.ts";
import { messageEnvelope, senderOf } from "../../account/index.ts";
import { utf8 } from "../../base/bytes.ts";
import { dateTime } from "../../base/clock.ts";
import { isMeshError } from "../../base/errors.ts";
import { responseId } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { parseEnvelope, sealEnvelope } from "../../dare/index.ts";
import { OfferConnection, openObject, publicKeyOf, RespondOffer } from "../../schema/index.ts";
import type { OfferState } from "./run-state.ts";

/** What is offered. */
export interface OfferParts {
  readonly uri: string;
  /** Octets of the sealed description and of the signed contribution. */
  readonly description: Uint8Array;
  readonly contribution: Uint8Array;
  readonly witness: string;
  readonly localName?: string;
  readonly place?: string;
  readonly offer: OfferState;
}

/** How long a service that is away is asked again before the offer fails. */
const serviceMs = 30_000;
const serviceAgainMs = 2000;

/**
 * Puts the offer into the account's Inbound. A service that is away is asked again for half a minute.
 * Errors: ERR_SERVICE_UNREACHABLE and the others of the service, the signal's reason.
 */
export async function sendOffer(
  account: AccountContext,
  parts: OfferParts,
  options: { readonly signal: AbortSignal; readonly onAway: () => void },
): Promise<void> {
  const { clock } = account.ports;
  const envelope = offerEnvelope(account, parts);
  const until = clock.monotonic() + serviceMs;
  for (;;) {
    try {
      await account.transact({ messages: [{ spool: "MMM_Inbound", envelope }] });
      return;
    } catch (error) {
      if (!isMeshError(error, "ERR_SERVICE_UNREACHABLE") || clock.monotonic() >= until) throw error;
    }
    options.onAway();
    await clock.sleep(serviceAgainMs, options.signal);
  }
}

/** The offer, signed by the hub, sealed to the administrators. */
function offerEnvelope(account: AccountContext, parts: OfferParts): DareEnvelope {
  const { ports, profile, keys } = account;
  const recipients = [publicKeyOf(profile.AdministratorEncryption)];
  const value: OfferConnection = {
    MessageId: parts.offer.messageId,
    Sender: account.deviceUdf,
    HubUdf: account.deviceUdf,
    SealedUri: sealEnvelope({ plaintext: utf8(parts.uri), recipients, random: ports.random }),
    Described: parts.description,
    EnvelopedDeviceContribution: parseEnvelope(parts.contribution),
    LinkWitness: parts.witness,
    ...(parts.localName === undefined ? {} : { LocalName: parts.localName }),
    ...(parts.place === undefined ? {} : { Place: parts.place }),
    Expires: dateTime(parts.offer.expires),
  };
  return messageEnvelope({ struct: OfferConnection, value, signer: keys.signature, recipients, ports });
}

/** Collects the answers of administration devices to this hub's offers, as the account's copy of MMM_Command grows. */
export class OfferAnswers {
  readonly #account: AccountContext;
  readonly #answers = new Map<string, RespondOffer>();
  #next: number;

  /** @param from frame index to begin with */
  constructor(account: AccountContext, from: number) {
    this.#account = account;
    this.#next = from;
  }

  /** The newest answer to an offer. */
  to(messageId: string): RespondOffer | undefined {
    return this.#answers.get(responseId(messageId));
  }

  /** Takes in the frames that came since. What is not an answer of an administrator to this hub is passed over. */
  async read(): Promise<void> {
    const from = this.#next;
    for await (const message of this.#account.messages("MMM_Command", from)) {
      this.#next = message.index + 1;
      if (message.messageType !== RespondOffer.tag) continue;
      const sender = senderOf(this.#account, message.envelope);
      if (!sender?.connection.Roles.includes("admin")) continue;
      try {
        const answer = openObject(RespondOffer, message.envelope, [this.#account.keys.encryption]);
        this.#answers.set(answer.MessageId, answer);
      } catch (error) {
        if (!isMeshError(error)) throw error;
        this.#account.ports.log.debug("offer.answer_passed", { index: message.index, reason: error.message });
      }
    }
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= 256) break;
      this.#answers.delete(oldest);
    }
  }
}
