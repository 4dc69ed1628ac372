/** `account delete`: the end of an account at its service and on this machine, after the address was typed once more. */
import type { AccountContext } from "../../../account/index.ts";
import { administeredGroups, deleteAccount, requireSeed } from "../../../account/index.ts";
import { MeshError } from "../../../base/errors.ts";
import { accountAddress, deviceCatalog } from "../../../schema/index.ts";
import { confirmTyped } from "../../term/confirm.ts";
import { report } from "../../term/output.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** Who is left behind. */
interface Left {
  readonly udf: string;
  /** Machines that hold copies and keys. */
  readonly machines: readonly string[];
  /** Devices that obey no other account until they are released, which nobody can do afterwards. */
  readonly locked: readonly string[];
  /** Groups that this machine administers: its keys of them go, too. */
  readonly groups: readonly string[];
}

/** `account delete ADDRESS`: the service forgets the account, this machine erases its keys and copies. */
export async function accountDelete(call: Invocation, text: string, { yes = false }: { readonly yes?: boolean }): Promise<void> {
  const { output, stdin } = call;
  const address = accountAddress(text);
  // Asked outside the turn: other commands must not wait for a person.
  const { udf, machines, locked, groups } = await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) =>
    leftBy(context, address),
  );
  if (locked.length > 0) output.say(`still locked to the account, and not to be released afterwards: ${locked.join(", ")}`);
  if (machines.length > 0) output.say(`keep their keys and copies, and have no service afterwards: ${machines.join(", ")}`);
  if (groups.length > 0) {
    output.say(`this machine's keys of these groups go, too, and their members have nobody who adds or removes: ${groups.join(", ")}`);
    output.say("'meshman group delete GROUP' ends one; 'meshman group pin GROUP' lets another machine of the account in, which keeps it");
  }
  if (!yes) {
    await confirmTyped({
      output,
      input: stdin,
      question: "Everything that the service holds of it goes. Type the address of the account",
      answer: address,
    });
  }
  await inAccount(call, { doing: `deleting ${address}`, sync: "none" }, deleteAccount);
  report(output, { account: address, udf, machines, locked, groups }, () => output.line(`Account=${address} deleted`));
  output.say("the service holds nothing of the account any more; this machine's keys and copies of it were erased");
  if (machines.length > 0) output.say("next: erase the state directories of the machines that are left; hubs go on at home as without a service");
}

async function leftBy(context: AccountContext, address: string): Promise<Left> {
  if (context.address !== address) {
    throw new MeshError("ERR_USAGE", `this directory holds the account ${context.address}, not ${address}`, {
      hint: "give the directory with --dir",
    });
  }
  requireSeed(context);
  const others = context.list(deviceCatalog).filter(({ key }) => key !== context.deviceUdf);
  const names = (isLocked: boolean): readonly string[] =>
    others.filter(({ value }) => (value.Constrained ?? false) === isLocked).map(({ key, value }) => value.LocalName ?? key);
  return { udf: context.accountUdf, machines: names(false), locked: names(true), groups: await administeredGroups(context.dir) };
}
