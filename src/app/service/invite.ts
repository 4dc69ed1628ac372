/** `mesh-service invite`: makes, lists and revokes invitations, also while the service runs. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { readFileIfExists } from "../../base/atomic-file.ts";
import { systemClock } from "../../base/clock.ts";
import { makeDirectory } from "../../base/directory.ts";
import { lockDirectory } from "../../base/directory-lock.ts";
import { MeshError } from "../../base/errors.ts";
import { systemRandom } from "../../base/random.ts";
import { durationOf, numberOf } from "../../cli/meshman/values.ts";
import { createOutput, report } from "../../cli/term/output.ts";
import { printTable } from "../../cli/term/table.ts";
import type { ListedInvitation } from "../../provider/index.ts";
import { InvitationBook, loadIdentity, seedFile } from "../../provider/index.ts";
import { accountAddress } from "../../schema/index.ts";

interface Flags {
  readonly dir: string;
  readonly json?: boolean;
}

interface MakeFlags extends Flags {
  readonly count: string;
  readonly expires: string;
  readonly address?: string;
}

const idShown = 12;

/** Adds `invite` itself, `invite list` and `invite revoke`. */
export function addInvite(command: Command): void {
  const dress = (made: Command): Command =>
    made.requiredOption("--dir <directory>", "directory of the service").option("--json", "print one document of JSON");
  command.description("make invitations: each lets one account be made at this service");
  dress(command.command("make", { isDefault: true }).description("make invitations (the default command)"))
    .option("--count <number>", "how many", "1")
    .option("--expires <time>", "how long they hold: 12h, 7d", "7d")
    .option("--address <address>", "the only address that it is for")
    .action(make);
  dress(command.command("list").description("invitations, and who used them")).action(list);
  dress(command.command("revoke <id>").description("take an invitation back by the beginning of its identifier")).action(revoke);
}

async function make(flags: MakeFlags): Promise<void> {
  const count = numberOf(flags.count, { name: "--count", least: 1, most: 1000 });
  const lifetimeMs = durationOf(flags.expires, "d") * 1000;
  const address = flags.address === undefined ? {} : { address: accountAddress(flags.address) };
  if (address.address !== undefined && count > 1) throw new MeshError("ERR_USAGE", "--address names one account: leave --count away");
  const book = await openBook(flags.dir);
  const made: { code: string; expires: string }[] = [];
  for (let i = 0; i < count; i++) made.push(await book.make({ random: systemRandom, lifetimeMs, ...address }));
  const output = outputOf(flags);
  report(output, { invitations: made }, () => {
    for (const { code } of made) output.line(code);
  });
  const [first] = made;
  output.say(
    `next: hand ${count === 1 ? "it" : "each"} to one owner, who says 'meshman account create ${flags.address ?? "ADDRESS"} --invitation CODE'`,
  );
  output.say(`(until ${first?.expires}; the service keeps no copy that could be read)`);
}

async function list(flags: Flags): Promise<void> {
  const found = await (await openBook(flags.dir)).list();
  const output = outputOf(flags);
  report(output, { invitations: found.map((invitation) => ({ id: invitation.id, state: stateOf(invitation), ...timesOf(invitation) })) }, () =>
    printTable(
      output,
      ["id", "state", "expires", "address"],
      found.map((invitation) => [
        invitation.id.slice(0, idShown),
        stateOf(invitation),
        invitation.Expires,
        invitation.UsedBy ?? invitation.AccountAddress ?? "any",
      ]),
    ),
  );
  if (found.length === 0) output.say("no invitations; make one with 'mesh-service invite'");
}

async function revoke(id: string, flags: Flags): Promise<void> {
  const revoked = await (await openBook(flags.dir)).revoke(id.toLowerCase());
  const output = outputOf(flags);
  report(output, { revoked: revoked.id }, () => output.line(`revoked ${revoked.id.slice(0, idShown)}`));
}

function stateOf({ UsedBy, Expires }: ListedInvitation): string {
  if (UsedBy !== undefined) return "used";
  return Date.parse(Expires) <= systemClock.now() ? "expired" : "open";
}

function timesOf({ Made, Expires, AccountAddress, UsedBy }: ListedInvitation) {
  return { made: Made, expires: Expires, address: AccountAddress, usedBy: UsedBy };
}

function outputOf({ json }: Flags) {
  return createOutput(process, { json: json === true });
}

/** The book of the service in a directory; its seed is made when there is none yet. ERR_PERMISSION for another user than the service's. */
async function openBook(dir: string): Promise<InvitationBook> {
  await makeDirectory(dir);
  if ((await stat(dir)).uid !== process.geteuid?.()) {
    throw new MeshError("ERR_PERMISSION", `${dir} belongs to another user, whose service could not read what is made here`);
  }
  // A service that runs has its seed; one that never ran is kept from starting for a moment.
  const lock = (await readFileIfExists(join(dir, seedFile))) === undefined ? await lockDirectory(dir, { purpose: "mesh-service invite" }) : undefined;
  try {
    const { udf } = await loadIdentity({ dir, random: systemRandom });
    return new InvitationBook({ dir, serviceUdf: udf, clock: systemClock });
  } finally {
    await lock?.release();
  }
}
