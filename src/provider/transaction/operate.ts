/**
 * Operate (protocol-09 §7.6): whom the Access catalog names has a share of the account's keys used. The order: who asks, what is granted, the figures,
 * the points; then the audit, on the disk; then the arithmetic, what is granted still, and the answer, which is kept nowhere. Who is granted nothing
 * uses up nothing of the account and hears nothing of its audit. docs/extensions.md, Powers.
 */
import { setImmediate } from "node:timers/promises";
import type { ErrorCode } from "../../base/errors.ts";
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import type { AnyOperation, CryptographicResult, OperateRequest } from "../../protocol/index.ts";
import { statusDone } from "../../protocol/index.ts";
import { accountAddress, type Head } from "../../schema/index.ts";
import { spenderOf } from "../access/writer-right.ts";
import type { Account } from "../account/account.ts";
import type { Spender } from "../account/budget.ts";
import type { Audited, AuditItem } from "../operate/audit-log.ts";
import type { Exercise } from "../operate/exercise.ts";
import type { Grantee } from "../operate/grant.ts";
import { grantedPower } from "../operate/grant.ts";
import { requireOwnHead } from "../operate/lost-audit.ts";
import { prepare } from "../operate/prepare.ts";
import { requireSpeaker, vouchedGrantee } from "../operate/voucher.ts";
import type { Call, ServiceContext, Transaction } from "./context.ts";

/** What is said of one operation and leaves the others alone. */
const ofOperation: readonly ErrorCode[] = [
  "ERR_USAGE",
  "ERR_ENCODING",
  "ERR_SCHEMA",
  "ERR_TOO_LARGE",
  "ERR_VERIFICATION",
  "ERR_KEY",
  "ERR_NOT_AUTHORIZED",
  "ERR_REPLAY",
  "ERR_QUOTA",
];

/** An operation that was checked, or why it is not carried out. */
type Prepared = { readonly operation: AnyOperation; readonly exercise: Exercise } | MeshError;

/** Errors of one operation are its result; others: ERR_ACCOUNT_UNKNOWN, ERR_REVOKED, ERR_NOT_AUTHORIZED, ERR_TOO_LARGE, ERR_QUOTA, ERR_BUSY, ERR_DISK_FULL. */
export const operate: Transaction<"Operate"> = async (context, request, call) => {
  const { Operations: operations } = request;
  requireBounds(context, operations);
  const account = await context.book.get(accountAddress(request.Account));
  const grantee = await granteeOf(context, account, request, call);
  const refusalNow = (operation: AnyOperation): MeshError | undefined => refusalOf(context, account, { grantee, operation });
  const granted = operations.filter((operation) => keyIdOf(operation) !== undefined && refusalNow(operation) === undefined).length;
  takeAllowance(context, account, { grantee, count: Math.max(1, operations.length), granted });
  const isGranted = grantee.other === undefined || granted > 0;
  if (isGranted && request.AuditHead !== undefined) await goOnAfter(context, account, { shown: request.AuditHead, linkUdf: call.caller.linkUdf });
  const prepared: Prepared[] = [];
  for (const operation of operations) {
    prepared.push(attempt(() => ({ operation, exercise: prepare(context, account, { grantee, operation }) })));
    await setImmediate();
  }
  const { head, refused } = await writeDown(context, account, { grantee, prepared, isGranted });
  const Results: CryptographicResult[] = [];
  for (const [i, one] of prepared.entries()) {
    Results.push(resultOf(one, refused[i] ?? (one instanceof MeshError ? undefined : refusalNow(one.operation))));
    // Others are served between two of them: the arithmetic of one takes milliseconds.
    await setImmediate();
  }
  // A withdrawal may have been answered meanwhile: nothing of what was withdrawn follows it.
  for (const [i, operation] of operations.entries()) {
    const refusal = Results[i]?.tag === "CryptographicResultError" ? undefined : refusalNow(operation);
    if (refusal !== undefined) Results[i] = errorResult(refusal);
  }
  return { Status: statusDone, Results, ...(head === undefined ? {} : { AuditHead: head }) };
};

/** Errors: ERR_VERIFICATION for a head that this service has not signed; those of the audit. */
async function goOnAfter(
  { identity, audit, log }: ServiceContext,
  account: Account,
  { shown, linkUdf }: { readonly shown: Head; readonly linkUdf: string },
): Promise<void> {
  requireOwnHead(account, shown, identity);
  if (!(await audit.resume(account, shown, linkUdf))) return;
  const reason = "this service has signed more of the account's audit than it has: its disk was put back to an earlier day";
  log.warn("audit.lost", { account: account.accountUdf, epoch: shown.Epoch ?? 0, frame: shown.Index, reason });
}

function requireBounds({ limits }: ServiceContext, operations: readonly AnyOperation[]): void {
  if (operations.length > limits.operations)
    throw new MeshError("ERR_TOO_LARGE", `${operations.length} operations at once, at most ${limits.operations} are taken`);
  const octets = operations.reduce((sum, { unknown, ...rest }) => sum + ("value" in rest && "Body" in rest.value ? rest.value.Body.length : 0), 0);
  if (octets > limits.operateOctets) throw new MeshError("ERR_TOO_LARGE", `bodies of ${octets} octets, at most ${limits.operateOctets} are taken`);
}

/** A device of the account, of another account here, or of one elsewhere. ERR_NOT_AUTHORIZED, ERR_REVOKED; errors of vouchers. */
async function granteeOf(context: ServiceContext, account: Account, request: OperateRequest, call: Call): Promise<Grantee> {
  const { linkUdf, account: claimed } = call.caller;
  if (request.EnvelopedVoucher !== undefined) return await vouchedGrantee(context, account, { ...request, keyIds: keyIdsOf(request) }, call);
  const address = claimed === undefined ? account.address : accountAddress(claimed);
  if (address === account.address) {
    account.authority(linkUdf);
    return { linkUdf };
  }
  const member = await context.book.get(address);
  requireSpeaker(member, linkUdf);
  return { linkUdf, other: { accountUdf: member.accountUdf, address } };
}

function keyIdOf(operation: AnyOperation): string | undefined {
  return operation.unknown === undefined && "KeyId" in operation.value ? operation.value.KeyId : undefined;
}

function keyIdsOf({ Operations: operations }: OperateRequest): readonly string[] {
  return operations.flatMap((operation) => keyIdOf(operation) ?? []);
}

/** Why the power that an operation names may not be exercised now; undefined when it may, and where it names none. */
function refusalOf(
  { clock }: ServiceContext,
  account: Account,
  { grantee, operation }: { readonly grantee: Grantee; readonly operation: AnyOperation },
): MeshError | undefined {
  const keyId = keyIdOf(operation);
  if (keyId === undefined) return undefined;
  try {
    grantedPower(account, { grantee, keyId, now: clock.now() });
    return undefined;
  } catch (error) {
    return asMeshError(error);
  }
}

/** Of the account what is granted, and whatever its own devices ask for; of the caller's account the rest, before it. ERR_QUOTA. */
function takeAllowance(
  { rates }: ServiceContext,
  { address }: Account,
  { grantee: { other }, count, granted }: { readonly grantee: Grantee; readonly count: number; readonly granted: number },
): void {
  if (other === undefined) {
    rates.takeOperations(address, count);
    return;
  }
  if (granted < count) rates.takeRefused(other.address, count - granted);
  if (granted > 0) rates.takeOperations(address, granted);
}

/** Audits what uses a share; gives the head that covers it, and why an operation may not be carried out any more, at its place. */
async function writeDown(
  { audit, clock }: ServiceContext,
  account: Account,
  { grantee, prepared, isGranted }: { readonly grantee: Grantee; readonly prepared: readonly Prepared[]; readonly isGranted: boolean },
): Promise<Audited> {
  const places: number[] = [];
  const items: AuditItem[] = [];
  for (const [i, one] of prepared.entries()) {
    if (one instanceof MeshError || one.exercise.audited === undefined || one.operation.unknown !== undefined) continue;
    const { tag: Operation, value } = one.operation;
    if (!("KeyId" in value)) continue;
    const { KeyId } = value;
    const who = { LinkUdf: grantee.linkUdf, ...(grantee.other === undefined ? {} : { GranteeAccount: grantee.other.address }) };
    places.push(i);
    items.push({
      entry: { Operation, KeyId, ...who, ...one.exercise.audited },
      judge: () => void grantedPower(account, { grantee, keyId: KeyId, now: clock.now() }),
    });
  }
  if (items.length === 0) return { head: isGranted ? await audit.head(account) : undefined, refused: [] };
  const { head, refused } = await audit.append(account, { items, spender: spenderFor(account, grantee) });
  const all: (MeshError | undefined)[] = [];
  for (const [i, place] of places.entries()) all[place] = refused[i];
  return { head, refused: all };
}

/** Of another account nobody is an administrator. */
function spenderFor(account: Account, { linkUdf, other }: Grantee): Spender {
  return other === undefined ? spenderOf(account.authority(linkUdf).rights) : "other";
}

function resultOf(one: Prepared, refusal: MeshError | undefined): CryptographicResult {
  if (one instanceof MeshError) return errorResult(one);
  const { exercise } = one;
  if (refusal !== undefined) {
    exercise.drop?.();
    return errorResult(refusal);
  }
  const result = attempt(() => exercise.run());
  return result instanceof MeshError ? errorResult(result) : result;
}

/** The value, or an error that is said of this operation alone; others are thrown. */
function attempt<T>(task: () => T): T | MeshError {
  try {
    return task();
  } catch (error) {
    if (isMeshError(error) && ofOperation.includes(error.code)) return error;
    throw error;
  }
}

function errorResult({ code, message }: MeshError): CryptographicResult {
  return { tag: "CryptographicResultError", value: { ErrorCode: code, ErrorReport: message } };
}
