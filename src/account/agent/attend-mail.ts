/** A turn of the agent with what other accounts ask and answer: answers are read, requests that nothing comes of are closed, the others wait for the owner; what was sealed to a key of before goes out once more. */
import { asMeshError } from "../../base/errors.ts";
import { deviceCatalog } from "../../schema/index.ts";
import { readAnswers } from "../confirmation/outcome.ts";
import { inspectConfirmations } from "../confirmation/pending.ts";
import { resealRefused } from "../confirmation/reseal.ts";
import type { AccountContext } from "../context/account-context.ts";
import { isOfSurroundings } from "../context/surroundings.ts";
import { pendingHosted } from "../device/hosted.ts";
import { pendingOffers } from "../device/offer.ts";
import { inspectGuestMail } from "../grant/guest-answer.ts";
import { allowedEdits, isAllowedEdit } from "../house/allowed-edits.ts";
import { acceptEdit } from "../house/edit.ts";
import { askedInWords, editInWords } from "../house/edit-words.ts";
import type { PendingEdit } from "../house/hub-mail.ts";
import { inspectHubMail } from "../house/hub-mail.ts";
import { alertInWords, orderInWords } from "../house/words.ts";
import type { RefusedMessage } from "../message/refused.ts";

/** What came of a turn. */
export interface AttendedMail {
  readonly kind: "confirm" | "answered" | "alert" | "edited";
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
  const house = await inspectHubMail(context);
  const nameOf = (udf: string): string => context.get(deviceCatalog, udf)?.LocalName ?? udf;
  for (const { hub, value } of house.orders) tell({ kind: "confirm", address: nameOf(hub.udf), reason: orderInWords(context, value) });
  for (const { hub, value } of house.alerts) tell({ kind: "alert", address: nameOf(hub.udf), reason: alertInWords(context, value) });
  await attendEdits(context, house.edits, (reason, kind) => tell({ kind, address: nameOf(house.edits[0]?.hub.udf ?? ""), reason }));
  return [...refused, ...house.refused, ...(await inspectGuestMail(context))];
}

/** Makes the changes that the owner has allowed in advance on this machine; the others wait. One that cannot be made is answered, and keeps none back. */
async function attendEdits(
  context: AccountContext,
  edits: readonly PendingEdit[],
  tell: (reason: string, kind: "edited" | "confirm") => void,
): Promise<void> {
  if (edits.length === 0) return;
  const allowed = await allowedEdits(context);
  const asksOffer = edits.some(({ value }) => value.Change.Kind === "offer-accept");
  const offered = asksOffer ? [...(await pendingOffers(context)), ...(await pendingHosted(context))] : [];
  for (const edit of edits) {
    if (!(await isAllowedEdit(context, edit, allowed))) {
      tell(await askedInWords(context, edit, offered), "confirm");
      continue;
    }
    // A device that was removed has no name any more.
    const words = editInWords(context, edit.value.Change, offered);
    try {
      await acceptEdit(context, edit);
      tell(words, "edited");
    } catch (error) {
      if (isOfSurroundings(error)) throw error;
      context.ports.log.warn("edit.refused", { edit: edit.messageId, reason: asMeshError(error).message });
    }
  }
}
