/** A question to the owner: what it is about, where it is, and how it ended. */
import type { DirectoryEntry } from "../../account/hub.ts";
import type { MeshError } from "../../base/errors.ts";
import { shorten } from "../../base/shorten.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import type { StateValue } from "../../schema/index.ts";
import type { Principal } from "../command/principal.ts";

/** How long a change waits for its answer. */
export const editMs = 7 * 86_400_000;
/** Characters of the name of who asks. */
export const mostPrincipal = 120;

/** An order that somebody may not give by himself. */
export interface UnconfirmedOrder {
  readonly principal: Principal;
  readonly deviceUdf: string;
  readonly command: string;
  readonly arguments: readonly StateValue[];
  /** Done when it is confirmed, before it is given: what ends it is noted by then. What fails in it is why the order is not given. */
  readonly before?: (() => Promise<unknown>) | undefined;
}

/** What waits for an answer. */
export interface OpenQuestion {
  readonly messageId: string;
  readonly kind: "order" | "edit";
  readonly principal: string;
  /** The order or change. */
  readonly about: string;
  /** A change in parts, for whoever words it himself. */
  readonly parts?: EditParts | undefined;
  /** RFC 3339. */
  readonly asked: string;
  readonly expires: string;
}

/** What a change is about. */
export interface EditParts {
  readonly kind: string;
  /** Of what is to be changed. */
  readonly key?: string;
  /** Names. */
  readonly subject: string;
  readonly object?: string;
}

/** A question with how it stands. */
export interface SeenQuestion extends OpenQuestion {
  /** sending: the service has it not yet; over: nobody has answered in time. */
  readonly state: "sending" | "waiting" | "done" | "refused" | "over" | "failed";
  readonly reason?: string;
  /** RFC 3339. */
  readonly ended?: string;
}

/** A question that was asked. The outcome rejects with why nothing came of it. */
export interface Asked<T> extends SeenQuestion {
  readonly outcome: Promise<T>;
}

/** A question as it is kept while it is open. */
export interface Question extends OpenQuestion {
  readonly principalId: string;
  readonly digest: Uint8Array;
  /** On the monotonic clock. */
  readonly until: number;
  readonly answered: (envelope: DareEnvelope, sender: DirectoryEntry) => Promise<unknown>;
  readonly fail: (error: MeshError) => void;
  /** The service has it. */
  isSent: boolean;
}

/** A question that is open, as it is shown. */
export function shownOf({ messageId, kind, principal, about, parts, asked, expires, isSent }: Question): SeenQuestion {
  return { messageId, kind, principal, about, ...(parts ? { parts } : {}), asked, expires, state: isSent ? "waiting" : "sending" };
}

/** How a question ended that brought nothing. */
export function endOf({ code, message }: MeshError): Pick<SeenQuestion, "state" | "reason"> {
  if (code === "ERR_COMMAND_EXPIRED") return { state: "over" };
  return { state: code === "ERR_REJECTED" ? "refused" : "failed", reason: shorten(message, 300) };
}

/** Questions that are over and still shown. */
const mostEnded = 32;

/** Those that are over, the newest last; beyond a figure the oldest go. */
export class EndedQuestions {
  readonly #all: SeenQuestion[] = [];

  add(question: SeenQuestion): void {
    this.#all.push(question);
    if (this.#all.length > mostEnded) this.#all.shift();
  }

  list(): readonly SeenQuestion[] {
    return this.#all;
  }
}
