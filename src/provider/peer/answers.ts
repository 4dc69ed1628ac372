/** What is asked of a peer in one Post, and its answers: one about each message at each recipient, or none of them counts. */
import { MeshError } from "../../base/errors.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import type { EntryResponse } from "../../protocol/index.ts";

/** Messages of one sender, each of which goes to each recipient. */
export interface Load {
  readonly sender: string;
  readonly messages: readonly DareEnvelope[];
  readonly recipients: readonly string[];
}

/** By the name of the message and its recipient: see answerName. */
export type Answers = ReadonlyMap<string, EntryResponse>;

/** The name under which the answer about a message at a recipient stands. */
export function answerName(envelopeId: string | undefined, recipient: string): string {
  return `${envelopeId ?? ""} ${recipient}`;
}

/** ERR_VERIFICATION when one is about something else, or says more than one thing about it, or one is missing. */
export function answersTo({ messages, recipients }: Load, entries: readonly EntryResponse[]): Answers {
  const asked = new Set(messages.flatMap(({ header }) => recipients.map((recipient) => answerName(header.EnvelopeId, recipient))));
  const answers = new Map<string, EntryResponse>();
  for (const entry of entries) {
    const name = answerName(entry.EnvelopeId, entry.Account ?? "");
    if (!asked.has(name) || answers.has(name)) throw new MeshError("ERR_VERIFICATION", "the peer answered something that it was not asked");
    answers.set(name, entry);
  }
  if (answers.size < asked.size) throw new MeshError("ERR_VERIFICATION", `the peer answered ${answers.size} of ${asked.size} questions`);
  return answers;
}
