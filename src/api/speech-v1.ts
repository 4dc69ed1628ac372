/** Speech: shapes of the hub's interface, version 1. Clips come whole: a sentence is said while a button is held, and sent when it is let go. */
import * as v from "valibot";
import { sayRequest, sayResult } from "./hub-v1.ts";

/** Characters of the longest clip: fifteen seconds at 16 kHz as WAV, in base64url, and room for more of a header. */
export const mostClipText = 700_000;

/** POST /v1/hear */
export const hearRequest = v.strictObject({
  ...v.omit(sayRequest, ["text"]).entries,
  /** A WAV file in base64url: 8000 to 48000 Hz, 16 bit, at most fifteen seconds. */
  clip: v.pipe(v.string(), v.minLength(1), v.maxLength(mostClipText)),
});
export type HearRequest = v.InferOutput<typeof hearRequest>;

/** POST /v1/listen: to the hub's own microphone, until there is a pause. Answered as `hear`. */
export const listenRequest = v.omit(sayRequest, ["text"]);
export type ListenRequest = v.InferOutput<typeof listenRequest>;

/** GET /v1/names/doubts: names that the hub's own recogniser cannot hear or may take for another. Errors: ERR_CONFIG where it has none, ERR_ADAPTER without a dictionary. */
export const doubtfulNames = v.object({
  /** Sentences, each of one name. */
  doubts: v.array(v.string()),
  /** So many others there are. */
  more: v.number(),
  /** What to do. */
  remedies: v.array(v.string()),
});
export type DoubtfulNames = v.InferOutput<typeof doubtfulNames>;

/** What was heard, absent when nothing was understood, and what became of it. A sentence that is read back is a question, with why: the next clip answers it. */
export const hearResult = v.object({ heard: v.optional(v.string()), why: v.optional(v.string()), said: sayResult });
export type HearResult = v.InferOutput<typeof hearResult>;
