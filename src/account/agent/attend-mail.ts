/** A turn of the agent with what other accounts ask and answer: answers are read, requests that nothing comes of are closed, the others wait for the owner; what was sealed to a key of before goes out once more. */
import { readAnswers } from "../confirmation/outcome.ts";
import { inspectConfirmations } from "../confirmation/pending.ts";
import { resealRefused } from "../confirmation/reseal.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { RefusedMessage } from "../message/refused.ts";

/** What came of a turn. */
export interface AttendedMail {
  readonly kind: "confirm" | "answered";
  readonly address: string;
  readonly reason: string;
}

/** Reads and tells. @returns messages that only have to be closed. Errors: those of the service and the disk. */
export async function attendMail(context: AccountContext, tell: (event: AttendedMail) => void): Promise<readonly RefusedMessage[]> {
  await resealRefused(context);
  const { pending, refused } = await inspectConfirmations(context);
  for (const { sender, text } of pending) tell({ kind: "confirm", address: sender.address, reason: text });
  for (const { sent, outcome } of await readAnswers(context))
    tell({ kind: "answered", address: sent.recipient, reason: `${outcome.stage}: ${sent.text}` });
  return refused;
}
