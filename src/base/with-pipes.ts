/**
 * A child whose pipes are there. A process that may open nothing more gets one without any, and hears the reason on the next tick alone: as an event that ends
 * a process in which nobody listens for it by then, which nobody does who has stumbled over the pipes before.
 */
import type { ChildProcess } from "node:child_process";
import { asMeshError } from "./errors.ts";

/** The child itself. Errors: ERR_BUSY where nothing more could be opened. @param child just spawned */
export function withPipes<T extends ChildProcess>(child: T): T {
  // Node's types know of no child without.
  if ((child as Partial<ChildProcess>).stdio !== undefined) return child;
  child.once("error", () => undefined);
  throw asMeshError(Object.assign(new Error("no pipes to a child"), { code: "EMFILE" }));
}
