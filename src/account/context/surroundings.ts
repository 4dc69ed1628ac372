/** Which failures are of one item, and which are of everything: the service, the disk, this device's own place in the account. */
import type { ErrorCode } from "../../base/errors.ts";
import { isMeshError } from "../../base/errors.ts";

const surroundings: readonly ErrorCode[] = [
  "ERR_SERVICE_UNREACHABLE",
  "ERR_TIMEOUT",
  "ERR_CONFLICT",
  "ERR_QUOTA",
  "ERR_BUSY",
  "ERR_LOCKED",
  "ERR_NOT_AUTHORIZED",
  "ERR_REVOKED",
  "ERR_FORK",
  "ERR_ROLLBACK",
  "ERR_STORE",
  "ERR_STORE_DAMAGED",
  "ERR_DISK_FULL",
  "ERR_PERMISSION",
];

/** True for an error that the next item would meet as well. Every other one is of the item at hand, defects of ours included. */
export function isOfSurroundings(error: unknown): boolean {
  return isMeshError(error) && surroundings.includes(error.code);
}
