/** `agent`: waits at the service and does what the owner has allowed in advance, until it is told to stop. */
import { administratorOf, runAgent } from "../../account/index.ts";
import { eventResult, tellEvent } from "./event.ts";
import { inAccount } from "./session.ts";
import type { Invocation } from "./surroundings.ts";

/** Runs the agent; with --json one line per event. */
export async function agent(call: Invocation, flags: { readonly claim: boolean }): Promise<void> {
  const { output, dir, ports, signal, service } = call;
  const address = await inAccount(call, { doing: "starting", sync: "none" }, async (context) => {
    administratorOf(context);
    return context.address;
  });
  output.say(`waiting for ${address}; end it with Ctrl-C`);
  await runAgent({
    dir,
    ports,
    signal,
    claim: flags.claim,
    ...(service === undefined ? {} : { serviceUrl: service }),
    onEvent: (event) => {
      if (output.json) output.document(eventResult(event));
      else tellEvent((line) => output.line(line), event);
    },
  });
}
