/** Step offer: what the hub tells the administrators of a device it has met; and how they answer. extensions §3.2. */
import type { AccountContext } from "../../account/hub.ts";
import { messageEnvelope, senderOf } from "../../account/hub.ts";
import { utf8 } from "../../base/bytes.ts";
import { dateTime } from "../../base/clock.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import type { PublicKey } from "../../crypto/index.ts";
import { responseId } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { parseEnvelope, sealEnvelope } from "../../dare/index.ts";
import { OfferConnection, openObject, publicKeyOf, RespondOffer } from "../../schema/index.ts";
import type { Joiner, OfferState, RunState } from "./run-state.ts";
import { octetsOf } from "./run-state.ts";

/** What is offered. */
interface OfferParts {
  readonly uri: string;
  /** Octets of the sealed description and of the signed contribution. */
  readonly description: Uint8Array;
  readonly contribution: Uint8Array;
  readonly witness: string;
  readonly localName?: string;
  readonly place?: string;
  readonly offer: OfferState;
  /** The machine that is asked in the place of the administrators. */
  readonly joiner?: Joiner;
}

/** What a run offers under a name. Errors: ERR_STORE_DAMAGED. */
export function offerParts(
  { uri = "", description = "", contribution = "", witness = "", localName, place, joiner }: RunState,
  offer: OfferState,
): OfferParts {
  return {
    uri,
    description: octetsOf(description),
    contribution: octetsOf(contribution),
    witness,
    ...(localName === undefined ? {} : { localName }),
    ...(place === undefined ? {} : { place }),
    offer,
    ...(joiner === undefined ? {} : { joiner }),
  };
}

/** How long a service that is away is asked again before the offer fails. */
const serviceMs = 30_000;
const serviceAgainMs = 2000;

/**
 * Puts the offer into the account's Inbound, or to the machine that is asked. A service that is away is asked again for half a minute.
 * Errors: ERR_SERVICE_UNREACHABLE and the others of the service, the signal's reason.
 */
export async function sendOffer(
  account: AccountContext,
  parts: OfferParts,
  options: { readonly signal: AbortSignal; readonly recorded: Promise<void> | undefined; readonly onAway: () => void },
): Promise<void> {
  const { clock } = account.ports;
  // It is made while its name is written, and sent when that is on the disk.
  options.recorded?.catch(() => undefined);
  const envelope = offerEnvelope(account, parts);
  await options.recorded;
  const until = clock.monotonic() + serviceMs;
  for (;;) {
    try {
      await account.transact({ messages: [{ spool: parts.joiner ? "MMM_Command" : "MMM_Inbound", envelope }] });
      return;
    } catch (error) {
      if (!isMeshError(error, "ERR_SERVICE_UNREACHABLE") || clock.monotonic() >= until) throw error;
    }
    options.onAway();
    await clock.sleep(serviceAgainMs, options.signal);
  }
}

/** The offer, signed by the hub, sealed to the administrators; of a split to the machine that has half of it. Errors: ERR_NOT_FOUND when that is gone. */
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
  const readers = parts.joiner ? [joinerKey(account, parts.joiner)] : recipients;
  return messageEnvelope({ struct: OfferConnection, value, signer: keys.signature, recipients: readers, ports });
}

function joinerKey(account: AccountContext, { udf }: Joiner): PublicKey {
  const machine = account.directory.find(udf);
  if (!machine) throw new MeshError("ERR_NOT_FOUND", "the machine that asked is no device of the account any more");
  return publicKeyOf(machine.connection.Encryption);
}

/** Collects the answers of administration devices to this hub's offers, as the account's copy of MMM_Command grows. */
export class OfferAnswers {
  readonly #account: AccountContext;
  readonly #answers = new Map<string, { readonly answer: RespondOffer; readonly by: string; readonly isAdministrator: boolean }>();
  readonly #isJoiner: (udf: string) => boolean;
  #next: number;

  /**
   * @param from frame index to begin with
   * @param isJoiner whether a machine is asked by an onboarding of this hub
   */
  constructor(account: AccountContext, from: number, isJoiner: (udf: string) => boolean) {
    this.#account = account;
    this.#next = from;
    this.#isJoiner = isJoiner;
  }

  /** The newest answer to an offer, of an administrator or of the machine that was asked. */
  to(messageId: string, joiner?: Joiner): RespondOffer | undefined {
    const found = this.#answers.get(responseId(messageId));
    return found && (found.isAdministrator || found.by === joiner?.udf) ? found.answer : undefined;
  }

  /** Takes in the frames that came since. What is not an answer of an administrator to this hub is passed over. */
  async read(): Promise<void> {
    const from = this.#next;
    for await (const message of this.#account.messages("MMM_Command", from)) {
      this.#next = message.index + 1;
      if (message.messageType !== RespondOffer.tag) continue;
      const sender = senderOf(this.#account, message.envelope);
      const isAdministrator = sender?.connection.Roles.includes("admin") === true;
      if (!sender || !(isAdministrator || this.#isJoiner(sender.udf))) continue;
      try {
        const answer = openObject(RespondOffer, message.envelope, [this.#account.keys.encryption]);
        this.#answers.set(answer.MessageId, { answer, by: sender.udf, isAdministrator });
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
