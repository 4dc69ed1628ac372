/** What became of a request: the constants of schema-08 §8. */
import { word } from "../../codec/field.ts";

/** What became of a request. */
export type Result = "Accept" | "Reject" | "Pending" | "Expired";

/** Field of a Result. */
export const results = word("Accept", "Reject", "Pending", "Expired");
