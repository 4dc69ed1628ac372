/** `message block`, `unblock` and `blocked`: whose messages the account's service refuses. */
import { blockAddress, findWaiting, inspectWaiting, refusedAddresses, unblockAddress } from "../../../account/index.ts";
import { MeshError } from "../../../base/errors.ts";
import { report } from "../../term/output.ts";
import { printTable } from "../../term/table.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** `message block ADDRESS|MESSAGE`. */
export async function messageBlock(call: Invocation, text: string): Promise<void> {
  const { output } = call;
  const { address, closed } = await inAccount(call, { doing: "blocking", sync: "needed" }, async (context) => {
    if (text.includes("@")) return blockAddress(context, text);
    const { kind, from } = findWaiting((await inspectWaiting(context)).waiting, text);
    if (from === undefined || kind === "connection" || kind === "offer" || kind === "hosted")
      throw new MeshError("ERR_USAGE", "a device has no address that could be blocked", { hint: "refuse it by 'meshman message reject MESSAGE'" });
    return blockAddress(context, from);
  });
  report(output, { address, closed }, () => output.line(`blocked\t${address}\t${closed} closed`));
  output.say(`'meshman message unblock ${address}' takes it back`);
}

/** `message unblock ADDRESS`. */
export async function messageUnblock(call: Invocation, text: string): Promise<void> {
  const { output } = call;
  const address = await inAccount(call, { doing: "unblocking", sync: "needed" }, (context) => unblockAddress(context, text));
  report(output, { address }, () => output.line(`unblocked\t${address}`));
}

/** `message blocked`. */
export async function messageBlocked(call: Invocation): Promise<void> {
  const { output } = call;
  await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const blocked = refusedAddresses(context);
    report(output, { blocked }, () =>
      printTable(
        output,
        ["address"],
        blocked.map((address) => [address]),
      ),
    );
    if (blocked.length === 0) output.say("nobody is blocked");
  });
}
