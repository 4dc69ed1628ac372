/** Following a request that the account sent: what the services say is fetched, what they refused goes out once more, and answers are read. extensions §12, §13 */
import { MeshError } from "../../base/errors.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { GroundedOutcome } from "./outcome.ts";
import { groundedOutcome, readAnswers } from "./outcome.ts";
import type { SentConfirmation } from "./request.ts";
import { sentConfirmation } from "./request.ts";
import { resealRefused } from "./reseal.ts";

/**
 * What became of a request by now. Who holds the directory calls it.
 * @param sync fetches what is new
 * Errors: those of sync, the service and the disk.
 */
export async function followConfirmation(
  context: AccountContext,
  envelopeId: string,
  sync: () => Promise<unknown>,
): Promise<readonly [SentConfirmation, GroundedOutcome]> {
  await context.refresh();
  await sync();
  // The refusal was of the envelope before: what went out once more is decided anew.
  if (await resealRefused(context)) await sync();
  const sent = await sentConfirmation(context, envelopeId);
  if (!sent) throw new MeshError("ERR_INTERNAL", "the request is not in Outbound after it was sent");
  const outcome = await groundedOutcome(context, sent);
  if (outcome.deviceUdf !== undefined) await readAnswers(context);
  return [sent, outcome];
}
