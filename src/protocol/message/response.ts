/**
 * What every response carries beside its own members (protocol-09 §5.5): the payload's Status outranks the HTTP status.
 * ErrorCode and ErrorDetail are ours: a code of the error catalogue and data for programs, so that a client throws what the service threw.
 */
import type { Datum } from "../../codec/datum.ts";
import type { Struct } from "../../codec/field.ts";
import { anything, integer, optional, string, struct } from "../../codec/field.ts";

/** Members of every response. */
export interface Response {
  /** 201 = done; from 400 on the request failed and nothing else needs to be there. */
  readonly Status: number;
  /** Finer reason, MeshServerStatus: see `statusExtended`. */
  readonly StatusExtended?: number;
  readonly StatusDescription?: string;
  readonly ErrorCode?: string;
  readonly ErrorDetail?: Datum;
}

/** Descriptors of the members of every response, to be spread into each. */
export const responseFields = {
  Status: integer,
  StatusExtended: optional(integer),
  StatusDescription: optional(string),
  ErrorCode: optional(string),
  ErrorDetail: optional(anything),
};

/** A response that says no more than how it went; also what travels outside a session. */
export const Response: Struct<Response> = struct<Response>("MeshResponse", responseFields);

/** Status of success. */
export const statusDone = 201;

/** Values of StatusExtended (MeshServerStatus). */
export const statusExtended = {
  accountRegistered: 1,
  notAuthorized: 2,
  notAdministrator: 3,
  deviceRevoked: 4,
  refused: 5,
  notFound: 6,
  moved: 7,
  tooLarge: 8,
  timeout: 9,
} as const;
