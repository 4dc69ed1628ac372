/** `agent`: waits at the service and does what the owner has allowed in advance, until it is told to stop; it tells a program of messages. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { runAgent } from "../../account/index.ts";
import { MeshError } from "../../base/errors.ts";
import { speaksForAccount } from "../../schema/index.ts";
import { eventResult, tellEvent } from "./event.ts";
import { MessageHook } from "./hook.ts";
import { inAccount } from "./session.ts";
import type { Invocation } from "./surroundings.ts";

/** What `agent` takes. */
export interface AgentFlags {
  readonly claim: boolean;
  /** A program that is told of messages. */
  readonly onMessage?: string;
}

/** Runs the agent; with --json one line per event. */
export async function agent(call: Invocation, flags: AgentFlags): Promise<void> {
  const { output, dir, ports, signal, service } = call;
  const address = await inAccount(call, { doing: "starting", sync: "none" }, async (context) => {
    if (!speaksForAccount(context.roles))
      throw new MeshError("ERR_NOT_AUTHORIZED", `this machine does not speak for ${context.address}: an agent would have nothing to do`, {
        hint: "run it on a machine with the role message, web or admin",
      });
    return context.address;
  });
  const hook =
    flags.onMessage === undefined
      ? undefined
      : new MessageHook({ command: await programOf(flags.onMessage), account: address, log: ports.log, signal });
  output.say(`waiting for ${address}; end it with Ctrl-C`);
  await runAgent({
    dir,
    ports,
    signal,
    claim: flags.claim,
    ...(hook === undefined ? {} : { onNotice: (notice) => hook.tell(notice) }),
    ...(service === undefined ? {} : { serviceUrl: service }),
    onEvent: (event) => {
      if (output.json) output.document(eventResult(event));
      else tellEvent((line) => output.line(line), event);
    },
  });
  await hook?.done();
}

/** The path of a program: words after it would be for a shell. Errors: ERR_NOT_FOUND. */
async function programOf(text: string): Promise<string> {
  const path = resolve(text);
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true && (found.mode & 0o111) !== 0) return path;
  throw new MeshError("ERR_NOT_FOUND", `${path} is no program`, { hint: "--on-message takes the path of an executable file, without arguments" });
}
