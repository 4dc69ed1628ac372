/** PINs that the account issued: making the message that remembers one, finding them again, and judging who comes with one. schema-08 §8.1 */
import { equalBytes } from "../../base/bytes.ts";
import { dateTime, fromDateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { newPin, pinId, pinWitness, saltedPin } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { eitherMember } from "../../dare/index.ts";
import { MessagePin, openObject } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import type { OutgoingMessage } from "../context/write.ts";
import { messageEnvelope } from "./message-envelope.ts";
import type { Reader, SpoolView } from "./spool-view.ts";

/** What a PIN is for. */
export type PinAction = "Device" | "Contact";

/** A fresh PIN and the message that remembers it. Errors: ERR_NOT_AUTHORIZED on a device that is no administrator. */
export function freshPin(
  context: AccountContext,
  options: { readonly action: PinAction; readonly seconds: number } & Pick<MessagePin, "Roles" | "SharedStores" | "LocalName" | "Contact">,
): { readonly pin: string; readonly expires: string; readonly message: OutgoingMessage } {
  const { ports, address, keys } = context;
  const { encryption } = administratorOf(context);
  const { action, seconds, ...more } = options;
  const pin = newPin(ports.random);
  const salted = saltedPin(pin, action);
  const expires = dateTime(ports.clock.now() + seconds * 1000);
  const value: MessagePin = {
    MessageId: pinId(salted, address),
    Account: address,
    Expires: expires,
    Automatic: true,
    SaltedPin: salted,
    Action: action,
    ...more,
  };
  // Other administrators do not read, and so cannot use, what gives the seed.
  const recipient = value.Roles?.includes("super") ? keys.encryption : encryption;
  const envelope = messageEnvelope({ struct: MessagePin, value, signer: keys.signature, recipients: [recipient.public], ports });
  return { pin, expires, message: { spool: "MMM_Local", envelope } };
}

const readPin: Reader<MessagePin> = (context, { envelope }) =>
  openObject(MessagePin, envelope, [administratorOf(context).encryption, context.keys.encryption]);

/** Names on the envelopes of the PINs that this machine cannot read: whoever comes with one waits for the administrator that issued it. */
export async function pinsElsewhere({ deviceUdf }: AccountContext, local: SpoolView): Promise<ReadonlySet<string>> {
  const messages = await local.all(MessagePin.tag, readPin);
  const isElsewhere = ({ sender, reading }: (typeof messages)[number]): boolean =>
    reading.fault !== undefined && sender !== undefined && sender.udf !== deviceUdf && sender.connection.Roles.includes("admin");
  return new Set(messages.filter(isElsewhere).map((message) => message.envelopeId));
}

/** A PIN that a device of the account issued. */
export interface KnownPin extends MessagePin {
  /** Fingerprint of that device. */
  readonly issuer: string;
}

/** The PINs that were issued, by PinId. Those of a device that is no administrator any more do not count. */
export async function issuedPins(local: SpoolView): Promise<ReadonlyMap<string, KnownPin>> {
  const pins = new Map<string, KnownPin>();
  for (const { sender, reading } of await local.all(MessagePin.tag, readPin)) {
    if (!reading.fault && sender?.connection.Roles.includes("admin")) pins.set(reading.value.MessageId, { ...reading.value, issuer: sender.udf });
  }
  return pins;
}

/** A message that comes with a PIN. */
export interface PinBearer {
  readonly PinId?: string;
  readonly PinWitness?: Uint8Array;
  readonly ClientNonce?: Uint8Array;
  readonly AuthenticatedData?: DareEnvelope;
}

/** True when a message proves that its sender knows the PIN of a salted one. */
export function provesPin(bearer: PinBearer, salted: string, account: string): boolean {
  const { PinWitness, ClientNonce, AuthenticatedData } = bearer;
  if (!PinWitness || !ClientNonce || !AuthenticatedData) return false;
  const payloadDigest = eitherMember(AuthenticatedData, "PayloadDigest") ?? new Uint8Array();
  return equalBytes(pinWitness({ salted, account, clientNonce: ClientNonce, payloadDigest }), PinWitness);
}

/** The PIN that a message proves; why it does not count; undefined when none came along. */
export function judgePin(
  bearer: PinBearer,
  options: {
    readonly context: AccountContext;
    readonly action: PinAction;
    readonly pins: ReadonlyMap<string, KnownPin>;
    readonly closed: ReadonlyMap<string, string>;
  },
): KnownPin | MeshError | undefined {
  const { context, action, pins, closed } = options;
  if (bearer.PinId === undefined || !bearer.PinWitness) return undefined;
  const pin = pins.get(bearer.PinId);
  if (pin?.Action !== action || !provesPin(bearer, pin.SaltedPin, context.address))
    return new MeshError("ERR_PIN_INVALID", "the PIN is not one that was issued");
  if (closed.has(pin.MessageId)) return new MeshError("ERR_PIN_USED", "the PIN was used before");
  if (!(fromDateTime(pin.Expires) > context.ports.clock.now())) return new MeshError("ERR_PIN_EXPIRED", `the PIN expired at ${pin.Expires}`);
  return pin;
}
