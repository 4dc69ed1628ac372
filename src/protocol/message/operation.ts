/** The transactions that are spoken: name, request and response. */
import type { Struct } from "../../codec/field.ts";
import { BindRequest, BindResponse, UnbindRequest, UnbindResponse } from "./bind.ts";
import { ClaimRequest, ClaimResponse, PollClaimRequest, PollClaimResponse } from "./claim.ts";
import { CompleteRequest, CompleteResponse, ConnectRequest, ConnectResponse } from "./connect.ts";
import { DownloadRequest, DownloadResponse } from "./download.ts";
import { HelloRequest, MeshHelloResponse } from "./hello.ts";
import { OperateRequest, OperateResponse } from "./operate.ts";
import { PurgeRequest, PurgeResponse } from "./purge.ts";
import { StageRequest, StageResponse } from "./stage.ts";
import { StatusRequest, StatusResponse } from "./status.ts";
import { PostRequest, PostResponse, TransactRequest, TransactResponse } from "./transact.ts";

/** A transaction: the shapes of question and answer. */
export interface Operation<Q, R> {
  readonly request: Struct<Q>;
  readonly response: Struct<R>;
}

function operation<Q, R>(request: Struct<Q>, response: Struct<R>): Operation<Q, R> {
  return { request, response };
}

/** Every transaction by its name. */
export const operations = {
  Hello: operation(HelloRequest, MeshHelloResponse),
  Bind: operation(BindRequest, BindResponse),
  Unbind: operation(UnbindRequest, UnbindResponse),
  Status: operation(StatusRequest, StatusResponse),
  Download: operation(DownloadRequest, DownloadResponse),
  Transact: operation(TransactRequest, TransactResponse),
  Stage: operation(StageRequest, StageResponse),
  Purge: operation(PurgeRequest, PurgeResponse),
  Connect: operation(ConnectRequest, ConnectResponse),
  Complete: operation(CompleteRequest, CompleteResponse),
  Claim: operation(ClaimRequest, ClaimResponse),
  PollClaim: operation(PollClaimRequest, PollClaimResponse),
  Post: operation(PostRequest, PostResponse),
  Operate: operation(OperateRequest, OperateResponse),
} as const;

/** Name of a transaction. */
export type OperationName = keyof typeof operations;
/** Request of a transaction. */
export type RequestOf<N extends OperationName> = (typeof operations)[N] extends { readonly request: Struct<infer Q> } ? Q : never;
/** Response of a transaction. */
export type ResponseOf<N extends OperationName> = (typeof operations)[N] extends { readonly response: Struct<infer R> } ? R : never;
