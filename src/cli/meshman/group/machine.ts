/** `group pin`, `join`, `complete` and `sync`: further machines of the account that administer a group. */
import { completeGroup, groupPin, joinGroup, syncGroup } from "../../../account/index.ts";
import { accountAddress } from "../../../schema/index.ts";
import { counted } from "../../term/counted.ts";
import { report } from "../../term/output.ts";
import { inAccount, serviceOf } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import { durationOf } from "../values.ts";

const pinMinutes = 60;
const waitText = "60s";

/** `group pin GROUP`. */
export async function groupPinCommand(call: Invocation, text: string, { root = false }: { readonly root?: boolean }): Promise<void> {
  const { output } = call;
  const group = accountAddress(text);
  const { uri, expires } = await inAccount(call, { doing: "making a code", sync: "needed" }, (own) =>
    groupPin(own, group, { minutes: pinMinutes, root }),
  );
  report(output, { group, uri, expires }, () => output.line(uri));
  output.say(`good for ${pinMinutes} minutes, for one machine; whoever has it administers the group`);
  if (root) output.say("the machine will hold the root of the group: it renews the key, and removing it does not shut it out");
  output.say(`next: on that machine 'meshman group join CODE', then here 'meshman group sync ${group}'`);
}

/** `group join CODE`. */
export async function groupJoin(call: Invocation, code: string): Promise<void> {
  const { output } = call;
  const serviceUrl = (address: string): Promise<string> => serviceOf(call, address);
  const group = await inAccount(call, { doing: "asking", sync: "needed" }, (own) => joinGroup(own, { code, serviceUrl }));
  report(output, { group, outcome: "asked" }, () => output.line([group, "asked"].join("\t")));
  output.say(`next: 'meshman group sync ${group}' on a machine that administers it, then here 'meshman group complete ${group}'`);
}

/** `group complete GROUP`. */
export async function groupComplete(call: Invocation, text: string, flags: { readonly wait?: string }): Promise<void> {
  const { output } = call;
  const group = accountAddress(text);
  const seconds = durationOf(flags.wait ?? waitText, "s");
  await inAccount(call, { doing: "waiting for the answer", sync: "needed" }, (own) => completeGroup(own, group, seconds));
  report(output, { group, outcome: "administrator" }, () => output.line([group, "administrator"].join("\t")));
  output.say(`next: 'meshman group sync ${group}' once more on the other machine, which deals this one its part of the key`);
}

/** `group sync GROUP`. */
export async function groupSync(call: Invocation, text: string): Promise<void> {
  const { output } = call;
  const group = accountAddress(text);
  const { administrators, dealt } = await inAccount(call, { doing: `synchronising ${group}`, sync: "needed" }, (own) => syncGroup(own, group));
  report(output, { group, administrators, dealt }, () => output.line([group, counted(administrators, "administrator")].join("\t")));
  if (dealt.length > 0) output.say(`dealt a part of the key to ${dealt.join(", ")}: it adds and removes members from now on`);
}
