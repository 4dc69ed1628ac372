/** Operate: its shapes are there, what it does is not. */
import { MeshError } from "../../base/errors.ts";
import type { Transaction } from "./context.ts";

/** ERR_NOT_BUILT. */
export const operate: Transaction<"Operate"> = async () => {
  throw new MeshError("ERR_NOT_BUILT", "this service does not operate yet");
};
