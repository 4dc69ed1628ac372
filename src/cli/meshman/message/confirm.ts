/** `message confirm` and `status`: asking somebody to confirm something, with exit statuses for scripts. */
import type { AccountContext, ConfirmationOutcome, SentConfirmation } from "../../../account/index.ts";
import {
  confirmationMs,
  outcomeOf,
  readAnswers,
  requestConfirmation,
  sentConfirmation,
  sentConfirmations,
  syncWhatHolds,
} from "../../../account/index.ts";
import { fromDateTime } from "../../../base/clock.ts";
import { MeshError } from "../../../base/errors.ts";
import { report } from "../../term/output.ts";
import { printTable } from "../../term/table.ts";
import type { Turn } from "../session.ts";
import { besideOthers, inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import { durationOf } from "../values.ts";

/** Exit status of each outcome; 75 is that of ERR_PENDING. */
const statuses: Readonly<Record<ConfirmationOutcome["stage"], number>> = { accepted: 0, rejected: 1, expired: 3, undelivered: 4, pending: 75 };

/** A service waits for less than a minute at a time. */
const longestWait = 50;

/** What `message confirm` takes. */
export interface ConfirmFlags {
  /** True without a time: until the request ends. */
  readonly wait?: string | true;
  readonly expire?: string;
}

/** `message confirm ADDRESS TEXT`: asks, and waits with --wait. @returns the exit status */
export async function messageConfirm(call: Invocation, address: string, text: string, flags: ConfirmFlags): Promise<number> {
  const { output, ports } = call;
  const lifeMs = flags.expire === undefined ? confirmationMs.usual : durationOf(flags.expire, "s") * 1000;
  const waitMs = flags.wait === undefined ? 0 : flags.wait === true ? lifeMs : durationOf(flags.wait, "s") * 1000;
  return besideOthers(call, { doing: `waiting for ${address}`, sync: "needed" }, async (context, turn) => {
    const asked = await turn(() => requestConfirmation(context, { address, text, lifeMs }));
    output.say(`Envelope ID: ${asked.envelopeId}`);
    output.say(`Message ID: ${asked.messageId}`);
    output.say(`Response ID: ${asked.responseId}`);
    const end = Math.min(ports.clock.now() + waitMs, fromDateTime(asked.expires));
    const [sent, outcome] = await untilDecided(call, { context, turn, envelopeId: asked.envelopeId, end });
    return tellOutcome(
      call,
      sent,
      asked.isTaken || outcome.stage !== "pending" ? outcome : { stage: "undelivered", delivery: "Refused" },
      waitMs === 0,
    );
  });
}

interface Waiting {
  readonly context: AccountContext;
  readonly turn: Turn;
  readonly envelopeId: string;
  /** Milliseconds since 1970. */
  readonly end: number;
}

/** Asks at once, and again whenever something came, until it is decided or the time is over. */
async function untilDecided(
  { ports, signal }: Invocation,
  { context, turn, envelopeId, end }: Waiting,
): Promise<readonly [SentConfirmation, ConfirmationOutcome]> {
  for (;;) {
    const found = await turn(async () => {
      await context.refresh();
      await syncWhatHolds(
        () => context.sync(),
        ({ message }) => ports.log.warn("store.doubted", { reason: message }),
      );
      const sent = await sentConfirmation(context, envelopeId);
      if (!sent) throw new MeshError("ERR_INTERNAL", "the request is not in Outbound after it was sent");
      const outcome = await outcomeOf(context, sent);
      if (outcome.deviceUdf !== undefined) await readAnswers(context);
      return [sent, outcome] as const;
    });
    const seconds = Math.min(longestWait, Math.ceil((end - ports.clock.now()) / 1000));
    if (found[1].stage !== "pending" || seconds <= 0) return found;
    await context.wait({ stores: ["MMM_Inbound", "MMM_Outbound"], seconds, signal });
  }
}

function outcomeResult(sent: SentConfirmation, { stage, deviceUdf, delivery, errorCode }: ConfirmationOutcome): Readonly<Record<string, unknown>> {
  const { messageId, envelopeId, responseId, recipient, text, expires } = sent;
  return { messageId, envelopeId, responseId, recipient, text, expires, outcome: stage, deviceUdf, delivery, errorCode };
}

/** @param isSent nobody waits: to have sent it is what was wanted */
function tellOutcome({ output }: Invocation, sent: SentConfirmation, outcome: ConfirmationOutcome, isSent: boolean): number {
  const { stage, deviceUdf } = outcome;
  const status = isSent && stage === "pending" ? 0 : statuses[stage];
  report(output, { ...outcomeResult(sent, outcome), success: status === 0 }, () =>
    output.line([stage, sent.recipient, deviceUdf ?? "", sent.text].join("\t")),
  );
  if (stage === "pending") output.say(`next: 'meshman message status ${sent.messageId}' tells whether ${sent.recipient} has answered`);
  if (stage === "undelivered")
    output.say(`${sent.recipient} did not take it: it may not know you as a contact, or its service is away; nothing more is told`);
  return status;
}

/** `message status [MESSAGE]`: one request with its exit status, or the newest in a table. */
export async function messageStatus(call: Invocation, text: string | undefined): Promise<number> {
  const { output } = call;
  return inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const all = await sentConfirmations(context, shown);
    if (text !== undefined) {
      const wanted = plain(text);
      const [one, ...others] =
        wanted.length < 8 ? [] : all.filter(({ messageId, responseId }) => [messageId, responseId].some((id) => plain(id).startsWith(wanted)));
      if (!one || others.length > 0)
        throw new MeshError(
          one ? "ERR_AMBIGUOUS" : "ERR_NOT_FOUND",
          `${one ? "several requests begin" : "no request begins"} with ${text.slice(0, 64)}`,
          {
            hint: "see 'meshman message status'; give at least eight characters",
          },
        );
      return tellOutcome(call, one, await outcomeOf(context, one), false);
    }
    const outcomes: (readonly [SentConfirmation, ConfirmationOutcome])[] = [];
    for (const sent of all) outcomes.push([sent, await outcomeOf(context, sent)]);
    report(output, { requests: outcomes.map(([sent, outcome]) => outcomeResult(sent, outcome)) }, () => {
      printTable(
        output,
        ["udf", "outcome", "delivery", "to", "until", "text"],
        outcomes.map(([sent, { stage, delivery }]) => [sent.messageId, stage, delivery, sent.recipient, sent.expires, sent.text]),
      );
    });
    if (all.length === 0) output.say("you have asked nobody; 'meshman message confirm ADDRESS TEXT' does");
    return 0;
  });
}

/** Requests that are looked through. */
const shown = 100;

const plain = (text: string): string => text.replaceAll("-", "").toUpperCase();
