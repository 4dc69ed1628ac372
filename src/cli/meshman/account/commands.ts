/** The commands of `meshman account`: the account and this machine's part in it. */
import type { Command } from "commander";
import { several } from "../../term/several.ts";
import { type Run, roleText, shareText } from "../declare.ts";
import type { AuditFlags } from "./audit.ts";
import type { CompactFlags } from "./compact.ts";
import type { CreateFlags } from "./create.ts";
import type { EscrowFlags } from "./escrow.ts";
import type { PurgeFlags } from "./purge.ts";
import type { RecoverFlags } from "./recover.ts";

/** Adds the commands. */
export function addAccountCommands(account: Command, run: Run): void {
  addLife(account, run);
  addHealth(account, run);
  addLettingIn(account, run);
  addSecret(account, run);
}

/** Accounts of this machine: how one begins and ends. */
function addLife(account: Command, run: Run): void {
  account
    .command("create <address>")
    .description("make a new account, with this machine as its first administrator")
    .option("--name <name>", "name of this machine")
    .option("--invitation-file <file>", "file that holds the invitation of the service (- is stdin), so that it stands in no list of processes")
    .option("--invitation <code>", "invitation of the service, where it asks for one")
    .action((address: string, flags: CreateFlags) => run(async (call) => (await import("./create.ts")).accountCreate(call, address, flags)));
  account
    .command("list")
    .description("accounts of your state directories on this machine")
    .action(() => run(async (call) => (await import("./list.ts")).accountList(call)));
  account
    .command("get [account]")
    .description("one of them, by address, fingerprint or directory (default: the one in use)")
    .action((name?: string) => run(async (call) => (await import("./list.ts")).accountGet(call, name)));
  account
    .command("delete <address>")
    .description("end the account: its service forgets it, this machine erases its keys and copies")
    .option("--yes", "do not ask for the address once more")
    .action((address: string, flags: { yes?: boolean }) => run(async (call) => (await import("./delete.ts")).accountDelete(call, address, flags)));
}

/** How the account is, and how it keeps well. */
function addHealth(account: Command, run: Run): void {
  account
    .command("status")
    .description("health of the service, this machine, and the stores")
    .action(() => run(async (call) => (await import("./status.ts")).accountStatus(call)));
  account
    .command("info")
    .description("keys that the account publishes, who administers it, epochs of its stores")
    .action(() => run(async (call) => (await import("./info.ts")).accountInfo(call)));
  account
    .command("audit [group]")
    .description("what the service has done with its shares of the account's keys, or of a group's")
    .option("--most <number>", "how many of the newest are shown", "50")
    .action((group: string | undefined, flags: AuditFlags) => run(async (call) => (await import("./audit.ts")).accountAudit(call, group, flags)));
  account
    .command("hello <address>")
    .description("what the service of an address says of itself")
    .action((address: string) => run(async (call) => (await import("./info.ts")).accountHello(call, address)));
  account
    .command("sync")
    .description("fetch what is new, and attend to what is allowed in advance")
    .option("--no-auto", "fetch only")
    .option("--no-claim", "do not claim devices at their makers' services")
    .action((flags: { auto: boolean; claim: boolean }) => run(async (call) => (await import("./sync.ts")).accountSync(call, flags)));
  account
    .command("compact [stores...]")
    .description("let stores begin anew without what is over: those named, or all that have grown to much more than they hold")
    .option("--purge", "let the service forget what they began from, a day after that was over")
    .option("--yes", "do not ask before it forgets")
    .action((stores: readonly string[], flags: CompactFlags) =>
      run(async (call) => (await import("./compact.ts")).accountCompact(call, stores, flags)),
    );
  account
    .command("repair")
    .description("unite what this machine knows with another history of the service; leave out ends that nobody can believe")
    .action(() => run(async (call) => (await import("./repair.ts")).accountRepair(call)));
}

/** How further machines get in. */
function addLettingIn(account: Command, run: Run): void {
  account
    .command("pin")
    .description("issue a PIN by which one device joins")
    .option("--role <roles>", roleText, several)
    .option("--share <stores>", shareText, several)
    .option("--minutes <number>", "how long it is good")
    .option("--expire <days>", "the same in days (default 1), or like 90s, 10m, 2h")
    .option("--name <name>", "name that the device gets")
    .option("--qr", "show it as a QR code")
    .action((flags: { role?: string[]; share?: string[] }) => run(async (call) => (await import("./let-in.ts")).accountPin(call, flags)));
  account
    .command("connect <uri>")
    .description("connect a device that speaks to services itself, by its printed code")
    .option("--role <roles>", roleText, several)
    .option("--share <stores>", shareText, several)
    .option("--name <name>", "name that the device gets")
    .action((uri: string, flags: { role?: string[]; share?: string[] }) =>
      run(async (call) => (await import("./let-in.ts")).accountConnect(call, uri, flags)),
    );
}

/** The secret of the account, in shares. */
function addSecret(account: Command, run: Run): void {
  account
    .command("escrow")
    .description("print the secret of the account in shares, of which a quorum recovers it")
    .option("--quorum <number>", "how many shares recover it", "2")
    .option("--shares <number>", "how many shares", "3")
    .option("--qr", "show each as a QR code too")
    .action((flags: EscrowFlags) => run(async (call) => (await import("./escrow.ts")).accountEscrow(call, flags)));
  account
    .command("recover [shares...]")
    .description("make this machine an administrator of the account whose shares these are")
    .option("--account <address>", "address of the account, where there is no record")
    .option("--record <uri>", "code of the recovery record, printed with the shares; alone it tells what is needed")
    .option("--file <file>", "file that holds the shares, one on each line (- is stdin)")
    .option("--name <name>", "name of this machine")
    .option("--verify", "only tell whether the shares are good, and of which account")
    .action((shares: readonly string[], flags: RecoverFlags) =>
      run(async (call) => (await import("./recover.ts")).accountRecover(call, shares, flags)),
    );
  account
    .command("purge [shares...]")
    .description("take the secret of the account off this machine, once shares of it were tried")
    .option("--file <file>", "file that holds the shares, one on each line (- is stdin)")
    .option("--yes", "do not ask before")
    .action((shares: readonly string[], flags: PurgeFlags) => run(async (call) => (await import("./purge.ts")).accountPurge(call, shares, flags)));
}
