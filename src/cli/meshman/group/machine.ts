/** `group pin`, `join`, `complete`, `sync`, `machines` and `unpin`: the machines of the account that administer a group. */
import type { AccountContext, GroupMachineState } from "../../../account/index.ts";
import { completeGroup, findRemoved, groupMachines, groupPin, joinGroup, syncGroup, unpinMachine } from "../../../account/index.ts";
import { isMeshError, MeshError } from "../../../base/errors.ts";
import { accountAddress } from "../../../schema/index.ts";
import { confirm } from "../../term/confirm.ts";
import { counted } from "../../term/counted.ts";
import { report } from "../../term/output.ts";
import { printTable } from "../../term/table.ts";
import { afterUnpin, nameInGroup } from "../device/delete-groups.ts";
import { inAccount, serviceBeside } from "../session.ts";
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
  const group = await inAccount(call, { doing: "asking", sync: "needed" }, (own) =>
    joinGroup(own, { code, serviceUrl: (address) => serviceBeside(call, own, address) }),
  );
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

/** `group machines GROUP`. */
export async function groupMachinesCommand(call: Invocation, text: string): Promise<void> {
  const { output } = call;
  const group = accountAddress(text);
  const shown = await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (own) =>
    (await groupMachines(own, group)).map((machine) => ({ ...machine, name: nameInGroup(own, machine), belongs: belongs(own, machine) })),
  );
  report(output, { group, machines: shown.map(({ belongs: _said, ...machine }) => machine) }, () =>
    printTable(
      output,
      ["machine", "of the account", "may hold the root", "udf in the group"],
      shown.map(({ name, belongs: said, mayHoldRoot, machineUdf }) => [name, said, mayHoldRoot ? "yes" : "no", machineUdf]),
    ),
  );
  for (const { belongs: said, machineUdf } of shown)
    if (said.startsWith("no")) output.say(`next, if ${machineUdf} is none of yours: 'meshman group unpin ${group} ${machineUdf}'`);
}

/** Whether the account still has the machine, as far as it has said which one it is. */
function belongs(own: AccountContext, { isThis, deviceUdf }: GroupMachineState): string {
  if (isThis) return "this one";
  if (deviceUdf === undefined) return "not said";
  return own.directory.find(deviceUdf) ? "yes" : "no, removed";
}

/** `group unpin GROUP MACHINE`. */
export async function groupUnpin(call: Invocation, text: string, machine: string, { yes = false }: { readonly yes?: boolean }): Promise<number> {
  const { output, stdin } = call;
  const group = accountAddress(text);
  const { machineUdf, name } = await inAccount(call, { doing: "synchronising", sync: "needed" }, (own) => findMachine(own, group, machine));
  if (!yes) await confirm({ output, input: stdin, question: `Remove ${name} (${machineUdf}) from the administrators of ${group}?` });
  const { renewed, mayHoldRoot } = await inAccount(call, { doing: `removing ${name} from ${group}`, sync: "needed" }, (own) =>
    unpinMachine(own, group, machineUdf),
  );
  const brought = renewed?.members ?? [];
  report(
    output,
    { group, machine: machineUdf, name, mayHoldRoot, ...(renewed ? { key: renewed.key, members: brought.map((one) => ({ ...one })) } : {}) },
    () => output.line([group, name, "removed"].join("\t")),
  );
  for (const line of afterUnpin(group, { name, isRenewed: renewed !== undefined, mayHoldRoot })) output.say(line);
  return brought.some(({ outcome }) => outcome === "refused") ? 4 : 0;
}

/** By its name in the account, also of one that was removed there, or by at least eight characters of a fingerprint. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS. */
async function findMachine(own: AccountContext, group: string, text: string): Promise<{ readonly machineUdf: string; readonly name: string }> {
  const plain = text.replaceAll("-", "").toUpperCase();
  const isPart = (udf: string): boolean => plain.length >= 8 && udf.replaceAll("-", "").startsWith(plain);
  const removed = removedNamed(own, text);
  const found = (await groupMachines(own, group))
    .map((machine) => ({ ...machine, name: nameInGroup(own, machine) }))
    .filter(
      ({ name, machineUdf, deviceUdf = "" }) =>
        name === text || isPart(machineUdf) || isPart(deviceUdf) || (removed !== undefined && deviceUdf === removed),
    );
  const [one, ...others] = found;
  // One whose removal was cut off is no administrator any more; its whole fingerprint is enough to go on with it.
  if (!one && /^M[A-Z2-7-]{40,}$/.test(text)) return { machineUdf: text, name: text };
  if (!one)
    throw new MeshError("ERR_NOT_FOUND", `no machine ${JSON.stringify(text.slice(0, 80))} administers ${group}`, {
      hint: `see 'meshman group machines ${group}'`,
    });
  if (others.length > 0)
    throw new MeshError(
      "ERR_AMBIGUOUS",
      `${found.length} machines are meant by ${JSON.stringify(text)}: ${found.map(({ machineUdf }) => machineUdf).join(", ")}`,
    );
  return one;
}

function removedNamed(own: AccountContext, text: string): string | undefined {
  try {
    return findRemoved(own, text).device.DeviceUdf;
  } catch (error) {
    if (isMeshError(error, "ERR_NOT_FOUND")) return undefined;
    throw error;
  }
}
