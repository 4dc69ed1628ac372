/** `message pending`, `accept` and `reject`: everything that waits for the owner, whatever it is. */
import type { AccountContext, WaitingMessage } from "../../../account/index.ts";
import {
  acceptContact,
  acceptEdit,
  acceptInvitation,
  answerConfirmation,
  answerOrder,
  closeAlert,
  closeUnread,
  closeUnwanted,
  findWaiting,
  formerNames,
  inspectWaiting,
  rejectContact,
  rejectEdit,
  rejectInvitation,
  ways,
} from "../../../account/index.ts";
import { MeshError } from "../../../base/errors.ts";
import { showTime } from "../../term/age.ts";
import { report } from "../../term/output.ts";
import { printTable } from "../../term/table.ts";
import { deviceAccept, deviceReject } from "../device/admit.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

const kinds: Readonly<Record<WaitingMessage["kind"], string>> = {
  connection: "machine",
  offer: "device",
  hosted: "hosted",
  contact: "contact",
  confirmation: "confirm",
  group: "group",
  order: "order",
  edit: "change",
  alert: "alert",
  other: "unknown",
};

/** What is behind the sender, in words: of a device its code is compared, of an account its pin is known or not. */
function trustOf({ kind, trust }: WaitingMessage): string {
  if (kind === "connection" || kind === "offer") return "compare its code";
  if (kind === "hosted") return "the hub's word";
  if (kind === "order" || kind === "edit" || kind === "alert") return "your hub";
  if (kind === "other") return "not known";
  return trust === undefined ? "no contact yet" : ways[trust];
}

/** `message pending`: one table of what waits. */
export async function messagePending(call: Invocation): Promise<void> {
  const { output, ports } = call;
  await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    await closeUnwanted(context);
    const { waiting } = await inspectWaiting(context);
    const now = ports.clock.now();
    report(output, { pending: waiting.map(pendingResult) }, () => {
      printTable(
        output,
        ["udf", "kind", "from", "trust", "came", "until", "text"],
        waiting.map((message) => [
          message.messageId,
          message.kind === "other" ? message.type : kinds[message.kind],
          message.from ?? "",
          trustOf(message),
          showTime(output, message.received, now),
          message.expires ?? "",
          message.text ?? "",
        ]),
      );
    });
    output.say(
      waiting.length === 0
        ? "nothing waits"
        : "next: 'meshman message accept MESSAGE', 'meshman message reject MESSAGE', or 'meshman message block ADDRESS'",
    );
  });
}

function pendingResult(message: WaitingMessage): Readonly<Record<string, unknown>> {
  const { messageId, kind, type, from, udf, trust, text, expires, received } = message;
  return { messageId, kind, type, from, udf, trust, text, expires, received };
}

/** What `message accept` takes. */
export interface DecideFlags {
  readonly role?: readonly string[];
  readonly place?: string;
}

/** A decision. */
export interface Decision {
  readonly text: string;
  readonly name?: string;
  readonly isAccepted: boolean;
  readonly flags: DecideFlags;
}

/** `message accept MESSAGE [NAME]` and `message reject MESSAGE`. */
export async function messageDecide(call: Invocation, decision: Decision): Promise<void> {
  const { text, name, isAccepted, flags } = decision;
  const joining = await inAccount(call, { doing: "answering", sync: "needed" }, async (context) => {
    const { waiting } = await inspectWaiting(context);
    const message = findWaiting(waiting, text, await formerNames(context));
    switch (message.kind) {
      case "connection":
      case "offer":
      case "hosted":
        return message;
      case "contact":
        if (isAccepted) await acceptContact(context, message.item, name === undefined ? {} : { localName: name });
        else await rejectContact(context, message.item);
        break;
      case "confirmation":
        await answerConfirmation(context, message.item, isAccepted);
        break;
      case "group":
        await (isAccepted ? acceptInvitation : rejectInvitation)(context, message.item);
        break;
      case "order":
        await answerOrder(context, message.item, isAccepted);
        break;
      case "edit":
        await (isAccepted ? acceptEdit : rejectEdit)(context, message.item);
        break;
      case "alert":
        await closeAlert(context, message.item);
        break;
      case "other":
        if (isAccepted || !context.keys.administrator) throw undecidable(context, message);
        await closeUnread(context, message);
        break;
    }
    tell(call, message, isAccepted);
    return undefined;
  });
  // Machines and devices have commands of their own, which take the same names.
  if (!joining) return;
  const code = joining.kind === "connection" ? joining.messageId : joining.item.device.deviceUdf;
  if (isAccepted) await deviceAccept(call, code, name, flags);
  else await deviceReject(call, code);
}

function undecidable({ keys }: AccountContext, { type }: WaitingMessage): MeshError {
  return new MeshError("ERR_USAGE", `this device cannot decide about ${type}`, {
    hint: keys.administrator
      ? "a newer version may know it; 'meshman message reject' closes it unread, 'meshman message block ADDRESS' ends what its sender writes"
      : "see 'meshman message pending' on an administration device; 'meshman message block ADDRESS' there ends what its sender writes",
  });
}

function tell({ output }: Invocation, message: WaitingMessage, isAccepted: boolean): void {
  const { messageId, kind, from, text } = message;
  const outcome = isAccepted ? "accepted" : "rejected";
  report(output, { messageId, kind, from, text, outcome }, () => output.line([outcome, kinds[kind], from, text].filter(Boolean).join("\t")));
}
