/**
 * `mesh-hub init`: writes the commented configuration where there is none, and makes this machine a member of an account with the role hub,
 * by the owner's PIN or by comparing a witness (protocol-09 §8, §9). Run again, it goes on with the request that is open.
 */
import { access, chmod } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { loadPendingFile } from "../../account/connect/pending-file.ts";
import { AccountContext, completeConnection, requestConnection } from "../../account/index.ts";
import { writeFileAtomic } from "../../base/atomic-file.ts";
import { utf8 } from "../../base/bytes.ts";
import { makeDirectory } from "../../base/directory.ts";
import { lockDirectory } from "../../base/directory-lock.ts";
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import type { LoadedConfig } from "../../config/index.ts";
import { exampleConfig, loadConfig } from "../../config/index.ts";
import { parseConnectUri } from "../../crypto/index.ts";
import { serviceUrl } from "../../protocol/index.ts";
import { accountAddress } from "../../schema/index.ts";
import { report } from "../term/output.ts";
import { readSecretText } from "../term/secret-text.ts";
import type { Invocation } from "./invocation.ts";
import { settingsOf, startCommand } from "./invocation.ts";

/** What init is told. */
export interface InitFlags {
  readonly service?: string;
  /** `mcu://…` with the PIN, and `?udf=` of the account. */
  readonly pin?: string;
  /** File with the same; "-" is stdin. */
  readonly pinFile?: string;
  readonly account?: string;
  readonly name?: string;
  /** Seconds to wait for the owner. */
  readonly wait: number;
}

const pollSeconds = 20;

/** Sets this hub up. Errors: ERR_USAGE, ERR_PIN_…, ERR_PENDING when the owner did not answer in time, ERR_REJECTED, ERR_VERIFICATION. */
export async function init(invocation: Invocation, given: InitFlags): Promise<void> {
  const flags = await withPin(given, invocation.surroundings);
  // A code that is none must not leave a configuration behind.
  const asked = targetOf(flags);
  const loaded = await ensureConfig(invocation, flags);
  const { stateDir } = loaded.config;
  warnOfOtherDirectory(invocation, loaded);
  const dir = join(stateDir, "account");
  await makeStateDirectory(dir);
  // Both, as the running hub does: the second is what meshman would lock.
  const locks = [await lockDirectory(stateDir, { purpose: "mesh-hub init" })];
  try {
    locks.push(await lockDirectory(dir, { purpose: "mesh-hub init" }));
    const account = await joinAccount(invocation, { dir, flags, asked, loaded });
    try {
      report(
        invocation.output,
        { config: loaded.file, stateDir, account: account.address, accountUdf: account.accountUdf, hubUdf: account.deviceUdf, roles: account.roles },
        () => {
          invocation.output.line(`connected to ${account.address} as hub ${account.deviceUdf}`);
          invocation.output.say(`next: ${startCommand({ ...invocation.flags, config: loaded.file })}`);
        },
      );
    } finally {
      await account.close();
    }
  } finally {
    for (const lock of locks) await lock.release();
  }
}

/** The flags with the PIN of the file, when one was named. Errors: ERR_USAGE, and those of the file. */
async function withPin(flags: InitFlags, { cwd, stdin }: Invocation["surroundings"]): Promise<InitFlags> {
  if (flags.pinFile === undefined) return flags;
  if (flags.pin !== undefined) throw new MeshError("ERR_USAGE", "--pin and --pin-file say the same; give one of them");
  return { ...flags, pin: await readSecretText({ kind: "pin", file: flags.pinFile, cwd, stdin }) };
}

async function ensureConfig({ flags: common, surroundings, output, load }: Invocation, { service }: InitFlags): Promise<LoadedConfig> {
  const path = resolve(surroundings.cwd, common.config ?? "hub.config.json");
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (!exists) {
    // What was found elsewhere (/etc, the environment) is used as it is; a file is written where none counts.
    const found = common.config === undefined ? load() : undefined;
    if (found?.file !== undefined) return found;
    const values = {
      ...(common.stateDir === undefined ? {} : { stateDir: resolve(surroundings.cwd, common.stateDir) }),
      ...(service === undefined ? {} : { "account.service.url": service }),
    };
    await makeConfigDirectory(dirname(path));
    await writeFileAtomic(path, utf8(exampleConfig(values)), { mode: 0o644 });
    output.say(`wrote ${path}`);
  }
  const settings = settingsOf(common);
  if (common.stateDir !== undefined) settings.stateDir = resolve(surroundings.cwd, common.stateDir);
  if (service !== undefined) settings["account.service.url"] = service;
  return loadConfig({ file: path, env: surroundings.env, cwd: surroundings.cwd, flags: settings });
}

/** The hub that is started by the configuration alone would look elsewhere for the account that is made now. */
function warnOfOtherDirectory({ flags, surroundings, output }: Invocation, { file, config: { stateDir } }: LoadedConfig): void {
  if (flags.stateDir === undefined || file === undefined) return;
  const own = loadConfig({ file, env: surroundings.env, cwd: surroundings.cwd, flags: {} }).config.stateDir;
  if (own === stateDir) return;
  output.say(`warning: ${file} names the state directory ${own}, not ${stateDir}`);
  output.say(`hint: set "stateDir" in it, or say --state-dir ${stateDir} with every command`);
}

/** As 'mesh-hub install' makes it: the account that the service runs under reads what stands there. */
async function makeConfigDirectory(path: string): Promise<void> {
  try {
    const first = await makeDirectory(path);
    if (first === undefined) return;
    for (let made = path; made.length >= first.length; made = dirname(made)) await chmod(made, 0o755);
  } catch (cause) {
    const { code, message } = asMeshError(cause);
    throw new MeshError(code, message, { hint: "name a --config where you may write, or use sudo", cause });
  }
}

async function makeStateDirectory(path: string): Promise<void> {
  try {
    await makeDirectory(path);
  } catch (cause) {
    const { code, message } = asMeshError(cause);
    throw new MeshError(code, message, { hint: "use --state-dir with a directory of yours, or sudo", cause });
  }
}

interface Joining {
  readonly dir: string;
  readonly flags: InitFlags;
  readonly asked: Target | undefined;
  readonly loaded: LoadedConfig;
}

async function joinAccount(invocation: Invocation, { dir, flags, asked, loaded }: Joining): Promise<AccountContext> {
  const { ports, output } = invocation;
  const member = await openMember(dir, ports);
  if (member) {
    if (!asked) return member;
    await member.close();
    throw new MeshError("ERR_ACCOUNT_EXISTS", `this hub is connected to ${member.address} already`, {
      hint: "to move it, delete it there with 'meshman device delete' and use another --state-dir",
    });
  }
  if (asked) {
    const url = await serviceUrl(
      asked.address,
      loaded.config.account.service.url === undefined ? {} : { configured: loaded.config.account.service.url },
    );
    const { witness } = await requestConnection({ ...asked, dir, serviceUrl: url, localName: flags.name ?? "hub", ports });
    if (asked.pin === undefined) {
      output.say(`witness: ${witness}`);
      output.say("compare it on a device of the owner: 'meshman device pending', then 'meshman device accept WITNESS --role hub'");
    }
  } else if (!(await loadPendingFile(dir))) {
    throw new MeshError("ERR_USAGE", "which account does this hub belong to?", {
      hint: "give --pin with the URI of 'meshman account pin --role hub', or --account with the owner's address",
    });
  }
  const account = await waitForOwner(invocation, dir, flags.wait);
  if (account.roles.includes("hub")) return account;
  const roles = account.roles.join(", ");
  await account.close();
  throw new MeshError("ERR_NOT_AUTHORIZED", `the owner connected this device with the roles ${roles}, and not hub`, {
    hint: "delete it with 'meshman device delete' and connect it again with a PIN for the role hub",
  });
}

async function openMember(dir: string, ports: Invocation["ports"]): Promise<AccountContext | undefined> {
  try {
    return await AccountContext.open({ dir, ports });
  } catch (error) {
    // One that was removed may join again.
    if (isMeshError(error, "ERR_NO_ACCOUNT") || isMeshError(error, "ERR_REVOKED")) return undefined;
    throw error;
  }
}

interface Target {
  readonly address: string;
  readonly pin?: string;
  readonly accountUdf?: string;
}

function targetOf({ pin, account }: InitFlags): Target | undefined {
  if (pin === undefined) return account === undefined ? undefined : { address: accountAddress(account) };
  if (account !== undefined) throw new MeshError("ERR_USAGE", "--pin names the account; leave --account out");
  const { account: address, kind, code, udf } = parseConnectUri(pin);
  if (kind !== "pin")
    throw new MeshError("ERR_CODE_KIND", "the code is that of a device, not a PIN", { hint: "get one with 'meshman account pin --role hub'" });
  return { address, pin: code, ...(udf === undefined ? {} : { accountUdf: udf }) };
}

async function waitForOwner({ ports, output, surroundings }: Invocation, dir: string, seconds: number): Promise<AccountContext> {
  const { clock } = ports;
  const end = clock.monotonic() + seconds * 1000;
  for (let told = false; ; told = true) {
    const left = Math.max(0, Math.ceil((end - clock.monotonic()) / 1000));
    try {
      return await completeConnection({ dir, ports, waitSeconds: Math.min(pollSeconds, left) });
    } catch (error) {
      if (!isMeshError(error, "ERR_PENDING")) throw error;
      if (left === 0 || surroundings.signal.aborted) {
        throw new MeshError("ERR_PENDING", "the owner has not answered yet", {
          hint: "accept it with 'meshman device pending', then run 'mesh-hub init' again",
          cause: error,
        });
      }
      if (!told) output.say("waiting for the owner ...");
      // A service without long poll answers at once.
      await clock.sleep(500);
    }
  }
}
