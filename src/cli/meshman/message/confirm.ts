/** `message confirm`: asking somebody to confirm something, with exit statuses for scripts. */
import type { AccountContext, ConfirmationOutcome, SentConfirmation } from "../../../account/index.ts";
import { confirmationMs, followConfirmation, requestConfirmation, syncWhatHolds } from "../../../account/index.ts";
import { fromDateTime } from "../../../base/clock.ts";
import type { Output } from "../../term/output.ts";
import { report } from "../../term/output.ts";
import type { Turn } from "../session.ts";
import { besideOthers } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import { durationOf } from "../values.ts";

/** Exit status of each outcome; 75 is that of ERR_PENDING. */
export const statuses: Readonly<Record<ConfirmationOutcome["stage"], number>> = { accepted: 0, rejected: 1, expired: 3, undelivered: 4, pending: 75 };

/** Exit status of an acceptance that was judged by what is known here alone: a machine that they have removed since could have given it. */
const unconfirmedStatus = 5;

/** A service waits for less than a minute at a time. */
const longestWait = 50;

/** What `message confirm` and `message status` take for what came of a request. */
export interface OutcomeFlags {
  /** An acceptance is one also where their service could not be asked for a newer profile. */
  readonly allowUnconfirmed?: boolean;
}

/** What `message confirm` takes. */
export interface ConfirmFlags extends OutcomeFlags {
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
    return tellOutcome(call, sent, asked.isTaken || outcome.stage !== "pending" ? outcome : { stage: "undelivered", delivery: "Refused" }, {
      ...flags,
      isSent: waitMs === 0,
    });
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
  const sync = () =>
    syncWhatHolds(
      () => context.sync(),
      ({ message }) => ports.log.warn("store.doubted", { reason: message }),
    );
  for (;;) {
    const found = await turn(() => followConfirmation(context, envelopeId, sync));
    const seconds = Math.min(longestWait, Math.ceil((end - ports.clock.now()) / 1000));
    if (found[1].stage !== "pending" || seconds <= 0) return found;
    await context.wait({ stores: ["MMM_Inbound", "MMM_Outbound"], seconds, signal });
  }
}

/** As programs read it. */
export function outcomeResult(
  sent: SentConfirmation,
  { stage, deviceUdf, delivery, errorCode, grounds }: ConfirmationOutcome,
): Readonly<Record<string, unknown>> {
  const { messageId, envelopeId, responseId, recipient, text, expires } = sent;
  const profile = grounds && { version: grounds.version, updated: grounds.updated, unconfirmed: grounds.unconfirmed };
  return { messageId, envelopeId, responseId, recipient, text, expires, outcome: stage, deviceUdf, delivery, errorCode, profile };
}

/** @param isSent nobody waits: to have sent it is what was wanted. @returns the exit status */
export function tellOutcome(
  { output }: Invocation,
  sent: SentConfirmation,
  outcome: ConfirmationOutcome,
  { isSent = false, allowUnconfirmed = false }: OutcomeFlags & { readonly isSent?: boolean },
): number {
  const { stage, deviceUdf, grounds } = outcome;
  const isUnconfirmed = deviceUdf !== undefined && (grounds === undefined || grounds.unconfirmed !== undefined);
  const isDoubted = stage === "accepted" && isUnconfirmed && !allowUnconfirmed;
  const status = isDoubted ? unconfirmedStatus : isSent && stage === "pending" ? 0 : statuses[stage];
  report(output, { ...outcomeResult(sent, outcome), success: status === 0 }, () =>
    output.line([stage, sent.recipient, deviceUdf ?? "", sent.text].join("\t")),
  );
  if (isUnconfirmed) tellUnconfirmed(output, sent, outcome);
  if (isDoubted) output.say(`next: ask once more by 'meshman message status ${sent.messageId}', or take it as it is: --allow-unconfirmed`);
  if (stage === "pending") output.say(`next: 'meshman message status ${sent.messageId}' tells whether ${sent.recipient} has answered`);
  if (stage === "undelivered")
    output.say(`${sent.recipient} did not take it: it may not know you as a contact, or its service is away; nothing more is told`);
  return status;
}

function tellUnconfirmed(output: Output, { recipient }: SentConfirmation, { grounds }: ConfirmationOutcome): void {
  const profile = grounds?.updated === undefined ? "the profile that is known here" : `the profile of ${grounds.updated}`;
  const why = grounds ? `could not be asked for a newer one: ${grounds.unconfirmed}` : "was not asked for a newer one";
  output.say(
    `warning: the answer was judged by ${profile}; the service of ${recipient} ${why}. A machine that they have removed since could have answered`,
  );
}
