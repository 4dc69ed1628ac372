/** From a request's octets to its response's octets: finds the transaction, runs it, turns what it throws into a status (protocol-09 §5.5). */
import type { ErrorCode } from "../base/errors.ts";
import { asMeshError, MeshError } from "../base/errors.ts";
import type { Datum } from "../codec/datum.ts";
import type { Struct } from "../codec/field.ts";
import { untag } from "../codec/field.ts";
import { encodeObject, parseJson } from "../codec/index.ts";
import type { OperationName } from "../protocol/index.ts";
import { maxRequestOctets, operations, Response, statusExtended } from "../protocol/index.ts";
import { bind, unbind } from "./transaction/bind.ts";
import { claim, pollClaim } from "./transaction/claim.ts";
import { complete, connect } from "./transaction/connect.ts";
import type { Call, ServiceContext, Transaction } from "./transaction/context.ts";
import { download } from "./transaction/download.ts";
import { helloOfAccount } from "./transaction/hello.ts";
import { operate } from "./transaction/operate.ts";
import { post } from "./transaction/post.ts";
import { purge } from "./transaction/purge.ts";
import { stage } from "./transaction/stage.ts";
import { status } from "./transaction/status.ts";
import { transact } from "./transaction/transact.ts";

const transactions: { readonly [N in OperationName]: Transaction<N> } = {
  Hello: helloOfAccount,
  Bind: bind,
  Unbind: unbind,
  Status: status,
  Download: download,
  Transact: transact,
  Stage: stage,
  Purge: purge,
  Connect: connect,
  Complete: complete,
  Claim: claim,
  PollClaim: pollClaim,
  Post: post,
  Operate: operate,
};

const nameOfTag = new Map((Object.keys(operations) as OperationName[]).map((name) => [operations[name].request.tag, name]));

const extended: Partial<Record<ErrorCode, number>> = {
  ERR_ACCOUNT_EXISTS: statusExtended.accountRegistered,
  ERR_NOT_AUTHORIZED: statusExtended.notAuthorized,
  ERR_VERIFICATION: statusExtended.notAuthorized,
  ERR_KEY: statusExtended.notAuthorized,
  ERR_REVOKED: statusExtended.deviceRevoked,
  ERR_REJECTED: statusExtended.refused,
  ERR_CODE_CLAIMED: statusExtended.refused,
  ERR_NOT_FOUND: statusExtended.notFound,
  ERR_PENDING: statusExtended.notFound,
  ERR_ACCOUNT_UNKNOWN: statusExtended.notFound,
  ERR_TOO_LARGE: statusExtended.tooLarge,
  ERR_TIMEOUT: statusExtended.timeout,
};

/** Codes that concern the service's own machine: the caller learns the code, the log the reason. */
const internal: ReadonlySet<ErrorCode> = new Set(["ERR_INTERNAL", "ERR_STORE", "ERR_STORE_DAMAGED", "ERR_DISK_FULL", "ERR_PERMISSION", "ERR_CONFIG"]);

/** Runs the request in `plain` and gives the response's JSON. Never throws for anything a caller can send. */
export async function dispatch(context: ServiceContext, plain: Uint8Array, call: Call): Promise<Uint8Array> {
  let name: OperationName | undefined;
  try {
    const { strangerRequestOctets, strangerRequestItems } = context.limits;
    if (call.member !== undefined) context.rates.take(call.member, call.caller.linkUdf);
    const bounds = call.member !== undefined ? { maxOctets: maxRequestOctets } : { maxOctets: strangerRequestOctets, maxItems: strangerRequestItems };
    const [tag, body] = untag(parseJson(plain, bounds), "request");
    name = nameOfTag.get(tag);
    if (name === undefined) throw new MeshError("ERR_SCHEMA", `no transaction ${JSON.stringify(tag.slice(0, 64))}`);
    return await run(context, name, body, call);
  } catch (error) {
    // Nobody hears the answer of a call that was given up.
    const failure = call.signal.aborted ? new MeshError("ERR_TIMEOUT", "the caller has gone", { cause: error }) : asMeshError(error);
    report(context, failure, name);
    return encodeFailure(failure, name);
  }
}

/** What whoever runs the service has to know of, once in a while however often callers meet it. */
function report({ log, told }: ServiceContext, { code, message: reason, hint: remedy, stack }: MeshError, request: OperationName | undefined): void {
  const isDue = (): boolean => told.isDue(`${request} ${code} ${reason}`);
  if (internal.has(code)) {
    if (isDue()) log.error("request.failed", { request, code, reason, stack });
  } else if (code === "ERR_BUSY") {
    if (isDue()) log.warn("request.put-off", { request, reason, remedy });
  } else log.debug("request.refused", { request, code });
}

async function run<N extends OperationName>(context: ServiceContext, name: N, body: Datum, call: Call): Promise<Uint8Array> {
  const operation = operations[name] as unknown as {
    readonly request: Struct<Parameters<Transaction<N>>[1]>;
    readonly response: Struct<Awaited<ReturnType<Transaction<N>>>>;
  };
  const transaction: Transaction<N> = transactions[name];
  const response = await transaction(context, operation.request.decode(body, operation.request.tag), call);
  return encodeObject(operation.response, response);
}

/** A response that says what went wrong, under the tag that the caller expects. */
export function encodeFailure(failure: MeshError, name?: OperationName): Uint8Array {
  const StatusExtended = extended[failure.code];
  const { ContainerStatus, claimed, EnvelopedRevokedDevice } = failure.detail as {
    readonly ContainerStatus?: Datum;
    readonly claimed?: string;
    readonly EnvelopedRevokedDevice?: Datum;
  };
  const detail = { ContainerStatus, claimed, EnvelopedRevokedDevice };
  const value: Response = {
    Status: failure.httpStatus,
    ...(StatusExtended === undefined ? {} : { StatusExtended }),
    StatusDescription: internal.has(failure.code) ? "the service could not do it; its log says why" : failure.message,
    ErrorCode: failure.code,
    ...(Object.values(detail).every((value) => value === undefined) ? {} : { ErrorDetail: detail }),
  };
  const tag = name === undefined ? Response.tag : operations[name].response.tag;
  return encodeObject({ ...Response, tag }, value);
}
