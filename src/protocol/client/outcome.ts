/** Reads a response: an error in it is thrown as the service threw it, else it is decoded. */
import type { ErrorCode } from "../../base/errors.ts";
import { catalogue, MeshError } from "../../base/errors.ts";
import type { DatumObject } from "../../codec/datum.ts";
import { isObject } from "../../codec/datum.ts";
import { untag } from "../../codec/field.ts";
import { parseJson } from "../../codec/index.ts";
import type { OperationName, ResponseOf } from "../message/index.ts";
import { ContainerStatus, operations, Response } from "../message/index.ts";

/** The response of a transaction. Errors: those of the service; ERR_SERVICE_REFUSED for codes that this side does not know; ERR_SCHEMA. */
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
  const known = ErrorCode !== undefined && Object.hasOwn(catalogue, ErrorCode);
  const text = StatusDescription ?? `${name} was refused with status ${Status}`;
  return new MeshError(known ? (ErrorCode as ErrorCode) : "ERR_SERVICE_REFUSED", text, {
    detail: {
      status: Status,
      ...(StatusExtended === undefined ? {} : { statusExtended: StatusExtended }),
      ...(isObject(ErrorDetail) ? { ...ErrorDetail } : {}),
    },
  });
}

/** The state of the stores that an ERR_CONFLICT carries; empty when it carries none. */
export function conflictStatus(error: MeshError): readonly ContainerStatus[] {
  const found = (error.detail as DatumObject).ContainerStatus;
  return Array.isArray(found) ? found.map((entry, i) => ContainerStatus.decode(entry, `ContainerStatus[${i}]`)) : [];
}
