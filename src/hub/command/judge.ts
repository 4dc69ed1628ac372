/** Whether a remote command is carried out (extensions §7): whether its sender may give it, for which device, until when, and for which start of this hub. */

import { fromDateTime } from "../../base/clock.ts";
import type { ErrorCode, MeshError } from "../../base/errors.ts";
import type { DeviceDescription, RequestCommand, Result } from "../../schema/index.ts";
import { isRiskyOrder } from "../../schema/index.ts";

/** A refusal, with the code and the words for the sender. */
export interface Refusal {
  readonly result: Exclude<Result, "Accept">;
  readonly code: ErrorCode;
  readonly reason: string;
}

/** What a command is judged by. */
export interface Facts {
  /** What `authorize` says of its sender. */
  readonly unauthorized: MeshError | undefined;
  /** Milliseconds since 1970, from the service. */
  readonly now: number;
  readonly commandEpoch: string;
  /** What its maker says of the device; undefined when it is none of this hub's. */
  readonly description: Pick<DeviceDescription, "Class" | "Properties"> | undefined;
  /** It may be one that was refused before, and of which no more is known. */
  readonly mayBeForgotten: boolean;
  /** So many commands of its sender are remembered that no more are carried out. */
  readonly isFull: boolean;
}

const mostAheadMs = 300_000;
/** For what opens, unlocks, disarms or heats, and for what is not known to be harmless. */
const mostAheadStrictMs = 30_000;
/** The date-time of the drafts has whole seconds. */
const roundingMs = 1000;

/** The reason why a command is refused; undefined when it is to be carried out. */
export function refusalOf(request: RequestCommand, facts: Facts): Refusal | undefined {
  const { unauthorized, now, description, mayBeForgotten } = facts;
  if (unauthorized) return refuse(unauthorized.code, unauthorized.message);
  if (description === undefined) return refuse("ERR_NOT_FOUND", `${request.DeviceUdf} is no device of this hub`);
  const ahead = fromDateTime(request.Expires) - now;
  if (ahead <= 0) return { result: "Expired", code: "ERR_COMMAND_EXPIRED", reason: `the command expired at ${request.Expires}` };
  const { Class, Properties: properties } = description;
  const told = { class: Class, command: request.Command, arguments: request.Arguments, properties };
  const most = isRiskyOrder(told) ? mostAheadStrictMs : mostAheadMs;
  if (ahead > most + roundingMs) return refuse("ERR_COMMAND", `the command expires later than ${most / 1000} s from now`);
  if (request.CommandEpoch !== facts.commandEpoch) {
    return { result: "Expired", code: "ERR_COMMAND_EXPIRED", reason: "the hub has started again since the command was signed" };
  }
  if (mayBeForgotten) {
    const reason = "its sender had so many commands refused that the hub cannot tell whether this is one of them: send it again with another time";
    return { result: "Expired", code: "ERR_REPLAY", reason };
  }
  if (facts.isFull) return refuse("ERR_QUOTA", "its sender gave so many commands that the hub takes no more until they have expired");
  return undefined;
}

function refuse(code: ErrorCode, reason: string): Refusal {
  return { result: "Reject", code, reason };
}
