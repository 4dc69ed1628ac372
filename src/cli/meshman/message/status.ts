/** `message status`: what became of the messages that the account sent, requests to confirm with the answers that came. */
import type {
  AccountContext,
  ConfirmationOutcome,
  KnownContact,
  RecipientState,
  SentConfirmation,
  SentMessage,
  Undelivered,
} from "../../../account/index.ts";
import { contacts, groundedOutcome, newestSent, outcomeOf, sentConfirmations, undeliveredContacts } from "../../../account/index.ts";
import { dateTime } from "../../../base/clock.ts";
import { MeshError } from "../../../base/errors.ts";
import type { Output } from "../../term/output.ts";
import { report } from "../../term/output.ts";
import { printTable } from "../../term/table.ts";
import { standingOf, whyUndelivered } from "../contact/show.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import type { OutcomeFlags } from "./confirm.ts";
import { outcomeResult, statuses, tellOutcome } from "./confirm.ts";

/** Messages that are looked through. */
const shown = 100;

/** What people call the types. */
const kinds: Readonly<Record<string, string>> = { MessageContact: "contact", RequestConfirmation: "confirm", ResponseConfirmation: "answer" };

/** A message at one recipient, and the request in it where it is one. */
interface Sent {
  readonly message: SentMessage;
  readonly recipient: RecipientState;
  readonly request?: SentConfirmation;
  /** Of a contact that was sent: whether theirs came, and when it goes out again if it was not taken. */
  readonly contact?: { readonly outcome?: "exchanged" | "waiting"; readonly undelivered?: Undelivered };
}

/** `message status [MESSAGE]`: one message with its exit status, or the newest in a table. @returns the exit status */
export async function messageStatus(call: Invocation, text: string | undefined, flags: OutcomeFlags): Promise<number> {
  const { output } = call;
  return inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const all = await sentOf(context);
    if (text !== undefined) return tellOne(call, context, { sent: find(all, text), flags });
    const rows: (readonly [Sent, ConfirmationOutcome | undefined])[] = [];
    for (const sent of all) rows.push([sent, sent.request && (await outcomeOf(context, sent.request))]);
    const requests = rows.flatMap(([{ request }, outcome]) => (request && outcome ? [outcomeResult(request, outcome)] : []));
    report(output, { requests, messages: all.map(resultOf) }, () => {
      printTable(
        output,
        ["udf", "what", "outcome", "delivery", "to", "until", "text"],
        rows.map(([sent, outcome]) => [
          nameOf(sent),
          kindOf(sent),
          outcome?.stage ?? sent.contact?.outcome ?? "",
          outcome?.delivery ?? sent.recipient.state,
          sent.recipient.address,
          sent.request?.expires ?? "",
          sent.request?.text ?? whyNot(output, sent, call.ports.clock.now()),
        ]),
      );
    });
    if (all.length === 0) output.say("you have sent nothing; 'meshman contact request ADDRESS' and 'meshman message confirm ADDRESS TEXT' do");
    return 0;
  });
}

/** The newest messages, each of their recipients by itself; what went out once more under the same name is the one that counts. */
async function sentOf(context: AccountContext): Promise<readonly Sent[]> {
  const requests = new Map((await sentConfirmations(context, shown)).map((request) => [request.index, request]));
  const known = contacts(context);
  const undelivered = await undeliveredContacts(context, known);
  const names = new Set<string>();
  return (await newestSent(context, shown)).flatMap((message) =>
    message.recipients.flatMap((recipient) => {
      const name = `${message.envelopeId} ${recipient.address}`;
      if (names.has(name)) return [];
      names.add(name);
      const request = requests.get(message.index);
      const contact = known.find(({ entry, address }) => entry.ToldBy === message.envelopeId && address === recipient.address);
      const sent: Sent = {
        message,
        recipient,
        ...(request === undefined ? {} : { request }),
        ...(contact ? { contact: contactOf(contact, { recipient, undelivered: undelivered.get(contact.key) }) } : {}),
      };
      return [sent];
    }),
  );
}

/** What is known of a contact by the message that told it last. What did not arrive is waited for by nobody. */
function contactOf(
  known: KnownContact,
  { recipient, undelivered }: Pick<Sent, "recipient"> & { readonly undelivered: Undelivered | undefined },
): Sent["contact"] {
  const standing = standingOf(known);
  const isUnderWay = recipient.state === "Sent" || recipient.state === "Received";
  const outcome = standing === "contact" && isTheirs(known) ? "exchanged" : standing === "asked" && isUnderWay ? "waiting" : undefined;
  return { ...(outcome === undefined ? {} : { outcome }), ...(undelivered === undefined ? {} : { undelivered }) };
}

/** True when the contact's own signed word has come. */
function isTheirs({ contact }: KnownContact): boolean {
  return (contact.Sources ?? []).some(({ EnvelopedSource }) => EnvelopedSource !== undefined);
}

function whyNot(output: Output, { recipient, contact }: Sent, now: number): string {
  return contact?.undelivered ? whyUndelivered(output, contact.undelivered, now) : (recipient.errorCode ?? "");
}

/** A request by the name that its sender gave it; what nobody here can open by that on its envelope. */
function nameOf({ request, message }: Sent): string {
  return request?.messageId ?? message.envelopeId;
}

function kindOf({ message: { messageType: type } }: Sent): string {
  return type === undefined ? "a message" : (kinds[type] ?? type);
}

function resultOf(sent: Sent): Readonly<Record<string, unknown>> {
  const { message, recipient, request, contact } = sent;
  return {
    messageId: request?.messageId,
    envelopeId: message.envelopeId,
    type: message.messageType,
    recipient: recipient.address,
    delivery: recipient.state,
    errorCode: recipient.errorCode,
    outcome: contact?.outcome,
    next: contact?.undelivered?.next === undefined ? undefined : dateTime(contact.undelivered.next),
    sent: message.time === undefined ? undefined : dateTime(message.time),
    told: recipient.time === undefined ? undefined : dateTime(recipient.time),
  };
}

const plain = (text: string): string => text.replaceAll("-", "").toUpperCase();

/** Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS. */
function find(all: readonly Sent[], text: string): Sent {
  const wanted = plain(text);
  const found = all.filter((sent) =>
    [nameOf(sent), sent.request?.responseId, sent.message.envelopeId].some((id) => plain(id ?? "").startsWith(wanted)),
  );
  const [one, ...others] = wanted.length < 8 ? [] : found;
  if (one && others.length === 0) return one;
  throw new MeshError(one ? "ERR_AMBIGUOUS" : "ERR_NOT_FOUND", `${one ? "several messages begin" : "no message begins"} with ${text.slice(0, 64)}`, {
    hint: "see 'meshman message status'; give at least eight characters",
  });
}

/** @returns the exit status: of a request that of confirm, of others 0 received, 4 not delivered, 75 on its way */
async function tellOne(
  call: Invocation,
  context: AccountContext,
  { sent, flags }: { readonly sent: Sent; readonly flags: OutcomeFlags },
): Promise<number> {
  const { request, recipient } = sent;
  if (request) return tellOutcome(call, request, await (call.wantsSync ? groundedOutcome : outcomeOf)(context, request), flags);
  const isLost = recipient.state === "Refused" || recipient.state === "Undelivered";
  const status = statuses[isLost ? "undelivered" : recipient.state === "Received" ? "accepted" : "pending"];
  report(call.output, { ...resultOf(sent), success: status === 0 }, () =>
    call.output.line([recipient.state, kindOf(sent), recipient.address, recipient.errorCode ?? ""].join("\t")),
  );
  return status;
}
