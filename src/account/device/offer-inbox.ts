/** Offers of hubs as they stand in MMM_Inbound, of whatever kind: which of them wait for the owner, which only have to be closed, and what their hub is told. */
import { utf8 } from "../../base/bytes.ts";
import { fromDateTime } from "../../base/clock.ts";
import { asMeshError, MeshError, verificationError } from "../../base/errors.ts";
import { shorten } from "../../base/shorten.ts";
import type { Struct } from "../../codec/index.ts";
import { envelopeId, responseId } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import type { OfferConnection } from "../../schema/index.ts";
import { openObject, publicKeyOf, RespondOffer } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import type { DirectoryEntry } from "../context/device-directory.ts";
import type { OutgoingMessage } from "../context/write.ts";
import { messageEnvelope } from "../message/message-envelope.ts";
import type { RefusedMessage } from "../message/refused.ts";
import { closeRefused } from "../message/refused.ts";
import type { Reader } from "../message/spool-view.ts";
import { spoolView } from "../message/spool-view.ts";

/** Most characters of a reason that a hub is told. */
const mostReport = 500;

/** What every offer says. */
type Offer = Pick<OfferConnection, "MessageId" | "HubUdf" | "Expires">;

/** Where an offer stands, and who made it. */
export interface OfferPlace {
  readonly messageId: string;
  /** Where it stands in MMM_Inbound. */
  readonly index: number;
  readonly envelopeId: string;
  readonly hub: DirectoryEntry;
}

/** What is left of an offer once it was checked. */
export interface Checked {
  /** First two groups of what stands on the device, or of its fingerprint. */
  readonly code: string;
  readonly device: { readonly deviceUdf: string };
}

/** An offer that was checked and waits. */
export type Pending<O extends Offer, C extends Checked> = OfferPlace & { readonly offer: O } & C;

/** Why an offer is not put before the owner. */
type Verdict = Pick<RefusedMessage, "relationship" | "reason">;

/** A kind of offer. */
export interface OfferKind<O extends Offer, C extends Checked> {
  readonly struct: Struct<O>;
  /** Throws what is wrong with it. */
  readonly check: (context: AccountContext, offer: O) => C;
  /** What else speaks against one that is right in itself. */
  readonly clash?: (context: AccountContext, hub: DirectoryEntry, checked: C) => Verdict | undefined;
}

/** The offers of one kind. */
export class OfferInbox<O extends Offer, C extends Checked> {
  readonly #kind: OfferKind<O, C>;
  /** One for good: what a message holds is remembered by it. */
  readonly #read: Reader<{ readonly offer: O; readonly checked: C | MeshError }>;

  constructor(kind: OfferKind<O, C>) {
    const { struct, check } = kind;
    this.#kind = kind;
    this.#read = (context, { envelope, envelopeId: id }) => {
      const offer = openObject(struct, envelope, [administratorOf(context).encryption]);
      if (envelopeId(offer.MessageId) !== id) throw verificationError("the name of the offer");
      try {
        return { offer, checked: check(context, offer) };
      } catch (error) {
        return { offer, checked: asMeshError(error) };
      }
    };
  }

  /** Those that wait for the owner, newest last, and the messages that only have to be closed. Of a device's offers the newest counts. */
  async inspect(context: AccountContext): Promise<{ readonly pending: readonly Pending<O, C>[]; readonly refused: readonly RefusedMessage[] }> {
    const { struct, clash } = this.#kind;
    const inbound = await spoolView(context, "MMM_Inbound");
    const pending = new Map<string, Pending<O, C>>();
    const refused: RefusedMessage[] = [];
    for (const { index, envelopeId: id, sender: hub, reading } of await inbound.firstOfName(struct.tag, this.#read, deviceOf)) {
      // It may be of a device that is not known here yet.
      if (!hub) continue;
      const place = { index, envelopeId: id };
      if (reading.fault || !hub.connection.Roles.includes("hub")) {
        refused.push({ ...place, relationship: "Unreadable", reason: reading.fault?.message ?? `${hub.udf} is no hub` });
        continue;
      }
      const { offer, checked } = reading.value;
      const { MessageId: messageId } = offer;
      const isRight = !(checked instanceof MeshError);
      const verdict = verdictOn(context, hub, reading.value) ?? (isRight ? clash?.(context, hub, checked) : undefined);
      if (verdict) refused.push(refusedOffer(context, { ...place, hub, messageId, ...verdict }));
      else if (isRight) {
        const { deviceUdf } = checked.device;
        const before = pending.get(deviceUdf);
        // The same offer may stand there twice: a hub that does not know whether it arrived sends it again.
        if (before && before.messageId !== messageId)
          refused.push(refusedOffer(context, { ...before, relationship: "Superseded", reason: "the device was offered again" }));
        pending.delete(deviceUdf);
        pending.set(deviceUdf, { ...place, hub, messageId, offer, ...checked });
      }
    }
    return { pending: [...pending.values()], refused };
  }
}

/** What the owner decides about: a hub that does not know whether an offer arrived sends it again under its name. */
function deviceOf({ checked }: { readonly checked: Checked | MeshError }): Uint8Array | undefined {
  return checked instanceof MeshError ? undefined : utf8(checked.device.deviceUdf);
}

/** Why an offer is not put before the owner. */
function verdictOn(
  context: AccountContext,
  hub: DirectoryEntry,
  { offer, checked }: { readonly offer: Offer; readonly checked: object },
): Verdict | undefined {
  if (offer.HubUdf !== hub.udf) return { relationship: "Reject", reason: "the offer names another hub than its sender" };
  if (!(fromDateTime(offer.Expires) > context.ports.clock.now())) return { relationship: "Expired", reason: "nobody accepted the offer in time" };
  return checked instanceof MeshError ? { relationship: "Reject", reason: checked.message } : undefined;
}

/** An offer that is to be closed, with the answer to its hub. */
function refusedOffer(context: AccountContext, refusal: OfferPlace & Verdict): RefusedMessage {
  const { index, envelopeId: id, hub, messageId, relationship, reason } = refusal;
  const respond = (): RespondOffer => ({
    MessageId: responseId(messageId),
    Result: relationship === "Expired" ? "Expired" : "Reject",
    ErrorReport: shorten(reason, mostReport),
  });
  const answer = (): OutgoingMessage => ({ spool: "MMM_Command", envelope: respondEnvelope(context, hub, respond()) });
  return { index, envelopeId: id, messageId, relationship, reason, answer };
}

/** An answer to a hub's offer. */
export function respondEnvelope(context: AccountContext, hub: DirectoryEntry, respond: RespondOffer): DareEnvelope {
  return messageEnvelope({
    struct: RespondOffer,
    value: respond,
    signer: context.keys.signature,
    recipients: [publicKeyOf(hub.connection.Encryption)],
    ports: context.ports,
  });
}

/** Refuses an offer; its hub does not make it again as it is. */
export function rejectOffer(context: AccountContext, offer: OfferPlace, report = "the owner refused"): Promise<void> {
  return closeRefused(context, "MMM_Inbound", [refusedOffer(context, { ...offer, relationship: "Reject", reason: report })]);
}
