/** Whether the services took a message at once, by what a Transact says of it. Of one that goes to another service nothing is known yet. */
import type { EntryResponse } from "../../protocol/index.ts";

/** A message that was refused for a recipient; the reason where the service says one. */
export interface Refusal {
  readonly errorCode?: string;
}

/** How a message with this name on its envelope was refused; undefined while nobody has refused it. */
export function refusalIn(entries: readonly EntryResponse[], envelopeId: string | undefined): Refusal | undefined {
  const refused = entries.find(({ EnvelopeId, Account, Result }) => EnvelopeId === envelopeId && Account !== undefined && Result !== "Accept");
  return refused && (refused.ErrorCode === undefined ? {} : { errorCode: refused.ErrorCode });
}
