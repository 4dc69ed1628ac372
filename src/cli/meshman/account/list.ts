/** `account list`: the accounts of this user's state directories. `account get`: one of them. Nothing is asked of a service, and a running agent is not in the way. */
import { realpath } from "node:fs/promises";
import type { LocalAccount, LocalAccounts } from "../../../account/index.ts";
import { localAccounts } from "../../../account/index.ts";
import { MeshError } from "../../../base/errors.ts";
import { report } from "../../term/output.ts";
import { printFields, printTable } from "../../term/table.ts";
import type { Invocation } from "../surroundings.ts";

/** As programs read it. */
function resultOf({ directory, address: account, udf, version, updated, service, device }: LocalAccount, isInUse: boolean) {
  return { account, udf, version, updated, service, device, directory, inUse: isInUse };
}

interface Found extends LocalAccounts {
  isInUse(account: { readonly directory: string }): boolean;
}

/** The directory in use, the usual one, and what stands beside either. */
async function find({ dir, usualDir }: Invocation): Promise<Found> {
  const found = await localAccounts([dir, usualDir()]);
  const inUse = await realpath(dir).catch(() => dir);
  return { ...found, isInUse: ({ directory }) => directory === inUse };
}

/** `account list`. */
export async function accountList(call: Invocation): Promise<void> {
  const { output } = call;
  const { accounts, unread, isCut, isInUse } = await find(call);
  const rows = accounts.map((account) => resultOf(account, isInUse(account)));
  report(output, { accounts: rows, unread: unread.map(({ directory, error }) => ({ directory, error })) }, () =>
    printTable(
      output,
      ["account", "udf", "machine", "directory", ""],
      rows.map(({ account, udf, device, directory, inUse }) => [account, udf, device.localName ?? "", directory, inUse ? "in use" : ""]),
    ),
  );
  for (const { directory, error } of unread) output.say(`warning: ${directory}: ${error.message}`);
  if (isCut) output.say("warning: there are more directories beside than were looked at; name one with --dir");
  if (accounts.length === 0)
    output.say("no account of yours on this machine; 'meshman account create ADDRESS' makes one, 'meshman device request' joins one");
  else if (!rows.some(({ inUse }) => inUse)) output.say("next: choose one with --dir, or MESHMAN_DIR");
}

/** `account get [NAME]`: by address, fingerprint or directory; the one in use when nothing is said. */
export async function accountGet(call: Invocation, name: string | undefined): Promise<void> {
  const { output } = call;
  const found = await find(call);
  const account = await choose(call, found, name);
  const isInUse = found.isInUse(account);
  const { address, udf, version, updated, service, device, directory } = account;
  report(output, resultOf(account, isInUse), () =>
    printFields(output, [
      ["account", address],
      ["UDF", udf],
      ["profile", [`version ${version}`, updated].filter(Boolean).join(", ")],
      ["service", service.url],
      ["service UDF", service.udf],
      ["machine", [device.localName, device.udf].filter(Boolean).join("  ")],
      ["roles", device.roles.join(", ")],
      ["directory", isInUse ? `${directory} (in use)` : directory],
    ]),
  );
  output.say(`next: 'meshman ${isInUse ? "" : `--dir ${JSON.stringify(directory)} `}account status' tells how it is`);
}

/** Errors: ERR_NO_ACCOUNT when nothing is said and none is in use, ERR_NOT_FOUND, ERR_AMBIGUOUS. */
async function choose({ dir }: Invocation, { accounts, unread, isInUse }: Found, name: string | undefined): Promise<LocalAccount> {
  const hint = "'meshman account list' shows those of this machine";
  if (name === undefined) {
    const account = accounts.find(isInUse);
    const damage = unread.find(isInUse);
    if (damage) throw damage.error;
    if (!account) throw new MeshError("ERR_NO_ACCOUNT", `${dir} holds no account`, accounts.length === 0 ? {} : { hint });
    return account;
  }
  const path = await realpath(name).catch(() => name);
  const folded = name.toLowerCase();
  const matching = accounts.filter(
    ({ address, udf, directory }) => address === folded || directory === path || udf.replaceAll("-", "") === name.toUpperCase().replaceAll("-", ""),
  );
  const [account, ...more] = matching;
  if (!account) throw new MeshError("ERR_NOT_FOUND", `no account ${JSON.stringify(name)} on this machine`, { hint });
  if (more.length > 0)
    throw new MeshError("ERR_AMBIGUOUS", `${name} is in ${matching.length} directories: ${matching.map(({ directory }) => directory).join(", ")}`, {
      hint: "say the directory instead",
    });
  return account;
}
