/** `edit …`: changes that hubs ask for. Those that wait are decided by `message accept` and `message reject`. */
import { allowEdits, allowedEdits, inspectWaiting } from "../../../account/index.ts";
import { report } from "../../term/output.ts";
import { printTable } from "../../term/table.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** `edit allow KIND...`. */
export async function editAllow(call: Invocation, kinds: readonly string[]): Promise<void> {
  const { output } = call;
  await inAccount(call, { doing: "allowing", sync: "wanted" }, (context) => allowEdits(context, kinds));
  report(output, { allowed: kinds }, () =>
    output.line(kinds.length === 0 ? "every change waits for you" : `made without asking: ${kinds.join(", ")}`),
  );
}

/** `edit list`. */
export async function editList(call: Invocation): Promise<void> {
  const { output } = call;
  await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const allowed = await allowedEdits(context);
    const { waiting } = await inspectWaiting(context);
    const edits = waiting.filter(({ kind }) => kind === "edit");
    report(output, { allowed, pending: edits.map(({ messageId, from, text, expires }) => ({ messageId, from, text, expires })) }, () =>
      printTable(
        output,
        ["udf", "from", "until", "text"],
        edits.map(({ messageId, from, text, expires }) => [messageId, from ?? "", expires ?? "", text ?? ""]),
      ),
    );
    output.say(allowed.length === 0 ? "nothing is allowed in advance" : `made without asking: ${allowed.join(", ")}`);
    if (edits.length > 0) output.say("next: 'meshman message accept MESSAGE' or 'meshman message reject MESSAGE'");
  });
}
