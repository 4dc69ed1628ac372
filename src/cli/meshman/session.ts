/** Short turns in this machine's account: lock, open, synchronise, work, close. */
import { stat } from "node:fs/promises";
import { AccountContext, exclusively, meetRemoval, syncWhatHolds } from "../../account/index.ts";
import { fileError, isReadOnly } from "../../base/atomic-file.ts";
import type { ErrorCode } from "../../base/errors.ts";
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import { peerOf, serviceUrl } from "../../protocol/index.ts";
import { withProgress } from "../term/progress.ts";
import type { Invocation } from "./surroundings.ts";

/** How a command needs its account. */
export interface SessionOptions {
  /** What is shown when it takes long: "accepting the device". */
  readonly doing: string;
  /** "needed": newest state or an error. "wanted": an absent service is told, and the copy of this device is used. "none": not at all. */
  readonly sync: "needed" | "wanted" | "none";
  /** How long another program of this machine is waited for that has the account in its hands; a short time when absent. */
  readonly patienceMs?: number;
}

/** Holds the state directory during a task. */
export type Turn = <T>(task: () => Promise<T>) => Promise<T>;

/** Runs a task with the account of this machine while no other process uses it. Errors: ERR_NO_ACCOUNT, ERR_LOCKED, and those of the task. */
export async function inAccount<T>(call: Invocation, options: SessionOptions, task: (context: AccountContext) => Promise<T>): Promise<T> {
  return inDirectory(call, options, async () => {
    const context = await AccountContext.open(openOptions(call));
    try {
      await syncAccount(call, options, context);
      return await task(context);
    } catch (error) {
      throw await meetRemoval(context, error);
    } finally {
      await context.close();
    }
  });
}

/** Runs a long task with the account of this machine; it takes the directory by `turn` whenever it reads or writes, so that others get theirs. */
export async function besideOthers<T>(
  call: Invocation,
  options: SessionOptions,
  task: (context: AccountContext, turn: Turn) => Promise<T>,
): Promise<T> {
  const { dir, ports, output } = call;
  const turn: Turn = (step) => exclusively({ dir, purpose: `meshman (${options.doing})`, clock: ports.clock }, step);
  const context = await inDirectory(call, options, () => AccountContext.open(openOptions(call)));
  try {
    await turn(() => syncAccount(call, options, context));
    return await withProgress({ output, clock: ports.clock, doing: options.doing }, () => task(context, turn));
  } catch (error) {
    if (!isMeshError(error, "ERR_REVOKED")) throw error;
    throw await turn(() => meetRemoval(context, error));
  } finally {
    await context.close();
  }
}

function openOptions({ dir, ports, service }: Invocation): Parameters<typeof AccountContext.open>[0] {
  return { dir, ports, ...(service === undefined ? {} : { serviceUrl: service }) };
}

/** What leaves this device with what it knew before. */
const away: readonly ErrorCode[] = ["ERR_SERVICE_UNREACHABLE", "ERR_TIMEOUT", "ERR_SERVICE_REFUSED", "ERR_ACCOUNT_UNKNOWN"];

async function syncAccount({ output, wantsSync }: Invocation, { sync }: SessionOptions, context: AccountContext): Promise<void> {
  if (sync === "none" || !wantsSync) return;
  try {
    await syncWhatHolds(
      () => context.sync(),
      ({ message }) => output.say(`warning: ${message}; what this device knew of that store before is used`),
    );
  } catch (error) {
    const isAway = isMeshError(error) && away.includes(error.code);
    if (sync === "needed" || !(isAway || isReadOnly(error))) throw error;
    output.say(`warning: ${asMeshError(error).message}; this is what this device knew before`);
  }
}

/** Runs a task while this process holds the state directory. Errors: ERR_NO_ACCOUNT when there is no directory, ERR_LOCKED. */
export async function inDirectory<T>(
  { dir, ports, output }: Invocation,
  { doing, patienceMs }: Pick<SessionOptions, "doing" | "patienceMs">,
  task: () => Promise<T>,
): Promise<T> {
  const found = await stat(dir).catch((error: NodeJS.ErrnoException) =>
    error.code === "ENOENT" ? undefined : Promise.reject(fileError(error, `cannot use ${dir}`)),
  );
  if (found?.isDirectory() !== true) throw new MeshError("ERR_NO_ACCOUNT", `${dir} holds no account`);
  const turn = { dir, purpose: `meshman (${doing})`, clock: ports.clock, ...(patienceMs === undefined ? {} : { patienceMs }) };
  return withProgress({ output, clock: ports.clock, doing }, () => exclusively(turn, task));
}

/** Where an address is served: as the person says, else by discovery. */
export function serviceOf(call: Invocation, address: string): Promise<string> {
  const url = peerOf(call.ports.peers, address)?.url ?? call.service;
  return serviceUrl(address, url === undefined ? {} : { configured: url });
}

/** The same for an address beside the account: without a word of the person that of its own domain is where the account is. */
export async function serviceBeside(call: Invocation, own: AccountContext, address: string): Promise<string> {
  return (call.service === undefined ? own.serviceUrlOf(address) : undefined) ?? serviceOf(call, address);
}
