/** The commands of `meshman group` with their arguments. */
import type { Command } from "commander";
import type { Run } from "../declare.ts";

/** Adds the commands. */
export function addGroupCommands(group: Command, run: Run): void {
  const change = () => import("./change.ts");
  const show = () => import("./show.ts");
  group
    .command("create <address>")
    .description("make a group: files can be encrypted to it, and its members decrypt them")
    .option("--invitation-file <file>", "file that holds the invitation of the service (- is stdin)")
    .action((address: string, flags: { invitationFile?: string }) => run(async (call) => (await change()).groupCreate(call, address, flags)));
  group
    .command("add <group> <member>")
    .description("add a contact, or yourself; he takes the invitation by 'meshman message accept'")
    .action((address: string, member: string) => run(async (call) => (await change()).groupAdd(call, address, member)));
  group
    .command("remove <group> <member>")
    .description("remove a member: he decrypts nothing any more from then on, and the group gets another key")
    .option("--no-rekey", "the group keeps its key; for several removals, before 'group rekey'")
    .action((address: string, member: string, flags: { rekey?: boolean }) =>
      run(async (call) => (await change()).groupRemove(call, address, member, flags)),
    );
  group
    .command("rekey <group>")
    .description("give a group another key, after a removal: each member gets a share of it, and keeps what opens what is older")
    .action((address: string) => run(async (call) => (await change()).groupRekey(call, address)));
  const machine = () => import("./machine.ts");
  group
    .command("pin <group>")
    .description("a code by which another machine of yours administers the group, too")
    .option("--root", "the machine renews the group's key, too; removing it does not shut it out then")
    .action((address: string, flags: { root?: boolean }) => run(async (call) => (await machine()).groupPinCommand(call, address, flags)));
  group
    .command("join <code>")
    .description("ask to administer the group of a code of 'group pin'")
    .action((code: string) => run(async (call) => (await machine()).groupJoin(call, code)));
  group
    .command("complete <group>")
    .description("take the answer to 'group join'")
    .option("--wait <time>", "how long to wait for it", "60s")
    .action((address: string, flags: { wait?: string }) => run(async (call) => (await machine()).groupComplete(call, address, flags)));
  group
    .command("sync <group>")
    .description("let in the machines that have a code, and deal each its part of the group's key")
    .action((address: string) => run(async (call) => (await machine()).groupSync(call, address)));
  group
    .command("machines <group>")
    .description("the machines that administer a group, and which of yours they are")
    .action((address: string) => run(async (call) => (await machine()).groupMachinesCommand(call, address)));
  group
    .command("unpin <group> <machine>")
    .description("end what a machine may do in a group; the group gets other keys where this machine may renew them")
    .option("--yes", "do not ask")
    .action((address: string, one: string, flags: { yes?: boolean }) => run(async (call) => (await machine()).groupUnpin(call, address, one, flags)));
  group
    .command("list [group]")
    .description("the groups of this account, or the members of one that this machine administers")
    .action((address: string | undefined) => run(async (call) => (await show()).groupList(call, address)));
  group
    .command("get <group> [member]")
    .description("one group, or one of its members")
    .action((address: string, member: string | undefined) => run(async (call) => (await show()).groupGet(call, address, member)));
  group
    .command("delete <group> [member]")
    .description("end a group for everybody; with a member, remove that one alone")
    .option("--yes", "do not ask for the address once more")
    .option("--no-rekey", "with a member: the group keeps its key")
    .action((address: string, member: string | undefined, flags: { yes?: boolean; rekey?: boolean }) =>
      run(async (call) => (await change()).groupDelete(call, address, member, flags)),
    );
}
