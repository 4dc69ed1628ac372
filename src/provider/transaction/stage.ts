/** Stage: pages of a catalog's next epoch. */
import { MeshError } from "../../base/errors.ts";
import type { Transaction } from "./context.ts";

/** ERR_NOT_BUILT. */
export const stage: Transaction<"Stage"> = () => Promise.reject(new MeshError("ERR_NOT_BUILT", "this service stages no epochs yet"));
