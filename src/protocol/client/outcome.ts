/**
 * Reads a response: an error in it is thrown as the service threw it, else it is decoded. A service speaks of the request and of itself: a code
 * by which this machine tells of its own disk, its keys or what it has seen of the account would have its stores moved away or its programs end.
 */
import type { ErrorCode } from "../../base/errors.ts";
import { MeshError } from "../../base/errors.ts";
import { shorten } from "../../base/shorten.ts";
import type { DatumObject } from "../../codec/datum.ts";
import { isObject } from "../../codec/datum.ts";
import { untag } from "../../codec/field.ts";
import { parseJson } from "../../codec/index.ts";
import type { OperationName, ResponseOf } from "../message/index.ts";
import { ContainerStatus, operations, Response } from "../message/index.ts";

/** What a service can say of a request. */
const ofRequest: readonly ErrorCode[] = [
  "ERR_USAGE",
  "ERR_ENCODING",
  "ERR_SCHEMA",
  "ERR_TOO_LARGE",
  "ERR_VERIFICATION",
  "ERR_KEY",
  "ERR_NAME",
  "ERR_NOT_AUTHORIZED",
  "ERR_REVOKED",
  "ERR_NOT_INVITED",
  "ERR_ACCOUNT_EXISTS",
  "ERR_ACCOUNT_UNKNOWN",
  "ERR_NOT_FOUND",
  "ERR_EXISTS",
  "ERR_PENDING",
  "ERR_REJECTED",
  "ERR_CONFLICT",
  "ERR_REPLAY",
  "ERR_QUOTA",
  "ERR_CODE_CLAIMED",
  "ERR_CODE_DAMAGED",
  "ERR_CODE_KIND",
];
/** What it says of itself: it is there and cannot, which passes. */
const ofItself: readonly ErrorCode[] = [
  "ERR_SERVICE_UNREACHABLE",
  "ERR_BUSY",
  "ERR_TIMEOUT",
  "ERR_INTERNAL",
  "ERR_STORE",
  "ERR_STORE_DAMAGED",
  "ERR_DISK_FULL",
  "ERR_PERMISSION",
  "ERR_CONFIG",
];
const awayHint = "try again in a minute; the service's own log says what it lacks";
/** UTF-16 units of its words. */
const mostWords = 500;

/**
 * The response of a transaction.
 * Errors: those that a service can say of a request; ERR_SERVICE_UNREACHABLE when it says that it cannot now; ERR_SERVICE_REFUSED for every other
 * code; ERR_SCHEMA.
 */
export function readResponse<N extends OperationName>(name: N, octets: Uint8Array): ResponseOf<N> {
  const { response } = operations[name];
  const [tag, body] = untag(parseJson(octets), response.tag);
  if (tag !== response.tag && tag !== Response.tag)
    throw new MeshError("ERR_SCHEMA", `expected ${response.tag}, found ${JSON.stringify(tag.slice(0, 64))}`);
  const outcome = Response.decode(body, tag);
  if (outcome.Status < 200 || outcome.Status >= 400) throw failureOf(name, outcome);
  return response.decode(body, tag) as ResponseOf<N>;
}

function failureOf(name: string, outcome: Response): MeshError {
  const { Status, StatusExtended, StatusDescription, ErrorCode, ErrorDetail } = outcome;
  const words = StatusDescription === undefined ? `${name} was refused with status ${Status}` : shorten(StatusDescription, mostWords);
  const { ContainerStatus: stores, EnvelopedRevokedDevice, claimed } = isObject(ErrorDetail) ? ErrorDetail : ({} as DatumObject);
  const detail = {
    status: Status,
    ...(StatusExtended === undefined ? {} : { statusExtended: StatusExtended }),
    ...(stores === undefined ? {} : { ContainerStatus: stores }),
    ...(EnvelopedRevokedDevice === undefined ? {} : { EnvelopedRevokedDevice }),
    ...(claimed === undefined ? {} : { claimed }),
  };
  const known = ofRequest.find((code) => code === ErrorCode);
  if (known !== undefined) return new MeshError(known, words, { detail });
  const own = ofItself.find((code) => code === ErrorCode);
  if (own !== undefined)
    return new MeshError("ERR_SERVICE_UNREACHABLE", `the service cannot do it now (${own}): ${words}`, { hint: awayHint, detail });
  return new MeshError("ERR_SERVICE_REFUSED", words, { detail });
}

/** The state of the stores that an ERR_CONFLICT carries; empty when it carries none. */
export function conflictStatus(error: MeshError): readonly ContainerStatus[] {
  const found = (error.detail as DatumObject).ContainerStatus;
  return Array.isArray(found) ? found.map((entry, i) => ContainerStatus.decode(entry, `ContainerStatus[${i}]`)) : [];
}
